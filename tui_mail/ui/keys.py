"""From key presses to actions: counts, sequences such as ``g i``, and which places listen.

Owns what has been typed so far. Must not know what an action does, nor widgets: the screen feeds it and shows its hint.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from textual.events import Key
from textual.keys import key_to_character

from tui_mail.config.actions import Place
from tui_mail.config.keymaps import PREFIX, Keymap

PENDING_SECONDS = 3.0
"""How long the start of a sequence waits for its next key."""
_COUNT_LIMIT = 7
"""Digits of a count that are kept; no list is longer."""
_NAMES = {"escape": "esc", "return": "enter"}


@dataclass(frozen=True, slots=True)
class Act:
    """A sequence is complete."""

    action: str
    count: int | None
    """What the digits before it said."""


@dataclass(frozen=True, slots=True)
class Pending:
    """More keys may follow."""


@dataclass(frozen=True, slots=True)
class Unknown:
    """The keys mean nothing here; ``keys`` is what was typed."""

    keys: str


Outcome = Act | Pending | Unknown


class KeyReader:
    """Collects keys until they are an action. One per screen."""

    def __init__(self, keymap: Keymap) -> None:
        self.keymap = keymap
        self._count = ""
        self._typed: tuple[str, ...] = ()

    @property
    def hint(self) -> str:
        """What has been typed and waits for more: ``12 g …``; empty when nothing has."""
        typed = " ".join([*([self._count] if self._count else []), *self._typed])
        return f"{typed} …" if typed else ""

    def reset(self) -> None:
        """Forget what has been typed."""
        self._count, self._typed = "", ()

    def feed(self, key: str, places: Sequence[Place]) -> Outcome:
        """Take one key, in the spelling of keymaps."""
        if not self._typed and len(key) == 1 and key in "0123456789" and (self._count or key != "0"):
            self._count = (self._count + key)[:_COUNT_LIMIT]
            return Pending()
        if key == "esc" and (self._count or self._typed):
            self.reset()
            return Pending()
        typed = (*self._typed, key)
        found = self.keymap.lookup(places, typed)
        if found is PREFIX:
            self._typed = typed
            return Pending()
        count = int(self._count) if self._count else None
        self.reset()
        if isinstance(found, str):
            return Act(found, count)
        return Unknown(" ".join(typed))


def spelling(event: Key) -> str:
    """The key of an event as keymaps spell it: ``j``, ``G``, ``?``, ``esc``, ``ctrl+d``, ``shift+tab``."""
    *modifiers, last = event.key.split("+")
    if "ctrl" not in modifiers and "alt" not in modifiers:
        character = event.character if event.character is not None else key_to_character(event.key)
        if character and len(character) == 1 and character.isprintable() and character != " ":
            return character
    if len(last) > 1 and modifiers:
        character = key_to_character(last)
        if character and len(character) == 1 and character.isprintable() and character != " ":
            last = character
    return "+".join([*modifiers, _NAMES.get(last, last)])
