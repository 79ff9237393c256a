"""Reading messages: which one is open, opening the next, marking as seen, bringing bodies that are not here yet.

Owns the link between a row of the list and the reader pane. Must not know how the pane draws.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_mail.model.errors import EngineTrouble, Gone, NotFound, StoreError
from tui_mail.model.flags import Flag
from tui_mail.model.ids import ItemId
from tui_mail.model.mail import Item
from tui_mail.model.words import _
from tui_mail.text.safe import SafeText, line, own
from tui_mail.ui.list.rowkeys import Row
from tui_mail.ui.work import apart, start

if TYPE_CHECKING:
    from tui_mail.mime.rendered import Rendered
    from tui_mail.ui.screens.mail import MailScreen

_SMALL = 65_536
"""Octets of a message that is rendered within a frame, where it is plain text."""


class Reading:
    """One per main screen."""

    def __init__(self, screen: MailScreen) -> None:
        self._screen = screen
        self.item: Item | None = None
        """The message in the reader pane; None while it is closed."""
        self.row: Row | None = None
        """The row of the list it was opened from."""
        self.prefer = "auto"
        """Which of HTML and plain text is shown where a message has both."""

    def open_at_cursor(self, *, focus: bool = True) -> None:
        """Open the row under the cursor."""
        row = self._screen.messages.model.at_cursor
        view = self._screen.lister.view
        if row is None or view is None:
            return
        item = self._screen.data.opened_item(view, row)
        if item is None:
            self._screen.say(own(_("This message is not there any more.")), trouble=True)
            self._screen.reload()
        else:
            self.show(item, row, focus=focus)

    def show(self, item: Item, row: Row, *, focus: bool = True) -> None:
        """Show ``item`` in the reader; it counts as opened."""
        screen = self._screen
        self.item, self.row, self.prefer = item, row, "auto"
        screen.show_reader(shown=True)
        rendered = self.rendered(item)
        screen.reader.show(item, rendered, place=self._place(item))
        if focus:
            screen.reader.focus()
        if rendered is None:
            self.bring(item)
        self._seen(item)

    def close(self) -> None:
        """Close the reader."""
        self.item = self.row = None
        self._screen.show_reader(shown=False)
        self._screen.reader.clear()

    def step(self, direction: int) -> None:
        """Open the next (1) or the previous (-1) message: first inside a folded conversation, then the next row."""
        screen, model = self._screen, self._screen.messages.model
        view = screen.lister.view
        if view is None or self.item is None or self.row is None:
            return
        if self.row.folded:
            ids = [item.id for item in screen.data.thread_items(view, self.row.thread)]
            if self.item.id in ids and 0 <= (at := ids.index(self.item.id) + direction) < len(ids):
                item = screen.data.item(ids[at])
                if item is not None:
                    self.show(item, self.row)
                    return
        place = model.place(self.row)
        target = (model.cursor if place is None else place) + direction
        if not 0 <= target < len(model):
            screen.say(own(_("No message after this one.") if direction > 0 else _("No message before this one.")))
            return
        screen.messages.move(target)
        self.open_at_cursor()

    def follow(self, gone: set[ItemId], after: Row | None, *, focus: bool) -> None:
        """After an action that took items out of the list: show the next one.

        That is what comes later in the open conversation, else what stands under the cursor now; ``after`` is the row
        that stood below the open conversation, for when that stays in the list.
        """
        screen, model = self._screen, self._screen.messages.model
        if self.item is None:
            return
        if self.item.id in gone and self._later_in_conversation(gone, focus=focus):
            return
        if self.item.id in gone and after is not None and model.at_cursor == self.row:
            place = model.place(after)
            if place is not None:
                screen.messages.move(place)
        if screen.messages.model.at_cursor is None:
            self.close()
        else:
            self.open_at_cursor(focus=focus)

    def _later_in_conversation(self, gone: set[ItemId], *, focus: bool) -> bool:
        """Show the next item of the folded conversation that is open, if there is one."""
        screen, view = self._screen, self._screen.lister.view
        if self.row is None or not self.row.folded or view is None or screen.messages.model.place(self.row) is None:
            return False
        before = self.item.received if self.item is not None else 0
        items = screen.data.thread_items(view, self.row.thread)
        later = [item for item in items if item.id not in gone and item.received >= before]
        if later:
            self.show(later[0], self.row, focus=focus)
        return bool(later)

    def refresh(self) -> None:
        """Show the flags the open message has now."""
        if self.item is None:
            return
        item = self._screen.data.item(self.item.id)
        if item is not None and item != self.item:
            arrived = item.has_body and not self.item.has_body
            self.item = item
            if arrived:
                self._screen.reader.show(item, self.rendered(item))

    # Bodies

    def rendered(self, item: Item) -> Rendered | None:
        """The cached rendering of a message."""
        from tui_mail.mime.rendered import from_bytes

        data = self._screen.data.reader.rendered(item.id, self.prefer)
        return None if data is None else from_bytes(data)

    def bring(self, item: Item) -> None:
        """Bring a body that is not here, or render one that is."""
        start(self._screen, self._bring(item), "body", self._screen.failed)

    def other_form(self, item: ItemId, prefer: str) -> None:
        """Show the HTML instead of the plain text, or the other way round."""
        if self.item is None or self.item.id != item:
            return
        self.prefer = prefer
        rendered = self.rendered(self.item)
        if rendered is None:
            self.bring(self.item)
        else:
            self._screen.reader.show(self.item, rendered)

    def want_raw(self, item: ItemId, what: str) -> None:
        """Bring the raw message for the pane, which shows its headers or its source."""

        async def bring() -> None:
            raw = await self.raw(item)
            pane = self._screen.reader
            if raw is None:
                self._screen.say(own(_("This message is not here yet; try again when it is.")), trouble=True)
            elif pane.item is not None and pane.item.id == item:
                (pane.show_headers if what == "headers" else pane.show_source)(raw)

        start(self._screen, bring(), "raw", self._screen.failed)

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
            return rendering.render(raw, prefer=self.prefer, html=html).text

    async def text(self, item: Item) -> SafeText:
        """What the reader shows of a message that is here."""
        rendered = self.rendered(item) or await self._render_here(item)
        return own("") if rendered is None else rendered.text

    async def part(self, item: ItemId, part: str) -> bytes:
        """The decoded bytes of a part. Raises NotFound, Gone."""
        raw = await self.raw(item)
        if raw is None:
            raise NotFound(_("This message is not here yet; try again when it is."))

        def decode() -> bytes:
            from tui_mail.mime.structure import parse, part_bytes

            return part_bytes(parse(raw), part)

        return await apart(decode)

    async def _bring(self, item: Item) -> None:
        from tui_mail.link.messages import Fetch, Render

        screen = self._screen
        rendered = None
        failure = ""
        link = screen.mail_app.link
        if link is not None and link.connected:
            request = Render(0, item.id, self.prefer) if item.has_body else Fetch(0, item.id)
            try:
                done = await link.ask(request)
                failure = "" if done.ok else done.text
                rendered = self.rendered(item)
            except EngineTrouble:
                pass  # what is here can be rendered without an engine
        if rendered is None:
            rendered = await self._render_here(item)
        if self.item is None or self.item.id != item.id:
            return
        self.item = screen.data.item(item.id) or item
        if rendered is not None:
            screen.reader.show(self.item, rendered)
        else:
            absent = _("This message is not here yet; it is fetched when its server is reached.")
            screen.reader.failed(line(failure or absent, 500))

    async def _render_here(self, item: Item) -> Rendered | None:
        raw = self._screen.data.reader.raw(item.id)
        if raw is None:
            return None
        prefer = self.prefer

        def render() -> Rendered:
            from tui_mail.mime import render as rendering
            from tui_mail.mime.html_worker import HtmlWorker

            with HtmlWorker() as html:
                return rendering.render(raw, prefer=prefer, html=html)

        return await apart(render)

    def _place(self, item: Item) -> tuple[int, int] | None:
        """Which message of its conversation this is; None where it stands alone."""
        view = self._screen.lister.view
        if view is None or not view.threads:
            return None
        ids = [each.id for each in self._screen.data.thread_items(view, item.thread)]
        return (ids.index(item.id) + 1, len(ids)) if len(ids) > 1 and item.id in ids else None

    def _seen(self, item: Item) -> None:
        """Opening marks as seen; that is no action of the person."""
        screen = self._screen
        if not screen.mail_app.settings.ui.seen_on_open or item.flags & Flag.SEEN:
            return
        try:
            screen.data.gestures.mark([item.id], add=Flag.SEEN, log=False)
        except StoreError as error:
            screen.trouble(error.text)
            return
        screen.written(1)
        screen.lister.refresh_rows()
        screen.mail_app.wake()
