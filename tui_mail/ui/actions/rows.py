"""Actions on rows of the list (and of the folder pane): moving, selecting, folding, sorting, filtering.

Owns what these keys do. Must not know how rows are read or drawn.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tui_mail.config.settings import remember
from tui_mail.model.mail import Conversation
from tui_mail.model.words import _
from tui_mail.store.reading.query import Filter, Sort
from tui_mail.text.safe import own
from tui_mail.ui.list.rows import is_unread
from tui_mail.ui.views import FILTER_WORDS, SORT_WORDS, newest_first

if TYPE_CHECKING:
    from tui_mail.ui.screens.mail import MailScreen

_FAR = 1_000_000
_LOOKED_AT = 500
"""Rows near the cursor that are looked at before the store is asked where the next unread one is."""


class Rows:
    """Handlers that take a count."""

    def __init__(self, screen: MailScreen) -> None:
        self._screen = screen
        self._list = screen.messages

    def table(self) -> dict[str, Callable[[int | None], None]]:
        return {
            "down": lambda count: self._step(count or 1),
            "up": lambda count: self._step(-(count or 1)),
            "top": lambda count: self._end(count, last=False),
            "bottom": lambda count: self._end(count, last=True),
            "half-page-down": lambda count: self._page(0.5 * (count or 1)),
            "half-page-up": lambda count: self._page(-0.5 * (count or 1)),
            "page-down": lambda count: self._page(count or 1),
            "page-up": lambda count: self._page(-(count or 1)),
            "next-unread": lambda count: self._unread(1, count or 1),
            "previous-unread": lambda count: self._unread(-1, count or 1),
            "open": self._open,
            "select": self._select,
            "select-to": lambda _count: self._selection(self._list.model.select_to_here),
            "select-all": lambda _count: self._screen.lister.when_whole(
                lambda: self._selection(self._list.model.select_all)
            ),
            "fold": self._fold,
            "threads": self._threads,
            "sort": self._sort,
            "filter": self._filter,
        }

    def _step(self, rows: int) -> None:
        if self._screen.in_folders:
            self._screen.folders.move_by(rows)
        elif self._screen.outgoing.shown:
            self._screen.outgoing.pane.list.move(rows)
        else:
            self._list.move_by(rows)

    def _end(self, count: int | None, *, last: bool) -> None:
        if self._screen.in_folders:
            self._screen.folders.move_to_end(last=last)
        elif self._screen.outgoing.shown:
            self._screen.outgoing.pane.list.move(_FAR if last else -_FAR)
        elif count is not None:
            self._screen.lister.when_whole(lambda: self._list.move(count - 1, jump=True))
        elif last:
            self._screen.lister.when_whole(lambda: self._list.move(len(self._list.model) - 1))
        else:
            self._list.move(0)

    def _page(self, pages: float) -> None:
        if self._screen.in_folders:
            self._screen.folders.move_by(int(pages * self._screen.folders.size.height) or (1 if pages > 0 else -1))
        elif self._screen.outgoing.shown:
            self._screen.outgoing.pane.list.move(int(pages * self._screen.outgoing.pane.list.size.height))
        else:
            self._list.page(pages)

    def _open(self, _count: int | None) -> None:
        if self._screen.in_folders:
            self._screen.folders.choose()
        elif self._screen.outgoing.shown:
            self._screen.mail_app.act("edit-again", None)
        elif not self._screen.mail_app.writing.reopen_at_cursor():
            self._screen.reading.open_at_cursor()

    # Unread

    def _unread(self, step: int, count: int) -> None:
        place: int | None = self._list.model.cursor
        for _time in range(count):
            found = self._next_unread(place if place is not None else 0, step)
            if found is None:
                break
            place = found
        if place is None or place == self._list.model.cursor:
            after, before = _("No unread message after this one."), _("No unread message before this one.")
            self._screen.say(own(after if step > 0 else before))
        else:
            self._list.move(place, jump=True)

    def _next_unread(self, start: int, step: int) -> int | None:
        model, window, view = self._list.model, self._list.window, self._screen.lister.view
        if window is None or view is None:
            return None
        place = start + step
        for _row in range(_LOOKED_AT):
            if not 0 <= place < len(model):
                return None
            shown = window.shown(model.row(place))
            if shown is None:
                break
            if is_unread(shown):
                return place
            place += step
        unread = set(self._screen.data.vector_now(view, kept=Filter.UNREAD))
        while 0 <= place < len(model):
            row = model.row(place)
            if (row.thread or row.item) in unread and self._is_unread(row.thread, row.item):
                return place
            place += step
        return None

    def _is_unread(self, thread: int, item: int) -> bool:
        """An item of an unfolded conversation may be read although the conversation is not."""
        if not thread or not item:
            return True
        found = self._screen.data.items([item])  # type: ignore[list-item] # rows hold item ids
        return bool(found) and is_unread(found[0])

    # Selecting

    def _select(self, count: int | None) -> None:
        model = self._list.model
        if count is None:
            self._selection(model.toggle)
            return
        model.selected.update(model.rows(model.cursor, model.cursor + count))
        self._list.repaint()

    def _selection(self, change: Callable[[], None]) -> None:
        change()
        self._list.repaint()

    # Conversations, order, filter

    def _fold(self, _count: int | None) -> None:
        model, lister = self._list.model, self._screen.lister
        row = model.at_cursor
        if row is None or not model.threaded:
            self._screen.say(own(_("Threads are off here; {key} turns them on.").format(key=self._key("threads"))))
            return
        if row.folded:
            shown = self._list.shown_at_cursor()
            if isinstance(shown, Conversation) and shown.count == 1:
                self._screen.say(own(_("This conversation is one message.")))
                return
            lister.unfold(row.thread)
        else:
            model.fold(row.thread)
        self._list.reveal()
        self._list.repaint()

    def _threads(self, _count: int | None) -> None:
        view = self._screen.lister.view
        if view is None:
            return
        self._screen.lister.change(view.threaded(threads=not view.threads))
        self._screen.view_changed()
        self._screen.say(own(_("Threads off") if view.threads else _("Threads on")))

    def _sort(self, _count: int | None) -> None:
        from tui_mail.ui.dialogs.menu import Menu

        view = self._screen.lister.view
        if view is None:
            return
        sorts = list(Sort)
        current = sorts.index(view.query.sort)

        def chosen(number: int | None) -> None:
            now = self._screen.lister.view
            if number is None or now is None:
                return
            sort = sorts[number]
            turned = sort is now.query.sort
            descending = not now.query.descending if turned else newest_first(sort)
            self._screen.lister.change(now.sorted_by(sort, descending=descending))
            self._screen.view_changed()
            remember(self._screen.mail_app.home, "ui.sort", sort.value)
            order = _("last first") if descending != newest_first(sort) else ""
            self._screen.say(own(" · ".join(part for part in (_("Sorted"), SORT_WORDS[sort], order) if part)))

        title = own(_("Sort; the same again turns it round"))
        self._screen.app.push_screen(Menu(title, [own(SORT_WORDS[sort]) for sort in sorts], current=current), chosen)

    def _filter(self, _count: int | None) -> None:
        from tui_mail.ui.dialogs.menu import Menu

        view = self._screen.lister.view
        if view is None:
            return
        filters = list(Filter)
        current = filters.index(view.query.filter)

        def chosen(number: int | None) -> None:
            now = self._screen.lister.view
            if number is None or now is None:
                return
            self._screen.lister.change(now.filtered(filters[number]))
            self._screen.view_changed()

        words = [own(FILTER_WORDS[kept]) for kept in filters]
        self._screen.app.push_screen(Menu(own(_("Show")), words, current=current), chosen)

    def _key(self, action: str) -> str:
        return self._screen.key_of(action)
