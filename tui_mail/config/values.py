"""The values of a table of TOML, each with its check and the sentence for a wrong one.

Owns the checks. Must not know what a table is about.
"""

from __future__ import annotations

import shlex
import unicodedata
from collections.abc import Mapping
from typing import Any

from tui_mail.model.errors import ConfigError
from tui_mail.model.words import _


def text(table: Mapping[str, Any], key: str, where: str) -> str:
    """One line; empty where there is none."""
    value = table.get(key, "")
    if not isinstance(value, str) or any(unicodedata.category(character) == "Cc" for character in value):
        raise ConfigError(_("{where}: {key} is a text in quotes, one line.").format(where=where, key=key))
    return value


def choice(table: Mapping[str, Any], key: str, choices: list[str], default: str, where: str) -> str:
    """One of ``choices``, or ``default``."""
    value = table.get(key, default)
    if value not in [*choices, default]:
        names = ", ".join(f'"{each}"' for each in choices)
        raise ConfigError(_("{where}: {key} is one of {names}.").format(where=where, key=key, names=names))
    return str(value)


def number(table: Mapping[str, Any], key: str, where: str, default: int, low: int, high: int) -> int:
    """A whole number from ``low`` to ``high``."""
    value = table.get(key, default)
    if not isinstance(value, int) or isinstance(value, bool) or not low <= value <= high:
        raise ConfigError(
            _("{where}: {key} is a whole number from {low} to {high}.").format(where=where, key=key, low=low, high=high)
        )
    return value


def texts(table: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    """A list of texts; empty where there is none."""
    value = table.get(key, [])
    if not isinstance(value, list) or not all(isinstance(entry, str) and "\0" not in entry for entry in value):
        raise ConfigError(_("{where}: {key} is a list of texts.").format(where=where, key=key))
    return tuple(value)


def command(table: Mapping[str, Any], key: str, where: str) -> tuple[str, ...]:
    """A command as a list, or as one text that is split like a shell would, without running one."""
    value = table.get(key, [])
    if isinstance(value, str):
        try:
            return tuple(shlex.split(value))
        except ValueError as error:
            raise ConfigError(_("{where}: {key}: {reason}.").format(where=where, key=key, reason=error)) from error
    return texts(table, key, where)
