"""The letters written by hand: conversations at work, friends and family, the languages of the world.

Reads ``data/conversations.toml`` and ``data/letters.toml``. Must not invent anything.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from tui_mail.backends.demo import PERSON_ADDRESS
from tui_mail.backends.demo.build import Part, encoded, forwarded, multipart, text
from tui_mail.backends.demo.letters import Letter, Person, body, flags, moment, people, post, read_data
from tui_mail.model.flags import Flag


def conversations() -> Iterator[Letter]:
    """Every letter of the files, conversation by conversation."""
    for file in ("conversations.toml", "letters.toml"):
        for thread in read_data(file)["thread"]:
            yield from _conversation(thread)


def _conversation(thread: Mapping[str, Any]) -> Iterator[Letter]:
    known = people()
    before: tuple[str, ...] = ()
    said, sayer = "", known["ada"]
    for number, entry in enumerate(thread["message"]):
        sender = known[entry["from"]]
        others = [name for name in thread["with"] if name != entry["from"]]
        subject = entry.get("subject", thread["subject"])
        if number and "subject" not in entry and not subject.startswith("Re:"):
            subject = f"Re: {subject}"
        spoken = entry["text"].strip("\n")
        if entry.get("quote"):
            spoken = f"{sayer.name} wrote:\n{_quoted(said)}\n\n{spoken}"
        part = body(spoken, entry)
        if "forward" in entry:
            part = multipart("mixed", [part, _inner(entry["forward"])])
        own = sender.address == PERSON_ADDRESS
        letter = Letter(
            key=f"{thread['subject']}/{number}",
            sender=sender,
            to=[known[name] for name in entry.get("to", others)],
            cc=[known[name] for name in entry.get("cc", ())],
            subject=subject,
            at=moment(entry["at"]),
            body=part,
            folder="Sent" if own else "INBOX",
            flags=flags(entry["flags"]) | (Flag.SEEN if own else Flag.NONE),
            before=before,
            charset=entry.get("charset", "utf-8"),
        )
        yield letter
        before = (*before, letter.id)
        said, sayer = spoken, sender


def _quoted(said: str) -> str:
    return "\n".join(f">{line}" if line.startswith(">") else f"> {line}".rstrip() for line in said.split("\n"))


def _inner(entry: Mapping[str, Any]) -> Part:
    """A whole message to stand inside another one."""
    name, _bracket, address = entry["from"].rstrip(">").partition(" <")
    letter = Letter(
        key=f"inner/{entry['subject']}",
        sender=Person(encoded(name), address),
        to=[people()["charles"]],
        subject=entry["subject"],
        at=moment(entry["at"]),
        body=text(entry["text"]),
    )
    return forwarded(post(replace(letter, auth="none")).raw)
