"""Reading messages: which one is open, opening the next, marking as seen, bringing bodies that are not here yet.

Owns the link between a row of the list and the reader pane. Must not know how the pane draws.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from tui_mail.model.errors import EngineTrouble, StoreError
from tui_mail.model.flags import Flag
from tui_mail.model.ids import ItemId
from tui_mail.model.mail import Item
from tui_mail.model.words import _
from tui_mail.text.safe import line, own
from tui_mail.ui.bodies import Bodies
from tui_mail.ui.conversation import conversation, opened_first
from tui_mail.ui.list.rowkeys import Row
from tui_mail.ui.work import start

if TYPE_CHECKING:
    from collections.abc import Callable

    from tui_mail.ui.screens.mail import MailScreen


class Reading(Bodies):
    """One per main screen."""

    def __init__(self, screen: MailScreen) -> None:
        super().__init__(screen)
        self.row: Row | None = None
        """The row of the list the message in the reader was opened from."""
        self.whole = screen.mail_app.settings.ui.conversation
        """Messages are shown with the rest of their conversation."""
        self.told_progress: Callable[[int, int], None] | None = None
        """Who wants to know how many octets of a message that is fetched have come."""

    @property
    def item(self) -> Item | None:
        """The message in the reader pane, of a conversation the one under its cursor; None while it is closed."""
        return self._screen.reader.item if self._screen.reader_open else None

    @property
    def prefer(self) -> str:
        """Which of HTML and plain text is shown where the message has both."""
        return self._prefer.get(self.item.id, "auto") if self.item is not None else "auto"

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
        self.row = row
        screen.show_reader(shown=True)
        if not (self.whole and self._show_conversation(item)):
            self._prefer.clear()
            if screen.reader.is_conversation:
                screen.reader.clear()
            rendered = self.rendered(item)
            screen.reader.show(item, rendered, place=self._place(item))
            if rendered is None:
                self.bring(item)
            self.seen([item])
        if focus:
            screen.reader.focus()

    def _show_conversation(self, item: Item) -> bool:
        """Show ``item`` among the messages around it; False when there are none."""
        view, pane = self._screen.lister.view, self._screen.reader
        items = conversation(self._screen.data, view, item) if view is not None else []
        if len(items) < 2:
            return False
        again = pane.is_conversation and any(each.thread == item.thread for each in pane.items)
        if not again:
            self._prefer.clear()
        opened = opened_first(items, item.id)
        pane.show_conversation(items, opened, item.id, self.rendered, again=again)
        self.seen([each for each in items if each.id in opened])
        return True

    def turn_conversation(self) -> None:
        """Show the whole conversation, or the one message again."""
        self.whole = not self.whole
        item, row = self.item, self.row
        if item is None or row is None:
            return
        self.show(item, row, focus=False)
        if not self.whole:
            self._screen.say(own(_("One message at a time")))
        elif self._screen.reader.is_conversation:
            count = len(self._screen.reader.items)
            self._screen.say(own(_("The whole conversation: {count} messages").format(count=count)))
        else:
            self._screen.say(own(_("There is no other message in this conversation.")))

    def close(self) -> None:
        """Close the reader."""
        self.row = None
        self._screen.show_reader(shown=False)
        self._screen.reader.clear()

    def step(self, direction: int, *, beyond: bool = False) -> None:
        """Go to the next (1) or the previous (-1) message: first inside a conversation, then the next row.

        ``beyond``: what is left of a conversation that is shown as a whole has been seen.
        """
        screen, model = self._screen, self._screen.messages.model
        view = screen.lister.view
        if view is None or self.item is None or self.row is None:
            return
        if screen.reader.is_conversation:
            if not beyond and screen.reader.step(direction):
                return
        elif self.row.folded:
            ids = [item.id for item in screen.data.thread_items(view, self.row.thread)]
            if self.item.id in ids and 0 <= (at := ids.index(self.item.id) + direction) < len(ids):
                item = screen.data.item(ids[at])
                if item is not None:
                    self.show(item, self.row)
                    return
        place = model.place(self.row)
        target = (model.cursor if place is None else place) + direction
        while screen.reader.is_conversation and 0 <= target < len(model) and self._in_conversation(model.row(target)):
            target += direction
        if not 0 <= target < len(model):
            screen.say(own(_("No message after this one.") if direction > 0 else _("No message before this one.")))
            return
        screen.messages.move(target)
        self.open_at_cursor()

    def _in_conversation(self, row: Row) -> bool:
        """True for a row of an unfolded conversation that is shown as a whole."""
        return self.row is not None and row.thread == self.row.thread != 0

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
        """Show the flags that the messages in the pane have now, and bodies that have come meanwhile."""
        if self.item is None:
            return
        pane = self._screen.reader
        before = {item.id: item for item in pane.items}
        for item in self._screen.data.items(list(before)):
            if item != before[item.id]:
                waited = not before[item.id].has_body  # for all of it, or for parts
                pane.refresh_item(item, self.rendered(item) if waited else None)
                if waited and item.has_body:
                    self.renew(item)

    def follow_news(self) -> None:
        """The store has changed: what has come into the conversation that is shown stands in it, folded."""
        view, pane, item = self._screen.lister.view, self._screen.reader, self.item
        if item is None or view is None:
            return
        if pane.is_conversation and not pane.in_source:
            items = conversation(self._screen.data, view, item)
            if [each.id for each in items] != [each.id for each in pane.items] and len(items) > 1:
                pane.show_conversation(items, (), item.id, self.rendered, again=True)
                return
        self.refresh()

    # Bodies

    def bring(self, item: Item) -> None:
        """Bring a body that is not here, or render one that is; whoever has gone on waits for the next one alone."""
        group = f"body {item.id}" if self._screen.reader.is_conversation else "body"
        start(self._screen, partial(self._bring, item), group, self._screen.failed)

    def ask_again(self) -> None:
        """The engine is there, or reaches a server: bring what is shown without its text."""
        if self._screen.reader_open:
            for item in self._screen.reader.lacking:
                self.bring(item)

    def show_beginning(self, item: ItemId, prefer: str) -> None:
        """The engine has the beginning of a message: shown where it is waited for, until all of it comes."""
        waiting = next((each for each in self._screen.reader.lacking if each.id == item), None)
        if waiting is None or prefer != self._prefer.get(item, "auto"):
            return
        beginning = self.beginning(waiting)
        if beginning is not None:
            self._screen.reader.update(waiting, beginning)

    def other_form(self, item: ItemId, prefer: str) -> None:
        """Show the HTML instead of the plain text, or the other way round; or the text of a message come into view."""
        found = next((each for each in self._screen.reader.items if each.id == item), None)
        if found is None:
            return
        self._prefer[item] = prefer
        rendered = self.rendered(found)
        if rendered is None:
            self.bring(found)
        else:
            self._screen.reader.update(found, rendered)

    def want_raw(self, item: ItemId, what: str) -> None:
        """Bring the raw message for the pane, which shows its headers or its source."""

        async def bring() -> None:
            pane = self._screen.reader
            raw = self._screen.local_mail.header(item) if what == "headers" else None
            raw = raw or await (self.to_read(item) if what == "headers" else self.raw(item))
            if raw is None:
                self._screen.say(own(_("This message is not here yet; try again when it is.")), trouble=True)
            elif pane.item is not None and pane.item.id == item:
                (pane.show_headers if what == "headers" else pane.show_source)(raw)

        start(self._screen, bring, "raw", self._screen.failed)

    async def _bring(self, item: Item) -> None:
        from tui_mail.link.messages import Render

        screen = self._screen
        rendered = None
        failure = screen.local_mail.only_header(item)
        if failure:
            screen.reader.update(item, None, line(failure, 500))
            return
        link = screen.mail_app.link
        if link is not None and link.connected:
            try:
                done = await link.ask(Render(0, item.id, self._prefer.get(item.id, "auto")))
                failure = "" if done.ok else done.text
                rendered = self.rendered(item)
            except EngineTrouble:
                pass  # what is here can be rendered without an engine
        if rendered is None:
            rendered = await self._render_here(item)
        item = screen.data.item(item.id) or item
        absent = _("This message is not here yet; it is fetched when its server is reached.")
        screen.reader.update(item, rendered, None if rendered is not None else line(failure or absent, 500))

    def renew(self, item: Item) -> None:
        """Show the message again where it is still open: what is known of it changed."""
        pane = self._screen.reader
        if pane.item is not None and pane.item.id == item.id and pane.rendered is not None:
            pane.update(pane.item, self._with_notes(pane.item, pane.rendered))

    def _place(self, item: Item) -> tuple[int, int] | None:
        """Which message of its conversation this is; None where it stands alone."""
        view = self._screen.lister.view
        if view is None or not view.threads:
            return None
        ids = [each.id for each in self._screen.data.thread_items(view, item.thread)]
        return (ids.index(item.id) + 1, len(ids)) if len(ids) > 1 and item.id in ids else None

    def seen(self, items: Sequence[Item]) -> None:
        """Opening marks as seen; that is no action of the person."""
        screen = self._screen
        ids = [item.id for item in items if not item.flags & Flag.SEEN]
        if not screen.mail_app.settings.ui.seen_on_open or not ids:
            return
        try:
            screen.data.gestures.mark(ids, add=Flag.SEEN, log=False)
        except StoreError as error:
            screen.trouble(error.text)
            return
        screen.following.written(len(ids))
        screen.lister.refresh_rows()
        screen.mail_app.wake()
