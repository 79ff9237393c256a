"""What is typed after ``:``: the name of an action, or one of a few words that take something after them.

Owns these words. Must not know what an action does.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from tui_mail.config.actions import ACTIONS
from tui_mail.model.errors import ConfigError
from tui_mail.model.words import _
from tui_mail.text.safe import line
from tui_mail.ui.actions import accounts

if TYPE_CHECKING:
    from tui_mail.ui.app import MailApp


def run(app: MailApp, text: str) -> None:
    """Do what was typed."""
    name, _space, rest = text.strip().partition(" ")
    rest = rest.strip()
    special: dict[str, Callable[[], None]] = {
        "account": partial(accounts.add, app),
        "quit": partial(app.exit, 0),
        "theme": partial(_use_theme, app, rest),
        "folder": partial(_open_folder, app, rest),
        "mailto": partial(app.writing.compose, f"mailto:{rest}"),
    }
    if name == "search" and rest:
        app.going.search(rest)
    elif name in special:
        special[name]()
    elif name in ACTIONS:
        app.act(name, None)
    else:
        app.mail_screen.say(line(_("There is no command called {name}.").format(name=name)), trouble=True)


def _use_theme(app: MailApp, name: str) -> None:
    try:
        said = app.use_theme(name)
    except ConfigError as error:
        app.mail_screen.trouble(error.text)
        return
    if said is not None:
        app.mail_screen.say(said)


def _open_folder(app: MailApp, spec: str) -> None:
    found = app.data.reader.find_folder(spec)
    if len(found) == 1:
        app.going.folder(found[0])
    elif found:
        app.mail_screen.say(line(_("{name} is in several accounts: write ACCOUNT:{name}.").format(name=spec)))
    else:
        app.mail_screen.say(line(_("There is no folder called {name}.").format(name=spec)), trouble=True)
