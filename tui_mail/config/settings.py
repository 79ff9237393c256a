"""What a person may set, with defaults and help, and where each value in force came from.

Owns the shape of config.toml and of state/settings.toml. Order: environment, config.toml, settings.toml, default (flags
come before, from the command line; files of accounts are read by ``config.accountfiles``).
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tui_mail.config import files, options
from tui_mail.config.options import option
from tui_mail.config.paths import Home, private_directory
from tui_mail.model.errors import ConfigError
from tui_mail.model.words import _


@dataclass(frozen=True, slots=True)
class UiSettings:
    """[ui]: what the screen looks like and how it answers."""

    theme: str = option("dark", _("Name of the theme: dark, light, high-contrast, ansi or one of config/themes."))
    keymap: str = option("default", _("Name of the keymap: default, mutt, gmail or one of config/keymaps."))
    seen_on_open: bool = option(True, _("Opening a message marks it as seen."))
    threads: bool = option(True, _("Lists start with conversations together."))
    mouse: bool = option(True, _("The mouse works; off, the terminal selects text by itself."))
    sort: str = option(
        "date", _("What lists are sorted by, newest or first on top."), choices=("date", "sender", "subject", "size")
    )
    scroll: str = option(
        "half-page",
        _("How a list moves when the cursor leaves the screen; half-page sends less over a slow link."),
        choices=("half-page", "line"),
    )
    ascii_marks: bool = option(False, _("Marks are drawn in ASCII, for terminals that draw the others wide."))
    reader: str = option(
        "auto",
        _("Where the message is shown: beside the list on wide screens, else below; or always so."),
        choices=("auto", "right", "below"),
    )
    conversation: bool = option(False, _("Messages open with the whole of their conversation."))


@dataclass(frozen=True, slots=True)
class SyncSettings:
    """[sync]: what is brought here, and how often."""

    bodies: str = option(
        "recent",
        _("Bodies fetched ahead where the account does not say: none, all, or recent (90 days, up to 256 KiB each)."),
        choices=("none", "recent", "all"),
    )
    paused: bool = option(
        False, _("Old mail and bodies are not fetched by themselves; what is new still comes. `:pause` turns it over.")
    )
    check_every: int = option(
        300, _("Seconds between looks at folders that the server does not report by itself."), low=30, high=86_400
    )


@dataclass(frozen=True, slots=True)
class ComposeSettings:
    """[compose]: how messages are written."""

    editor: str = option(
        "built-in",
        _("Where the text is written: in the composer, or at once in the program that $VISUAL or $EDITOR names."),
        choices=("built-in", "external"),
    )


@dataclass(frozen=True, slots=True)
class SendSettings:
    """[send]: what happens to a message on its way out."""

    undo_hold: int = option(10, _("Seconds a message is held before it is sent, while undo still stops it."), high=600)


@dataclass(frozen=True, slots=True)
class ProgramSettings:
    """[programs]: what messages are given to. A program with its arguments, run without a shell."""

    opener: str = option(
        "", _("What opens attachments; the file's name is added. Empty: the desktop's own (xdg-open, open).")
    )
    browser: str = option("", _("What opens links and pages; the address or file is added. Empty: as opener."))
    printer: str = option("lp", _("What prints a message; it gets the text."))
    save_in: str = option("", _("The folder in which saving is offered. Empty: the folder for downloads."))


SECTIONS: dict[str, type[UiSettings | SyncSettings | ComposeSettings | SendSettings | ProgramSettings]] = {
    "ui": UiSettings,
    "sync": SyncSettings,
    "compose": ComposeSettings,
    "send": SendSettings,
    "programs": ProgramSettings,
}
"""The tables of fixed keys. ``[keys]`` and ``[account.NAME]`` have keys of their own."""


@dataclass(frozen=True, slots=True)
class Settings:
    """Everything in force."""

    ui: UiSettings = field(default_factory=UiSettings)
    sync: SyncSettings = field(default_factory=SyncSettings)
    compose: ComposeSettings = field(default_factory=ComposeSettings)
    send: SendSettings = field(default_factory=SendSettings)
    programs: ProgramSettings = field(default_factory=ProgramSettings)
    keys: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Action name to keys; an empty tuple takes all keys from the action."""
    accounts: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    """Account name to what overrides its file; checked by ``config.accountfiles``."""
    origins: Mapping[str, str] = field(default_factory=dict)
    """``ui.theme`` to where its value came from: a variable's or a file's name. What is not here is a default."""

    def where(self, key: str) -> str:
        """What an error about the value of ``ui.theme`` begins with: file, section and key, or the variable."""
        origin = self.origins.get(key, "")
        section, _dot, name = key.partition(".")
        return f"{origin}: [{section}] {name}" if "/" in origin else origin or key


def load_settings(home: Home, environ: Mapping[str, str] | None = None) -> Settings:
    """The settings of a home. Raises ConfigError for an unknown key or a wrong value in any place.

    ``environ`` may hold ``TUI_MAIL_UI_THEME=light`` and the like: section and key in capitals.
    """
    origins: dict[str, str] = {}
    values: dict[str, dict[str, Any]] = {name: {} for name in SECTIONS}
    chosen = files.read_table(home.settings_file) or {}
    written = files.read_table(home.config_file) or {}
    _sections(chosen, str(home.settings_file), values, origins, extra=())
    _sections(written, str(home.config_file), values, origins, extra=("keys", "account"))
    _environment(environ or {}, values, origins)
    where = str(home.config_file)
    overrides = options.table(written.get("account", {}), where, "account")
    return Settings(
        ui=UiSettings(**values["ui"]),
        sync=SyncSettings(**values["sync"]),
        compose=ComposeSettings(**values["compose"]),
        send=SendSettings(**values["send"]),
        programs=ProgramSettings(**values["programs"]),
        keys=_keys(options.table(written.get("keys", {}), where, "keys"), where),
        accounts={name: options.table(entry, where, f"account.{name}") for name, entry in overrides.items()},
        origins=origins,
    )


def remember(home: Home, key: str, value: bool | int | str) -> None:
    """Keep a choice made inside the user interface, ``ui.theme`` for instance. Raises ConfigError.

    What stands in config.toml still wins.
    """
    section, _dot, name = key.partition(".")
    known = {entry.name: entry for entry in dataclasses.fields(SECTIONS[section])} if section in SECTIONS else {}
    if name not in known:
        raise options.unknown(str(home.settings_file), key, all_keys())
    options.check_value(known[name], value, str(home.settings_file))
    current = _readable(home)
    if current.get(section, {}).get(name) == value:
        return
    private_directory(home.state)
    table = {**current, section: {**current.get(section, {}), name: value}}
    files.write_table(home.settings_file, table, _("Written by tui-mail: what was chosen inside it. config.toml wins."))


def all_keys() -> list[str]:
    """``ui.theme`` and so on, in the order of the reference."""
    return [f"{section}.{entry.name}" for section, cls in SECTIONS.items() for entry in dataclasses.fields(cls)]


def _readable(home: Home) -> dict[str, Any]:
    """What the program's own file holds now; a file that cannot be understood is replaced, its choices are small."""
    try:
        table = files.read_table(home.settings_file) or {}
        _sections(table, "", {name: {} for name in SECTIONS}, {}, extra=())
    except ConfigError:
        return {}
    return table


def _sections(
    table: Mapping[str, Any],
    where: str,
    values: dict[str, dict[str, Any]],
    origins: dict[str, str],
    extra: tuple[str, ...],
) -> None:
    for section, entries in table.items():
        if section in extra:
            continue
        if section not in SECTIONS:
            raise options.unknown(where, section, [*SECTIONS, *extra])
        known = {entry.name: entry for entry in dataclasses.fields(SECTIONS[section])}
        for key, value in options.table(entries, where, section).items():
            if key not in known:
                raise options.unknown(f"{where}: [{section}]", key, known)
            values[section][key] = options.check_value(known[key], value, f"{where}: [{section}]")
            origins[f"{section}.{key}"] = where


def _environment(environ: Mapping[str, str], values: dict[str, dict[str, Any]], origins: dict[str, str]) -> None:
    for section, cls in SECTIONS.items():
        for entry in dataclasses.fields(cls):
            variable = f"TUI_MAIL_{section}_{entry.name}".upper()
            if variable in environ:
                value = options.from_text(entry, environ[variable])
                values[section][entry.name] = options.check_value(entry, value, variable)
                origins[f"{section}.{entry.name}"] = variable


def _keys(table: Mapping[str, Any], where: str) -> dict[str, tuple[str, ...]]:
    keys: dict[str, tuple[str, ...]] = {}
    for action, value in table.items():
        entries = [value] if isinstance(value, str) else value
        if not isinstance(entries, list) or not all(isinstance(entry, str) for entry in entries):
            raise ConfigError(
                _('{where}: [keys] {action} takes a key such as "a" or a list of keys such as ["g g", "home"].').format(
                    where=where, action=action
                )
            )
        keys[action] = tuple(entries)
    return keys
