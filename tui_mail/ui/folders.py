"""The folder pane on the screen: draws the tree, moves its cursor, says what was chosen.

Owns painting and the pane's cursor. Must not know what opening a folder means.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.segment import Segment
from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from tui_mail.model.ids import FolderId
from tui_mail.model.mail import Folder
from tui_mail.text.safe import SafeText, own
from tui_mail.text.width import cells, fit
from tui_mail.ui.lean import lean_style
from tui_mail.ui.list.rows import Marks
from tui_mail.ui.surface import Surface
from tui_mail.ui.tree import Branch, Kind, branches

_COMPONENTS = {"text", "unread", "muted", "account", "current", "cursor"}


class FolderPane(Surface, can_focus=True):
    """Accounts and their folders. ``Opened`` is posted for a folder or a view, accounts fold by themselves."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"folder-pane--{name}" for name in _COMPONENTS}
    DEFAULT_CSS = """
    FolderPane { background: $mail-surface; color: $mail-text; }
    FolderPane .folder-pane--text { color: $mail-text; background: $mail-surface; }
    FolderPane .folder-pane--unread { color: $mail-unread; background: $mail-surface; text-style: bold; }
    FolderPane .folder-pane--muted { color: $mail-muted; background: $mail-surface; }
    FolderPane .folder-pane--account { color: $mail-muted; background: $mail-surface; text-style: bold; }
    FolderPane .folder-pane--current { color: $mail-accent; background: $mail-surface-focus; text-style: bold; }
    FolderPane .folder-pane--cursor { color: $mail-cursor-text; background: $mail-cursor-background; }
    FolderPane:nocolor .folder-pane--current { text-style: underline; }
    FolderPane:nocolor .folder-pane--cursor { text-style: reverse; }
    """
    ALLOW_SELECT = False

    @dataclass
    class Opened(Message):
        """A folder or a view was chosen."""

        branch: Branch

    def __init__(self, marks: Marks) -> None:
        super().__init__(id="folders")
        self._marks = marks
        self._folders: Sequence[Folder] = ()
        self._outgoing: Mapping[str, int] = {}
        self._resting: frozenset[FolderId] = frozenset()
        self._folded: set[str] = set()
        self._rows: list[Branch] = []
        self._cursor = 0
        self._top = 0
        self._current: tuple[Kind, FolderId | None, str] | None = None
        self._drawn: dict[int, tuple[object, ...]] = {}
        self._styles: dict[str, Style] = {}

    @property
    def rows(self) -> list[Branch]:
        return self._rows

    @property
    def at_cursor(self) -> Branch | None:
        return self._rows[self._cursor] if self._cursor < len(self._rows) else None

    def show(
        self, folders: Sequence[Folder], outgoing: Mapping[str, int], resting: Collection[FolderId] | None = None
    ) -> None:
        """Show ``folders`` with their counters as they are now, and how many messages are on their way out; the cursor
        stays on its folder. ``resting`` are those that are fetched only when they are opened; None: as before.
        """
        self._folders, self._outgoing = folders, outgoing
        if resting is not None:
            self._resting = frozenset(resting)
        self._build()

    def rename(self, names: Mapping[str, str]) -> None:
        """Accounts are called otherwise now: those that are folded stay so, and what is current is."""
        self._folded = {names.get(account, account) for account in self._folded}
        if self._current is not None:
            kind, folder, account = self._current
            self._current = (kind, folder, names.get(account, account))

    def mark_current(self, kind: Kind, folder: FolderId | None, account: str) -> None:
        """Show which folder or view the list shows; the cursor goes there unless the pane has the focus."""
        self._current = (kind, folder, account)
        if not self.has_focus:
            for place, row in enumerate(self._rows):
                if _identity(row) == self._current:
                    self._cursor = place
        self._paint()

    def move_by(self, rows: int) -> None:
        """Move the cursor by so many rows it may stand on."""
        step = 1 if rows > 0 else -1
        for _count in range(abs(rows)):
            place = self._cursor + step
            while 0 <= place < len(self._rows) and not self._rows[place].choosable:
                place += step
            if not 0 <= place < len(self._rows):
                break
            self._cursor = place
        self._paint()

    def move_to_end(self, *, last: bool) -> None:
        """Move the cursor to the first or the last row."""
        self.move_by(len(self._rows) if last else -len(self._rows))

    def choose(self) -> None:
        """Open what the cursor is on; an account is folded or unfolded."""
        branch = self.at_cursor
        if branch is None:
            return
        if branch.kind is Kind.ACCOUNT:
            self._folded ^= {branch.account}
            self._build()
        elif branch.choosable:
            self.post_message(self.Opened(branch))

    # Painting

    def _build(self) -> None:
        before = self.at_cursor
        self._rows = branches(self._folders, self._folded, self._outgoing)
        wanted = _identity(before) if before is not None else self._current
        self._cursor = min(self._cursor, max(0, len(self._rows) - 1))
        for place, row in enumerate(self._rows):
            if _identity(row) == wanted:
                self._cursor = place
        self._paint()

    def _paint(self) -> None:
        """Refresh the lines that changed."""
        height = self.size.height
        if not height:
            return
        if not self._top <= self._cursor < self._top + height:
            self._top = self._cursor - height // 2
        self._top = max(0, min(self._top, len(self._rows) - height))
        for y in range(height):
            state = self._state(y)
            if self._drawn.get(y) != state:
                self._drawn[y] = state
                self.refresh(Region(0, y, self.size.width, 1))

    def _state(self, y: int) -> tuple[object, ...]:
        place = self._top + y
        if place >= len(self._rows):
            return ()
        row = self._rows[place]
        resting = row.folder in self._resting
        return (row, place == self._cursor and self.has_focus, _identity(row) == self._current, resting)

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        place = self._top + y
        if place >= len(self._rows) or self._rows[place].kind is Kind.GAP:
            return Strip([Segment(" " * width, self._style("text"))], width)
        row = self._rows[place]
        if place == self._cursor and self.has_focus:
            tone = "cursor"
        elif _identity(row) == self._current:
            tone = "current"
        elif row.kind is Kind.ACCOUNT:
            tone = "account"
        elif row.kind is Kind.GROUP or row.folder in self._resting:
            tone = "muted"
        else:
            tone = "unread" if row.count else "text"
        return Strip([Segment(self._words(row, width), self._style(tone))], width)

    def _words(self, row: Branch, width: int) -> SafeText:
        if row.kind is Kind.ACCOUNT:
            right = own(self._marks.folded if row.folded else self._marks.unfolded)
        else:
            right = own(str(row.count) if row.count else "")
        room = width - 2 - (cells(right) + 1 if right else 0)
        name = fit(SafeText("  " * row.depth + row.name), max(0, room))
        return fit(SafeText(f" {name} {right} " if right else f" {name} "), width)

    def _style(self, name: str) -> Style:
        if name not in self._styles:
            style = self.get_component_rich_style(f"folder-pane--{name}")
            self._styles[name] = lean_style(style)
        return self._styles[name]

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._styles.clear()
        self._drawn.clear()

    def on_resize(self) -> None:
        self._drawn.clear()
        self._paint()

    def watch_has_focus(self, has_focus: bool) -> None:
        """The cursor is shown only where the focus is."""
        super().watch_has_focus(has_focus)
        self._paint()

    def on_click(self, event: events.Click) -> None:
        event.stop()
        place = self._top + event.y
        if place < len(self._rows) and self._rows[place].choosable:
            self._cursor = place
            self._paint()
            self.choose()

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.move_by(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.move_by(-3)


def _identity(row: Branch) -> tuple[Kind, FolderId | None, str]:
    return (row.kind, row.folder, "" if row.kind is Kind.ALL_INBOXES else row.account)
