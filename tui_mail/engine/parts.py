"""Large messages without all of their parts: what is needed to read them, and a part when a person asks for it.

Owns when a message is taken apart, and that it is fetched whole where its server cannot say what it consists of. Must not
know when it runs, nor which parts are read (``mime.foresight`` does).
"""

from __future__ import annotations

import asyncio
import logging
from typing import Any

from tui_mail.backends.protocol import MailBackend, TakesApart
from tui_mail.config.accounts import Account
from tui_mail.engine.bodies import Bodies, Came, Place, Telling
from tui_mail.engine.core import Core
from tui_mail.engine.lanes import Urgency
from tui_mail.mime.foresight import choose
from tui_mail.mime.searchtext import search_text
from tui_mail.mime.structure import parse
from tui_mail.model.errors import Gone, Refused, Throttled
from tui_mail.model.ids import ItemId
from tui_mail.model.structure import DECODED
from tui_mail.model.words import _
from tui_mail.store.disk.rawfiles import Landing, RawFiles
from tui_mail.store.disk.sqlite import translated

log = logging.getLogger(__name__)

_KIB = 1024


class Parts:
    """The parts of one connected account."""

    def __init__(self, core: Core, account: Account, backend: MailBackend, bodies: Bodies) -> None:
        self._core = core
        self._account = account
        self._backend = backend
        self._bodies = bodies

    async def read(self, item: ItemId, came: Came) -> None:
        """Bring here what is needed to read a message: all of it, or of a large one what is not left out.

        Raises NotFound, Gone.
        """
        if await self._core.read(lambda reader: reader.outline(item)) is None:
            await self._bodies.at_place(item, lambda place: self._read(item, place, came))

    async def fetch(self, item: ItemId, part: str) -> None:
        """Bring one part here that was left out. Raises NotFound, Gone."""
        outline = await self._core.read(lambda reader: reader.outline(item))
        if outline is None or part not in outline.absent:
            return  # it is here, or all of the message
        known = parse(outline.raw).part(part)
        share = DECODED if known is not None and known.encoding == "base64" else 1.0
        size = outline.left_out[part]
        await self._bodies.at_place(item, lambda place: self._part(item, place, part, (size, share)))

    async def _read(self, item: ItemId, place: Place, came: Came) -> None:
        if isinstance(self._backend, TakesApart) and place.size > self._account.body_size * _KIB:
            try:
                if await self._outline(self._backend, item, place, came):
                    return
            except (Refused, Throttled) as error:
                # A server that cannot answer these two questions may well give the message.
                log.info("%s: a message is fetched whole: %s", self._account.name, error.text)
        await self._bodies.fetch(item, came)

    async def _outline(self, backend: TakesApart, item: ItemId, place: Place, came: Came) -> bool:
        """False where the message is better fetched whole."""
        where = (place.name, place.uidvalidity, place.uid)
        whole = await backend.structure(*where)
        choice = choose(whole)
        if choice is None:
            return False
        raw = await backend.outline(*where, whole, choice.wanted)
        await came(raw, choice.left_out)
        text = await asyncio.to_thread(search_text, raw)
        await self._core.write(Urgency.PERSON, lambda writer: writer.put_outline(item, raw, choice.left_out, text))
        self._core.changed((place.folder,))
        return True

    async def _part(self, item: ItemId, place: Place, part: str, measure: tuple[int, float]) -> None:
        """``measure``: its octets after decoding, about, and what part of an octet one is that comes."""
        size, share = measure
        landing = _Counting(self._core, Telling(self._core, self._account.name, place.folder, size), share)
        try:
            await self._backend.fetch(place.name, place.uidvalidity, place.uid, landing, part)
            kept = await self._core.write(Urgency.PERSON, lambda writer: writer.put_part(item, part, landing))
        finally:
            landing.told.ended()
            landing.discard()  # what has not got its name by now is left of something that failed
        if not kept:
            raise Gone(_("The message has changed meanwhile: open it again."))
        self._core.changed((place.folder,))


class _Counting(Landing):
    """Takes a part into a file, and tells of it in octets as they will be after decoding."""

    def __init__(self, core: Core, told: Telling, share: float) -> None:
        super().__init__(RawFiles(core.home).directory())
        self.told = told
        self._share = share

    def write(self, octets: Any, /) -> int:
        """Write all of it. Raises StoreFull."""
        rest = memoryview(octets)
        with translated(self.path):
            while rest:
                rest = rest[super().write(rest) :]
        self.told.came(int(self.octets * self._share))
        return len(octets)
