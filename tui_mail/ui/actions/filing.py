"""Actions that change folders themselves: a new one, another name, deleted, subscribed.

Owns the questions before. Must not know how the server is told.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tui_mail.model.errors import TuiMailError
from tui_mail.model.ids import AccountName
from tui_mail.model.mail import Folder, Role
from tui_mail.model.operation import Action
from tui_mail.model.words import _, ngettext
from tui_mail.text.safe import SafeText, line, own
from tui_mail.ui.actions.folders import folder_here, said_folder
from tui_mail.ui.actions.wording import done_words

if TYPE_CHECKING:
    from tui_mail.ui.screens.mail import MailScreen

_LONGEST = 200


class Filing:
    """Handlers; counts mean nothing here."""

    def __init__(self, screen: MailScreen) -> None:
        self._screen = screen

    def table(self) -> dict[str, Callable[[int | None], None]]:
        return {
            "new-folder": lambda _count: self._new(),
            "rename-folder": lambda _count: self._rename(),
            "delete-folder": lambda _count: self._delete(),
            "subscribe-folder": lambda _count: self._subscribe(),
        }

    def _new(self, typed: SafeText | None = None, why: str = "") -> None:
        account = self._account()
        if account is None:
            self._screen.say(own(_("There is no account yet; :account adds one.")))
            return
        here = folder_here(self._screen)
        if typed is None:
            below = here is not None and here.account == account and here.role is None
            typed = line(f"{here.path}/", _LONGEST) if here is not None and below else own("")
        title = line(_("New folder in {account}").format(account=account), 60)
        hint = why or _("A / puts it below another: Projects/2026")
        self._ask(title, typed, hint, lambda path: self._create(account, path))

    def _create(self, account: AccountName, path: SafeText) -> None:
        try:
            action = self._screen.data.gestures.folders.create(account, path)
        except TuiMailError as error:
            self._new(path, error.text)
            return
        if action is None:
            self._screen.say(line(_("There is a folder {path} already").format(path=path), _LONGEST))
        self._done(action)

    def _rename(self, typed: SafeText | None = None, why: str = "") -> None:
        folder = said_folder(self._screen)
        if folder is None:
            return
        if folder.role is Role.INBOX:
            self._screen.say(own(_("The inbox cannot be renamed.")))
        else:
            title = line(_("Rename {folder}").format(folder=folder.path), 60)
            initial = line(folder.path, _LONGEST) if typed is None else typed
            self._ask(title, initial, why, lambda path: self._give_name(folder, path))

    def _give_name(self, folder: Folder, path: SafeText) -> None:
        try:
            self._done(self._screen.data.gestures.folders.rename(folder.id, path))
        except TuiMailError as error:
            self._rename(path, error.text)

    def _delete(self) -> None:
        from tui_mail.ui.dialogs.question import Question

        folder = said_folder(self._screen)
        if folder is None:
            return
        if folder.role is Role.INBOX:
            self._screen.say(own(_("The inbox cannot be deleted.")))
            return
        count = folder.total + folder.older
        asked = ngettext(
            "Delete {folder} with {n} message for ever?", "Delete {folder} with {n} messages for ever?", count
        )
        text = asked.format(folder=folder.path, n=count) if count else _("Delete {folder}?").format(folder=folder.path)

        def answered(yes: bool | None) -> None:
            if yes:
                self._leave(folder)
                self._done(self._screen.data.gestures.folders.delete(folder.id))

        more = own(_("This cannot be undone."))
        self._screen.app.push_screen(
            Question(line(text, _LONGEST), yes=own(_("delete")), no=own(_("keep")), more=more), answered
        )

    def _subscribe(self) -> None:
        folder = said_folder(self._screen)
        if folder is not None:
            subscribed = not folder.subscribed
            self._done(self._screen.data.gestures.folders.subscribe(folder.id, subscribed=subscribed))

    # What they have in common

    def _account(self) -> AccountName | None:
        """The one of the folder pane's cursor or of the list; else the only one there is."""
        screen = self._screen
        here = folder_here(screen)
        if here is not None:
            return here.account
        branch = screen.folders.at_cursor if screen.in_folders else None
        name = (
            branch.account if branch is not None else "" if screen.lister.view is None else screen.lister.view.account
        )
        accounts = screen.mail_app.accounts
        return AccountName(name) if name else accounts[0].name if accounts else None

    def _ask(self, title: SafeText, initial: SafeText, hint: str, then: Callable[[SafeText], None]) -> None:
        from tui_mail.ui.dialogs.question import Prompt

        def typed(path: SafeText | None) -> None:
            if path:
                then(path)

        self._screen.app.push_screen(Prompt(title, initial, more=line(hint, _LONGEST)), typed)

    def _leave(self, folder: Folder) -> None:
        """A folder that goes is not what the list shows."""
        screen = self._screen
        view = screen.lister.view
        if view is not None and view.folder == folder.id:
            inbox = screen.data.folder_of_role(Role.INBOX, folder.account)
            if inbox is not None:
                screen.mail_app.going.folder(inbox)

    def _done(self, action: Action | None) -> None:
        screen = self._screen
        if action is None:
            return
        screen.read_folders()
        screen.mail_app.wake()
        screen.show_status()
        screen.say(done_words(action, screen.key_of("undo") if screen.outgoing.held is None else ""))
