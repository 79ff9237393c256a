"""``config`` and ``keys``: what is set, where it comes from, which keys do what.

Owns how settings and keys are shown. Must not know what they cause.
"""

from __future__ import annotations

import argparse
import dataclasses
from typing import TYPE_CHECKING, Any

from tui_mail.cli import exits
from tui_mail.cli.parser import Commands
from tui_mail.model.words import _

if TYPE_CHECKING:
    from tui_mail.cli.context import Context


def register(commands: Commands) -> None:
    """Add the commands."""
    group = commands.group("config", _("where configuration is, whether it is right, what it says"))
    group.add("path", _("print where files are"), path, repairs=True)
    group.add("check", _("check every file of configuration"), check, repairs=True)
    group.add("show", _("print every setting in force and where it comes from"), show)
    parser = commands.add("keys", _("list the keys in force"), keys)
    parser.add_argument("--keymap", metavar="NAME", help=_("of another keymap: default, mutt, gmail or your own"))


def path(context: Context, _args: argparse.Namespace) -> int:
    """The files and directories of this home."""
    home = context.home
    places: dict[str, str] = {
        "config": str(home.config_file),
        "accounts": str(home.accounts_dir),
        "themes": str(home.themes_dir),
        "keymaps": str(home.keymaps_dir),
        "settings": str(home.settings_file),
        "data": str(home.data),
        "log": str(home.log_file),
        "socket": str(home.socket),
    }
    if context.json:
        context.out.document(places)
    context.out.rows(list(places.items()))
    return exits.DONE


def check(context: Context, _args: argparse.Namespace) -> int:
    """Every file read once; all that is wrong, not only the first."""
    problems = config_problems(context)
    if context.json:
        context.out.document({"ok": not problems, "problems": problems})
    for problem in problems:
        context.out.note(problem)
    if not problems:
        context.out.line(_("The configuration is right."))
    return exits.USAGE if problems else exits.DONE


def config_problems(context: Context) -> list[str]:
    """A sentence for each thing that is wrong in a file of configuration."""
    from tui_mail.config.accountfiles import load_accounts
    from tui_mail.config.keymaps import keymap_names, load_keymap
    from tui_mail.config.settings import Settings, load_settings
    from tui_mail.config.themes import load_themes, theme_in_force
    from tui_mail.model.errors import ConfigError

    home, problems = context.home, []
    settings = Settings()
    try:
        settings = load_settings(home, context.environ)
    except ConfigError as error:
        problems.append(error.text)
    try:
        load_accounts(home)
    except ConfigError as error:
        problems.append(error.text)
    themes, failures = load_themes(home)
    problems += failures
    try:
        theme_in_force(settings, themes, home)
    except ConfigError as error:
        problems.append(error.text)
    for name in dict.fromkeys([settings.ui.keymap, *keymap_names(home)]):
        try:
            load_keymap(name, settings.keys if name == settings.ui.keymap else {}, home, settings.where("ui.keymap"))
        except ConfigError as error:
            problems.append(error.text)
    return list(dict.fromkeys(problems))


def show(context: Context, _args: argparse.Namespace) -> int:
    """Every setting, its value, and where that came from."""
    from tui_mail.config.settings import SECTIONS

    settings = context.settings
    values: dict[str, Any] = {
        f"{section}.{field.name}": getattr(getattr(settings, section), field.name)
        for section, cls in SECTIONS.items()
        for field in dataclasses.fields(cls)
    }
    if context.json:
        context.out.document(
            {
                "settings": {
                    key: {"value": value, "from": settings.origins.get(key, "default")} for key, value in values.items()
                },
                "keys": {action: list(keys) for action, keys in settings.keys.items()},
                "accounts": [account.name for account in context.accounts],
            }
        )
    context.out.rows(
        [(key, "=", _toml(value), settings.origins.get(key, _("default"))) for key, value in values.items()]
    )
    return exits.DONE


def keys(context: Context, args: argparse.Namespace) -> int:
    """Action, keys, place, help: the keymap in force with ``[keys]`` over it, or another."""
    from tui_mail.config.actions import ACTIONS, Place
    from tui_mail.config.keymaps import load_keymap

    settings = context.settings
    name = args.keymap or settings.ui.keymap
    where = "--keymap" if args.keymap else settings.where("ui.keymap")
    keymap = load_keymap(name, settings.keys if name == settings.ui.keymap else {}, context.home, where)
    entries = [
        {"action": action.name, "keys": list(keymap.keys(action.name)), "place": place.value, "help": action.help}
        for place in Place
        for action in ACTIONS.values()
        if place in action.places
    ]
    if context.json:
        context.out.document(entries)
        return exits.DONE
    last = ""
    rows: list[tuple[str, ...]] = []
    for entry in entries:
        rows.append((str(entry["place"]) if entry["place"] != last else "", "  ".join(entry["keys"]), *_named(entry)))
        last = str(entry["place"])
    context.out.rows(rows)
    return exits.DONE


def _named(entry: dict[str, Any]) -> tuple[str, str]:
    return str(entry["action"]), str(entry["help"])


def _toml(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return f'"{value}"' if isinstance(value, str) else str(value)
