"""A message as the reader shows it: text, marks, links, parts, warnings; and its form in the store's cache.

Light on purpose: the user interface imports this at start. Must not know how rendering is done.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass, fields
from typing import Any

from tui_mail.mime.findings import Invitation, MailingList, Moment, Person, Report, Seal
from tui_mail.text.safe import SafeText, block, line

RENDER_VERSION = 6
"""Grows whenever rendering changes, so that what was cached before is made anew."""
BEGINS = "begins"
"""The kind of the warning that says that there is more to come."""


@dataclass(frozen=True, slots=True)
class Mark:
    """What a stretch of the text is: ``text[start:end]``, whole lines without the last break unless it is a link."""

    start: int
    end: int
    kind: str
    """``quote`` (the level is ``value``), ``attribution`` (the line before a quote), ``forwarded`` (the fields of a
    message passed on), ``signature``; ``heading`` (level), ``item`` (of a list: its further lines hang by ``value``
    cells), ``pre``, ``table`` (both better not wrapped), ``rule``; ``link`` (its words and its number; the number is
    ``value``); ``patch-file``, ``patch-hunk``, ``patch-added``, ``patch-removed``, ``patch-context``; ``report``:
    what a report comes to, in our words and those of another server; ``own``: written by this program alone. They may lie inside each other."""
    value: int = 0


@dataclass(frozen=True, slots=True)
class Link:
    """A link that may be opened: http, https or mailto, printable ASCII without spaces."""

    number: int
    """From 1, in order of appearance. In text made from HTML it stands in brackets after the words of the link."""
    url: str
    text: SafeText
    """The words of the link; in plain text the address itself."""
    host: SafeText
    """Where it leads, in the form that shows look-alike letters (``xn--``); empty for mailto."""


@dataclass(frozen=True, slots=True)
class PartInfo:
    """A leaf of the message as lists of attachments show it; ``1/2`` is the second file found inside part 1."""

    id: str
    type: str
    name: SafeText
    size: int
    disposition: str
    is_attachment: bool
    here: bool = True
    """False: it is on the server still. Said by the store, which knows what came since (``store.reading.notes``)."""


@dataclass(frozen=True, slots=True)
class Warning_:  # noqa: N801 -- the built-in Warning is something else
    """Something the person should know; ``kind`` is a stable word for programs, ``text`` a sentence."""

    kind: str
    text: SafeText


@dataclass(frozen=True, slots=True)
class AuthResult:
    """One Authentication-Results field (RFC 8601): the verdicts that ``by`` claims; empty where it has none."""

    by: str
    spf: str
    dkim: str
    dmarc: str


@dataclass(frozen=True, slots=True)
class Rendered:
    """Independent of width: lines are paragraphs and not wrapped."""

    version: int
    kind: str
    """``plain``, ``html`` or ``none``: what the text was made from."""
    text: SafeText
    links: tuple[Link, ...]
    parts: tuple[PartInfo, ...]
    has_plain: bool
    has_html: bool
    remote_images: int
    """Images on other machines, none of which was fetched."""
    hidden: int
    """Characters of text that the HTML keeps from being seen, and that were left out."""
    warnings: tuple[Warning_, ...]
    results: tuple[AuthResult, ...]
    """In the order of the fields, topmost first; see ``mime.authres`` for which one to believe."""
    why: str = ""
    """Why this form, where there are two: ``asked``, or what speaks against the other one: ``stub``, ``poorer``, ``markup``,
    ``addresses``, ``damaged`` (said of the plain one), ``enough`` (the plain one says all)."""
    pixels: int = 0
    """Remote images among these that are there only to be fetched."""
    marks: tuple[Mark, ...] = ()
    """By their start."""
    reports: tuple[Report, ...] = ()
    seals: tuple[Seal, ...] = ()
    invitations: tuple[Invitation, ...] = ()
    mailing_list: MailingList | None = None

    @property
    def begins(self) -> bool:
        """True for the beginning of a rendering whose rest is still being made.

        Its text, marks and links are those of the whole as far as they go; what is to be said of the texts it does not
        say yet.
        """
        return any(warning.kind == BEGINS for warning in self.warnings)

    def to_bytes(self) -> bytes:
        """JSON, for the cache."""
        return json.dumps(_written(self), ensure_ascii=False, separators=(",", ":")).encode()


def lacking(part: str, absent: Iterable[str]) -> str:
    """Which of the parts ``absent`` is needed for ``part``: itself, or what it lies in; empty when none is."""
    return next((path for path in absent if part == path or part.startswith((f"{path}.", f"{path}/"))), "")


def from_bytes(data: bytes) -> Rendered | None:
    """What ``to_bytes`` wrote; None when it is of another version or damaged, so that it is made anew."""
    try:
        values = json.loads(data)
        return _read(Rendered, values) if values[0] == RENDER_VERSION else None
    except (ValueError, TypeError, KeyError, IndexError, RecursionError):
        return None


def _written(value: Any) -> Any:
    """Values of a dataclass as a list in the order of its fields."""
    if isinstance(value, tuple):
        return [_written(one) for one in value]
    if isinstance(value, Mark):
        return value.start, value.end, value.kind, value.value
    if hasattr(value, "__dataclass_fields__"):
        return [_written(getattr(value, field.name)) for field in fields(value)]
    return value


def _read(kind: type[Any], values: list[Any]) -> Any:
    return kind(*(reader(value) for reader, value in zip(_READERS[kind], values, strict=True)))


def _several(kind: type[Any]) -> Callable[[list[Any]], tuple[Any, ...]]:
    return lambda values: tuple(_read(kind, one) for one in values)


def _marks(values: list[list[Any]]) -> tuple[Mark, ...]:
    """There are thousands of them, so that each is made without a detour."""
    return tuple(Mark(int(start), int(end), str(kind), int(value)) for start, end, kind, value in values)


def _perhaps(kind: type[Any]) -> Callable[[list[Any] | None], Any]:
    return lambda values: None if values is None else _read(kind, values)


def _number(value: Any) -> int | None:
    return None if value is None else int(value)


def _strings(values: list[Any]) -> tuple[str, ...]:
    return tuple(map(str, values))


def _notes(value: str) -> SafeText:
    return block(value)


# The cache is a file: what it holds is filtered again, which changes nothing unless somebody else wrote it.
_READERS: dict[type[Any], tuple[Callable[[Any], Any], ...]] = {
    Link: (int, str, line, line),
    PartInfo: (str, str, line, int, str, bool, bool),
    Warning_: (str, line),
    AuthResult: (str, str, str, str),
    Report: (str, str, line, str, line, str),
    Seal: (str, str, str, _strings, bool),
    Moment: (str, line, _number),
    Person: (line, line, str, bool),
    Invitation: (
        str, str, str, str, int, str, line, line, _perhaps(Moment), _perhaps(Moment), line, _notes, _perhaps(Person),
        _several(Person), int, bool,
    ),
    MailingList: (str, line, str, bool, str, _strings, bool),
    Rendered: (
        int, str, _notes, _several(Link), _several(PartInfo), bool, bool, int, int, _several(Warning_), _several(AuthResult),
        str, int, _marks, _several(Report), _several(Seal), _several(Invitation), _perhaps(MailingList),
    ),
}  # fmt: skip
