"""Telling clients what happened, at once but not too often.

Owns the merging of Changed events over time. Must not know sockets: whoever listens is a callable.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable

from tui_mail.link.messages import Changed, Message
from tui_mail.model.ids import FolderId

_INTERVAL = 0.1
"""Seconds between two Changed events; the first after a pause goes out at once."""


class Announcer:
    """Belongs to the event loop. ``listeners`` get every event, on the loop, and must not block."""

    def __init__(self) -> None:
        self.listeners: list[Callable[[Message], None]] = []
        self._rev = 0
        self._folders: set[FolderId] = set()
        self._list_changed = False
        self._new_mail = 0
        self._timer: asyncio.TimerHandle | None = None
        self._last = float("-inf")

    def tell(self, event: Message) -> None:
        """Send an event now."""
        for listener in list(self.listeners):
            listener(event)

    def changed(self, rev: int, folders: Iterable[FolderId], new_mail: int = 0) -> None:
        """These folders changed, up to revision ``rev`` of mail.db; ``new_mail`` unread ones came into an inbox."""
        self._rev = max(self._rev, rev)
        self._folders.update(folders)
        self._new_mail += new_mail
        if self._folders:
            self._plan()

    def list_changed(self, rev: int) -> None:
        """The list of folders or accounts itself changed."""
        self._rev = max(self._rev, rev)
        self._list_changed = True
        self._plan()

    def flush(self) -> None:
        """Send what was held back."""
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        self._last = asyncio.get_running_loop().time()
        if self._list_changed:
            self._list_changed = False
            self.tell(Changed(rev=self._rev, folders=[]))
        if self._folders:
            folders, new_mail = sorted(self._folders), self._new_mail
            self._folders.clear()
            self._new_mail = 0
            self.tell(Changed(rev=self._rev, folders=list(folders), new_mail=new_mail))

    def _plan(self) -> None:
        if self._timer is not None:
            return
        loop = asyncio.get_running_loop()
        wait = self._last + _INTERVAL - loop.time()
        if wait <= 0:
            self.flush()
        else:
            self._timer = loop.call_later(wait, self.flush)
