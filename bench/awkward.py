"""Messages that are hard to show: every one of ``tests/data``, and above them three that are long.

Owns the mailbox of the measurement of reading. What is signed or encrypted is left out: neomutt calls other programs for it.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from bench.corpus import NEWEST, PACE, WORDS, Made
from tui_mail.backends.demo.build import Part, date_field, document, multipart, text

DATA: Final = Path(__file__).parents[1] / "tests" / "data"
_FIELDS: Final = (("From", "Ada Lovelace <ada@example.org>"), ("To", "ada@example.org"))
_FROM_LINE: Final = re.compile(rb"\AFrom [^\n]*\n")


@dataclass(frozen=True, slots=True)
class Long:
    """A long message, and what tells that its first screen is shown."""

    what: str
    subject: str
    word: str
    """Stands on its first screen and nowhere else, too far down to be among the first words that a list shows."""


NEWSLETTER: Final = Long("newsletter of 1 MB", "Long newsletter", "Firstwordsofthenewsletter")
PLAIN: Final = Long("plain text of 20 MB", "Long text", "Firstwordsofthetext")
PARTS: Final = Long("multipart of 5,000 parts", "Many parts", "Firstwordsofthepart")
LONG: Final = (NEWSLETTER, PLAIN, PARTS)
"""As they stand in a list, newest first."""


def corpus() -> list[bytes]:
    """Every awkward message, in the order of their names."""
    paths = sorted(path for path in DATA.glob("*.eml") if not path.name.startswith(("signed", "encrypted")))
    found = (_FROM_LINE.sub(b"", path.read_bytes()) for path in paths)
    return [raw for raw in found if raw]  # a server takes none without an octet


def mailbox() -> list[Made]:
    """All of it, oldest first; the long ones on top of a list."""
    raws = [*reversed(corpus()), *(_built(each) for each in reversed(LONG))]
    first = NEWEST - PACE * (len(raws) - 1)
    return [Made(raw, first + PACE * place, seen=True) for place, raw in enumerate(raws)]


def _built(one: Long) -> bytes:
    date = date_field(NEWEST, 0)
    fields = (*_FIELDS, ("Subject", one.subject), ("Date", date), ("Message-ID", f"<{one.word}@example.org>"))
    return document(fields, {NEWSLETTER: _newsletter, PLAIN: _plain, PARTS: _parts}[one]())


def _newsletter() -> Part:
    sections = ["<h1>The long letter</h1>", *(f"<p>{line}</p>" for line in _lead(4)), f"<h2>{NEWSLETTER.word}</h2>"]
    size, number = 0, 0
    while size < 1_000_000:
        number += 1
        words = _words(number, 30)
        sections.append(
            f'<table width="100%"><tr><td style="padding:12px"><h2>Section {number}</h2><p>{words}</p>'
            f'<p><a href="https://news.example.org/{number}?u=reader">Read on</a> <img src="https://news.example.org/{number}.png"'
            f' alt="Picture {number}"></p><ul><li>{_words(number + 1, 6)}<li>{_words(number + 2, 6)}</ul></td></tr></table>'
        )
        size += len(sections[-1])
    return text("<html><body>" + "\n".join(sections) + "</body></html>", "html")


def _plain() -> Part:
    lines = [*_lead(8), PLAIN.word]
    size, number = 0, 0
    while size < 20_000_000:
        number += 1
        lines.append(("> " if number % 5 == 0 else "") + f"{number} {_words(number, 9)}")
        size += len(lines[-1]) + 2
    return text("\n".join(lines))


def _parts() -> Part:
    first = text("\n".join([*_lead(8), PARTS.word]))
    return multipart("mixed", [first, *(text(f"Part {number}") for number in range(2, 5_001))])


def _lead(count: int) -> list[str]:
    return [_words(number, 9) for number in range(count)]


def _words(start: int, count: int) -> str:
    found: Sequence[str] = [WORDS[(start * 7 + each * each) % len(WORDS)] for each in range(count)]
    return " ".join(found)
