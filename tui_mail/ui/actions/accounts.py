"""Adding an account from the user interface: the first screen of all, and the form.

Owns what is said before and after. Must not know how an account is tried: the engine does that.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from tui_mail.model.errors import EngineTrouble
from tui_mail.model.words import _
from tui_mail.text.safe import line, own

if TYPE_CHECKING:
    from tui_mail.link.messages import Done, Request
    from tui_mail.ui.app import MailApp


def offer(app: MailApp) -> None:
    """There is no account: add one, look around in the practice mailbox, or leave."""
    from tui_mail.ui.app import OPEN_DEMO
    from tui_mail.ui.dialogs.account_form import WelcomeScreen

    def chosen(answer: str | None) -> None:
        if answer == "add":
            add(app)
        else:
            app.exit(OPEN_DEMO if answer == "demo" else 0)

    app.push_screen(WelcomeScreen(), chosen)


def add(app: MailApp) -> None:
    """Ask for an account; the engine tries and saves it."""
    from tui_mail.ui.dialogs.account_form import AccountForm

    main = app.mail_screen
    if app.demo:
        main.say(own(_("This home is for practice only: add accounts in one of your own.")))
        return

    async def ask(request: Request) -> Done:
        if app.link is None or not app.link.connected:
            raise EngineTrouble(_("The engine has not started yet: try again in a moment."))
        return await app.link.ask(request)

    def added(name: str | None) -> None:
        app.read_accounts()
        main.reader.accounts = app.known_accounts()
        if name is not None:
            main.say(line(_("Added {name}; its mail is on its way.").format(name=name)))
            main.following.reload_soon()
        elif not app.accounts:
            offer(app)

    app.push_screen(AccountForm(ask, [account.name for account in app.accounts]), added)
