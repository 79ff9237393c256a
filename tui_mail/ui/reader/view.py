"""Documents on the screen: rows, and moving over them.

Owns the painting of strips: a row that stays the same is not painted, and one that changes only as far as it is drawn.
Must not know what the documents say.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from rich.style import Style
from textual import events
from textual.cache import LRUCache
from textual.geometry import Region
from textual.selection import Selection
from textual.strip import Strip

from tui_mail.text.width import cells
from tui_mail.ui.reader.column import Column
from tui_mail.ui.reader.document import GUTTER, Document
from tui_mail.ui.reader.lines import NOTHING, Line, Role
from tui_mail.ui.reader.manners import Lines
from tui_mail.ui.reader.selecting import Edge, selected_text
from tui_mail.ui.reader.strips import component_classes, component_css, drawn, to_strip, with_selection, with_style
from tui_mail.ui.surface import Surface

STRIPS_KEPT = 2_000


class DocumentView(Surface):
    """Shows ``_column`` from the row ``_top`` on."""

    COMPONENT_CLASSES: ClassVar[set[str]] = component_classes("document-view") | {"document-view--ground"}
    DEFAULT_CSS = """
    DocumentView { background: $mail-background; color: $mail-text; width: 1fr; height: 1fr; }
    DocumentView > .document-view--ground { background: $mail-surface; color: $mail-text; }
    """ + component_css("DocumentView", "document-view")

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 -- the name Textual gives it
        super().__init__(id=id)
        self._top = 0
        self._column = Column(1, lambda _number: Document(Lines(NOTHING), 80))
        self._strips: LRUCache[int, tuple[Strip, int]] = LRUCache(STRIPS_KEPT)
        self._styles: dict[tuple[Role, bool], Style] = {}
        self._pointed = False

    # Moving; each answers whether anything moved

    def line_down(self, count: int = 1) -> bool:
        """Down by rows."""
        return self._move_to(self._top + count)

    def line_up(self, count: int = 1) -> bool:
        """Up by rows."""
        return self._move_to(self._top - count)

    def page_down(self, count: int = 1) -> bool:
        """Down by pages; the last row stays as the first."""
        return self._move_to(self._top + count * max(self._rows() - 1, 1))

    def page_up(self, count: int = 1) -> bool:
        """Up by pages."""
        return self._move_to(self._top - count * max(self._rows() - 1, 1))

    def half_page_down(self, count: int = 1) -> bool:
        """Down by half pages."""
        return self._move_to(self._top + count * max(self._rows() // 2, 1))

    def half_page_up(self, count: int = 1) -> bool:
        """Up by half pages."""
        return self._move_to(self._top - count * max(self._rows() // 2, 1))

    def home(self) -> bool:
        """To the first row."""
        return self._move_to(0)

    def end(self) -> bool:
        """To the last row."""
        self._column.finish()
        return self._move_to(self._column.height())

    @property
    def position(self) -> int:
        """How much of the message is above the lower edge, in percent."""
        return min(100, 100 * (self._top + self._rows()) // max(self._column.estimate(), 1))

    def _rows(self) -> int:
        return max(self.content_size.height, 1)

    def _move_to(self, top: int) -> bool:
        """Make ``top`` the first row, as far as there are rows; only what changes is painted."""
        rows, old = self._rows(), self._top
        self._column.reach(max(top, 0) + rows)
        top = max(0, min(top, self._column.height() - rows))
        if top == old:
            return False
        regions = []
        for y in range(rows):
            before, after = self._strip(old + y), self._strip(top + y)
            if before[0] is not after[0] and before[0] != after[0]:
                regions.append(Region(0, y, max(before[1], after[1], 1), 1))
        self._top = top
        if regions:
            self.refresh(*regions)
        self._moved()
        return True

    def _moved(self) -> None:
        """Called when other rows have come into view."""

    # Painting

    def notify_style_update(self) -> None:
        """Another theme: every strip is of old colours."""
        super().notify_style_update()
        if not self.only_own_styles:
            self._forget_strips()
            self._styles.clear()

    def watch_has_focus(self, has_focus: bool) -> None:  # noqa: ARG002 -- the signature is Textual's
        """The bar beside the head shows where the focus is; nothing else looks different, so no style is worked out anew."""
        for head in (True, False):
            self._styles.pop((Role.BAR, head), None)
        if not self.content_size:
            return  # there is no line yet to look different
        for y in range(self._rows()):
            if self._column.is_head(self._top + y):
                self._strips.discard(self._top + y)
                self.refresh(Region(0, y, GUTTER, 1))

    def _forget_strips(self) -> None:
        self._strips.clear()

    def _repaint(self) -> None:
        self._forget_strips()
        self.refresh()

    def _style(self, role: Role, *, head: bool) -> Style:
        style = self._styles.get((role, head))
        if style is None:
            shown = Role.ACCENT if role is Role.BAR and self.has_focus else role
            style = self.get_component_rich_style(f"document-view--{shown}")
            if head:
                style += Style(bgcolor=self.get_component_rich_style("document-view--ground").bgcolor)
            self._styles[role, head] = style
        return style

    def _strip(self, row: int) -> tuple[Strip, int]:
        """The strip of a row, and how many of its cells are drawn."""
        kept = self._strips.get(row)
        if kept is None:
            width = self.content_size.width
            kept = self._make_strip(self._column.line(row), row, width)
            self._strips[row] = kept
        return kept

    def _make_strip(self, line: Line | None, row: int, width: int) -> tuple[Strip, int]:
        if self._column.is_head(row):
            ground = self._style(Role.TEXT, head=True)
            return to_strip(line or (), width, lambda role: self._style(role, head=True), ground), width
        ground = self._style(Role.TEXT, head=False)
        strip = to_strip(line or (), width, lambda role: self._style(role, head=False), ground)
        return strip, min(drawn(strip), width)

    def _fit(self) -> None:
        """Called before lines are drawn: what depends on the size of the pane is made for the size it has now."""

    def render_lines(self, crop: Region) -> list[Strip]:
        self._fit()
        return super().render_lines(crop)

    def render_line(self, y: int) -> Strip:
        row = self._top + y
        strip = self._strip(row)[0]
        for first, last, style in self._over(row):
            strip = with_style(strip, first, last, style)
        if not self._pointed:
            return strip
        selection = self.text_selection
        span = selection.get_span(row) if selection is not None else None
        if span is not None:
            strip = with_selection(strip, span, self.screen.get_component_rich_style("screen--selection"))
        return strip.apply_offsets(0, row)

    def _over(self, row: int) -> Sequence[tuple[int, int, Style]]:  # noqa: ARG002 -- nothing here
        """Cells of a row that are drawn in another style."""
        return ()

    # The pointer

    def on_enter(self) -> None:
        """Places in the text are only kept with the strips once there is a pointer."""
        self._pointed = True

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        event.stop()
        self.line_down(3)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        event.stop()
        self.line_up(3)

    def get_selection(self, selection: Selection) -> tuple[str, str] | None:
        first, last = selection.start, selection.end
        if last is None:
            self._column.finish()
        return selected_text(
            self._column,
            self._edge(first.y, first.x) if first is not None else Edge(0),
            self._edge(last.y, last.x) if last is not None else Edge(self._column.height()),
        ), "\n"

    def _edge(self, row: int, character: int) -> Edge:
        """Row and cell of a character; Textual counts those of the whole line."""
        line = self._column.line(row) or ()
        return Edge(row, cells("".join(piece.text for piece in line)[:character]))

    def selection_updated(self, selection: Selection | None) -> None:  # noqa: ARG002 -- the strips ask for it
        self.refresh()
