"""The grammar of commands: values become arguments, and what could end a command early is refused.

Owns quoting, literals, UID sets, dates and flags as IMAP spells them. Must not know connections.
"""

from __future__ import annotations

import calendar
import re
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from tui_mail.backends.imap.tokens import Malformed
from tui_mail.model.errors import Refused
from tui_mail.model.flags import Flag
from tui_mail.model.words import _

MAX_UID = (1 << 32) - 1


@dataclass(frozen=True, slots=True)
class Literal:
    """An argument that is announced by its length: 8-bit, or too long to quote."""

    value: bytes


Argument = bytes | Literal

_FORBIDDEN = re.compile(rb"[\r\n\0]")
_QUOTABLE = re.compile(rb"[\x20-\x7e]{0,900}")
_QUOTED = re.compile(rb'(["\\])')
_KEYWORD = re.compile(r'[^\x00-\x20(){%*"\\\[\]\x7f-\U0010ffff]{1,200}')


def raw(value: bytes) -> bytes:
    """``value`` itself, unless it could end the command. Raises Refused."""
    if _FORBIDDEN.search(value):
        raise Refused(_("That contains a line break or a NUL character, which cannot be sent to the server."))
    return value


def astring(value: str | bytes) -> Argument:
    """Any text as one argument: quoted, else a literal. Raises Refused on CR, LF and NUL."""
    octets = raw(value.encode("utf-8", "surrogatepass") if isinstance(value, str) else value)
    if _QUOTABLE.fullmatch(octets):
        return b'"' + _QUOTED.sub(rb"\\\1", octets) + b'"'
    return Literal(octets)


# -- UID sets


def ranges(uids: Iterable[int]) -> Iterator[tuple[int, int]]:
    """Ascending runs ``(first, last)`` of ``uids`` in any order. Raises ValueError on what is no UID."""
    first = last = 0
    for uid in sorted(set(uids)):
        if not 0 < uid <= MAX_UID:
            raise ValueError(f"not a UID: {uid}")
        if uid == last + 1 and first:
            last = uid
            continue
        if first:
            yield first, last
        first = last = uid
    if first:
        yield first, last


def uid_sets(uids: Iterable[int], limit: int = 900) -> Iterator[tuple[bytes, list[int]]]:
    """``uids`` as sets of at most ``limit`` octets each, with the UIDs that each names, ascending."""
    words: list[bytes] = []
    members: list[int] = []
    length = 0
    for first, last in ranges(uids):
        word = b"%d" % first if first == last else b"%d:%d" % (first, last)
        if words and length + len(word) + 1 > limit:
            yield b",".join(words), members
            words, members, length = [], [], 0
        words.append(word)
        members.extend(range(first, last + 1))
        length += len(word) + 1
    if words:
        yield b",".join(words), members


def parse_ranges(value: bytes) -> list[tuple[int, int]]:
    """The ranges (first, last) of ``1,3:5``, in the order given. Raises Malformed."""
    found: list[tuple[int, int]] = []
    for word in value.split(b","):
        low, colon, high = word.partition(b":")
        if not low.isdigit() or (colon and not high.isdigit()) or len(word) > 21:
            raise Malformed("not a set of numbers")
        first, last = int(low), int(high) if colon else int(low)
        if last < first:
            first, last = last, first
        if last > MAX_UID:
            raise Malformed("not a set of UIDs")
        found.append((first, last))
    return found


def parse_set(value: bytes, limit: int = 2_000_000) -> list[int]:
    """The numbers of ``1,3:5``, in the order given. Raises Malformed, also when there are more than ``limit``."""
    found: list[int] = []
    for first, last in parse_ranges(value):
        if len(found) + last - first >= limit:
            raise Malformed("a set of too many numbers")
        found.extend(range(first, last + 1))
    return found


# -- dates

_MONTH_NAMES = "Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec".split()
_DAYS: dict[bytes, int] = {}


def parse_date(value: bytes) -> int:
    """Seconds UTC of an INTERNALDATE such as ``17-Jul-1996 02:44:25 -0700``. Raises Malformed."""
    try:
        day = value[:11]
        start = _DAYS.get(day)
        if start is None:
            month = _MONTH_NAMES.index(day[3:6].decode("ascii").title()) + 1
            start = calendar.timegm((int(day[7:]), month, int(day[:2]), 0, 0, 0))
            if len(_DAYS) > 20_000:
                _DAYS.clear()
            _DAYS[bytes(day)] = start
        zone = int(value[22:24]) * 3600 + int(value[24:26]) * 60
        seconds = start + int(value[12:14]) * 3600 + int(value[15:17]) * 60 + int(value[18:20])
        if len(value) != 26:
            raise Malformed("not a date")
        return seconds + zone if value[21:22] == b"-" else seconds - zone
    except (ValueError, OverflowError) as error:
        raise Malformed("not a date") from error


def format_date(seconds: int) -> bytes:
    """An INTERNALDATE in UTC, quoted."""
    when = time.gmtime(seconds)
    month = _MONTH_NAMES[when.tm_mon - 1]
    return (
        f'"{when.tm_mday:02d}-{month}-{when.tm_year:04d} {when.tm_hour:02d}:{when.tm_min:02d}:{when.tm_sec:02d} +0000"'
    ).encode("ascii")


def format_day(seconds: int) -> bytes:
    """A day in UTC for SEARCH (RFC 9051, 6.4.4); not before the first that every server knows."""
    when = time.gmtime(max(seconds, 0))
    return f"{when.tm_mday}-{_MONTH_NAMES[when.tm_mon - 1]}-{when.tm_year:04d}".encode("ascii")


# -- flags

_FIXED = {
    b"\\SEEN": Flag.SEEN,
    b"\\ANSWERED": Flag.ANSWERED,
    b"\\FLAGGED": Flag.FLAGGED,
    b"\\DRAFT": Flag.DRAFT,
    b"\\DELETED": Flag.DELETED,
    b"$FORWARDED": Flag.FORWARDED,
    b"FORWARDED": Flag.FORWARDED,
    b"$JUNK": Flag.JUNK,
    b"JUNK": Flag.JUNK,
}
_NAMES = (
    (Flag.SEEN, (b"\\Seen",)),
    (Flag.ANSWERED, (b"\\Answered",)),
    (Flag.FLAGGED, (b"\\Flagged",)),
    (Flag.DRAFT, (b"\\Draft",)),
    (Flag.DELETED, (b"\\Deleted",)),
    (Flag.FORWARDED, (b"$Forwarded", b"Forwarded")),
    (Flag.JUNK, (b"$Junk", b"Junk")),
)
_parsed: dict[bytes, tuple[Flag, tuple[str, ...]]] = {}


def parse_flags(value: bytes) -> tuple[Flag, tuple[str, ...]]:
    """Flags and keywords of what stands between the parentheses; unknown system flags are dropped."""
    known = _parsed.get(value)
    if known is None:
        known = flags_of(value.split())
        if len(_parsed) > 5000:
            _parsed.clear()
        _parsed[bytes(value)] = known
    return known


def flags_of(words: Sequence[bytes]) -> tuple[Flag, tuple[str, ...]]:
    """As ``parse_flags``, of single words; keywords are sorted and named once."""
    flags = Flag.NONE
    keywords: set[str] = set()
    for word in words:
        flag = _FIXED.get(word.upper())
        if flag is not None:
            flags |= flag
        elif not word.startswith(b"\\"):
            keywords.add(word.decode("utf-8", "replace"))
    return flags, tuple(sorted(keywords))


def flag_words(flags: Flag, keywords: Sequence[str], *, every_spelling: bool = False) -> list[bytes]:
    """How the server spells them; with ``every_spelling`` old names too, for taking them away. Raises Refused."""
    words: list[bytes] = []
    for flag, names in _NAMES:
        if flags & flag:
            words.extend(names if every_spelling else names[:1])
    for keyword in keywords:
        if not _KEYWORD.fullmatch(keyword):
            raise Refused(_("A label on this server may hold neither spaces nor special characters."))
        words.append(keyword.encode("ascii"))
    return words
