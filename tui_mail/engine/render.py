"""Rendering messages into the cache of the store, for who asks and ahead of time for what is on a screen.

Owns the decision what is rendered. Must not know how (``mime.render`` does) nor where bodies come from.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence

from tui_mail.engine.core import Core
from tui_mail.engine.lanes import Urgency
from tui_mail.mime.html_worker import HtmlWorker
from tui_mail.mime.render import render
from tui_mail.mime.rendered import from_bytes
from tui_mail.model.errors import Gone
from tui_mail.model.ids import ItemId
from tui_mail.model.words import _

log = logging.getLogger(__name__)


async def render_item(core: Core, item: ItemId, prefer: str, urgency: Urgency = Urgency.PERSON) -> None:
    """Render one message, unless the cache has it. Raises Gone while neither its body nor an outline of it is here."""
    prefer = prefer or "auto"
    cached = await core.read(lambda reader: reader.rendered(item, prefer))
    if cached is not None and from_bytes(cached) is not None:
        return
    raw, outline = await core.read(lambda reader: (reader.raw(item), reader.outline(item)))
    found = raw if raw is not None or outline is None else outline.raw
    if found is None:
        raise Gone(_("The message is not here."))
    sizes = outline.left_out if raw is None and outline is not None else None

    def work(worker: HtmlWorker) -> bytes:
        return render(found, prefer=prefer, html=worker, sizes=sizes).to_bytes()

    rendered = await core.render(urgency, work)
    await core.write(urgency, lambda writer: writer.put_rendered(item, prefer, rendered))


async def render_ahead(core: Core, items: Sequence[ItemId]) -> None:
    """Render what of these items is here, one after the other, behind everything else."""
    for item in items:
        try:
            await render_item(core, item, "auto", Urgency.IDLE)
        except Gone:
            continue  # its body is not here; it is rendered when somebody opens it
