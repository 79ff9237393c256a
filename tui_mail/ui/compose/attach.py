"""Choosing a file to attach: a name that is completed as it is typed.

Owns ``AttachDialog``. Must not copy anything: it ends in a path.
"""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from tui_mail.model.errors import UsageError
from tui_mail.model.words import _
from tui_mail.text import safe
from tui_mail.text.safe import own
from tui_mail.text.sizes import human_size
from tui_mail.ui.compose.head import HeadField
from tui_mail.ui.compose.paths import Named, listing, meant, shown
from tui_mail.ui.dialogs.base import PickDialog, closing, keys_line
from tui_mail.ui.dialogs.view import Entry, Pick
from tui_mail.ui.dialogs.words import Words
from tui_mail.ui.reader.lines import Role
from tui_mail.ui.work import apart


class AttachDialog(PickDialog[Path]):
    """Ends in the path of a file. ``start`` is the folder it begins in."""

    DEFAULT_CSS = """
    AttachDialog HeadField, AttachDialog HeadField:ansi, AttachDialog HeadField:focus, AttachDialog HeadField:ansi:focus {
        background: $mail-surface-focus; padding: 0 1; margin-bottom: 1;
    }
    AttachDialog #state { display: none; }
    AttachDialog.-said #state { display: block; }
    AttachDialog.-low HeadField { margin-bottom: 0; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "complete", show=False, id="attach.complete"),
    ]
    ROOM = 11

    def __init__(self, start: Path) -> None:
        super().__init__(
            own(_("Attach a file")),
            keys_line(("enter", _("attaches")), ("tab", _("completes")), closing()),
        )
        self._start = shown(start, folder=True)
        self._found: list[Named] = []
        self._listed: str | None = None
        """What was typed when ``_found`` was read."""

    def content(self) -> Iterable[Widget]:
        yield HeadField("path", self._start)
        yield Pick()
        yield Words(own(""), id="state", classes="-warning")

    def on_mount(self) -> None:
        super().on_mount()
        self.pick.styles.height = max(3, min(12, self.app.size.height - self.ROOM))
        self._field.cursor_position = len(self._field.value)

    def fit_pick(self) -> None:
        """The list keeps one height, whatever is in it."""

    @property
    def _field(self) -> HeadField:
        return self.query_one(HeadField)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self.begin(partial(self._list, self._field.text), "listing")

    async def _list(self, typed: str) -> None:
        """Look into the folder, in a thread: it may be far away."""
        try:
            found = await apart(lambda: listing(typed))
        except UsageError as error:
            self._found, self._listed = [], typed
            self._say(error.text)
        else:
            self._found, self._listed = found, typed
            self._say("" if found else _("Nothing here is called like that."))
        self.pick.set_entries([entry_of(one) for one in self._found])

    def _say(self, text: str) -> None:
        self.query_one("#state", Words).say(safe.line(text, 300))
        self.set_class(bool(text), "-said")

    def chosen(self, number: int) -> None:
        """Open a folder, or end with a file."""
        if number < len(self._found):
            self._take(self._found[number])

    def _take(self, one: Named) -> None:
        if one.folder:
            self._put(shown(one.path, folder=True))
        else:
            self.dismiss(one.path)

    def _put(self, text: str) -> None:
        """Have ``text`` stand in the field."""
        self._field.fill(text)
        self._field.cursor_position = len(self._field.value)

    def action_complete(self) -> None:
        """As far as all that fits has the same letters; where that is no further, the row under the cursor."""
        if not self._found:
            return
        names = [shown(one.path, folder=one.folder) for one in self._found]
        common = names[0]
        for name in names:
            while not name.casefold().startswith(common.casefold()):
                common = common[:-1]
        typed = self._field.text
        if len(common) > len(typed) and common.casefold().startswith(typed.casefold()):
            self._put(common)
        elif 0 <= self.pick.cursor < len(names):
            self._put(names[self.pick.cursor])

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        """A name that is complete is meant as it stands; else the row under the cursor."""
        event.stop()
        typed = self._field.text
        path = meant(typed)
        if not typed.rstrip().endswith("/") and os.path.isfile(path):  # noqa: PTH113 -- Path's own raises for a name that is too long
            self.dismiss(path)
        elif self._listed == typed and 0 <= self.pick.cursor < len(self._found):
            self._take(self._found[self.pick.cursor])
        else:
            self._say(_("There is no file {path}.").format(path=typed.strip()))


def entry_of(one: Named) -> Entry:
    """The row of a file or a folder."""
    name = safe.line(one.path.name, 120)
    if one.folder:
        return Entry(safe.SafeText(name + "/"), role=Role.ACCENT)
    return Entry(name, right=own(human_size(one.size)))
