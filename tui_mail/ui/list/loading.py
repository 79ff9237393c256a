"""Keeping the list true: opening views, reading the whole vector in a thread, taking over changes, going back.

Owns which view is shown and the way to it. Must not know keys or what actions do.
"""

from __future__ import annotations

import asyncio
import time
from array import array
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass
from functools import partial

from tui_mail.model.errors import StoreError
from tui_mail.model.ids import ItemId, ThreadId
from tui_mail.model.mail import Conversation, Folder
from tui_mail.model.words import _
from tui_mail.store.reading.query import Filter
from tui_mail.ui.data import PAGE, MailData
from tui_mail.ui.list.model import ListModel
from tui_mail.ui.list.rowkeys import Row
from tui_mail.ui.list.source import Window
from tui_mail.ui.list.widget import MessageList
from tui_mail.ui.views import View
from tui_mail.ui.work import apart, start

AT_ONCE = 3000
"""Lists up to this length are read again within a frame."""
STAYING = 500
"""So many rows that no longer pass the filter stay until the view is opened again."""
_REST = 4
"""After reading a long vector, rest for so many times as long as it took."""


@dataclass
class Saved:
    """A view left behind, to come back to."""

    view: View
    model: ListModel
    top: int


class Lister:
    """The list's link with the store. ``failed`` takes what went wrong.

    ``obstacle`` says why nothing can be fetched for an account ("": for any); empty while all is well.
    """

    def __init__(
        self,
        data: MailData,
        widget: MessageList,
        failed: Callable[[Exception], None],
        obstacle: Callable[[str], str] = lambda _account: "",
    ) -> None:
        self.view: View | None = None
        self.counting = False
        """True while only the first page of the vector is known."""
        self.untouched = True
        """True until a person does something in this view; while the folder fills, the cursor then stays on top."""
        self._data = data
        self._widget = widget
        self._failed = failed
        self._obstacle = obstacle
        self._history: list[Saved] = []
        self._generation = 0
        self._loading = False
        self._again = False
        self._waiting: list[Callable[[], None]] = []

    @property
    def model(self) -> ListModel:
        return self._widget.model

    # Views

    def open(self, view: View, *, push: bool = False) -> None:
        """Show a view from its first row; ``push`` remembers the one shown now."""
        if push and self.view is not None:
            self._history.append(Saved(self.view, self.model, self._widget.top))
        elif not push:
            self._history.clear()
        self._show(view)

    def change(self, view: View) -> None:
        """Show the same place in another order, filter or grouping, the cursor on the message it was on."""
        shown = self._widget.shown_at_cursor()
        self._show(view)
        if shown is not None:
            item = shown.newest if isinstance(shown, Conversation) else shown
            place = self.model.place_of_item(item.id, item.thread)
            if place is not None:
                self._widget.move(place, jump=True)

    def rename(self, names: Mapping[str, str]) -> None:
        """Accounts are called otherwise now."""
        for saved in self._history:
            saved.view = saved.view.renamed(names)
        if self.view is not None and self.view.account in names:
            self.change(self.view.renamed(names))

    def back(self) -> bool:
        """Return to the view before this one; False when there is none."""
        if not self._history:
            return False
        saved = self._history.pop()
        self._begin(saved.view)
        self._widget.show(saved.model, Window(self._data, saved.view), top=saved.top)
        self.reload()
        return True

    def explain(self) -> None:
        """Say in an empty list why nothing is in it, as of now; a store that cannot be read is told of by who reads it."""
        if not len(self.model):
            with suppress(StoreError):
                self._widget.show_empty(self._nothing(self.view))

    def _nothing(self, view: View | None) -> str:
        folder = self._folder(view)
        if view is not None and view.folder is not None and folder is None:
            return _("This folder is not there any more.")
        if view is None or (folder is not None and not folder.complete):
            obstacle = self._obstacle("" if view is None else view.account)
            return obstacle or _("Nothing here yet; mail appears as it is fetched.")
        if view.query.search is not None:
            return _("Nothing was found.")
        filtered = view.query.filter is not Filter.ALL and view.folder is not None
        return _("No such messages here.") if filtered else _("No messages here.")

    def _show(self, view: View) -> None:
        self._begin(view)
        page = self._data.first_page(view)
        model = ListModel()
        keys = array("q", (row.thread or row.item for row, _shown in page))
        model.replace(keys, threaded=view.threads)
        window = Window(self._data, view)
        window.put(page)
        self.counting = len(page) >= PAGE
        self._widget.show(model, window, empty=self._nothing(view))
        if self.counting:
            self._in_background()

    def _begin(self, view: View) -> None:
        self.view = view
        self.counting = False
        self.untouched = True
        self._generation += 1
        self._loading = False
        self._waiting.clear()

    # Changes

    def touched(self) -> None:
        """Rows were changed here before the store was read again: what is being read now is too old."""
        self._generation += 1

    def reload(self) -> None:
        """Read the list again; at once when it is short."""
        view = self.view
        if view is None:
            return
        if self._loading:
            self._again = True
        elif len(self.model) <= AT_ONCE and not self.counting and view.query.search is None:
            self._take(view, self._data.vector_now(view))
        else:
            self._in_background()

    def refresh_rows(self) -> None:
        """Read the rows on the screen again; places stay."""
        if self._widget.window is not None:
            self._widget.window.refresh(self._widget.in_view())
            self._widget.repaint()

    def when_whole(self, act: Callable[[], None]) -> None:
        """Do ``act`` once every row is known: at once, but for a long list that has just been opened."""
        if self.counting:
            self._waiting.append(act)
        else:
            act()

    def unfold(self, thread: int) -> None:
        """Show a conversation as its items."""
        if self.view is None:
            return
        items = self._data.thread_items(self.view, thread)
        if self._widget.window is not None:
            self._widget.window.put((Row(thread, item.id), item) for item in items)
        self.model.unfold(thread, [item.id for item in items])

    def _in_background(self) -> None:
        view = self.view
        if view is not None:
            self._loading = True
            start(self._widget, partial(self._load, view), "vector", self._lost)

    def _lost(self, error: Exception) -> None:
        self._loading = False
        self._failed(error)

    async def _load(self, view: View) -> None:
        while True:
            self._again = False
            generation, began = self._generation, time.monotonic()
            keys = await apart(lambda: self._data.vector(view))
            if view is not self.view:
                return
            if generation == self._generation:
                self._take(view, keys)
                if not self._again:
                    break
                await asyncio.sleep(_REST * (time.monotonic() - began))
        self._loading = False

    def _take(self, view: View, keys: array[int]) -> None:
        """Take over a vector read from the store."""
        widget, model = self._widget, self.model
        self.counting = False
        before = model.cursor - widget.top
        if view.query.filter is not Filter.ALL:
            keys = self._with_staying(view, keys)
        model.replace(keys, threaded=view.threads)
        for thread in model.unfolded():
            self.unfold(thread)
        if self.untouched and self._filling(view):
            model.move_to(0)
        widget.hold(before)
        self.refresh_rows()
        waiting, self._waiting = self._waiting, []
        for act in waiting:
            act()

    def _filling(self, view: View) -> bool:
        """True while a folder is being read from the server for the first time."""
        folder = self._folder(view)
        return folder is not None and not folder.complete

    def _folder(self, view: View | None) -> Folder | None:
        return None if view is None or view.folder is None else self._data.reader.folder(view.folder)

    def _with_staying(self, view: View, keys: array[int]) -> array[int]:
        """``keys`` with the rows that only fell out of the filter, a message read a moment ago for instance."""
        present = set(keys)
        lost = [key for key in self.model.keys if key not in present]
        if not lost or len(lost) > STAYING:
            return keys
        staying = self._still_there(view, lost)
        after: dict[int, list[int]] = {}
        previous = 0
        for key in self.model.keys:
            if key in staying:
                after.setdefault(previous, []).append(key)
            elif key in present:
                previous = key
        result = array("q", after.get(0, ()))
        for key in keys:
            result.append(key)
            result.extend(after.get(key, ()))
        return result

    def _still_there(self, view: View, keys: list[int]) -> set[int]:
        if view.threads:
            return {one.thread for one in self._data.conversations(view, [ThreadId(key) for key in keys])}
        folders = view.query.folders
        items = self._data.items([ItemId(key) for key in keys])
        return {item.id for item in items if not folders or item.folder in folders}
