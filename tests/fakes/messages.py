"""Varied messages from a seed, as bytes: what a mailbox of a few thousand holds.

Owns making test mail: conversations, newsletters, attachments, charsets, long and broken headers. Deterministic.
"""

from __future__ import annotations

import random
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import EmailMessage
from email.utils import format_datetime

PEOPLE = (
    ("Grace Hopper", "grace@example.org"),
    ("Alan Turing", "alan@example.org"),
    ("Łukasz Kowalski", "lukasz@example.pl"),
    ("山田 花子", "hanako@example.jp"),
    ("Søren Kierkegaard", "soren@example.dk"),
    ("Мария Иванова", "maria@example.ru"),
    ("", "noreply@example.com"),
    ("Joan Clarke", "joan@example.net"),
)
SUBJECTS = (
    "Compiler meeting moved to Thursday",
    "Rechnung für Oktober – bitte prüfen",
    "会議の議事録",
    "Отчёт за квартал",
    "Weekly edition",
    "main is green again",
    "Grüße aus Köln",
    "Re: lunch?",
    "A very long subject " + "that goes on and on " * 12,
    "",
)
WORDS = (
    "budget compiler meeting thursday review optimiser agenda quarter release patch kernel invoice travel ticket "
    "coffee deadline draft minutes garden telescope harbour violin lantern compass meadow"
).split()


@dataclass(frozen=True, slots=True)
class Made:
    """One message: its bytes, its INTERNALDATE (seconds UTC) and whether it has been read."""

    raw: bytes
    received: int
    seen: bool
    message_id: str


def _paragraphs(rng: random.Random, count: int) -> str:
    return "\n\n".join(" ".join(rng.choices(WORDS, k=rng.randint(8, 60))) + "." for _ in range(count))


def make_messages(count: int, *, seed: int = 1, newest: int = 1_795_000_000) -> Iterator[Made]:
    """``count`` messages, oldest first, the last received at ``newest``; about a fifth continue a conversation."""
    rng = random.Random(seed)
    earlier: list[tuple[str, str, tuple[str, ...]]] = []
    for number in range(count):
        received = newest - (count - 1 - number) * 600
        message = EmailMessage()
        name, address = rng.choice(PEOPLE)
        message["From"] = f'"{name}" <{address}>' if name else address
        message["To"] = "Ada Lovelace <alice@localhost>"
        message["Date"] = format_datetime(datetime.fromtimestamp(received, UTC))
        own_id = f"<{seed}.{number}@example.org>"
        message["Message-ID"] = own_id
        subject = rng.choice(SUBJECTS)
        if earlier and rng.random() < 0.2:
            parent, subject, references = rng.choice(earlier[-40:])
            message["In-Reply-To"] = parent
            message["References"] = " ".join((*references, parent))
            subject = subject if subject.startswith("Re: ") else f"Re: {subject}"
            earlier.append((own_id, subject, (*references, parent)[-10:]))
        else:
            subject = f"{subject} {number}".strip()
            earlier.append((own_id, subject, ()))
        message["Subject"] = subject
        _fill(message, rng)
        yield Made(message.as_bytes().replace(b"\n", b"\r\n"), received, rng.random() < 0.6, own_id)


def _fill(message: EmailMessage, rng: random.Random) -> None:
    text = _paragraphs(rng, rng.randint(1, 8))
    kind = rng.random()
    if kind < 0.5:
        message.set_content(text)
    elif kind < 0.8:
        message["List-Id"] = "Weekly <weekly.example.com>"
        message.set_content(text)
        body = "".join(f"<tr><td style='padding:4px'>{line}</td></tr>" for line in text.split("\n\n"))
        message.add_alternative(f"<html><body><table>{body}</table></body></html>", subtype="html")
    else:
        message.set_content(text)
        size = rng.choice((800, 12_000, 60_000))
        message.add_attachment(
            rng.randbytes(size), maintype="application", subtype="pdf", filename=f"Übersicht {size}.pdf"
        )
