"""Three panes side by side or below each other: folders, list and reader, arranged by the size of the terminal.

Owns the layout and the focus. Must not know what the panes show, nor what keys do.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Self

from textual import events
from textual.app import ComposeResult
from textual.containers import Container, Horizontal
from textual.geometry import Region
from textual.screen import Screen
from textual.widget import Widget

from tui_mail.ui.folders import FolderPane
from tui_mail.ui.list.widget import MessageList
from tui_mail.ui.status import StatusLine
from tui_mail.ui.surface import Surface

if TYPE_CHECKING:
    from tui_mail.ui.reader.pane import ReaderPane

BESIDE_FROM = 140
FOLDERS_FROM = 100
SINGLE_BELOW = 80
"""Columns: the reader stands beside the list, the folder pane is shown, the reader takes the whole screen."""


class PaneScreen(Screen[None], inherit_bindings=False):
    """The panes and the status line below them. ``wish`` is where the reader should stand: right, below or auto."""

    DEFAULT_CSS = """
    PaneScreen { background: $mail-background; color: $mail-text; }
    PaneScreen:nocolor .screen--selection { text-style: reverse; }
    PaneScreen #panes { height: 1fr; }
    PaneScreen FolderPane { width: 23; height: 1fr; border-right: solid $mail-rule; display: none; }
    PaneScreen.-folders FolderPane { display: block; }
    PaneScreen.-beside FolderPane { width: 27; }
    PaneScreen #mail { width: 1fr; height: 1fr; layout: vertical; }
    PaneScreen.-beside #mail { layout: horizontal; }
    PaneScreen MessageList { width: 1fr; height: 2fr; }
    PaneScreen ReaderPane { width: 1fr; height: 3fr; border-top: solid $mail-rule; display: none; }
    PaneScreen.-reading ReaderPane { display: block; }
    PaneScreen.-beside MessageList { width: 9fr; height: 1fr; }
    PaneScreen.-beside ReaderPane { width: 11fr; height: 1fr; border-top: none; border-left: solid $mail-rule; }
    PaneScreen.-single.-reading MessageList { display: none; }
    PaneScreen.-single ReaderPane { height: 1fr; border-top: none; }
    """
    AUTO_FOCUS = ""

    def __init__(self, folders: FolderPane, messages: MessageList, wish: Callable[[], str], *, id: str) -> None:  # noqa: A002 -- Textual's own name
        super().__init__(id=id)
        self.folders = folders
        self.messages = messages
        self.status = StatusLine()
        self._wish = wish
        self._reader: ReaderPane | None = None

    def compose(self) -> ComposeResult:
        with Horizontal(id="panes"):
            yield self.folders
            with Container(id="mail"):
                yield self.messages
        yield self.status

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """The panes cover the screen: what asks to paint it for its own sake (a change of focus) paints nothing new."""
        if repaint and not (regions or layout or recompose):
            return self
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    # To be said by the screen that has these panes

    def make_reader(self) -> ReaderPane:
        """The reader pane, which is mounted then."""
        raise NotImplementedError

    @property
    def stand_in(self) -> Widget | None:
        """What stands in the place of list and reader now, and takes the focus."""
        return None

    # Layout

    def on_resize(self, event: events.Resize) -> None:
        self.arrange_panes(event.size.width)

    def arrange_panes(self, width: int) -> None:
        """Lay the panes out for so many columns."""
        wish = self._wish()
        beside = width >= SINGLE_BELOW and (wish == "right" or (wish == "auto" and width >= BESIDE_FROM))
        self.set_class(beside, "-beside")
        self.set_class(width >= FOLDERS_FROM, "-folders")
        self.set_class(width < SINGLE_BELOW, "-single")
        if self.folders.has_focus and width < FOLDERS_FROM:
            (self.stand_in or self.messages).focus()

    @property
    def reader(self) -> ReaderPane:
        """The reader pane; made when it is first asked for, since the first paint does not need it."""
        if self._reader is None:
            self._reader = self.make_reader()
            self.query_one("#mail").mount(self._reader)
        return self._reader

    @property
    def reader_open(self) -> bool:
        return self.has_class("-reading")

    def show_reader(self, *, shown: bool) -> None:
        """Open or close the reader pane; closing gives the focus to the list."""
        if shown != self.reader_open:
            # The rules of the class are about these two; Textual would work out the styles of every widget.
            self.set_class(shown, "-reading", update=False)
            for pane in (self.messages, self.reader):
                pane.update_own_styles()
        if not shown:
            self.messages.focus()

    # Focus

    def set_focus(self, widget: Widget | None, scroll_visible: bool = True, from_app_focus: bool = False) -> None:
        """Both panes know at once, and change their look in the same frame; Textual tells them by messages, later."""
        before = self.focused
        super().set_focus(widget, scroll_visible, from_app_focus)
        if before is not self.focused:
            for pane in (before, self.focused):
                if isinstance(pane, Surface):
                    pane.has_focus = pane is self.focused

    def panes(self) -> list[Widget]:
        """The panes on screen from left to right."""
        panes: list[Widget] = [self.folders] if self.has_class("-folders") else []
        if self.stand_in is not None:
            return [*panes, self.stand_in]
        if not (self.has_class("-single") and self.reader_open):
            panes.append(self.messages)
        return [*panes, self.reader] if self.reader_open else panes

    def focus_pane(self, step: int) -> None:
        """Give the focus to the next (1) or the previous (-1) pane."""
        panes = self.panes()
        at = next((place for place, pane in enumerate(panes) if pane.has_focus_within), 0)
        panes[(at + step) % len(panes)].focus()

    @property
    def in_reader(self) -> bool:
        return self._reader is not None and self._reader.has_focus_within

    @property
    def in_folders(self) -> bool:
        return self.folders.has_focus
