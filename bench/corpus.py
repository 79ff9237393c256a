"""Varied messages from a seed, fast enough for a hundred thousand of them: about 5 KB each on average.

Owns the mix: half plain text, a third newsletters, patches, attachments, eight scripts, a fifth of all are answers.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass

from tui_mail.backends.demo.build import (
    Part,
    attachment,
    date_field,
    document,
    encoded,
    mailbox,
    message_id,
    multipart,
    text,
)

NEWEST = 1_795_080_000
"""When the newest message was received, seconds UTC."""
PACE = 401
"""Seconds between two messages."""
SENDERS = (
    ("Grace Hopper", "grace@example.org"),
    ("Alan Turing", "alan@example.org"),
    ("Łukasz Kowalski", "lukasz@ksiegowosc.example"),
    ("山田 花子", "yamada@keisan.example"),
    ("Ольга Смирнова", "olga@kafedra.example"),
    ("ليلى حداد", "layla@maktaba.example"),
    ("Build server", "build@ci.example.org"),
    ("Kernel Weekly", "edition@kernelweekly.example"),
    ("Joan Clarke", "joan@example.net"),
    ("", "noreply@example.com"),
)
SUBJECTS = (
    "Compiler meeting moved to Thursday",
    "Budget for the second quarter",
    "Rechnung für Oktober, bitte prüfen",
    "来週の打ち合わせについて",
    "Отчёт за третий квартал",
    "دعوة إلى محاضرة",
    "Weekly edition: the scheduler learns to wait",
    "main is green again",
    "[PATCH v2 3/7] mm: avoid a lock on the fast path",
    "lunch?",
)
WORDS = (
    "agenda allocator anchor archive autumn barrier bearing binding bridge budget cache candle carriage chapter circuit "
    "column compass compiler coffee counter cursor deadline draft engine evening figure folder garden gear harbour index "
    "invoice journey kernel ladder lantern letter library machine margin meadow minutes mirror note number optimiser "
    "orchard page parser patch pencil platform question quarter record release review river schedule signal sketch "
    "spring station summer table telescope theorem ticket train travel valley violin weather window winter"
).split()


@dataclass(frozen=True, slots=True)
class Made:
    """One message, when it was received (seconds UTC), and whether it has been read."""

    raw: bytes
    received: int
    seen: bool


def newest_word(count: int) -> str:
    """A word that only the subject of the newest of ``count`` messages holds: seen on the screen, the list is there."""
    return f"Newest{count}"


def messages(count: int) -> Iterator[Made]:
    """``count`` messages, oldest first."""
    draw = random.Random(count)
    for fields, received in _heads(count, draw):
        yield Made(document(fields, _body(draw)), received, _seen(received, draw))


def headers(count: int) -> Iterator[Made]:
    """The same without bodies: the header fields a list needs, for stores too large to download."""
    draw = random.Random(count)
    kind = ("Content-Type", "text/plain; charset=utf-8")
    for fields, received in _heads(count, draw):
        head = "".join(f"{name}: {value}\r\n" for name, value in (*fields[2:], kind))
        yield Made(head.encode() + b"\r\n", received, _seen(received, draw))


def _heads(count: int, draw: random.Random) -> Iterator[tuple[list[tuple[str, str]], int]]:
    """Header fields and the moment of arrival, oldest first; a fifth answers one of the sixty before it."""
    recent: list[tuple[str, str]] = []
    for number in range(count):
        received = NEWEST - (count - 1 - number) * PACE
        name, address = SENDERS[draw.randrange(len(SENDERS))]
        own = message_id(f"{count}/{number}", address.rpartition("@")[2])
        subject, parents = f"{SUBJECTS[draw.randrange(len(SUBJECTS))]} {number}", []
        if recent and number < count - 1 and draw.random() < 0.2:
            parent, above = recent[draw.randrange(len(recent))]
            subject = above if above.startswith("Re: ") else f"Re: {above}"
            parents = [("In-Reply-To", parent), ("References", parent)]
        if number == count - 1:
            subject = f"{newest_word(count)} {subject}"
        recent = [*recent[-59:], (own, subject)]
        yield (
            [
                ("Return-Path", f"<{address}>"),
                ("Received", f"from mail.example.org by mx.example.org; {date_field(received, 0)}"),
                ("Date", date_field(received - 3, draw.randrange(-8, 10))),
                ("From", mailbox(name, address)),
                ("To", "Ada Lovelace <ada@example.org>"),
                ("Subject", encoded(subject)),
                ("Message-ID", own),
                *parents,
            ],
            received,
        )


def _seen(received: int, draw: random.Random) -> bool:
    """Nearly all; the newest never, because some clients open where the first unread message is."""
    return draw.random() < 0.95 and received != NEWEST


def _body(draw: random.Random) -> Part:
    plain = _paragraphs(draw, draw.randrange(2, 9))
    kind = draw.random()
    if kind < 0.5:
        return text(plain)
    if kind < 0.8:
        rows = "\n".join(
            f'<tr><td style="padding:16px 24px;font-family:Arial"><h2>{line[:40]}</h2><p>{line}</p>'
            f'<a href="https://click.example.com/{draw.randrange(10**9)}">Read on</a></td></tr>'
            for line in plain.split("\n\n")
        )
        page = (
            f'<html><body><div style="display:none">{plain[:80]}</div><table width="600">{rows}</table></body></html>'
        )
        return multipart("alternative", [text(plain), text(page, "html")])
    if kind < 0.92:
        return text(f"{plain}\n---\n" + "\n".join(f"+\t{line}" for line in plain.split("\n")))
    return multipart(
        "mixed",
        [text(plain), attachment(draw.randbytes(draw.choice((4_000, 12_000, 40_000))), "application/pdf", "notes.pdf")],
    )


def _paragraphs(draw: random.Random, count: int) -> str:
    return "\n\n".join(
        "\n".join(" ".join(draw.choices(WORDS, k=10)) for _line in range(draw.randrange(1, 6))) + "."
        for _paragraph in range(count)
    )
