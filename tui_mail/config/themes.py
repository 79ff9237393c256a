"""Themes: a name for every colour the screen uses, from files of the program and of the person.

Owns the roles and where the files are. Must not know widgets or what a terminal can show.
"""

from __future__ import annotations

import dataclasses
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tui_mail.config import files, options
from tui_mail.config.paths import Home
from tui_mail.config.settings import Settings
from tui_mail.model.errors import ConfigError
from tui_mail.model.words import _

SHIPPED = ("dark", "light", "high-contrast", "ansi")

_EIGHT = "black red green yellow blue magenta cyan white".split()

ANSI_COLOURS = ("default", *_EIGHT, *(f"bright_{colour}" for colour in _EIGHT))
"""The names a theme of 16 colours uses; ``default`` is the terminal's own foreground or background."""

_HEX = re.compile(r"#[0-9a-f]{6}")


@dataclass(frozen=True, slots=True)
class Theme:
    """Colours as ``#rrggbb``; in a theme with ``ansi`` names of ``ANSI_COLOURS``."""

    name: str
    dark: bool
    ansi: bool
    background: str
    surface: str
    """A pane without the focus."""
    surface_focus: str
    """The pane with the focus."""
    text: str
    muted: str
    accent: str
    """Focus, cursor, links."""
    warning: str
    """Trust and failures."""
    unread: str
    """Bold as well: never by colour alone."""
    flagged: str
    quote1: str
    quote2: str
    quote3: str
    quote4: str
    cursor_background: str
    cursor_text: str
    rule: str
    """The thin line where panes meet."""


ROLES = tuple(field.name for field in dataclasses.fields(Theme) if field.name not in {"name", "dark", "ansi"})


def load_themes(home: Home) -> tuple[dict[str, Theme], list[str]]:
    """Every theme by name, shipped ones first, and a sentence for each file of the person that cannot be used."""
    themes = {name: _load(shipped_directory() / f"{name}.toml", {}) for name in SHIPPED}
    failures: list[str] = []
    try:
        paths = sorted(path for path in home.themes_dir.iterdir() if path.suffix == ".toml")
    except FileNotFoundError:
        paths = []
    except OSError as error:
        paths = []
        failures.append(
            _("{path} cannot be read: {reason}.").format(path=home.themes_dir, reason=error.strerror or error)
        )
    for path in paths:
        try:
            if path.stem in SHIPPED:
                raise ConfigError(
                    _("{path}: {name} is the name of a theme of the program; choose another.").format(
                        path=path, name=path.stem
                    )
                )
            themes[path.stem] = _load(path, themes)
        except ConfigError as error:
            failures.append(error.text)
    return themes, failures


def theme_in_force(settings: Settings, themes: Mapping[str, Theme], home: Home) -> str:
    """The name of the theme to use. Raises ConfigError where the person wrote the name of none.

    One that was chosen in the program and is gone since is no mistake in a file of the person's.
    """
    name = settings.ui.theme
    if name in themes:
        return name
    if settings.origins.get("ui.theme") == str(home.settings_file):
        return SHIPPED[0]
    raise options.unknown(settings.where("ui.theme"), name, themes)


def shipped_directory() -> Path:
    """Where the program's own themes are: in the package when installed, beside it in a source tree."""
    package = Path(__file__).parent.parent
    inside = package / "themes"
    return inside if inside.is_dir() else package.parent / "themes"


def _load(path: Path, bases: Mapping[str, Theme]) -> Theme:
    table = files.read_table(path)
    if table is None:
        raise ConfigError(_("{path} is missing; install tui-mail again.").format(path=path))
    allowed = ("dark", "ansi", "colours", "base")
    for key in table:
        if key not in allowed:
            raise options.unknown(str(path), key, allowed)
    values = _base(table, path, bases)
    for key in ("dark", "ansi"):
        value = table.get(key, values.get(key))
        if not isinstance(value, bool):
            raise ConfigError(_("{path}: {key} is true or false.").format(path=path, key=key))
        values[key] = value
    colours = options.table(table.get("colours", {}), str(path), "colours")
    for role in colours:
        if role not in ROLES:
            raise options.unknown(f"{path}: [colours]", role, ROLES)
    for role in ROLES:
        colour = colours.get(role, values.get(role))
        values[role] = _colour(colour, role, path, ansi=values["ansi"])
    return Theme(**{**values, "name": path.stem})


def _base(table: Mapping[str, Any], path: Path, bases: Mapping[str, Theme]) -> dict[str, Any]:
    if "base" not in table:
        return {}
    base = bases.get(str(table["base"]))
    if base is None or base.name not in SHIPPED:
        raise ConfigError(_("{path}: base is one of {names}.").format(path=path, names=", ".join(SHIPPED)))
    return dataclasses.asdict(base)


def _colour(value: object, role: str, path: Path, *, ansi: bool) -> str:
    if value is None:
        raise ConfigError(_("{path}: [colours] {role} is missing.").format(path=path, role=role))
    if ansi:
        if value in ANSI_COLOURS:
            return str(value)
        wanted = _("one of {names}").format(names=", ".join(ANSI_COLOURS))
    else:
        if isinstance(value, str) and _HEX.fullmatch(value.lower()):
            return value.lower()
        wanted = _('a colour such as "#14171c"')
    raise ConfigError(
        _("{path}: [colours] {role} is {wanted}, not {value}.").format(
            path=path, role=role, wanted=wanted, value=options.shown(value)
        )
    )
