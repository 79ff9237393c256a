"""What a setting is: a default, a range, a sentence of help; and how a table of TOML is checked against a class of them.

Owns the checks and their sentences, which name the file, the key and what would be right. Must not know any setting.
"""

from __future__ import annotations

import dataclasses
import difflib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, TypeVar

from tui_mail.model.errors import ConfigError
from tui_mail.model.words import _

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class About:
    """What is known of one setting beside its type and default."""

    help: str
    choices: tuple[str, ...] = ()
    """The only values of a string; empty: any."""
    low: int = 0
    high: int = 1_000_000


def option(default: T, help: str, *, choices: tuple[str, ...] = (), low: int = 0, high: int = 1_000_000) -> T:  # noqa: A002 -- it is the word
    """A field of a class of settings; ``low`` and ``high`` bound an integer, both inclusive."""
    return dataclasses.field(default=default, metadata={"about": About(help, choices, low, high)})


def about(field: dataclasses.Field[Any]) -> About:
    """What ``option`` was told."""
    found = field.metadata["about"]
    assert isinstance(found, About)
    return found


def right(field: dataclasses.Field[Any]) -> str:
    """What would be a right value, in words: ``true or false``, ``one of a, b``, ``a whole number from 0 to 9``."""
    known = about(field)
    if isinstance(field.default, bool):
        return _("true or false")
    if isinstance(field.default, int):
        return _("a whole number from {low} to {high}").format(low=known.low, high=known.high)
    if known.choices:
        return _("one of {choices}").format(choices=", ".join(f'"{choice}"' for choice in known.choices))
    return _("a text in quotes")


def check_value(field: dataclasses.Field[Any], value: object, where: str) -> bool | int | str:
    """``value`` if it fits the setting, else ConfigError that starts with ``where``."""
    known = about(field)
    default = field.default
    if isinstance(default, bool):
        if isinstance(value, bool):
            return value
    elif isinstance(default, int):
        if isinstance(value, int) and not isinstance(value, bool) and known.low <= value <= known.high:
            return value
    elif isinstance(value, str) and (not known.choices or value in known.choices):
        return value
    raise ConfigError(
        _("{where}: {value} is not right for {key}; it takes {right}.").format(
            where=where, value=shown(value), key=field.name, right=right(field)
        )
    )


def from_text(field: dataclasses.Field[Any], text: str) -> object:
    """A value as the environment gives it, in the type of the setting where it can be read so."""
    if isinstance(field.default, bool):
        return {"true": True, "1": True, "yes": True, "false": False, "0": False, "no": False}.get(text.lower(), text)
    if isinstance(field.default, int):
        return int(text) if text.isascii() and text.isdigit() else text
    return text


def unknown(where: str, key: str, known: Iterable[str]) -> ConfigError:
    """The error for a key that does not exist, with the nearest one that does."""
    names = sorted(known)
    near = difflib.get_close_matches(key, names, n=1)
    if near:
        return ConfigError(
            _("{where}: there is no {key}; did you mean {near}?").format(where=where, key=shown(key), near=near[0])
        )
    return ConfigError(
        _("{where}: there is no {key}; there are {names}.").format(
            where=where, key=shown(key), names=", ".join(names) or _("none")
        )
    )


def table(value: object, where: str, key: str) -> Mapping[str, Any]:
    """``value`` if it is a table, else ConfigError."""
    if isinstance(value, dict):
        return value
    raise ConfigError(_("{where}: {key} is a table, written [{key}].").format(where=where, key=key))


def shown(value: object) -> str:
    """A value of a file for an error sentence: short, and without control characters."""
    text = (
        repr(value) if not isinstance(value, (dict, list)) else _("a table") if isinstance(value, dict) else repr(value)
    )
    return text if len(text) <= 60 else text[:59] + "…"
