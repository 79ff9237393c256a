"""The two lines at the bottom of a screen where something is written: the keys in words, and how it stands.

Owns their words by width and the painting of them. Must not know what a key does. The line of keys is the menu: it has
the focus while letters are keys and not text.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.style import Style
from textual import events
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from tui_mail.text.safe import SafeText, line, own
from tui_mail.text.width import cells
from tui_mail.ui.lean import LeanWidget, lean_strip, lean_style
from tui_mail.ui.status import NOTHING, Piece, StatusTone, exactly

ROWS = 2
BROAD_FROM = 100
_ON, _OFF = ("key", "word"), ("key-off", "word-off")


@dataclass(frozen=True, slots=True)
class Key:
    """One entry of the line of keys."""

    key: SafeText
    word: SafeText
    action: str
    rank: int = 0
    """What has the highest is left out first where there is no room."""


@dataclass(frozen=True, slots=True)
class Standing:
    """How it stands."""

    name: SafeText = NOTHING
    """What is written: ``Reply``."""
    state: tuple[SafeText, ...] = ()
    """The account, when it was saved; the most important first."""
    said: SafeText = NOTHING
    trouble: bool = False


def fitting(keys: Sequence[Key], width: int) -> list[Key]:
    """Those that have room, in their order."""
    chosen = list(keys)
    while chosen and 1 + sum(_length(key) for key in chosen) + len(_gap(width)) * (len(chosen) - 1) > width:
        worst = max(key.rank for key in chosen)
        del chosen[max(place for place, key in enumerate(chosen) if key.rank == worst)]
    return chosen


def standing_pieces(standing: Standing, width: int) -> list[Piece]:
    """The lower line in exactly ``width`` cells."""
    left: list[Piece] = [(SafeText(f" {standing.name} "), StatusTone.PLACE)]
    tone = StatusTone.TROUBLE if standing.trouble else StatusTone.SAID
    right: list[Piece] = [(SafeText(f"{standing.said} "), tone)] if standing.said else []
    room = width - cells(left[0][0]) - (cells(right[0][0]) if right else 0) - 3
    text = ""
    for word in standing.state:
        longer = f"{text} · {word}" if text else word
        if cells(longer) > room:
            break
        text = longer
    if text:
        left.append((SafeText("  " + text), StatusTone.MUTED))
    return exactly(left, right, width)


class Foot(LeanWidget, can_focus=True):
    """The menu over the standing. ``Chosen`` is posted for a click on a key."""

    COMPONENT_CLASSES: ClassVar[set[str]] = {
        *(f"foot--{tone}" for tone in StatusTone),
        "foot--key",
        "foot--word",
        "foot--key-off",
        "foot--word-off",
    }
    DEFAULT_CSS = """
    Foot { dock: bottom; height: 2; background: $mail-surface; color: $mail-muted; }
    Foot .foot--key { color: $mail-accent; background: $mail-surface; text-style: bold; }
    Foot .foot--word { color: $mail-text; background: $mail-surface; }
    Foot .foot--key-off { color: $mail-muted; background: $mail-background; text-style: bold; }
    Foot .foot--word-off { color: $mail-muted; background: $mail-background; }
    Foot .foot--place { color: $mail-text; background: $mail-surface-focus; text-style: bold; }
    Foot .foot--loud { color: $mail-text; background: $mail-surface-focus; text-style: bold; }
    Foot .foot--muted { color: $mail-muted; background: $mail-surface-focus; }
    Foot .foot--said { color: $mail-text; background: $mail-surface-focus; }
    Foot .foot--trouble { color: $mail-warning; background: $mail-surface-focus; text-style: bold; }
    """
    ALLOW_SELECT = False

    @dataclass
    class Chosen(Message):
        """A key was clicked."""

        action: str

    def __init__(self) -> None:
        super().__init__(id="foot")
        self._keys: tuple[Key, ...] = ()
        self._on = True
        self._standing = Standing()
        self._styles: dict[str, Style] = {}

    @property
    def standing(self) -> Standing:
        return self._standing

    def show_keys(self, keys: Sequence[Key], *, on: bool) -> None:
        """Show the keys that work now; ``on`` where letters are keys."""
        if (tuple(keys), on) != (self._keys, self._on):
            self._keys, self._on = tuple(keys), on
            self.refresh(Region(0, 0, self.size.width, 1))

    def show(self, standing: Standing) -> None:
        """Show how it stands."""
        if standing != self._standing:
            self._standing = standing
            self.refresh(Region(0, 1, self.size.width, 1))

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        if y == 1:
            return lean_strip((text, self._style(str(tone))) for text, tone in standing_pieces(self._standing, width))
        key_style, word_style = (self._style(name) for name in (_ON if self._on else _OFF))
        pieces: list[tuple[str, Style]] = [(" ", word_style)]
        used = 1
        for key in fitting(self._keys, width):
            gap = _gap(width) if used > 1 else ""
            pieces += [(gap, word_style), (key.key, key_style), (f" {key.word}", word_style)]
            used += len(gap) + _length(key)
        pieces.append((" " * max(0, width - used), word_style))
        return lean_strip(pieces)

    def _style(self, name: str) -> Style:
        if name not in self._styles:
            style = self.get_component_rich_style(f"foot--{name}")
            self._styles[name] = lean_style(style)
        return self._styles[name]

    def notify_style_update(self) -> None:
        super().notify_style_update()
        self._styles.clear()

    def on_click(self, event: events.Click) -> None:
        event.stop()
        if event.y:
            return
        start = 1
        for key in fitting(self._keys, self.size.width):
            end = start + _length(key)
            if start <= event.x < end:
                self.post_message(self.Chosen(key.action))
            start = end + len(_gap(self.size.width))


def key_of(keys: Sequence[str], word: str, action: str, rank: int = 0) -> list[Key]:
    """The entry of an action, as a list that is empty where it has no key."""
    return [Key(line(keys[0], 20), own(word), action, rank)] if keys else []


def _length(key: Key) -> int:
    return cells(key.key) + 1 + cells(key.word)


def _gap(width: int) -> str:
    return "   " if width >= BROAD_FROM else "  "
