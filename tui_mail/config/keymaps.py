"""Keymaps: which keys do which action, from a file of the program, a file of the person and ``[keys]``.

Owns the spelling of keys, the check that no key means two things at once, and the lookup. Must not know how a terminal
reports keys.
"""

from __future__ import annotations

import enum
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from tui_mail.config import files, options
from tui_mail.config.actions import ACTIONS, Place
from tui_mail.config.paths import Home
from tui_mail.model.errors import ConfigError
from tui_mail.model.words import _

SHIPPED = ("default", "mutt", "gmail")

NAMED_KEYS = frozenset(
    "tab enter esc space backspace delete insert home end pageup pagedown up down left right "
    "f1 f2 f3 f4 f5 f6 f7 f8 f9 f10 f11 f12".split()
)
"""Keys that no character writes."""

_MODIFIERS = ("ctrl", "alt", "shift")

TOGETHER: Mapping[Place, tuple[Place, ...]] = {
    Place.LIST: (Place.LIST, Place.MESSAGE, Place.GO, Place.EVERYWHERE),
    Place.READER: (Place.READER, Place.MESSAGE, Place.GO, Place.EVERYWHERE),
    Place.SELECTING: (Place.SELECTING,),
    Place.COMPOSER: (Place.COMPOSER, Place.EVERYWHERE),
    Place.REVIEW: (Place.REVIEW, Place.EVERYWHERE),
    Place.OUTBOX: (Place.OUTBOX, Place.GO, Place.EVERYWHERE),
}
"""For each pane, the places whose keys work there; the first that knows a key decides."""


class Prefix(enum.Enum):
    """What ``lookup`` answers to the start of a longer sequence."""

    PREFIX = "prefix"


PREFIX: Final = Prefix.PREFIX


@dataclass(frozen=True, slots=True)
class Keymap:
    """Keys in force. A sequence is written with spaces: ``g i``."""

    name: str
    bindings: Mapping[str, tuple[str, ...]]
    """Every action by name to its keys, in the order of preference."""
    _places: Mapping[Place, Mapping[tuple[str, ...], str]] = field(default_factory=dict, repr=False)
    _prefixes: Mapping[Place, frozenset[tuple[str, ...]]] = field(default_factory=dict, repr=False)

    def keys(self, action: str) -> tuple[str, ...]:
        """The keys of an action; empty when it has none."""
        return self.bindings.get(action, ())

    def lookup(self, places: Sequence[Place], sequence: tuple[str, ...]) -> str | Prefix | None:
        """The action of a sequence of keys, PREFIX if more keys may follow, None if it means nothing.

        ``places`` are those that work now, the most particular first.
        """
        started = False
        for place in places:
            action = self._places.get(place, {}).get(sequence)
            if action is not None:
                return PREFIX if started else action
            started = started or sequence in self._prefixes.get(place, frozenset())
        return PREFIX if started else None


def load_keymap(name: str, overrides: Mapping[str, tuple[str, ...]], home: Home, where: str = "keymap") -> Keymap:
    """The keymap called ``name``, as ``where`` has it, with ``[keys]`` over it. Raises ConfigError.

    A key given in ``overrides`` is taken from whatever else had it in the same panes; two overrides on one key are an
    error.
    """
    path, table = _find(name, home, where)
    bindings: dict[str, tuple[str, ...]] = dict.fromkeys(ACTIONS, ())
    if path.parent != shipped_directory():
        base = table.pop("base", "default")
        if base not in SHIPPED:
            raise ConfigError(_("{where}: base is one of {names}.").format(where=path, names=", ".join(SHIPPED)))
        bindings.update(_read(_find(str(base), home, str(path))[1], f"{base}.toml"))
    _override(bindings, _read(table, str(path)), str(path))
    _override(bindings, _read(overrides, str(home.config_file)), str(home.config_file))
    return _keymap(name, bindings)


def keymap_names(home: Home) -> list[str]:
    """The shipped keymaps, then those of the person."""
    try:
        own = sorted(path.stem for path in home.keymaps_dir.iterdir() if path.suffix == ".toml")
    except OSError:
        own = []  # no directory, no keymaps of one's own; doctor tells what else may be wrong with it
    return [*SHIPPED, *(name for name in own if name not in SHIPPED)]


def shipped_directory() -> Path:
    """Where the program's own keymaps are."""
    return Path(__file__).parent / "keymaps"


def parse_keys(text: str, where: str) -> tuple[str, ...]:
    """The canonical keys of ``g i``, ``ctrl+d`` or ``shift+tab``. Raises ConfigError."""
    keys = tuple(_canonical(part, text, where) for part in text.split(" ") if part)
    if not keys:
        raise ConfigError(_('{where}: "{text}" names no key.').format(where=where, text=text))
    if keys[0].isdigit():
        raise ConfigError(_('{where}: "{text}" starts with a digit; digits are counts.').format(where=where, text=text))
    if "ctrl+c" in keys:
        raise ConfigError(_("{where}: ctrl+c is not for keymaps; it copies or interrupts.").format(where=where))
    return keys


def _canonical(key: str, text: str, where: str) -> str:
    if len(key) == 1 and key.isprintable() and unicodedata.category(key) not in {"Zs", "Mn", "Me"}:
        return key
    *modifiers, last = key.split("+") if not key.endswith("++") else [*key[:-2].split("+"), "+"]
    good = (
        all(modifier in _MODIFIERS for modifier in modifiers)
        and len(set(modifiers)) == len(modifiers)
        and (last in NAMED_KEYS or (len(last) == 1 and last.isprintable() and bool(modifiers)))
        and not (len(last) == 1 and "shift" in modifiers)
    )
    if not good:
        raise ConfigError(
            _(
                '{where}: "{text}" is not a key; write a character, a name such as enter, space, pageup or f1, '
                "ctrl+x or alt+x, or several of these with spaces between."
            ).format(where=where, text=text)
        )
    return "+".join([modifier for modifier in _MODIFIERS if modifier in modifiers] + [last])


def _find(name: str, home: Home, where: str) -> tuple[Path, dict[str, Any]]:
    """The file of a keymap and its tables; the person's own may not be called like a shipped one."""
    if name in SHIPPED:
        path = shipped_directory() / f"{name}.toml"
    elif name.startswith(".") or "/" in name or "\0" in name:
        raise options.unknown(where, name, keymap_names(home))
    else:
        path = home.keymaps_dir / f"{name}.toml"
    table = files.read_table(path)
    if table is None:
        raise options.unknown(where, name, keymap_names(home))
    return path, table


def _read(table: Mapping[str, Any], where: str) -> dict[str, tuple[str, ...]]:
    bindings: dict[str, tuple[str, ...]] = {}
    for action, value in table.items():
        if action not in ACTIONS:
            raise options.unknown(where, action, ACTIONS)
        entries = (value,) if isinstance(value, str) else value
        if not isinstance(entries, (list, tuple)) or not all(isinstance(entry, str) for entry in entries):
            raise ConfigError(
                _('{where}: {action} takes a key such as "a" or a list of keys such as ["g g", "home"].').format(
                    where=where, action=action
                )
            )
        bindings[action] = tuple(" ".join(parse_keys(entry, f"{where}: {action}")) for entry in entries)
    _check(bindings, where)
    return bindings


def _override(bindings: dict[str, tuple[str, ...]], wanted: Mapping[str, tuple[str, ...]], where: str) -> None:
    """Lay ``wanted`` over ``bindings`` in place; what stood in the way loses its key."""
    taken = [(action, tuple(keys.split(" "))) for action, entries in wanted.items() for keys in entries]
    for action, entries in bindings.items():
        if action in wanted:
            continue
        bindings[action] = tuple(
            keys
            for keys in entries
            if not any(_contrary(action, tuple(keys.split(" ")), other, sequence) for other, sequence in taken)
        )
    bindings.update(wanted)
    _check(bindings, where)


def _check(bindings: Mapping[str, tuple[str, ...]], where: str) -> None:
    """Raise ConfigError where one key would mean two things in one pane, or hide the rest of a sequence."""
    entries = [(action, tuple(keys.split(" "))) for action, all_keys in bindings.items() for keys in all_keys]
    for index, (action, sequence) in enumerate(entries):
        for other, longer in entries[index + 1 :]:
            if _contrary(action, sequence, other, longer):
                raise ConfigError(
                    _('{where}: "{keys}" is {action} and "{others}" is {other}: one hides the other.').format(
                        where=where, keys=" ".join(sequence), action=action, others=" ".join(longer), other=other
                    )
                )


def _contrary(action: str, sequence: tuple[str, ...], other: str, others: tuple[str, ...]) -> bool:
    """True when two bindings cannot both work: the same keys, or one the start of the other, in one pane.

    Every pane may give a key of EVERYWHERE a meaning of its own.
    """
    short, long = sorted((sequence, others), key=len)
    if long[: len(short)] != short:
        return False
    here, there = ACTIONS[action].places, ACTIONS[other].places
    for places in TOGETHER.values():
        for one in here:
            for two in there:
                if one in places and two in places:
                    shadows = {one, two} & set(TOGETHER) and Place.EVERYWHERE in {one, two} and short == long
                    if not shadows:
                        return True
    return False


def _keymap(name: str, bindings: Mapping[str, tuple[str, ...]]) -> Keymap:
    places: dict[Place, dict[tuple[str, ...], str]] = {place: {} for place in Place}
    for action, entries in bindings.items():
        for place in ACTIONS[action].places:
            places[place].update({tuple(keys.split(" ")): action for keys in entries})
    prefixes = {
        place: frozenset(keys[:length] for keys in table for length in range(1, len(keys)))
        for place, table in places.items()
    }
    return Keymap(name, dict(bindings), places, prefixes)
