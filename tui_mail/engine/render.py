"""Rendering messages into the cache of the store, for who asks and ahead of time for what is on a screen.

Owns the decision what is rendered, and in which order a person who waits and the store get what has come. Must not know
how (``mime.render`` does) nor where bodies come from.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from concurrent.futures import Future

from tui_mail.engine.bodies import Came
from tui_mail.engine.core import Core
from tui_mail.engine.lanes import Urgency
from tui_mail.link.messages import Begun
from tui_mail.mime.html_worker import HtmlWorker
from tui_mail.mime.render import render
from tui_mail.mime.rendered import Rendered, from_bytes
from tui_mail.model.errors import Gone
from tui_mail.model.ids import ItemId
from tui_mail.model.words import _

log = logging.getLogger(__name__)

_HEAD_START = 0.05
"""Seconds that a person who waits is ahead of the store, whose work on a long message would hold up both."""

_LONG = 100_000
"""Octets of a message that may take so long that nobody should have to wait behind it."""


async def render_item(core: Core, item: ItemId, prefer: str, urgency: Urgency = Urgency.PERSON) -> None:
    """Render one message, unless the cache has it. Raises Gone while neither its body nor an outline of it is here."""
    cached = await core.read(lambda reader: reader.rendered(item, prefer))
    if cached is not None and from_bytes(cached) is not None:
        return
    raw, outline = await core.read(lambda reader: (reader.raw(item), reader.outline(item)))
    found = raw if raw is not None or outline is None else outline.raw
    if found is None:
        raise Gone(_("The message is not here."))
    sizes = outline.left_out if raw is None and outline is not None else None
    await _Making(core, item, prefer, urgency).all_of(found, sizes)


async def render_asked(core: Core, item: ItemId, prefer: str, bring: Callable[[ItemId, Came], Awaitable[None]]) -> None:
    """Render a message for a person who waits for it; what is not here is fetched by ``bring``."""
    prefer = prefer or "auto"
    try:
        await render_item(core, item, prefer)
    except Gone:
        core.expect_rendering()
        making = _Making(core, item, prefer, Urgency.PERSON)
        try:
            await bring(item, making.came)
        except BaseException:
            making.give_up()
            raise
        if not await making.ended():
            await render_item(core, item, prefer)


async def render_ahead(core: Core, items: Sequence[ItemId]) -> None:
    """Render what of these items is here, one after the other, behind everything else."""
    for item in items:
        try:
            await render_item(core, item, "auto", Urgency.IDLE)
        except Gone:
            continue  # its body is not here; it is rendered when somebody opens it


class _Making:
    """The rendering of one message."""

    def __init__(self, core: Core, item: ItemId, prefer: str, urgency: Urgency) -> None:
        self._core = core
        self._item = item
        self._prefer = prefer
        self._urgency = urgency
        self._shown = asyncio.Event()
        self._made: asyncio.Task[bytes] | None = None

    async def all_of(self, raw: bytes, sizes: Mapping[str, int] | None) -> None:
        """Make it and keep it."""
        await self._keep(await self._make(raw, sizes))

    async def came(self, raw: bytes, sizes: Mapping[str, int] | None) -> None:
        """The message has come: begin; returns when there is time for the store."""
        self._made = asyncio.create_task(self._make(raw, sizes))
        self._made.add_done_callback(lambda _made: self._shown.set())
        await self._core.timing.wait(self._shown, _HEAD_START)

    async def ended(self) -> bool:
        """Keep what was begun when the message came, now that the store has that; False when it never came."""
        if self._made is None:
            return False
        await self._keep(await self._made)
        return True

    def give_up(self) -> None:
        """The message is not stored, so that there is nothing to keep a rendering of."""
        if self._made is not None:
            self._made.cancel()

    async def _keep(self, rendered: bytes) -> None:
        await self._core.write(self._urgency, lambda writer: writer.put_rendered(self._item, self._prefer, rendered))

    async def _make(self, raw: bytes, sizes: Mapping[str, int] | None) -> bytes:
        loop = asyncio.get_running_loop()

        def stored(done: Future[None]) -> None:
            if not done.cancelled() and done.exception() is None:
                loop.call_soon_threadsafe(self._begun)

        def begun(beginning: Rendered) -> None:
            data = beginning.to_bytes()
            put = self._core.submit(self._urgency, lambda writer: writer.put_beginning(self._item, self._prefer, data))
            put.add_done_callback(stored)

        def work(worker: HtmlWorker) -> bytes:
            awaited = begun if self._urgency is Urgency.PERSON else None
            return render(raw, prefer=self._prefer, html=worker, sizes=sizes, begun=awaited).to_bytes()

        if self._urgency is Urgency.IDLE and len(raw) > _LONG:
            return await self._core.render_aside(work)
        return await self._core.render(self._urgency, work)

    def _begun(self) -> None:
        self._core.announcer.tell(Begun(item=self._item, prefer=self._prefer))
        self._shown.set()
