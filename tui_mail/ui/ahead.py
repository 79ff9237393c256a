"""Keys typed ahead: each one goes where the one before it has led.

Owns the waiting between two keys. Must not know keys or actions. Without it, the letters typed right after a key that
opens a dialog reach the list below, where they archive and delete.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any, Final

from textual.events import Key

if TYPE_CHECKING:
    from textual.app import App
    from textual.message import Message
    from textual.message_pump import MessagePump
    from textual.screen import Screen

PATIENCE: Final = 0.5
"""Seconds a key may hold up the next one; whoever is busy for longer gets it late, as ever."""


class Ahead:
    """What the app does with keys: one after the other, to its end.

    A key that nobody wants climbs up to the app, which is where Textual looks for what a field does with it (ctrl+u).
    While the app is at one key, what climbs is kept and not queued: behind the keys typed since it would come too late.
    """

    def __init__(self, app: App[Any]) -> None:
        self._app = app
        self._busy = False
        self._climbed: list[Key] = []

    async def deal_with(self, key: Key, forward: Callable[[Key], Awaitable[None]]) -> None:
        """Send a key on its way by ``forward``; return when it and what it led to is dealt with."""
        app, screen = self._app, self._app.screen
        target = app.focused or screen
        self._busy, self._climbed = True, []
        try:
            await forward(key)
            await _taken(app, target, screen)
        finally:
            self._busy = False
        for climbed in self._climbed:
            await forward(climbed)
            await _taken(app, app, screen)

    def keeps(self, message: Message) -> bool:
        """True for a message to the app that ``deal_with`` sees to."""
        if self._busy and isinstance(message, Key) and message.is_forwarded:
            self._climbed.append(message)
            return True
        return False


async def _taken(app: App[Any], target: MessagePump, screen: Screen[Any]) -> None:
    """Return when a key posted to ``target`` on ``screen`` is dealt with, and a screen it opened has its focus."""
    try:
        async with asyncio.timeout(PATIENCE):
            pump: MessagePump | None = target
            while pump is not None and pump is not app:  # a key climbs from the widget to its screen
                await _passed(pump)
                pump = pump._parent  # noqa: SLF001 -- the way messages bubble
            if app.screen is not screen:
                await _passed(app.screen)
    except TimeoutError:
        pass  # see PATIENCE


async def _passed(pump: MessagePump) -> None:
    """Return when everything posted to ``pump`` so far is dealt with; at once where it takes nothing any more."""
    passed = asyncio.Event()
    if pump.is_running and pump.call_later(passed.set):
        await passed.wait()
