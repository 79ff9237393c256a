"""Actions on a folder: older mail of it, all of it, read anew, synchronised or not; and fetching paused.

Owns what they work on and what is said of them. The engine does the work; must not know how.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from tui_mail.config.accountfiles import load_account_files, save_account
from tui_mail.config.accounts import from_table
from tui_mail.config.policies import synchronises, with_folder
from tui_mail.config.settings import load_settings, remember
from tui_mail.model.errors import EngineTrouble, NotFound
from tui_mail.model.mail import Folder
from tui_mail.model.words import _, ngettext
from tui_mail.text.safe import line, own
from tui_mail.ui.work import start

if TYPE_CHECKING:
    from tui_mail.link.messages import Done
    from tui_mail.ui.screens.mail import MailScreen


class FolderKeys:
    """Handlers; counts mean nothing here."""

    def __init__(self, screen: MailScreen) -> None:
        self._screen = screen

    def table(self) -> dict[str, Callable[[int | None], None]]:
        return {
            "older": lambda _count: self._older(whole=False),
            "whole-folder": lambda _count: self._older(whole=True),
            "read-anew": lambda _count: self._read_anew(),
            "choose-folder": lambda _count: self._choose(),
            "pause": lambda _count: self._pause(),
        }

    def _folder(self) -> Folder | None:
        return said_folder(self._screen)

    def _older(self, *, whole: bool) -> None:
        folder = self._folder()
        if folder is None:
            return
        if not folder.older:
            self._screen.say(own(_("All of its mail is here.") if folder.complete else _("It is being fetched.")))
            return
        self._ask(folder, _("Fetching older mail of {folder} …"), older="all" if whole else "more")

    def _read_anew(self) -> None:
        folder = self._folder()
        if folder is not None:
            self._ask(folder, _("Reading {folder} anew …"), anew=True)

    def _ask(self, folder: Folder, words: str, **wishes: Any) -> None:
        """Have the engine do it, say that it does, and then what came of it."""
        from tui_mail.link.messages import Sync

        screen = self._screen
        link = screen.mail_app.link
        if link is None or not link.connected:
            screen.say(own(_("There is no engine to fetch anything; E says why.")), trouble=True)
            return

        async def fetch() -> None:
            try:
                done = await link.ask(Sync(0, account=folder.account, folder=folder.path, bodies="none", **wishes))
            except EngineTrouble as error:
                screen.trouble(error.text)
                return
            self._fetched(folder, done)

        screen.say(line(words.format(folder=folder.path), 200))
        start(screen, fetch, "folder", screen.failed)

    def _fetched(self, folder: Folder, done: Done) -> None:
        screen = self._screen
        screen.following.reload_soon()
        if not done.ok:
            screen.trouble(done.text)
            return
        count = sum(int(each.get("new", 0)) for each in done.result.get("accounts", ()))
        text = ngettext("{folder}: {n} message more", "{folder}: {n} messages more", count)
        screen.say(line(text.format(folder=folder.path, n=count), 200))

    # What is synchronised at all

    def _choose(self) -> None:
        """Turn over whether a folder is synchronised. The account's own file is changed, without what overrides it."""
        folder = self._folder()
        if folder is None:
            return
        screen, app = self._screen, self._screen.mail_app
        files = load_account_files(app.home)
        if folder.account not in files:
            raise NotFound(_("The account {name} has no file any more.").format(name=folder.account))
        path, table = files[folder.account]
        stored = from_table(table, str(path))
        in_force = next((each for each in app.accounts if each.name == folder.account), stored)
        chosen = not synchronises(in_force, folder.path)
        save_account(app.home, with_folder(stored, folder.path, chosen=chosen))
        app.read_accounts()
        from tui_mail.link.messages import Reload

        app.tell(Reload(0))
        screen.read_folders()
        now = next((each for each in app.accounts if each.name == folder.account), stored)
        if synchronises(now, folder.path) is not chosen:
            screen.trouble(_("config.toml says otherwise about {account}.").format(account=folder.account))
        elif chosen:
            screen.say(line(_("{folder} is synchronised from now on").format(folder=folder.path), 200))
        else:
            screen.say(line(_("{folder} is fetched only when it is opened").format(folder=folder.path), 200))

    def _pause(self) -> None:
        """Turn over whether old mail and bodies are fetched by themselves, for every window of this home."""
        screen, app = self._screen, self._screen.mail_app
        wanted = not screen.connection.paused
        remember(app.home, "sync.paused", value=wanted)
        paused = load_settings(app.home).sync.paused
        app.settings = replace(app.settings, sync=replace(app.settings.sync, paused=paused))
        screen.connection.paused = paused
        from tui_mail.link.messages import Reload

        app.tell(Reload(0))
        if paused is not wanted:
            screen.trouble(_("config.toml says otherwise about sync.paused."))
        elif paused:
            screen.say(own(_("Paused: only what is new and what you open is fetched")))
        else:
            screen.say(own(_("Old mail and bodies are fetched again")))


def folder_here(screen: MailScreen) -> Folder | None:
    """The folder under the cursor of the folder pane, else the one that the list shows."""
    if screen.in_folders:
        branch = screen.folders.at_cursor
        wanted = None if branch is None else branch.folder
    else:
        wanted = None if screen.lister.view is None else screen.lister.view.folder
    return next((each for each in screen.folder_list if each.id == wanted), None)


def said_folder(screen: MailScreen) -> Folder | None:
    """``folder_here``; that there is none is said."""
    found = folder_here(screen)
    if found is None:
        view = screen.lister.view
        left = not screen.in_folders and view is not None and view.folder is not None
        screen.say(own(_("This folder is not there any more.") if left else _("This is no folder of a server.")))
    return found
