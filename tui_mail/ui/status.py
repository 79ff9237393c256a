"""The one status line: where one is, what is selected, how the engine fares, what the last action did.

Owns its words by width and the painting of it. Must not know where they come from.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import ClassVar

from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from tui_mail.model.words import ngettext
from tui_mail.text.safe import SafeText, own
from tui_mail.text.width import cells, cut
from tui_mail.ui.lean import LeanWidget, lean_strip, lean_style

NOTHING = own("")
_NAME_LIMIT = 24
_NAME_LEAST = 12
"""What is left of a long name where what is said has no room beside it."""
_GAP = 3


class StatusTone(enum.StrEnum):
    """What a piece of the line means."""

    PLACE = "place"
    LOUD = "loud"
    MUTED = "muted"
    SAID = "said"
    TROUBLE = "trouble"


@dataclass(frozen=True, slots=True)
class Status:
    """Everything the line may show."""

    name: SafeText = NOTHING
    """What the list shows, as in ``folders``."""
    place: int = 0
    """The row under the cursor, counted from one; 0 in an empty list."""
    rows: int = 0
    counting: bool = False
    """The list is longer, how much is not known yet."""
    selected: int = 0
    narrowed: SafeText = NOTHING
    """A filter or an order that is not the usual one."""
    state: tuple[SafeText, ...] = ()
    """Words about the engine, the most important first."""
    said: SafeText = NOTHING
    """What the last action did."""
    trouble: bool = False
    """``said`` is about something that failed."""
    held: SafeText = NOTHING
    """How long a message can still be taken back; what failed is more important, all else less."""
    hint: SafeText = NOTHING
    """Keys typed so far."""
    help: SafeText = NOTHING
    """How to get help: ``? help``."""
    whole: SafeText = NOTHING
    """How to read a sentence about a failure that has no room here: ``E says all``."""


Piece = tuple[SafeText, StatusTone]


def compose(status: Status, width: int) -> list[Piece]:
    """The line in exactly ``width`` cells; what matters least is left out first."""
    left = _left(status, _NAME_LIMIT, narrowed=True)
    right = _right(status, width - _cells(left) - _GAP)
    lacking = _cells(left) + _cells(right) + 1 - width
    if lacking > 0:
        left = _left(status, _NAME_LIMIT, narrowed=False)
        lacking = _cells(left) + _cells(right) + 1 - width
    if lacking > 0:
        left = _left(status, max(_NAME_LEAST, min(cells(status.name), _NAME_LIMIT) - lacking), narrowed=False)
    room = width - _cells(left) - 1
    if status.trouble and status.whole and _cells(right) > room > 2 * cells(status.whole):
        pointer = (SafeText(f" {status.whole} "), StatusTone.MUTED)
        right = [(cut(right[0][0], max(0, room - cells(pointer[0]))), right[0][1]), pointer]
    room = width - _cells(left) - _cells(right) - _GAP
    first = cells(status.state[0]) + _GAP if status.state else 0
    if status.help and room >= first + cells(status.help) + _GAP:
        right.append((SafeText(f"   {status.help} "), StatusTone.MUTED))
        room -= cells(status.help) + _GAP
    state = _fitting(status.state, room - _GAP)
    if state:
        left.append((SafeText("   " + state), StatusTone.MUTED))
    return exactly(left, right, width)


def _left(status: Status, limit: int, *, narrowed: bool) -> list[Piece]:
    """Where one is, the name in at most ``limit`` cells, and what is selected; ``narrowed``: by what, too."""
    rows = f"{status.rows}{'…' if status.counting else ''}"
    left: list[Piece] = [(SafeText(f" {cut(status.name, limit)} {status.place}/{rows} "), StatusTone.PLACE)]
    if status.selected:
        count = ngettext("{n} selected", "{n} selected", status.selected).format(n=status.selected)
        left.append((own(f" {count} "), StatusTone.LOUD))
    if status.narrowed and narrowed:
        left.append((SafeText(f"  {status.narrowed}"), StatusTone.SAID))
    return left


def _right(status: Status, room: int) -> list[Piece]:
    if status.hint:
        return [(SafeText(f"{status.hint} "), StatusTone.LOUD)]
    said: list[Piece] = []
    held: list[Piece] = [(SafeText(f"{status.held} "), StatusTone.SAID)] if status.held else []
    if status.said:
        said = [(SafeText(f"{status.said} "), StatusTone.TROUBLE if status.trouble else StatusTone.SAID)]
    both = [*said, (SafeText("  "), StatusTone.SAID), *held] if said and held else [*said, *held]
    if _cells(both) <= room or not (said and held):
        return both
    return said if status.trouble else held


def _fitting(words: tuple[SafeText, ...], room: int) -> SafeText:
    """As many words as have room; the first one is cut rather than left out."""
    text = ""
    for word in words:
        longer = f"{text} · {word}" if text else word
        if cells(longer) > room:
            break
        text = longer
    if not text and words and room >= 8:
        return cut(words[0], room)
    return SafeText(text)


def _cells(pieces: list[Piece]) -> int:
    return sum(cells(text) for text, _tone in pieces)


def exactly(left: list[Piece], right: list[Piece], width: int) -> list[Piece]:
    """``left`` and ``right`` at the two edges of ``width`` cells; what stands right is cut when both do not fit."""
    room = width - _cells(left)
    if right and _cells(right) > room - 1:
        text, tone = right[0]
        right = [(cut(text, max(0, room - 1)), tone)]
    gap = width - _cells(left) - _cells(right)
    line = [*left, (SafeText(" " * max(0, gap)), StatusTone.MUTED), *right]
    result: list[Piece] = []
    used = 0
    for text, tone in line:
        text = cut(text, width - used)  # noqa: PLW2901 -- what is left of it is meant from here on
        used += cells(text)
        if text and result and result[-1][1] == tone:
            result[-1] = (SafeText(result[-1][0] + text), tone)
        elif text:
            result.append((text, tone))
    return result


class StatusLine(LeanWidget, can_focus=False):
    """One row at the bottom. Only the cells up to the last change are sent."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {f"status-line--{tone}" for tone in StatusTone}
    DEFAULT_CSS = """
    StatusLine { dock: bottom; height: 1; background: $mail-surface-focus; color: $mail-muted; }
    StatusLine .status-line--place { color: $mail-text; background: $mail-surface-focus; text-style: bold; }
    StatusLine .status-line--loud {
        color: $mail-cursor-text; background: $mail-cursor-background; text-style: bold;
    }
    StatusLine:nocolor .status-line--loud { text-style: reverse bold; }
    StatusLine .status-line--muted { color: $mail-muted; background: $mail-surface-focus; }
    StatusLine .status-line--said { color: $mail-text; background: $mail-surface-focus; }
    StatusLine .status-line--trouble { color: $mail-warning; background: $mail-surface-focus; text-style: bold; }
    """
    ALLOW_SELECT = False

    class HelpWanted(Message):
        """The line was clicked."""

    def __init__(self) -> None:
        super().__init__(id="status")
        self._status = Status()
        self._pieces: list[Piece] = []
        self._width = 0
        self._styles: dict[StatusTone, Style] = {}

    @property
    def status(self) -> Status:
        return self._status

    def show(self, status: Status) -> None:
        """Show ``status``."""
        if status == self._status and self._pieces:
            return
        self._status = status
        self._width = self.size.width
        old, self._pieces = self._pieces, compose(status, self.size.width)
        end = _last_change(old, self._pieces)
        if end:
            self.refresh(Region(0, 0, min(end, self.size.width), 1))

    def render_line(self, y: int) -> Strip:  # noqa: ARG002 -- the one line there is
        if not self._pieces or self._width != self.size.width:
            self._width = self.size.width
            self._pieces = compose(self._status, self.size.width)
        return lean_strip((text, self._style(tone)) for text, tone in self._pieces)

    def _style(self, tone: StatusTone) -> Style:
        if tone not in self._styles:
            style = self.get_component_rich_style(f"status-line--{tone}")
            self._styles[tone] = lean_style(style)
        return self._styles[tone]

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._styles.clear()

    def on_click(self, event: events.Click) -> None:
        event.stop()
        self.post_message(self.HelpWanted())


def _last_change(old: list[Piece], new: list[Piece]) -> int:
    """How many cells from the left hold every difference; 0 when there is none."""
    if old == new:
        return 0
    same = 0
    for (was, tone), (text, fresh) in zip(reversed(old), reversed(new), strict=False):
        if tone != fresh:
            break
        if was == text:
            same += cells(text)
            continue
        common = 0
        for before, after in zip(reversed(was), reversed(text), strict=False):
            if before != after:
                break
            common += 1
        same += cells(text[len(text) - common :])
        break
    return max(1, _cells(new) - same)
