"""Which of a server's messages are known: by UIDL where that can be trusted, else by the look of their headers.

Owns the decision, and what has to be asked of a server before it can be made. A UIDL should name one message for ever
(RFC 1939, 7); in the field servers give one to several, give none, or give all new ones after a move to another
machine. Where they do, headers (``header_fingerprint``) and sizes find what is known. Such a find saves a second
download and no more: its number is among ``unsure``, and whoever means to delete it compares octets first.

When in doubt a message is new: it comes twice rather than never. Pure: must not know connections nor the store.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Hashable, Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Final

from tui_mail.backends.pop3.listing import Listed, Listing

HEADER: Final = 64 << 10
"""Octets of a header that count."""
_WEAK: Final = "~"
_NAMES: Final = (b"message-id", b"received")
"""Fields that hardly two messages share."""
_VOLATILE: Final = frozenset(
    (
        *(b"status", b"x-status", b"x-uidl", b"x-uid", b"x-imap", b"x-imapbase", b"x-keywords", b"content-length"),
        *(b"lines", b"x-mozilla-status", b"x-mozilla-status2", b"x-mozilla-keys", b"x-evolution"),
    )
)
"""Fields that servers and programs add and change in a mailbox."""


@dataclass(frozen=True, slots=True)
class Known:
    """A message that was at the server when last heard of, and is here."""

    key: int
    """The caller's own name for it; nothing else is unique."""
    uidl: str
    """Empty where it had none."""
    size: int
    """As LIST gave it, which need not be that of the message."""
    header: str
    """``header_fingerprint`` of the message."""
    sure: bool = True
    """False where it was found again by its header only, and nobody has compared octets since."""


@dataclass(frozen=True, slots=True)
class Identities:
    """What is what in a listing; every number is in ``held`` or in ``new``."""

    held: Mapping[int, int]
    """Key by number."""
    new: tuple[int, ...]
    """Numbers, ascending, as in a mailbox mostly by age."""
    changed: Mapping[int, Known]
    """By key, what to know from now on: another UIDL or size."""
    gone: tuple[int, ...]
    """Keys of what is certainly not at the server any more."""
    unsure: frozenset[int]
    """Numbers in ``held`` that rest on less than a UIDL of their own: not to be deleted before octets are compared."""
    doubtful: frozenset[int]
    """Numbers in ``new`` that may be here already, with nothing to tell by: compare once they have come."""
    nameless: frozenset[int]
    """Numbers in ``new`` with no UIDL; without TOP they will look new again the next time."""


def header_fingerprint(raw: bytes) -> str:
    """What a message or the answer to TOP looks like at its head; the same, whichever of the two it is."""
    digest = hashlib.sha256()
    named = skipped = False
    for line in raw[:HEADER].replace(b"\r\n", b"\n").split(b"\n"):
        if not line:
            break
        if not line.startswith((b" ", b"\t")):
            field = line.partition(b":")[0].strip().lower()
            skipped = field in _VOLATILE
            named = named or field in _NAMES
        if not skipped:
            digest.update(line.rstrip() + b"\n")
    return ("" if named else _WEAK) + digest.hexdigest()


def questions(known: Iterable[Known], listing: Listing) -> tuple[int, ...]:
    """The numbers whose headers ``identify`` wants to see: none as long as a server keeps to the rules."""
    matching = _Matching(known, listing)
    matching.by_name()
    return matching.open_questions()


def identify(known: Iterable[Known], listing: Listing, headers: Mapping[int, str] | None = None) -> Identities:
    """Decide. ``headers`` are fingerprints by number, of ``questions`` or as many of them as were to be had."""
    matching = _Matching(known, listing)
    matching.by_name()
    matching.by_header(headers or {})
    return matching.result(headers or {})


def _telling(header: str | None) -> bool:
    """A fingerprint that no other message is likely to have."""
    return header is not None and not header.startswith(_WEAK)


class _Matching:
    """What is not matched yet, on both sides, and what is."""

    def __init__(self, known: Iterable[Known], listing: Listing) -> None:
        self._listing = listing
        self._listed = {each.number: each for each in listing.messages}
        self._known = dict(sorted((each.key, each) for each in known))
        counts = Counter(each.uidl for each in self._known.values())
        self._shared = listing.duplicates | {uidl for uidl, count in counts.items() if count > 1}
        self._moved = self._is_moved()
        self._held: dict[int, int] = {}
        self._changed: dict[int, Known] = {}
        self._unsure: set[int] = set()

    def _is_moved(self) -> bool:
        """Most of what is there is unknown, and most of what was known is not there: all has new names, it seems."""
        names = {each.uidl for each in self._known.values()}
        there = {each.uidl for each in self._listed.values()} - {""}
        unknown = sum(1 for each in self._listed.values() if each.uidl and each.uidl not in names)
        missing = sum(1 for each in self._known.values() if each.uidl not in there)
        return 2 * unknown > len(self._listed) and 2 * missing > len(self._known)

    def by_name(self) -> None:
        """Match what has the same UIDL and size, as long as there are as many on both sides."""
        there = Counter((each.uidl, each.size) for each in self._listed.values())
        here = Counter((each.uidl, each.size) for each in self._known.values())
        self._pair(
            lambda each: (each.uidl, each.size) if each.uidl else None,
            lambda one: (one.uidl, one.size) if here[one.uidl, one.size] == there[one.uidl, one.size] else None,
            by_name=True,
        )

    def by_header(self, headers: Mapping[int, str]) -> None:
        """Match what looks the same: first what shares a UIDL, then what has none or, after a move, another."""

        def seen(each: Listed) -> str | None:
            return headers.get(each.number)

        def known_by(each: Listed) -> bool:
            return bool(each.uidl) and seen(each) is not None

        self._pair(
            lambda each: (each.uidl, each.size, seen(each)) if known_by(each) else None,
            lambda one: (one.uidl, one.size, one.header),
        )
        self._pair(
            lambda each: (each.uidl, seen(each)) if known_by(each) else None,
            lambda one: (one.uidl, one.header),
        )
        self._pair(  # where there is no TOP
            lambda each: (each.uidl, each.size) if each.uidl and seen(each) is None else None,
            lambda one: (one.uidl, one.size),
        )
        self._pair(
            lambda each: (each.size, seen(each)) if not each.uidl or (self._moved and _telling(seen(each))) else None,
            lambda one: (one.size, one.header),
        )
        self._pair(
            lambda each: (each.size, seen(each)),
            lambda one: (one.size, one.header) if not one.uidl else None,
        )
        if self._moved:  # sizes are counted in another way there, perhaps
            self._pair(seen, lambda one: one.header if _telling(one.header) else None)

    def _pair(
        self,
        of_listed: Callable[[Listed], Hashable | None],
        of_known: Callable[[Known], Hashable | None],
        *,
        by_name: bool = False,
    ) -> None:
        """Match, in order, what is of the same value; what is of None stands aside."""
        if not self._known:
            return
        waiting = defaultdict[Hashable, deque[Known]](deque)
        for one in self._known.values():
            if (value := of_known(one)) is not None:
                waiting[value].append(one)
        for each in list(self._listed.values()):
            value = of_listed(each)
            if value is not None and waiting.get(value):
                self._match(each, waiting[value].popleft(), by_name=by_name)

    def _match(self, each: Listed, one: Known, *, by_name: bool) -> None:
        del self._listed[each.number], self._known[one.key]
        self._held[each.number] = one.key
        if not by_name or not one.sure or each.uidl in self._shared:
            self._unsure.add(each.number)
        uidl = each.uidl or one.uidl  # one that a server keeps to itself for once is not forgotten
        if (uidl, each.size) != (one.uidl, one.size):
            self._changed[one.key] = replace(one, uidl=uidl, size=each.size, sure=False)

    def open_questions(self) -> tuple[int, ...]:
        """The numbers not matched that might be something known all the same."""
        if self._moved:
            return tuple(self._listed) if self._known else ()
        uidls = {one.uidl for one in self._known.values()} - {""}
        sizes = {one.size for one in self._known.values()}
        nameless = {one.size for one in self._known.values() if not one.uidl}
        return tuple(
            number
            for number, each in self._listed.items()
            if each.uidl in uidls or each.size in (nameless if each.uidl else sizes)
        )

    def result(self, headers: Mapping[int, str]) -> Identities:
        alike = {one.header for one in self._known.values() if self._moved and not _telling(one.header)}
        doubtful = frozenset(
            number for number in self.open_questions() if number not in headers or headers[number] in alike
        )
        listing = self._listing
        return Identities(
            held=self._held,
            new=tuple(sorted(self._listed)),
            changed=self._changed,
            gone=tuple(
                one.key
                for one in self._known.values()
                if not doubtful and (listing.complete or (listing.consistent and not one.uidl))
            ),
            unsure=frozenset(self._unsure),
            doubtful=doubtful,
            nameless=frozenset(number for number, each in self._listed.items() if not each.uidl),
        )
