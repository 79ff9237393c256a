"""What is new in a folder since a cursor: new messages newest first, changed flags, vanished messages.

Owns the choice of the cheapest way (RFC 7162 where the server keeps modification sequences, else a scan in slices) and
the order of pages. Every page's cursor vouches for exactly the pages up to it. Must not know what the store does.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

from tui_mail.backends.imap import fetch, resync
from tui_mail.backends.imap.answers import Mailbox
from tui_mail.backends.imap.cursor import Cursor, decode
from tui_mail.backends.imap.downwards import Downwards
from tui_mail.backends.imap.failures import CommandFailed, crowded, refusal
from tui_mail.backends.imap.fetch import header_items
from tui_mail.backends.imap.mailbox import Connection, Turn, all_uids, search, select
from tui_mail.backends.imap.rescue import fetch_carefully
from tui_mail.backends.imap.session import Session
from tui_mail.backends.imap.syntax import format_day
from tui_mail.backends.imap.window import FIRST_PAGE, LARGEST_PAGE, SECOND_PAGE, Window
from tui_mail.model.remote import FlagChange, NewMessage, Page
from tui_mail.model.words import _

DAY = 86_400
FLAG_PAGE = 5000
RECENT = 500
"""Newest messages whose flags are looked at in every round of a scan."""
MOST_REFUSED = 3
SLICE = 20_000
"""UIDs further down that each round of a scan covers."""


@dataclass(slots=True)
class Round:
    """One call of ``changes`` on one connection."""

    connection: Connection
    folder: str
    given: bytes
    turn: Turn
    deep: bool = False
    """Nobody else waits for this connection: as many windows are under way as the server bears, so that its distance
    does not count. Else two, which somebody waits for who comes in between."""
    since: int = 0
    """What was received before, and is not known, is left on the server; seconds UTC, 0: nothing is."""
    cursor: Cursor = Cursor(0)  # noqa: RUF009 -- frozen
    box: Mailbox | None = None
    asked: Downwards | None = None
    """What was asked for right behind the folder's selection."""
    window: Window | None = None
    """What was planned when its first part was asked for right behind the folder's selection …"""
    top: int = 0
    """… up to this UID."""
    under_way: deque[tuple[bytes, int, int]] = field(default_factory=deque)
    """Windows by UID that were asked for and not answered yet: (tag, first, last)."""
    refused_windows: int = 0
    early: dict[int, NewMessage] = field(default_factory=dict)
    """What came for other windows already: servers may answer commands side by side (RFC 9051, 5.5)."""
    told: bool = False
    """The server itself says what vanished (QRESYNC), in ranges; ``exists`` is what is left then."""
    vanished: list[tuple[int, int]] = field(default_factory=list)
    exists: int = 0
    adopted: int = 0
    """The modification sequence of the last page's cursor: by then what vanished is committed too."""

    @property
    def session(self) -> Session:
        return self.connection.session

    def pull(self) -> Iterator[Page]:
        """All pages but the last (``last_page``, after the comparison with the store). Raises errors of ``model.errors``."""
        try:
            yield from self._pull()
        except CommandFailed as failed:
            raise refusal(
                self.session.host, failed, _("The folder {folder} could not be read").format(folder=self.folder)
            ) from failed

    def _pull(self) -> Iterator[Page]:
        before = decode(self.given)
        if before is not None and resync.possible(self.connection, self.folder, before):
            yield from self._ask_at_once(before)
        else:
            self.box = select(self.connection, self.folder, fresh=True, behind=self._ask_newest)
        box = self.box
        assert box is not None
        renumbered = before is not None and (
            before.uidvalidity != box.uidvalidity or (box.uidnext < before.uidnext and not box.guessed)
        )
        if before is None or renumbered:
            self.cursor = Cursor(box.uidvalidity, modseq=box.highestmodseq)
            known = self.cursor
            if renumbered:
                yield self._page(reset=True)
        else:
            self.cursor = known = before
        self.cursor = self.cursor.grown(box.uidnext)
        if not box.exists:
            self.cursor = replace(self.cursor, holes=())
        self._bound(known)
        self.adopted = modseq = box.highestmodseq
        if known.uidnext == 1:  # nothing is known that could have changed
            self.cursor = replace(self.cursor, modseq=modseq)
        filling = self._fill(fresh=known.uidnext == 1)
        # The newest arrivals, then what changed in what is known, then everything older.
        for page in filling:
            yield page
            break
        if known.uidnext > 1 and not self.told:
            yield from self._flags(known, modseq, box)
        yield from filling
        if self.told and self.session.mailbox is box:
            self.vanished += box.vanished or ()
            self.exists = box.exists

    def on(self, connection: Connection) -> Round:
        """The same round, on the connection that there is now."""
        self.connection = connection
        return self

    def gone(self, count: int) -> set[int] | None:
        """After ``pull``: what the server named as vanished, when ``count`` (in the store) says that it is all and
        nothing else; None when only the UIDs in the store can tell.
        """
        named = resync.each(self.vanished)
        if named is None:
            return None
        named = {uid for uid in named if self.cursor.knows(uid)}
        alone = self.cursor.floor == 1 and count - len(named) == self.exists
        return named if not named or alone else None

    def differing(self, count: int) -> list[int] | None:
        """After ``pull``: the UIDs on the server when they are not as many as ``count``, what the store will hold."""
        if self.cursor.floor > 1:
            return self._differing_above(count)
        if self.told and self.exists == count:
            return None
        box = self._select()
        if box.uidvalidity != self.cursor.uidvalidity or box.exists == count:
            return None
        return all_uids(self.session, self.cursor.uidnext - 1)

    def _differing_above(self, count: int) -> list[int] | None:
        """Likewise, of the messages that are not left on the server by their age; those are counted anew."""
        box = self._select()
        if box.uidvalidity != self.cursor.uidvalidity:
            return None
        here = self._above(self.cursor.floor)
        self.cursor = replace(self.cursor, older=max(0, box.exists - len(here)))
        here = [uid for uid in here if uid < self.cursor.uidnext]
        return None if len(here) == count else here

    def compare(self, here: Sequence[int], known: Sequence[int]) -> tuple[list[int], list[int]]:
        """(vanished, missing): in the store and not on the server, and the other way round, newest first. Both are
        ascending.
        """
        missing = [uid for uid in only_in(here, known) if self.cursor.knows(uid)]
        vanished = [uid for uid in only_in(known, here) if uid < self.cursor.uidnext]
        return vanished, missing[::-1]

    def doubt(self, gone: set[int], vanished: Sequence[int], missing: Sequence[int]) -> None:
        """Compare what the server named with what was found: after too many mistakes it is not asked that way again."""
        if self.told and (missing or not gone.issuperset(vanished)):
            resync.mistaken(self.connection, self.folder)

    def fetch_missing(self, uids: Sequence[int]) -> list[NewMessage]:
        """Messages that an earlier page should have brought and did not."""
        self._select()
        return fetch_carefully(self.connection, uids)

    def last_page(self, new: Sequence[NewMessage] = (), vanished: Sequence[int] = ()) -> Page:
        self.cursor = replace(self.cursor, modseq=self.adopted)
        return replace(self._page(), new=new, vanished=vanished, last=True)

    # -- inside

    def _select(self, *, fresh: bool = False) -> Mailbox:
        before = self.box
        self.box = select(self.connection, self.folder, fresh=fresh)
        if self.told and before is not None and before is not self.box:
            # Somebody else had the connection: what vanished meanwhile is found by comparison.
            self.vanished += before.vanished or ()
            self.told = False
        return self.box

    def _bound(self, known: Cursor) -> None:
        """Work out below which UID everything is older than what is wanted, and how much that is."""
        box = self.box
        assert box is not None
        floor, older = 1, 0
        if self.since and box.exists:
            lowest = known.bottom() if known.uidnext > 1 else self.cursor.uidnext
            # By the day, in the server's own time (RFC 9051, 6.4.4): a day more is no harm.
            young = search(self.session, b"SINCE " + format_day(self.since - DAY))
            floor = min([lowest, self.cursor.uidnext, *young[:1]])
            older = max(0, box.exists - len(self._above(floor))) if floor > 1 else 0
        self.cursor = replace(self.cursor, floor=floor if older else 1, older=older)

    def _above(self, floor: int) -> list[int]:
        """The UIDs from ``floor`` on; ``*`` names the last message whatever its UID."""
        return [uid for uid in search(self.session, b"UID %d:*" % floor) if uid >= floor]

    def _ask_at_once(self, known: Cursor) -> Iterator[Page]:
        """Select, and take what changed with it; ``told`` when what came is about the folder as it was known."""
        self.cursor = known
        part: list[FlagChange] = []
        closed = 0
        for change in resync.opened(self.connection, self.folder, known, self._ask_missing):
            self.box = box = self.session.mailbox
            assert box is not None
            if box.closed > closed:  # what came until now was about the folder selected before
                closed = box.closed
                part = []
            if known.knows(change.uid):
                part.append(change)
            if len(part) >= FLAG_PAGE and box.uidvalidity == known.uidvalidity:
                yield self._page(flags=part)
                part = []
        self.box = box = self.session.mailbox
        assert box is not None
        self.told = (
            box.vanished is not None
            and box.uidvalidity == known.uidvalidity
            and box.uidnext >= max(known.uidnext, self.top + 1)
            and box.highestmodseq >= known.modseq
        )
        if not self.told:
            self._give_up_asked()
        elif part and box.closed == closed:
            yield self._page(flags=part)

    def _page(self, **parts: object) -> Page:
        assert self.box is not None
        older = self.cursor.older
        return Page(self.cursor.uidvalidity, self.cursor.encode(), total=self.box.exists, older=older, **parts)  # type: ignore[arg-type] # checked by each caller

    def _pause(self) -> None:
        """Between commands: let urgent work pass, and come back to the same folder or not at all."""
        if self.turn.is_urgent() and self.turn.breathe():
            self._select()

    def _fill(self, *, fresh: bool) -> Iterator[Page]:
        """Fetch the holes from the top; after the first page, several windows under way where the server bears it."""
        assert self.box is not None
        deepest = self._deepest()
        if self.asked or (fresh and self.box.exists - self.cursor.older > FIRST_PAGE):
            yield from self._newest()
        window = self._planned()
        if fresh:
            window.density = window.average
        depth = 1  # who takes the first page asks for something else before the next: flags, or nothing more
        if self.told and self.deep and deepest > 1:
            depth, window.size = deepest, SECOND_PAGE  # flags came with the selection
        while window.planned or self.under_way:
            if not self.under_way:
                self._pause()
            if not (self.under_way and self.turn.is_urgent()):
                self._ask(window, depth)
            tag, low, high = self.under_way.popleft()
            began = time.monotonic()
            found = self._window(tag, low, high)
            window.learn(len(found), high - low + 1, time.monotonic() - began)
            yield from self._pages(found, low, high)
            depth = deepest

    def _planned(self) -> Window:
        """All that is still to be asked for."""
        assert self.box is not None
        holes = [*self.cursor.wanted]
        if self.window is None:
            return Window(holes, FIRST_PAGE, self.box.exists / max(self.cursor.uidnext - 1, 1))
        # What came since the list was read is not among what was planned then.
        self.window.planned += [(max(low, self.top + 1), high) for low, high in holes if high > self.top]
        return self.window

    def _ask(self, window: Window, most: int) -> None:
        """Send for windows until ``most`` are under way."""
        items = header_items(self.session.caps)
        while window.planned and len(self.under_way) < most:
            low, high = window.take()
            self.under_way.append((self.session.start(b"UID FETCH %d:%d" % (low, high), items), low, high))

    def _deepest(self) -> int:
        """How many windows may be under way."""
        depth = self.connection.profile.quirks.depth
        return depth if self.deep else min(2, depth)

    def _ask_newest(self) -> None:
        """Ask for the first messages of a folder of which nothing is known, by the number that the list told. A server
        has to select before it looks what that number means (RFC 9051, 5.5).
        """
        told = self.connection.directory.told.get(self.folder)
        total = told.total if told is not None else None
        if not self.given and not self.since and total and self._deepest() > 1:
            self.asked = self._downwards(total)
            self.asked.ask(self._deepest() - 1)

    def _ask_missing(self) -> None:
        """Ask for what is not known yet of a folder of which something is, as far as the list told what is there."""
        known, told = self.cursor, self.connection.directory.told.get(self.folder)
        if told is None or told.uidvalidity != known.uidvalidity or self.since or known.floor > 1 or not self.deep:
            return
        holes = known.grown(told.uidnext or 0).wanted
        if holes and self._deepest() > 1:
            self.top = holes[-1][1]
            self.window = Window(list(holes), SECOND_PAGE, (told.total or 0) / max((told.uidnext or 0) - 1, 1))
            self._ask(self.window, self._deepest() - 1)

    def _give_up_asked(self) -> None:
        """What was asked for behind the selection was asked of another folder than is there."""
        self.window = None
        while self.under_way:
            try:
                for _message in fetch.headers(self.session, self.under_way.popleft()[0]):
                    pass
            except CommandFailed:
                pass  # as is to be expected

    def _downwards(self, total: int) -> Downwards:
        """Only the first page for whom others wait for, or who may not want what is older."""
        return Downwards(self.session, total, self._deepest(), only_first=not self.deep or bool(self.since))

    def _newest(self) -> Iterator[Page]:
        """The newest by sequence numbers; what they leave is asked for by UID."""
        assert self.box is not None
        downwards = self.asked or self._downwards(self.box.exists)
        self.asked = None
        for found, low, high in downwards.windows(self.box.exists, self.cursor.uidnext, self.turn):
            yield from self._pages([message for message in found if message.uid >= self.cursor.floor], low, high)
        self.early.update((message.uid, message) for message in downwards.early.values())

    def _window(self, tag: bytes, low: int, high: int) -> list[NewMessage]:
        """What could be read between ``low`` and ``high``; what could not is found by comparison in the end."""
        found = {uid: self.early.pop(uid) for uid in list(self.early) if low <= uid <= high}
        try:
            for message in fetch.headers(self.session, tag):
                if not isinstance(message, NewMessage):
                    continue
                if low <= message.uid <= high:
                    found[message.uid] = message
                elif not self.cursor.knows(message.uid):  # of another window that is under way, older or newer
                    self.early[message.uid] = message
        except CommandFailed as failed:
            # One message can make the server refuse a whole range (Exchange, Yahoo); several ranges are no accident.
            self.refused_windows += 1
            if crowded(self.session.host, failed) or self.refused_windows > MOST_REFUSED:
                raise
        return list(found.values())

    def _pages(self, found: list[NewMessage], low: int, high: int) -> Iterator[Page]:
        found.sort(key=lambda message: message.uid, reverse=True)
        for start in range(0, max(len(found), 1), LARGEST_PAGE):
            part = found[start : start + LARGEST_PAGE]
            bottom = low if start + LARGEST_PAGE >= len(found) else part[-1].uid
            self.cursor = self.cursor.filled(bottom, high)
            yield self._page(new=part)

    def _flags(self, known: Cursor, modseq: int, box: Mailbox) -> Iterator[Page]:
        """Changed flags of what ``known`` knew; the cursor adopts ``modseq`` with the page after the last of them."""
        last = known.uidnext - 1
        if modseq and known.modseq and modseq >= known.modseq:
            if modseq > known.modseq:
                command = b"UID FETCH 1:%d (%s) (CHANGEDSINCE %d)" % (last, fetch.FLAG_ITEMS, known.modseq)
                yield from self._flag_pages(command, known)
        elif modseq:
            # Counted from elsewhere now, or for the first time: everything once, then by sequence again.
            for low in range(1, last + 1, SLICE):
                yield from self._flag_pages(self._flag_range(low, min(last, low + SLICE - 1)), known)
        else:
            top = known.scan if 0 < known.scan <= last + 1 else last + 1
            low = max(1, top - SLICE)
            if top <= last and box.exists:
                recent = b"FETCH %d:* (%s)" % (max(1, box.exists - RECENT + 1), fetch.FLAG_ITEMS)
                yield from self._flag_pages(recent, known)
            yield from self._flag_pages(self._flag_range(low, top - 1), known)
            self.cursor = replace(self.cursor, scan=low if low > 1 else 0)
        self.cursor = replace(self.cursor, modseq=modseq)

    def _flag_range(self, low: int, high: int) -> bytes:
        return b"UID FETCH %d:%d (%s)" % (low, high, fetch.FLAG_ITEMS)

    def _flag_pages(self, command: bytes, known: Cursor) -> Iterator[Page]:
        self._pause()
        part: list[FlagChange] = []
        for change in fetch.flags(self.session, self.session.start(command)):
            if isinstance(change, FlagChange) and known.knows(change.uid):
                part.append(change)
                if len(part) >= FLAG_PAGE:
                    yield self._page(flags=part)
                    part = []
        if part:
            yield self._page(flags=part)


def only_in(these: Sequence[int], those: Sequence[int]) -> Iterator[int]:
    """What is in ``these`` and not in ``those``, both ascending; side by side, as there may be a million of each."""
    at, count = 0, len(those)
    for uid in these:
        while at < count and those[at] < uid:
            at += 1
        if at == count or those[at] != uid:
            yield uid
