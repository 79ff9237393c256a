"""What is in a message, for the reader and for what is done with a message: rendered, raw, part by part.

Owns the choice between the cache, what is here, and asking the engine. Must not know which message is open, nor how it is drawn.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_mail.model.errors import Gone, NotFound
from tui_mail.model.ids import ItemId
from tui_mail.model.mail import Item
from tui_mail.model.words import _
from tui_mail.text.safe import SafeText, own
from tui_mail.ui.work import apart

if TYPE_CHECKING:
    from tui_mail.mime.rendered import PartInfo, Rendered
    from tui_mail.ui.screens.mail import MailScreen

_SMALL = 65_536
"""Octets of a message that is rendered within a frame, where it is plain text."""


class Bodies:
    """Messages by item."""

    def __init__(self, screen: MailScreen) -> None:
        self._screen = screen
        self._prefer: dict[ItemId, str] = {}
        """Which of HTML and plain text is wanted of a message that has both; absent: the better one."""

    def rendered(self, item: Item) -> Rendered | None:
        """The cached rendering of a message."""
        return self._read(item, self._screen.data.reader.rendered(item.id, self._prefer.get(item.id, "auto")))

    def beginning(self, item: Item) -> Rendered | None:
        """The beginning of a rendering that is being made."""
        return self._read(item, self._screen.data.reader.beginning(item.id, self._prefer.get(item.id, "auto")))

    def _read(self, item: Item, data: bytes | None) -> Rendered | None:
        from tui_mail.mime.rendered import from_bytes

        rendered = None if data is None else from_bytes(data)
        return None if rendered is None else self._with_notes(item, rendered)

    async def raw(self, item: ItemId) -> bytes | None:
        """The exact bytes of a message, fetched when they are not here; None when they cannot be had now."""
        from tui_mail.link.messages import Fetch

        raw = self._screen.data.reader.raw(item)
        link = self._screen.mail_app.link
        if raw is None and link is not None and link.connected:
            done = await link.ask(Fetch(0, item))
            if not done.ok:
                raise Gone(done.text)
            raw = self._screen.data.reader.raw(item)
        return raw

    def text_here(self, item: Item, raw: bytes) -> SafeText | None:
        """What the reader shows of a message, where that takes no longer than a frame."""
        rendered = self.rendered(item)
        if rendered is not None:
            return rendered.text
        if len(raw) > _SMALL or b"html" in raw.lower():
            return None
        from tui_mail.mime import render as rendering
        from tui_mail.mime.html_worker import HtmlWorker

        with HtmlWorker() as html:  # without HTML it is never started
            return rendering.render(raw, prefer=self._prefer.get(item.id, "auto"), html=html).text

    async def text(self, item: Item) -> SafeText:
        """What the reader shows of a message that is here."""
        rendered = self.rendered(item) or await self._render_here(item)
        return own("") if rendered is None else rendered.text

    async def to_read(self, item: ItemId) -> bytes | None:
        """What is needed to read a message, or to answer it: its bytes, or of a large one its outline."""
        from tui_mail.link.messages import Render

        raw = self.read_here(item)
        link = self._screen.mail_app.link
        if raw is None and link is not None and link.connected:
            done = await link.ask(Render(0, item, self._prefer.get(item, "auto")))
            if not done.ok:
                raise Gone(done.text)
            raw = self.read_here(item)
        return raw

    def read_here(self, item: ItemId) -> bytes | None:
        """As ``to_read``, of what is here."""
        reader = self._screen.data.reader
        raw = reader.raw(item)
        if raw is None and (outline := reader.outline(item)) is not None:
            return outline.raw
        return raw

    async def part(self, item: ItemId, part: str) -> bytes:
        """The decoded bytes of a part. Raises NotFound, Gone."""
        raw = await self._holding(item, part)

        def decode() -> bytes:
            from tui_mail.mime.structure import parse, part_bytes

            return part_bytes(parse(raw), part)

        return await apart(decode)

    async def part_text(self, item: ItemId, part: PartInfo) -> SafeText:
        """A part as text for the screen: a page as its words, a message as the reader would show it.

        Raises NotFound, Gone.
        """
        raw = await self._holding(item, part.id)

        def made() -> SafeText:
            from tui_mail.mime.texts import text_of_part

            return text_of_part(raw, part.id)

        return await apart(made)

    async def _holding(self, item: ItemId, part: str) -> bytes:
        """The message with that part in it, others may lack. Raises NotFound, Gone."""
        from tui_mail.link.messages import Fetch
        from tui_mail.mime.outline import with_part
        from tui_mail.mime.rendered import lacking

        reader, link = self._screen.data.reader, self._screen.mail_app.link
        raw = await self.to_read(item)
        outline = reader.outline(item)
        path = "" if outline is None else lacking(part, outline.left_out)
        if outline is not None and path:
            if path in outline.absent and link is not None and link.connected:
                done = await link.ask(Fetch(0, item, path))
                if not done.ok:
                    raise Gone(done.text)
            body = reader.part(item, path)
            # None: it cannot be had, or all of the message has come meanwhile.
            raw = reader.raw(item) if body is None else await apart(lambda: with_part(outline.raw, path, body))
        if raw is None:
            raise NotFound(_("This is not here yet: try again when the server is reached."))
        return raw

    async def _render_here(self, item: Item) -> Rendered | None:
        raw = self.read_here(item.id)
        outline = self._screen.data.reader.outline(item.id)
        if raw is None:
            return None
        sizes = None if outline is None else outline.left_out
        prefer = self._prefer.get(item.id, "auto")

        def render() -> Rendered:
            from tui_mail.mime import render as rendering
            from tui_mail.mime.html_worker import HtmlWorker

            with HtmlWorker() as html:
                return rendering.render(raw, prefer=prefer, html=html, sizes=sizes)

        return self._with_notes(item, await apart(render))

    def _with_notes(self, item: Item, rendered: Rendered) -> Rendered:
        """With what the store knows of its sender and its list."""
        from tui_mail.store.reading.notes import with_notes

        app = self._screen.mail_app
        return with_notes(self._screen.data.reader, item, rendered, app.addresses, app.clock.now())
