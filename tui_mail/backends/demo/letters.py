"""One letter of the practice mailbox: who, to whom, when, what, and the message it becomes in its folder.

Owns the persons, the clock of the corpus, and the fields that mail systems add. Must not know which letters there are.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cache
from importlib import resources
from typing import Any

from tui_mail.backends.demo import AUTHSERV_ID, DEMO_START, PERSON_ADDRESS
from tui_mail.backends.demo.build import (
    CRLF,
    Part,
    attachment,
    date_field,
    document,
    encoded,
    fold,
    mailbox,
    message_id,
    multipart,
    pdf,
    png,
    text,
)
from tui_mail.backends.demo.mailbox import Delivery
from tui_mail.model.flags import FLAG_NAMES, Flag

DAY = 86_400
_MIDNIGHT = DEMO_START - DEMO_START % DAY
_FLAGS = {name: flag for flag, name in FLAG_NAMES}


@dataclass(frozen=True, slots=True)
class Person:
    """Someone who writes or is written to."""

    name: str
    address: str
    offset: int = 0
    """Hours from UTC in their dates."""
    agent: str = ""
    """Their mail program."""

    @property
    def domain(self) -> str:
        return self.address.rpartition("@")[2]

    @property
    def mailbox(self) -> str:
        return mailbox(self.name, self.address)


@dataclass(frozen=True, slots=True)
class Letter:
    """A message before it is written down."""

    key: str
    """Names it within the corpus; its Message-ID follows from this."""
    sender: Person
    to: Sequence[Person]
    subject: str
    at: int
    """When it was written, seconds UTC."""
    body: Part
    folder: str = "INBOX"
    cc: Sequence[Person] = ()
    flags: Flag = Flag.NONE
    keywords: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    """Message-IDs of the conversation so far, oldest first."""
    auth: str = "pass"
    """What the receiving host found: pass, fail or none."""
    charset: str = "utf-8"
    fields: Mapping[str, str] = field(default_factory=dict)
    """More header fields, or other values for the usual ones; as they stand."""

    @property
    def id(self) -> str:
        return message_id(self.key, self.sender.domain)


def post(letter: Letter) -> Delivery:
    """The message as it lies in its folder, with what the mail systems on its way have added."""
    own = letter.sender.address == PERSON_ADDRESS and letter.folder in {"Sent", "Drafts"}
    received = letter.at if own else letter.at + 2 + len(letter.key) % 7
    fields = {} if own else _trace(letter, received)
    fields |= {
        "Date": date_field(letter.at, letter.sender.offset),
        "From": letter.sender.mailbox,
        "To": fold(person.mailbox for person in letter.to),
    }
    if letter.cc:
        fields["Cc"] = fold(person.mailbox for person in letter.cc)
    fields["Subject"] = encoded(letter.subject, letter.charset)
    fields["Message-ID"] = letter.id
    if letter.before:
        fields["In-Reply-To"] = letter.before[-1]
        fields["References"] = fold(letter.before, " ")
    if letter.sender.agent:
        fields["User-Agent"] = letter.sender.agent
    fields |= letter.fields
    raw = document([(name, value) for name, value in fields.items() if value or name == "Subject"], letter.body)
    return Delivery(letter.folder, raw, received, letter.flags, letter.keywords)


def _trace(letter: Letter, received: int) -> dict[str, str]:
    """What the receiving host writes above a message (RFC 5321, 4.4; RFC 8601)."""
    domain, address = letter.sender.domain, letter.sender.address
    results = {
        "pass": f"dkim=pass header.d={domain};{CRLF}\tspf=pass smtp.mailfrom={address};{CRLF}"
        f"\tdmarc=pass header.from={domain}",
        "fail": f"dkim=none;{CRLF}\tspf=fail smtp.mailfrom={address};{CRLF}\tdmarc=fail header.from={domain}",
        "none": f"dkim=none;{CRLF}\tspf=none smtp.mailfrom={address};{CRLF}\tdmarc=none header.from={domain}",
    }
    number = 1 + sum(domain.encode()) % 250
    return {
        "Return-Path": f"<{address}>",
        "Delivered-To": PERSON_ADDRESS,
        "Authentication-Results": f"{AUTHSERV_ID};{CRLF}\t{results[letter.auth]}",
        "Received": f"from mail.{domain} (mail.{domain} [192.0.2.{number}]){CRLF}"
        f"\tby {AUTHSERV_ID} with ESMTPS for <{PERSON_ADDRESS}>;{CRLF}\t{date_field(received, 0)}",
    }


def moment(spoken: str) -> int:
    """Seconds UTC of "2 15:20": two days before the start, at 15:20."""
    days, _space, clock = spoken.partition(" ")
    hours, _colon, minutes = clock.partition(":")
    return _MIDNIGHT - int(days) * DAY + int(hours) * 3600 + int(minutes) * 60


def day(seconds: int) -> str:
    """The day in words, as newsletters and tickets write it."""
    there = datetime.fromtimestamp(seconds, UTC)
    return f"{there.day} {there:%B}"


def flags(names: str) -> Flag:
    """Flags from their names, with spaces between."""
    result = Flag.NONE
    for name in names.split():
        result |= _FLAGS[name]
    return result


def body(spoken: str, entry: Mapping[str, Any]) -> Part:
    """The text of a letter with what its entry asks for: style, charset, HTML, attachments, a picture."""
    style = entry.get("style", "flowed")
    charset = entry.get("charset", "utf-8")
    if style == "long":
        part = text(joined(spoken), charset=charset)
    else:
        part = text(spoken, charset=charset, flowed=style == "flowed", eight=style == "eight")
    if entry.get("html"):
        part = multipart("alternative", [part, text(simple_html(spoken), "html")])
    if "picture" in entry:
        where = f"{entry['picture'].partition('.')[0]}@{PERSON_ADDRESS.partition('@')[2]}"
        page = simple_html(spoken).replace("</body>", f'<p><img src="cid:{where}" alt="Bugs closed by day"></p></body>')
        related = [text(page, "html"), attachment(png(480, 200, spoken), "image/png", entry["picture"], where)]
        part = multipart("alternative", [part, multipart("related", related)])
    files = [_file(spec) for spec in entry.get("attach", ())]
    return multipart("mixed", [part, *files]) if files else part


def _file(spec: Mapping[str, Any]) -> Part:
    if "text" in spec:
        data = spec["text"].lstrip("\n").replace("\n", CRLF).encode()
        return attachment(data, spec.get("kind", "text/plain"), spec["name"])
    return attachment(pdf(spec["title"], spec["lines"], spec.get("size", 0)), "application/pdf", spec["name"])


def joined(spoken: str) -> str:
    """Each paragraph as one long line, as many programs write."""
    return "\n\n".join(part.replace("\n", " ") for part in spoken.strip("\n").split("\n\n"))


def simple_html(spoken: str) -> str:
    """The same text as a plain page."""
    safe = spoken.strip("\n").replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    paragraphs = "\n".join(f"<p>{part.replace(chr(10), '<br>' + chr(10))}</p>" for part in safe.split("\n\n"))
    return f"<html><head><meta charset=utf-8></head><body>\n{paragraphs}\n</body></html>"


def read_data(name: str) -> dict[str, Any]:
    """One of the files of texts beside this module."""
    return tomllib.loads((resources.files(__package__) / "data" / name).read_text("utf-8"))


@cache
def people() -> dict[str, Person]:
    """Everyone Ada knows, by short name."""
    return {key: Person(**entry) for key, entry in read_data("people.toml").items()}
