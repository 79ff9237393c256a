"""Actions that show something else: folders by role, any folder, all inboxes, a search, a sender.

Owns these keys. Must not know how a view is read.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

from tui_mail.model.errors import QueryError
from tui_mail.model.ids import FolderId
from tui_mail.model.mail import Conversation, Folder, Role
from tui_mail.model.words import _
from tui_mail.store.reading.query import Sort
from tui_mail.text.safe import SafeText, line, own
from tui_mail.ui import views
from tui_mail.ui.tree import Branch, Kind

if TYPE_CHECKING:
    from tui_mail.ui.screens.mail import MailScreen

_ROLES = {
    "go-inbox": (Role.INBOX, _("No inbox here.")),
    "go-sent": (Role.SENT, _("No folder for sent mail here.")),
    "go-drafts": (Role.DRAFTS, _("No folder for drafts here.")),
    "go-archive": (Role.ARCHIVE, _("No archive here; archiving a message makes one.")),
    "go-trash": (Role.TRASH, _("No trash here; the first message moved there makes one.")),
    "go-junk": (Role.JUNK, _("No junk folder here; the first message moved there makes one.")),
}


class Going:
    """Handlers; counts mean nothing here."""

    def __init__(self, screen: MailScreen) -> None:
        self._screen = screen

    def table(self) -> dict[str, Callable[[int | None], None]]:
        table: dict[str, Callable[[int | None], None]] = {
            name: lambda _count, role=role, missing=missing: self._role(role, missing)  # type: ignore[misc] # defaults of a lambda
            for name, (role, missing) in _ROLES.items()
        }
        return table | {
            "go-all-inboxes": lambda _count: self.all_inboxes(),
            "go-folder": lambda _count: self._any_folder(),
            "search": lambda _count: self._search(),
            "this-sender": lambda _count: self._sender(),
        }

    @property
    def _sort(self) -> Sort:
        return Sort(self._screen.mail_app.settings.ui.sort)

    @property
    def _threads(self) -> bool:
        return self._screen.mail_app.settings.ui.threads

    # Folders

    def folder(self, folder: Folder) -> None:
        """Show a folder."""
        self._leave_reader()
        self._screen.open_view(views.of_folder(folder, self._sort, threads=self._threads))
        self._screen.messages.focus()

    def branch(self, branch: Branch) -> None:
        """Show what was chosen in the folder pane."""
        if branch.kind is Kind.ALL_INBOXES:
            self.all_inboxes()
        elif branch.kind is Kind.STARRED:
            self._leave_reader()
            self._screen.open_view(views.starred(self._screen.folder_list, branch.account, self._sort))
            self._screen.messages.focus()
        elif branch.kind is Kind.OUTBOX:
            self._screen.outgoing.open(branch.account)
        elif branch.folder is not None:
            self.by_id(branch.folder)

    def by_id(self, folder: FolderId) -> None:
        """Show the folder with this number."""
        found = self._screen.data.reader.folder(folder)
        if found is not None:
            self.folder(found)

    def all_inboxes(self) -> None:
        """Show the inboxes of all accounts together."""
        self._leave_reader()
        self._screen.open_view(views.all_inboxes(self._screen.folder_list, self._sort, threads=self._threads))
        self._screen.messages.focus()

    def _role(self, role: Role, missing: str) -> None:
        """Show the folder of a role, of the account shown now."""
        view = self._screen.lister.view
        account = "" if view is None else view.account
        found = self._screen.data.folder_of_role(role, account) or self._screen.data.folder_of_role(role, "")
        if found is None:
            self._screen.say(own(_(missing)))
        else:
            self.folder(found)

    def _any_folder(self) -> None:
        from tui_mail.ui.dialogs.search_pick import FolderPicker

        def chosen(folder: FolderId | None) -> None:
            if folder is not None:
                self.by_id(folder)

        folders = [folder for folder in self._screen.folder_list if folder.selectable]
        self._screen.app.push_screen(FolderPicker(folders, own(_("Go to folder"))), chosen)

    def _leave_reader(self) -> None:
        if self._screen.reader_open:
            self._screen.reading.close()

    # Searches

    def _search(self) -> None:
        from tui_mail.ui.dialogs.question import Prompt

        view = self._screen.lister.view
        initial = line(view.text, 500) if view is not None else own("")

        def typed(text: SafeText | None) -> None:
            if text:
                self.search(text)

        self._screen.app.push_screen(Prompt(own(_("Search all mail")), initial), typed)

    def search(self, text: str) -> None:
        """Show what a search finds; a query that cannot be read is asked for again, with the reason."""
        from tui_mail.ui.dialogs.question import Prompt

        try:
            view = views.search(text, self._sort, self._screen.mail_app.clock.now())
        except QueryError as error:
            again = Prompt(own(_("Search all mail")), line(text, 500), more=line(error.text, 300))
            self._screen.app.push_screen(again, lambda typed: self.search(typed) if typed else None)
            return
        self._leave_reader()
        shown = self._screen.lister.view
        repeated = shown is not None and shown.query.search is not None
        if repeated:
            self._screen.lister.back()
        self._screen.open_view(view, push=True)
        self._screen.messages.focus()

    def _sender(self) -> None:
        """Everything from who wrote the message under the cursor, or the one in the reader."""
        reading = self._screen.reading
        shown = reading.item if self._screen.in_reader else self._screen.messages.shown_at_cursor()
        item = shown.newest if isinstance(shown, Conversation) else shown
        if item is None or not item.from_ or not item.from_[0].address:
            self._screen.say(own(_("This message names no sender.")))
            return
        address = item.from_[0].address.replace('"', "")
        self.search(f'from:"{address}"')
