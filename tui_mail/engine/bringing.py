"""What is brought here for those who wait for it: a message, what is needed to read it, one part.

Owns that what is on its way is waited for and not asked for twice, and that a part nobody waits for any more is given up.
Must not know how it comes.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, field
from typing import Any

from tui_mail.engine.bodies import Came
from tui_mail.engine.core import Core
from tui_mail.engine.session import Session
from tui_mail.engine.supervisor import Supervisor
from tui_mail.model.errors import NotFound
from tui_mail.model.ids import ItemId
from tui_mail.model.mail import Item
from tui_mail.model.words import _

_WHOLE, _READ = "whole", "read"
_Key = tuple[ItemId, str]
_Work = Callable[[Session], Coroutine[Any, Any, None]]


@dataclass(slots=True)
class _Way:
    """Something on its way, and how many wait for it."""

    task: asyncio.Task[None]
    waiting: int = 0
    came: list[Came] = field(default_factory=list)
    """Who wants it before the store has it."""


class Bringing:
    """One for all clients."""

    def __init__(self, core: Core, supervisor: Supervisor) -> None:
        self._core = core
        self._supervisor = supervisor
        self._ways: dict[_Key, _Way] = {}

    async def whole(self, item: ItemId, *, rest: bool = False) -> None:
        """A message. ``rest``: also one of which only the header is here since it is large (POP3)."""
        known = await self._known(item)
        if known.has_body:
            return
        if rest:
            await self._rest(item)
        await self._wait((item, _WHOLE), known, lambda session: session.bodies.fetch(item), given_up=False)

    async def to_read(self, item: ItemId, came: Came | None = None) -> None:
        """A message, or of a large one what is needed to read it. ``came`` may be told of it before it is stored."""
        known = await self._known(item)
        if known.has_body:
            return
        if (item, _WHOLE) in self._ways:
            await self.whole(item)
        else:
            key = (item, _READ)

            async def told(raw: bytes, sizes: Mapping[str, int] | None) -> None:
                await asyncio.gather(*(each(raw, sizes) for each in self._ways[key].came))

            await self._wait(key, known, lambda session: session.parts.read(item, told), given_up=False, came=came)

    async def part(self, item: ItemId, part: str) -> None:
        """A part that was left out, after what is needed to read the message where that is not here."""
        known = await self._known(item)
        outline = await self._core.read(lambda reader: reader.outline(item))
        if outline is None:
            await self.to_read(item)
            outline = await self._core.read(lambda reader: reader.outline(item))
        if outline is not None and part in outline.absent:
            work: _Work = lambda session: session.parts.fetch(item, part)  # noqa: E731 -- a type of its own
            await self._wait((item, f"part {part}"), known, work, given_up=True)

    async def _known(self, item: ItemId) -> Item:
        known = await self._core.read(lambda reader: reader.items((item,)))
        if not known:
            raise NotFound(_("There is no message {number}.").format(number=item))
        return known[0]

    async def _rest(self, item: ItemId) -> None:
        """Have the account that a local message came by fetch the rest of it, where only its header is here."""
        state, refs = await self._core.read(lambda reader: (reader.local([item]).get(item), reader.refs([item])))
        if state is None or state.whole:
            return
        place = refs[0]
        await self._supervisor.runner(state.came_by).use(lambda session: session.rest(place.uidvalidity, place.uid))

    async def _wait(self, key: _Key, item: Item, work: _Work, *, given_up: bool, came: Came | None = None) -> None:
        """Wait for what ``key`` names. ``given_up``: it ends when the last who waits for it goes."""
        way = self._ways.get(key)
        if way is None:
            runner = self._supervisor.runner(item.account)
            way = self._ways[key] = _Way(asyncio.create_task(runner.use(work)))
            way.task.add_done_callback(lambda task: self._ended(key, task))
        way.waiting += 1
        if came is not None:
            way.came.append(came)
        try:
            await asyncio.shield(way.task)
        finally:
            way.waiting -= 1
            if given_up and not way.waiting and not way.task.done():
                del self._ways[key]  # who asks from now on begins anew
                way.task.cancel()

    def _ended(self, key: _Key, task: asyncio.Task[None]) -> None:
        if key in self._ways and self._ways[key].task is task:
            del self._ways[key]
        if not task.cancelled():
            task.exception()  # read here, so that a failure nobody waits for any more does not warn
