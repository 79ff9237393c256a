"""A folder of which nothing is known, read by sequence numbers from its newest message down.

Owns which numbers are asked for, and the proof of which UIDs an answer covers. Windows hold exactly as many messages as
asked for, however sparse the UIDs are, and none has to wait for another's answer: the first ones stand right behind the
selection. Where a number is missing in an answer, as what is expunged meanwhile makes it, the rest is left to others. Must
not know cursors.
"""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from tui_mail.backends.imap import fetch
from tui_mail.backends.imap.failures import CommandFailed, crowded
from tui_mail.backends.imap.fetch import Broken, header_items
from tui_mail.backends.imap.mailbox import Turn
from tui_mail.backends.imap.session import Session
from tui_mail.backends.imap.window import FIRST_PAGE, LARGEST_PAGE, SECOND_PAGE, SLOW
from tui_mail.model.remote import NewMessage


@dataclass(slots=True)
class Downwards:
    """One reading of a folder of ``total`` messages; ``depth`` windows are under way at once.

    ``only_first``: the first window is all that is wanted.
    """

    session: Session
    total: int
    depth: int
    only_first: bool = False
    early: dict[int, NewMessage] = field(default_factory=dict)
    """By number: what came and is not covered by any window. It is of the next one (servers may answer side by side,
    RFC 9051, 5.5), or of those that prove nothing."""
    _asked: deque[tuple[bytes, int, int]] = field(default_factory=deque)
    _left: int = 0
    """Messages with these numbers and lower ones are not asked for yet."""
    _size: int = FIRST_PAGE
    _largest: int = LARGEST_PAGE

    def __post_init__(self) -> None:
        self._left = self.total

    def ask(self, most: int) -> None:
        """Send for windows until ``most`` are under way."""
        while self._left and len(self._asked) < most:
            low = max(1, self._left - self._size + 1)
            last = b"*" if self._left == self.total else b"%d" % self._left
            tag = self.session.start(b"FETCH %d:%s" % (low, last), header_items(self.session.caps))
            self._asked.append((tag, low, self._left))
            self._left = 0 if self.only_first else low - 1
            self._size = min(SECOND_PAGE if self._size < SECOND_PAGE else LARGEST_PAGE, self._largest)

    def windows(self, exists: int, uidnext: int, turn: Turn) -> Iterator[tuple[list[NewMessage], int, int]]:
        """Messages with the first and the last UID that they cover, from ``uidnext`` down, until all is covered or it
        cannot go on like that: something urgent waits, or an answer proves nothing.

        ``exists`` is what the selection told; ``total`` may be of before. Raises CommandFailed for what is no
        matter of numbers.
        """
        # Where the last of the numbers are no more, the first window is another than was meant, and may be refused.
        sound = exists > self.total - FIRST_PAGE
        top = uidnext - 1
        while True:
            if sound and (self._left == self.total or not turn.is_urgent()):
                self.ask(self.depth)
            if not self._asked:
                return
            tag, low, high = self._asked.popleft()
            began = time.monotonic()
            found = self._read(tag, low, exists if high == self.total else high, top)
            if time.monotonic() - began > SLOW:
                self._largest = max(FIRST_PAGE, self._largest // 2)
            sound = sound and bool(found)
            if not sound:
                self.early.update(found)
                continue
            bottom = 1 if low == 1 else min(message.uid for message in found.values())
            yield list(found.values()), bottom, top
            top = bottom - 1

    def _read(self, tag: bytes, low: int, high: int, top: int) -> dict[int, NewMessage]:
        """The messages of a window by number; none when one of them is missing: what came is in ``early`` then."""
        broken: set[int] = set()
        whole = True
        try:
            for each in fetch.numbered(self.session, tag):
                if isinstance(each, Broken):
                    broken.add(each.number)
                elif each[1].uid <= top:
                    self.early[each[0]] = each[1]
        except CommandFailed as failed:
            if crowded(self.session.host, failed):
                raise
            whole = False  # its numbers were of another time, or one message spoils it: UIDs can tell
        numbers = range(low, high + 1)
        if not whole or not all(number in self.early or number in broken for number in numbers):
            return {}
        return {number: self.early.pop(number) for number in numbers if number in self.early}
