"""One pass over the tree of a page: what is seen goes into lines, what is not is counted.

Owns what each element means. Without recursion, so that depth costs nothing. Must not know how lines are built.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from tui_mail.mime.hiding import CLEAR, Hides, colours, judge
from tui_mail.mime.links import plain_links
from tui_mail.mime.page.beginning import settled
from tui_mail.mime.page.elements import (
    APART,
    AS_BLOCK,
    BACKGROUND,
    BLOCK,
    HEADINGS,
    KEEPING,
    LISTS,
    QUOTED,
    REMOTE,
    RULED,
    SIGNATURE,
    STRUCK,
    STRUCK_BY_STYLE,
    UNSEEN,
    WHITE_SPACE,
    count,
    distances,
)
from tui_mail.mime.page.flow import Flow, Row, indented, quoted
from tui_mail.mime.page.links import PageLinks
from tui_mail.mime.page.numbering import SHIFTS, Items, items, shifted, whole
from tui_mail.mime.page.pictures import is_pixel, picture_words
from tui_mail.mime.page.sheet import Sheet
from tui_mail.mime.page.tables import Cell, Table, lay_out

if TYPE_CHECKING:
    from selectolax.lexbor import LexborNode

_MAX_NESTED: Final = 12
"""Quotes and lists deeper than this are not indented any further."""
_MAX_TABLES: Final = 100
_MAX_CELLS: Final = 200_000
_RULE: Final = "─" * 32
_FIRST_LOOK: Final = 400
"""Nodes after which it is looked whether there is enough for a beginning; then again at twice as many."""
_ENOUGH: Final = 160
"""Rows of a beginning: more than a screen has, and what is held back of them to be sure."""
_MOST: Final = 500


@dataclass(slots=True)
class _Frame:
    """An element whose children are being visited."""

    following: LexborNode | None
    hides: Hides
    pre: bool
    colour: str
    ground: str
    shift: dict[int, int] | None = None
    """Signs that stand above or below the line."""
    struck: bool = False
    """Its words are struck out."""
    close: Callable[[], None] | None = None

    @property
    def seen(self) -> bool:
        """True when text in here is drawn, and not in the colour of what is behind it."""
        clear = self.colour == CLEAR or (self.colour and self.colour == self.ground)
        return self.hides is Hides.NOTHING and not clear


class Walk:
    """Reads a page into one flow of rows.

    ``begun`` is given the first rows, once, when enough of them are there that nothing later can change; of a page that
    has captions, which stand above what came before them, that can never be said.
    """

    def __init__(self, first_link: int, sheet: Sheet, begun: Callable[[list[Row]], None] | None = None) -> None:
        self.links = PageLinks(first_link)
        self.hidden = self.remote_images = self.pixels = 0
        self._sheet = sheet
        self._stack: list[_Frame] = []
        self._flows = [Flow()]
        self._nest: list[Flow | Table | None] = [self._flows[0]]
        self._begun = begun
        self._tables: list[Table] = []
        self._lists: list[Items] = []
        self._quotes = self._cells = 0

    def run(self, root: LexborNode) -> list[Row]:
        """Every row of the page."""
        stack = self._stack
        stack.append(_Frame(root.child, Hides.NOTHING, pre=False, colour="", ground=""))
        visited, look = 0, _FIRST_LOOK
        while stack:
            visited += 1
            if visited > look and not self.links.is_open:
                look = 2 * visited
                self._look_for_beginning()
            frame = stack[-1]
            node = frame.following
            if node is None:
                stack.pop()
                if frame.close is not None:
                    frame.close()
                continue
            frame.following = node.next
            if node.is_text_node:
                self._text(node.text_content or "", frame)
            elif node.is_element_node:
                self._enter(node, frame)
        return self._flows[0].finished()

    def _look_for_beginning(self) -> None:
        if self._begun is None:
            return
        rows = settled(self._nest)
        if len(rows) >= _ENOUGH:
            begun, self._begun = self._begun, None
            begun(rows[:_MOST])

    def _text(self, text: str, frame: _Frame) -> None:
        if not frame.seen:
            self.hidden += len("".join(text.split()))
            return
        flow = self._flows[-1]
        if frame.shift is not None:
            text = shifted(text, frame.shift)
        if frame.struck and (bare := text.strip()):
            text = text.replace(bare, f"~~{bare}~~")
        if frame.pre and (flow.keeps or text.strip()):
            flow.pre(text)
        elif "://" in text or "www." in text:
            self._addresses(text, flow)
        else:
            flow.words(text)
        self.links.saw(text)

    def _addresses(self, text: str, flow: Flow) -> None:
        """Words with addresses among them, which are links though the page does not say so."""
        at = 0
        for start, end, url in () if self.links.is_open else plain_links(text):
            flow.words(text[at:start])
            close = self.links.opened(url, flow)
            flow.words(text[start:end])
            self.links.saw(text[start:end])
            if close is not None:
                close()
            at = end
        flow.words(text[at:])

    def _enter(self, node: LexborNode, outer: _Frame) -> None:
        tag = (node.tag or "").lower()
        attributes = node.attributes
        style = attributes.get("style") or ""
        background = attributes.get("background") or ""
        if (background and REMOTE(background)) or (style and BACKGROUND(style)):
            self.remote_images += 1
        if tag == "br":
            if outer.seen:
                self._flows[-1].end_line(always=True)
            return
        frame = _Frame(
            node.child,
            outer.hides,
            outer.pre,
            outer.colour,
            outer.ground,
            SHIFTS.get(tag, outer.shift),
            outer.struck or tag in STRUCK,
        )
        if tag in UNSEEN or "hidden" in attributes or self._sheet.hides(tag, attributes, style):
            frame.hides = Hides.ALL
        if tag in {"script", "style"}:
            return
        if style:
            self._style(style, frame)
        if background or self._sheet.paints(tag, attributes):
            frame.ground = ""
        elif ground := attributes.get("bgcolor"):
            frame.ground = colours(f"background:{ground}")[1] or ""
        if tag == "font" and (colour := attributes.get("color")):
            frame.colour = colours(f"color:{colour}")[0] or ""
        if tag == "img":
            self._picture(attributes, style, frame)
            return
        if frame.hides is not Hides.ALL:
            self._open(tag, attributes, style, frame)
        self._stack.append(frame)

    def _style(self, style: str, frame: _Frame) -> None:
        effect = judge(style)
        if effect is not Hides.NOTHING and frame.hides is not Hides.ALL:
            frame.hides = Hides.NOTHING if effect is Hides.RESTORES else effect
        colour, ground = colours(style)
        if colour is not None:
            frame.colour = colour
        if ground is not None:
            frame.ground = ground
        frame.struck = frame.struck or STRUCK_BY_STYLE(style) is not None
        if space := WHITE_SPACE(style):
            frame.pre = space[1].lower() in KEEPING or self._flows[-1].keeps

    def _open(self, tag: str, attributes: dict[str, str | None], style: str, frame: _Frame) -> None:
        flow = self._flows[-1]
        if tag in APART:
            self.links.saw(" ")
        if tag == "a":
            frame.close = self.links.opened(attributes.get("href") or "", flow)
        elif tag == "p":
            above, below = distances(attributes, style)
            (flow.gap if above else flow.end_line)()
            frame.close = flow.gap if below else flow.end_line
        elif tag == "table":
            self._open_table(attributes, frame)
        elif tag == "tr" and self._tables:
            self._tables[-1].rows.append([])
        elif tag in {"td", "th"} and self._tables:
            self._open_cell(tag, attributes, frame)
        elif tag == "caption" and self._tables:
            frame.close = self._column(self._caption)
        elif tag in HEADINGS:
            flow.gap()
            level = int(tag[1])
            frame.close = self._column(lambda rows: self._put(_marked(rows, "heading", level), apart=True))
        elif tag == "blockquote" or QUOTED(attributes.get("class") or ""):
            self._open_quote(style, frame)
        elif tag in LISTS:
            self._open_list(items(tag, attributes, style), frame)
        elif tag == "li":
            self._open_item(attributes, frame)
        elif tag == "dd":
            frame.close = self._column(lambda rows: self._put(indented(rows, "    ", "    ")))
        elif tag == "pre":
            flow.gap()
            frame.pre = True
            frame.close = self._column(lambda rows: self._put(_marked(rows, "pre", 0), apart=True), keeps=True)
        elif tag == "hr":
            flow.gap()
            flow.put([(_RULE, ((0, len(_RULE), "rule", 0),))])
            flow.gap()
        elif tag == "q":
            flow.words("“")
            frame.close = lambda: self._flows[-1].glue("”")
        elif SIGNATURE(attributes.get("class") or "") or attributes.get("data-smartmail") == "gmail_signature":
            frame.close = self._column(lambda rows: self._put(_marked(rows, "signature", 0)))
        elif tag in BLOCK or (style and AS_BLOCK(style)):
            if style and RULED(style):
                flow.gap()
            flow.end_line()
            frame.close = flow.end_line

    def _column(self, then: Callable[[list[Row]], None], *, keeps: bool = False) -> Callable[[], None]:
        """Begin a column of its own; what closes the element hands its rows to ``then``."""
        self._flows[-1].end_line()
        self._flows.append(Flow(keeps=keeps))
        self._nest.append(None)

        def close() -> None:
            self._nest.pop()
            then(self._flows.pop().finished())

        return close

    def _put(self, rows: list[Row], *, apart: bool = False) -> None:
        flow = self._flows[-1]
        if apart and rows:
            flow.gap()
        flow.put(rows)
        if apart and rows:
            flow.gap()

    def _open_table(self, attributes: dict[str, str | None], frame: _Frame) -> None:
        if len(self._tables) >= _MAX_TABLES or self._cells > _MAX_CELLS:
            self._begun = None  # its cells become those of the table around it
            self._flows[-1].end_line()
            frame.close = self._flows[-1].end_line
            return
        role = (attributes.get("role") or "").lower()
        border = (attributes.get("border") or "").strip().rstrip("px")
        table = Table(
            presentation=role in {"presentation", "none"}, bordered=border.isdecimal() and int(border[:4]) > 0
        )
        for outer in self._tables[-1:]:
            if outer.rows and outer.rows[-1]:
                outer.rows[-1][-1].holds_table = True
        self._tables.append(table)
        self._nest.append(table)
        self._flows[-1].end_line()

        def close() -> None:
            self._nest.pop()
            self._tables.pop()
            rows, data = lay_out(table)
            self._put(rows, apart=data or len(rows) > 1)

        frame.close = close

    def _open_cell(self, tag: str, attributes: dict[str, str | None], frame: _Frame) -> None:
        table = self._tables[-1]
        if not table.rows:
            table.rows.append([])
        span = attributes.get("colspan") or ""
        down = attributes.get("rowspan") or ""
        cell = Cell(head=tag == "th", span=count(span), down=count(down))
        self._cells += 1
        table.rows[-1].append(cell)

        # Not through ``_column``: the line around the table has ended already.
        self._flows.append(Flow())
        self._nest.append(self._flows[-1])

        def close() -> None:
            self._nest.pop()
            cell.rows = self._flows.pop().finished()

        frame.close = close

    def _caption(self, rows: list[Row]) -> None:
        if self._tables:
            self._tables[-1].caption = rows

    def _open_quote(self, style: str, frame: _Frame) -> None:
        if self._quotes >= _MAX_NESTED or ("border:none" in style.replace(" ", "") and "40px" in style):
            # The indent of some programs is written as a quote without its line.
            self._flows[-1].end_line()
            frame.close = self._flows[-1].end_line
            return
        self._quotes += 1

        def close(rows: list[Row]) -> None:
            self._quotes -= 1
            self._put(quoted(rows), apart=True)

        frame.close = self._column(close)

    def _open_list(self, begun: Items, frame: _Frame) -> None:
        flow = self._flows[-1]
        self._lists.append(begun)
        ends = flow.end_line if len(self._lists) > 1 else flow.gap
        ends()

        def close() -> None:
            self._lists.pop()
            ends()

        frame.close = close

    def _open_item(self, attributes: dict[str, str | None], frame: _Frame) -> None:
        for around in self._lists[-1:]:
            around.number = whole(attributes.get("value"), around.number)
        frame.close = self._column(self._item)

    def _item(self, rows: list[Row]) -> None:
        if not rows:
            return
        sign = (self._lists[-1] if self._lists else Items(ordered=False, number=1)).sign()
        if len(self._lists) > _MAX_NESTED:
            self._put(rows)
            return
        (text, spots), *rest = indented(rows, sign, " " * len(sign))
        self._put([(text, (*spots, (0, len(text), "item", len(sign)))), *rest])

    def _picture(self, attributes: dict[str, str | None], style: str, frame: _Frame) -> None:
        source = attributes.get("src") or ""
        remote = REMOTE(source) is not None
        if is_pixel(attributes, style) or (remote and frame.hides is Hides.ALL):
            self.pixels += remote
            self.remote_images += remote
            return
        self.remote_images += remote
        words = picture_words(attributes.get("alt") or "", linked=self.links.is_open, data=source.startswith("data:"))
        if words and frame.seen:
            self._text(words, replace(frame, pre=False))


def _marked(rows: list[Row], kind: str, value: int) -> list[Row]:
    return [(text, (*spots, (0, len(text), kind, value)) if text else spots) for text, spots in rows]
