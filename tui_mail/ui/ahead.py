"""Keys typed ahead: each one goes where the one before it has led.

Owns the waiting between two keys. Must not know keys or actions. Without it, the letters typed right after a key that
opens a dialog reach the list below, where they archive and delete.
"""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from textual.app import App
    from textual.message_pump import MessagePump
    from textual.screen import Screen

PATIENCE: Final = 0.5
"""Seconds a key may hold up the next one; whoever is busy for longer gets it late, as ever."""


async def taken(app: App[Any], target: MessagePump, screen: Screen[Any]) -> None:
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
