"""What a server said: single responses, the end of a command, and the state of the selected mailbox that follows.

Owns the reading of response codes and of EXISTS, EXPUNGE and VANISHED. Must not know connections.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from tui_mail.backends.imap.syntax import parse_ranges
from tui_mail.backends.imap.tokens import Malformed, Record, number, parse

_CODE = re.compile(rb"\[([A-Za-z][^\s\]]*)(?: ([^\]]*))?\] ?")
_EARLIER = re.compile(rb"\(EARLIER\) ", re.IGNORECASE)
_HUGE = 1 << 62


@dataclass(frozen=True, slots=True)
class Untagged:
    """One ``*`` response; ``start`` is where its arguments begin in the first piece."""

    kind: bytes
    number: int
    record: Record
    start: int

    def rest(self) -> bytes:
        return self.record.pieces[0][self.start :]


@dataclass(frozen=True, slots=True)
class Answer:
    """What a command brought: its response code, its text, and the responses before it."""

    status: bytes
    code: bytes
    argument: bytes
    text: str
    untagged: tuple[Untagged, ...]

    def of_kind(self, kind: bytes) -> list[Untagged]:
        return [response for response in self.untagged if response.kind == kind]

    def codes(self, name: bytes) -> list[bytes]:
        """The arguments of every response code ``name``, untagged ones first (COPYUID comes either way)."""
        found = [argument for status in self.of_kind(b"OK") for code, argument, _text in [split_code(status.rest())]
                 if code == name]  # fmt: skip
        return [*found, self.argument] if self.code == name else found


@dataclass(slots=True)
class Mailbox:
    """The selected mailbox, kept up to date by what the server says; 0 and None: not said."""

    name: bytes
    readonly: bool
    uidvalidity: int = 0
    uidnext: int = 0
    exists: int = 0
    highestmodseq: int = 0
    permanent: frozenset[bytes] | None = None
    news: int = 0
    """Counts what came unasked: arrivals, removals, changed flags."""
    looked: int = 0
    """Messages below this UID can be seen here, though they came after ``uidnext`` was told."""
    guessed: bool = False
    """``uidnext`` is the highest UID + 1, for want of UIDNEXT."""
    vanished: list[tuple[int, int]] | None = None
    """Ranges of UIDs that VANISHED named (RFC 7162), for whoever puts a list here."""
    closed: int = 0
    """Counts CLOSED: what came before it was about the mailbox selected until then."""

    def note(self, response: Untagged) -> None:
        """EXISTS, EXPUNGE, VANISHED, FETCH; anything else is nothing about a mailbox."""
        kind = response.kind
        if kind == b"EXISTS":
            self.exists = response.number
        elif kind == b"EXPUNGE":
            self.exists = max(0, self.exists - 1)
        elif kind == b"VANISHED":
            self._vanish(response.rest())
        elif kind != b"FETCH":
            return
        self.news += 1

    def _vanish(self, text: bytes) -> None:
        """What vanished earlier is no longer counted in EXISTS; what vanishes now is."""
        earlier = _EARLIER.match(text)
        try:
            gone = parse_ranges(text[earlier.end() :] if earlier else text)
        except Malformed:
            return  # then the number of messages does not fit, and they are looked for
        if not earlier:
            self.exists = max(0, self.exists - sum(last - first + 1 for first, last in gone))
        if self.vanished is not None:
            self.vanished += gone

    def note_code(self, code: bytes, argument: bytes) -> None:
        """A response code that says something about the mailbox."""
        if code == b"UIDVALIDITY":
            self.uidvalidity = _count(argument)
        elif code == b"UIDNEXT":
            self.uidnext = _count(argument)
        elif code == b"HIGHESTMODSEQ":
            self.highestmodseq = _count(argument)
        elif code == b"NOMODSEQ":
            self.highestmodseq = 0
        elif code == b"READ-ONLY":
            self.readonly = True
        elif code == b"PERMANENTFLAGS":
            self.permanent = words_of(argument)
        elif code == b"CLOSED":
            self.uidvalidity = self.uidnext = self.exists = self.highestmodseq = 0
            self.permanent = None
            self.closed += 1
            if self.vanished is not None:
                self.vanished.clear()


def split_code(text: bytes) -> tuple[bytes, bytes, bytes]:
    """``[CODE argument] text`` as (CODE, argument, text)."""
    match = _CODE.match(text)
    if not match:
        return b"", b"", text
    return match[1].upper(), match[2] or b"", text[match.end() :]


def words_of(argument: bytes) -> frozenset[bytes]:
    """The words of a list, in upper case, with or without its parentheses; none when it cannot be read."""
    try:
        tokens = parse(Record((argument,)))
    except Malformed:
        return frozenset()
    inner = tokens[0] if tokens and isinstance(tokens[0], list) else tokens
    return frozenset(word.upper() for word in inner if isinstance(word, bytes))


def _count(argument: bytes) -> int:
    """A number of a response code; 0 (not said) when it is none, negative (Zoho) or absurd."""
    try:
        value = number(argument.strip())
    except Malformed:
        return 0
    return value if value < _HUGE else 0
