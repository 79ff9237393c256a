"""What other programs write, read here and by two other parsers.

The truth is what was put in. Where another parser reads something else, the reason is among those written down below;
a difference of any other kind fails.
"""

from __future__ import annotations

import base64
import email
import email.policy
import logging
import random
import warnings
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from email.charset import Charset
from email.header import Header
from email.message import EmailMessage, Message
from email.mime.application import MIMEApplication
from email.mime.multipart import MIMEMultipart
from email.mime.text import MIMEText
from email.utils import format_datetime, formataddr

import mailparser
import pytest

from tui_mail.mime.structure import parse, part_text

WORDS = {
    "utf-8": "Grüße aus Łódź – “quoted” 日本語 שלום мир ελληνικά café 👍".split(),
    "iso-8859-1": "Grüße aus Köln café naïve señor Ångström".split(),
    "windows-1252": "Grüße “quoted” – café € naïve…".split(),
    "iso-8859-2": "Zażółć gęślą jaźń Łódź árvíztűrő".split(),
    "koi8-r": "Встреча перенесена на четверг мир".split(),
    "iso-2022-jp": "会議は 木曜日に 変更されました 場所".split(),
    "gb18030": "会议 改到 星期四 地点 不变".split(),
    "big5": "會議 改到 星期四 地點 不變".split(),
    "euc-kr": "회의는 목요일로 변경되었습니다".split(),
    "us-ascii": 'The meeting is on Thursday, 14:00; bring (your) notes & "pens" <all> a@b'.split(),
}
COUNT = 150


@dataclass
class Wanted:
    """What was put in."""

    subject: str = ""
    sender: tuple[str, str] = ("", "")
    to: list[tuple[str, str]] = field(default_factory=list)
    message_id: str = ""
    date: int = 0
    texts: list[str] = field(default_factory=list)
    files: list[str] = field(default_factory=list)


def plain(text: str) -> str:
    return " ".join(text.split())


class Writer:
    """Messages in the manner of several programs, drawn from a seed."""

    def __init__(self, number: int) -> None:
        self.dice = random.Random(number)
        self.charset = self.dice.choice(list(WORDS))

    def words(self, count: int) -> str:
        return " ".join(self.dice.choice(WORDS[self.charset]) for _number in range(count))

    def name(self) -> str:
        return plain(self.words(self.dice.randint(1, 3)).translate({ord(char): None for char in '<>@()",;:&'}))

    def address(self) -> tuple[str, str]:
        return self.name(), f"u{self.dice.randint(1, 999)}@mail{self.dice.randint(1, 9)}.example"

    def wanted(self) -> Wanted:
        return Wanted(
            subject=plain(self.words(self.dice.randint(1, 25))),
            sender=self.address(),
            to=[self.address() for _number in range(self.dice.randint(1, 6))],
            message_id=f"{self.dice.randint(1, 1 << 60):x}.{self.dice.randint(1, 99)}@mail.example",
            date=1_795_423_260 + self.dice.randint(0, 10**7),
            texts=[self.words(self.dice.randint(5, 80)) for _number in range(self.dice.randint(1, 2))],
            files=[f"{self.name()} {number}.pdf" for number in range(self.dice.randint(0, 2))],
        )

    def when(self, seconds: int) -> str:
        zone = self.dice.choice([UTC, datetime.fromtimestamp(0, UTC).astimezone().tzinfo])
        return format_datetime(datetime(1970, 1, 1, tzinfo=UTC).astimezone(zone) + timedelta(seconds=seconds))

    def modern(self, wanted: Wanted) -> bytes:
        """By the newer half of the standard library."""
        # Its folding loses spaces and commas on some releases, so that what was put in would not be what was written.
        message = EmailMessage(policy=email.policy.SMTP.clone(max_line_length=10_000))
        message["Subject"] = wanted.subject
        message["From"] = formataddr(wanted.sender)
        message["To"] = ", ".join(map(formataddr, wanted.to))
        message["Date"], message["Message-ID"] = self.when(wanted.date), f"<{wanted.message_id}>"
        encoding = self.dice.choice(["base64", "quoted-printable", "8bit"])
        message.set_content(
            wanted.texts[0] + "\n", charset="utf-8", cte=encoding if self.charset != "us-ascii" else None
        )
        if len(wanted.texts) > 1:
            message.add_alternative(f"<p>{wanted.texts[1]}</p>\n", subtype="html", charset="utf-8", cte="base64")
        for name in wanted.files:
            message.add_attachment(b"%PDF", maintype="application", subtype="pdf", filename=name)
        return message.as_bytes()

    def older(self, wanted: Wanted) -> bytes:
        """By its older half, in charsets of their language."""
        charset = Charset(self.charset)
        codec = {"iso-2022-jp": "iso2022_jp", "big5": "cp950", "euc-kr": "cp949"}.get(self.charset, self.charset)

        def text(body: str, kind: str) -> Message:
            part = MIMEText("", kind)
            del part["Content-Type"], part["Content-Transfer-Encoding"]
            data = body.encode(codec)
            part["Content-Type"] = f'text/{kind}; charset="{self.charset}"'
            part["Content-Transfer-Encoding"] = "base64"
            part.set_payload(base64.encodebytes(data).decode())
            return part

        parts = [text(wanted.texts[0], "plain"), *(text(f"<p>{words}</p>", "html") for words in wanted.texts[1:])]
        message: Message = MIMEMultipart("alternative" if len(parts) > 1 and not wanted.files else "mixed")
        for part in parts:
            message.attach(part)
        for name in wanted.files:
            attached = MIMEApplication(b"%PDF", "pdf")
            attached.add_header("Content-Disposition", "attachment", filename=("utf-8", "", name))
            message.attach(attached)
        message["Subject"] = Header(wanted.subject, charset, maxlinelen=60)  # type: ignore[assignment]  # a Header is taken too
        message["From"] = formataddr(wanted.sender, charset=charset)
        message["To"] = ",\n ".join(formataddr(one, charset=charset) for one in wanted.to)
        message["Date"], message["Message-Id"] = self.when(wanted.date), f"<{wanted.message_id}>"
        return message.as_bytes()

    def careless(self, wanted: Wanted) -> bytes:
        """As many programs did: raw UTF-8 in fields, names in quotation marks, LF alone, encoded words in parameters."""

        def quoted(name: str) -> str:
            return f'"{name}"' if name else ""

        rows = [
            f"Subject: {wanted.subject}",
            f"From: {quoted(wanted.sender[0])} <{wanted.sender[1]}>",
            "To: " + ",\n\t".join(f"{quoted(name)} <{address}>" for name, address in wanted.to),
            f"date: {self.when(wanted.date)} (CET)",
            f"MESSAGE-ID: <{wanted.message_id}>",
            'Content-type: MULTIPART/Mixed; Boundary="=_x y"',
            "",
            "This is a message in MIME format.",
        ]
        for number, words in enumerate(wanted.texts):
            kind = "html" if number else "plain"
            rows += [
                "--=_x y",
                f"Content-Type: TEXT/{kind.upper()}; Charset=UTF-8",
                "Content-Transfer-Encoding: 8BIT",
                "",
                words,
            ]
        for name in wanted.files:
            encoded = base64.b64encode(name.encode()).decode()
            rows += ["--=_x y", f'Content-Type: application/pdf; name="=?UTF-8?B?{encoded}?="', "Content-Disposition: attachment",
                     "Content-Transfer-Encoding: Base64", "", "JVBERg=="]  # fmt: skip
        return "\n".join([*rows, "--=_x y--", ""]).encode()


def drawn() -> Iterator[tuple[str, Wanted, bytes]]:
    for number in range(COUNT):
        writer = Writer(number)
        wanted = writer.wanted()
        for manner in (writer.modern, writer.older, writer.careless):
            yield manner.__name__, wanted, manner(wanted)


Reading = dict[str, object]


def ours(raw: bytes) -> Reading:
    message = parse(raw)
    envelope = message.envelope
    return {
        "subject": plain(envelope.subject),
        "from": [(plain(one.name), one.address) for one in envelope.from_],
        "to": [(plain(one.name), one.address) for one in envelope.to],
        "message-id": envelope.message_id,
        "date": envelope.date,
        "texts": [
            plain(part_text(message, part))
            for part in message.parts
            if part.type.startswith("text/") and not part.is_attachment
        ],
        "files": [part.name for part in message.parts if part.name],
    }


def whole(name: str) -> str:
    """This parser leaves raw octets in names as lone surrogates; what they stand for is compared."""
    return plain(name.encode("utf-8", "surrogateescape").decode("utf-8", "replace"))


def stdlib(raw: bytes) -> Reading:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    leaves = [part for part in message.walk() if not part.is_multipart()]
    return {
        "subject": plain(str(message["subject"])),
        "from": [(whole(one.display_name), one.addr_spec) for one in message["from"].addresses],
        "to": [(whole(one.display_name), one.addr_spec) for one in message["to"].addresses],
        "message-id": str(message["message-id"]).strip("<>"),
        "date": int(message["date"].datetime.timestamp()),
        "texts": [plain(part.get_content()) for part in leaves if part.get_content_maintype() == "text"],
        "files": [part.get_filename() for part in leaves if part.get_filename()],
    }


def mail_parser(raw: bytes) -> Reading:
    message = mailparser.parse_from_bytes(raw)
    return {
        "subject": plain(message.subject),
        "from": [(plain(name), address) for name, address in message.from_],
        "to": [(plain(name), address) for name, address in message.to],
        "message-id": message.message_id.strip("<>"),
        "date": int(message.date.replace(tzinfo=UTC).timestamp()),
        "texts": [plain(text) for text in [*message.text_plain, *message.text_html]],
        "files": [one["filename"] for one in message.attachments],
    }


def truth(manner: str, wanted: Wanted) -> Reading:
    texts = [plain(wanted.texts[0])]
    texts += [plain(words if manner == "careless" else f"<p>{words}</p>") for words in wanted.texts[1:]]
    return {
        "subject": wanted.subject,
        "from": [wanted.sender],
        "to": wanted.to,
        "message-id": wanted.message_id,
        "date": wanted.date,
        "texts": texts,
        "files": wanted.files,
    }


def test_every_field_is_what_was_put_in() -> None:
    for manner, wanted, raw in drawn():
        assert ours(raw) == truth(manner, wanted), raw


@pytest.mark.parametrize("reader", [stdlib, mail_parser], ids=["stdlib", "mail-parser"])
def test_two_other_parsers_read_the_same(reader: Callable[[bytes], Reading]) -> None:
    logging.getLogger("mailparser").setLevel(logging.CRITICAL)
    differences = Counter[str]()
    asked = 0
    for manner, _wanted, raw in drawn():
        mine = ours(raw)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            theirs = reader(raw)
        asked += len(mine)
        differences.update(f"{manner} {name}" for name in mine if mine[name] != theirs[name])
    assert sum(differences.values()) * 1000 <= asked, differences
