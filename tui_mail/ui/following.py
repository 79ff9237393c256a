"""What happens while somebody looks: news of the engine, what other processes write, and time that passes.

Owns when the screen is read again, and telling the engine what is on it. Must not know how anything is drawn.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from textual.timer import Timer

from tui_mail.model.errors import ConfigError, StoreError
from tui_mail.model.ids import FolderId, ItemId
from tui_mail.text.safe import line
from tui_mail.ui.work import terminal_is_there

if TYPE_CHECKING:
    from tui_mail.link.messages import Message, Watch
    from tui_mail.model.mail import Folder
    from tui_mail.ui.screens.mail import MailScreen

LARGE = 500
"""Items of a gesture whose effect on the counters is not worked out within the frame."""
_RELOAD_SECONDS = 0.15
_POLL_SECONDS = 1.0
_TICK_SECONDS = 10.0


class Following:
    """One per main screen."""

    def __init__(self, screen: MailScreen) -> None:
        self._screen = screen
        self._reloading: Timer | None = None
        self._versions: tuple[int, int] | None = None
        self._watched: Watch | None = None
        self._accounts: frozenset[str] | None = None

    def start(self) -> None:
        """Look from time to time from now on."""
        self._screen.set_interval(_POLL_SECONDS, self.poll)
        self._screen.set_interval(_TICK_SECONDS, self.tick)

    def engine_said(self, event: Message) -> None:
        """Take an event of the engine."""
        from tui_mail.link.messages import Begun, Changed, Progress, State, Trouble

        if isinstance(event, Changed):
            self.reload_soon()
            return
        if isinstance(event, Begun):
            self._screen.reading.show_beginning(ItemId(event.item), event.prefer)
            return
        if isinstance(event, State) and event.state == "online":
            self._screen.reading.ask_again()
        if isinstance(event, Progress) and event.what == "message" and self._screen.reading.told_progress is not None:
            self._screen.reading.told_progress(event.done, event.total)
        if isinstance(event, Trouble) and event.kind == "gone":
            # Nothing is left in the journal that would tell of it later.
            self._screen.say(line(event.text, 300), trouble=True)
        if self._screen.connection.take(event):
            self._screen.show_status()

    def reload_soon(self) -> None:
        """Read again in a moment, once for many changes."""
        if self._reloading is None:
            self._reloading = self._screen.set_timer(_RELOAD_SECONDS, self._reload)

    def _reload(self) -> None:
        self._reloading = None
        self._screen.reload()
        self.tell_engine()  # it may be there only now, and other rows may have come into view

    def poll(self) -> None:
        """Ask whether another process wrote; end with the terminal."""
        if not self._screen.app.is_headless and not terminal_is_there():
            self._screen.app.exit(1)
            return
        try:
            versions = self._screen.data.reader.data_version()
        except StoreError as error:
            self._screen.failed(error)
            return
        if self._versions is not None and versions != self._versions:
            self.reload_soon()
        self._versions = versions

    def accounts(self, folders: Iterable[Folder]) -> None:
        """Where the folders are of other accounts than before: who there is, is read again, and a name that changed
        changes in all that goes by it here.
        """
        found = frozenset(folder.account for folder in folders)
        before, self._accounts = self._accounts, found
        if before in (None, found):
            return
        screen, app = self._screen, self._screen.mail_app
        try:
            app.read_accounts()
        except ConfigError as error:
            screen.failed(error)
            return
        there = {account.name for account in app.accounts}
        names = {old: account.name for account in app.accounts for old in account.formerly if old not in there}
        screen.connection.leave_out(there)
        screen.outgoing.pane.account = names.get(screen.outgoing.pane.account, screen.outgoing.pane.account)
        screen.folders.rename(names)
        screen.lister.rename(names)
        if screen.reader_open:
            screen.reader.accounts = app.known_accounts()

    def written(self, items: int) -> None:
        """Something about so many items was written here: the list has followed, counters follow.

        After a large gesture they take longer than a frame, so that frame is drawn first.
        """
        if items < LARGE:
            self._screen.read_folders()
        else:
            self._screen.call_after_refresh(self._count_again)
        self._versions = self._screen.data.reader.data_version()

    def _count_again(self) -> None:
        self._screen.read_folders()
        self._screen.show_status()

    def tick(self) -> None:
        """Some time has passed."""
        self._screen.messages.new_day(self._screen.mail_app.clock.now())
        self._screen.outgoing.tick()
        self._screen.show_status()
        self.tell_engine()

    def tell_engine(self) -> None:
        """Tell the engine what is on the screen."""
        from tui_mail.link.messages import Watch

        if self._screen.mail_app.link is None or not self._screen.mail_app.link.connected:
            return
        view = self._screen.lister.view
        if view is None:
            return
        # Of a conversation all items: which of them is opened depends on what has been read until then.
        items = self._screen.data.item_ids(view, self._screen.messages.in_view())
        watch = Watch(id=0, folder=int(view.folder or FolderId(0)), items=list(items))
        if watch != self._watched:
            self._watched = watch
            self._screen.mail_app.link.tell(watch)
