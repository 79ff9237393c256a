"""Messages that wait for a reader who may be slow: bounded, because what is superseded is merged or dropped.

Owns the rule which message replaces which. Must not know sockets.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace

from tui_mail.link.messages import Alert, Changed, Done, Message, Progress, State, Trouble

_SENTENCES = 200
"""Troubles and alerts kept for a reader who does not read; the oldest go first."""
_FOLDERS = 50_000
"""Folders named in one merged Changed, lest its line outgrows the limit."""

_Key = tuple[object, ...]


class Backlog:
    """A queue in which a Changed grows, a State or Progress is replaced in its place, and answers are never lost."""

    def __init__(self) -> None:
        self._waiting: dict[_Key, Message] = {}
        self._serial = 0
        self._there = asyncio.Event()
        self._closed = False

    def __len__(self) -> int:
        return len(self._waiting)

    def put(self, message: Message) -> None:
        """Add a message; never blocks. After ``close`` it is dropped."""
        if self._closed:
            return
        key = self._key(message)
        known = self._waiting.get(key)
        if isinstance(known, Changed) and isinstance(message, Changed):
            message = _merged(known, message)
        self._waiting[key] = message
        self._there.set()

    async def take(self) -> list[Message]:
        """All that waits, oldest first, as soon as there is something; empty after ``close``."""
        await self._there.wait()
        taken = list(self._waiting.values())
        self._waiting.clear()
        if not self._closed:
            self._there.clear()
        return taken

    def close(self) -> None:
        """Nothing more will come; what waits can still be taken."""
        self._closed = True
        self._there.set()

    def _key(self, message: Message) -> _Key:
        match message:
            case Changed():
                # A list that is empty means the list of folders itself: it must not vanish among named folders.
                return (Changed.name, bool(message.folders))
            case Progress():
                return (Progress.name, message.account, message.folder, message.what)
            case State():
                return (State.name, message.account)
            case Done():
                return (Done.name, message.id)
            case Trouble() | Alert():
                self._serial += 1
                self._waiting.pop(("sentence", self._serial - _SENTENCES), None)
                return ("sentence", self._serial)
            case _:
                self._serial += 1
                return ("other", self._serial)


def _merged(old: Changed, new: Changed) -> Changed:
    folders = list(dict.fromkeys(old.folders + new.folders))
    return replace(new, rev=max(old.rev, new.rev), folders=folders[-_FOLDERS:], new_mail=old.new_mail + new.new_mail)
