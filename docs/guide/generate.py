"""Writes the generated parts of the guide: commands, settings, keys. Run it after changing any of these.

python docs/guide/generate.py          writes them
python docs/guide/generate.py --check  exits 1 when one is not as it would be written

Everything between two marks ``<!-- generated: NAME -->`` and ``<!-- end -->`` is replaced.
"""

from __future__ import annotations

import argparse
import dataclasses
import re
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

from tui_mail.cli.parser import Parser, make_parser
from tui_mail.config.actions import ACTIONS, Place
from tui_mail.config.keymaps import SHIPPED, load_keymap
from tui_mail.config.options import about, right
from tui_mail.config.paths import Home
from tui_mail.config.settings import SECTIONS
from tui_mail.config.themes import ANSI_COLOURS, ROLES

GUIDE = Path(__file__).parent
NOWHERE = Home.find("/nonexistent", {})
GLOBALS = {"--home", "--account", "--json", "--debug", "--help", "--version"}
PLACES = {
    Place.EVERYWHERE: "Everywhere, but in text fields",
    Place.GO: "Go to",
    Place.LIST: "List",
    Place.MESSAGE: "Message, in the list and in the reader",
    Place.READER: "Reader",
    Place.COMPOSER: "Composer; in its fields and its text the keys that write no character",
    Place.SELECTING: "Selecting words in the reader",
    Place.REVIEW: "Review before sending",
    Place.OUTBOX: "Outbox",
}


def commands() -> str:
    """Every command with its arguments and options."""
    return "\n".join(_commands(make_parser())).strip()


def _commands(parser: argparse.ArgumentParser) -> Iterator[str]:
    children = [action for action in parser._actions if isinstance(action, argparse._SubParsersAction)]  # noqa: SLF001 -- argparse tells its grammar no other way
    if not children:
        yield from _command(parser)
    for action in children:
        for child in action.choices.values():
            assert isinstance(child, Parser)
            yield from _commands(child)


def _command(parser: argparse.ArgumentParser) -> Iterator[str]:
    shown = [action for action in parser._actions if action.help != argparse.SUPPRESS]  # noqa: SLF001 -- see above
    actions = [action for action in shown if not set(action.option_strings) & GLOBALS]
    places = [_argument(action) for action in actions if not action.option_strings]
    yield f"### `{' '.join([parser.prog, *places])}`\n"
    yield (parser.description or "").replace("\n  ", "\n\n      ").replace("\n\n\n", "\n\n") + "\n"
    if actions:
        yield "| | |"
        yield "|---|---|"
        for action in actions:
            yield f"| `{_named(action)}` | {(action.help or '').replace('|', chr(92) + '|')} |"
        yield ""


def _argument(action: argparse.Action) -> str:
    name = str(action.metavar or action.dest)
    return {"+": f"{name}…", "?": f"[{name}]"}.get(str(action.nargs), name)


def _named(action: argparse.Action) -> str:
    if not action.option_strings:
        return str(action.metavar or action.dest)
    value = ""
    if action.nargs != 0:
        value = " " + str(action.metavar or "|".join(map(str, action.choices or ())) or action.dest.upper())
    return (action.option_strings[0] + value).replace("|", "\\|")  # a bare one would begin another column


def settings() -> str:
    """Every setting with its default and what it takes."""
    lines = []
    for section, cls in SECTIONS.items():
        lines += [f"### [{section}]\n", "| key | default | takes | |", "|---|---|---|---|"]
        for field in dataclasses.fields(cls):
            default = str(field.default).lower() if isinstance(field.default, bool) else repr(field.default)
            default = default.replace("'", '"')
            lines.append(f"| `{field.name}` | `{default}` | {right(field)} | {about(field).help} |")
        lines.append("")
    return "\n".join(lines).strip()


def keys() -> str:
    """Every action by place with its keys in the three keymaps."""
    keymaps = [load_keymap(name, {}, NOWHERE) for name in SHIPPED]
    lines = []
    for place, title in PLACES.items():
        lines += [f"### {title}\n", "| action | " + " | ".join(SHIPPED) + " | |", "|---|---|---|---|---|"]
        for action in ACTIONS.values():
            if place in action.places:
                columns = [" ".join(_key(key) for key in keymap.keys(action.name)) for keymap in keymaps]
                lines.append(f"| `{action.name}` | {' | '.join(columns)} | {action.help} |")
        lines.append("")
    return "\n".join(lines).strip()


def _key(key: str) -> str:
    """A key as code in a table: the bar must be escaped, and a backtick needs two around it."""
    text = key.replace("|", "\\|")
    return f"`` {text} ``" if "`" in text else f"`{text}`"


def roles() -> str:
    """The colours of a theme."""
    names = ", ".join(f"`{role}`" for role in ROLES)
    return f"{names}.\n\nNames of a theme of 16 colours: {', '.join(f'`{name}`' for name in ANSI_COLOURS)}."


PARTS: dict[str, Callable[[], str]] = {"commands": commands, "settings": settings, "keys": keys, "roles": roles}
_MARKED = re.compile(r"(<!-- generated: ([a-z]+) -->\n).*?(\n<!-- end -->)", re.DOTALL)


def filled(text: str) -> str:
    """``text`` with its generated parts as they have to be."""
    return _MARKED.sub(lambda found: f"{found[1]}\n{PARTS[found[2]]()}\n{found[3]}", text)


def stale(*, write: bool) -> list[str]:
    """The pages whose generated parts are not right; with ``write`` they are made so."""
    names = []
    for path in sorted(GUIDE.glob("*.md")):
        text = path.read_text(encoding="utf-8")
        if filled(text) != text:
            names.append(path.name)
            if write:
                path.write_text(filled(text), encoding="utf-8")
    return names


if __name__ == "__main__":
    found = stale(write="--check" not in sys.argv)
    print("\n".join(found))  # noqa: T201 -- it is a program
    sys.exit(1 if found and "--check" in sys.argv else 0)
