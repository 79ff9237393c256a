"""The main screen: what the panes and the status line show, and keys on their way to actions.

Owns the view that is open, key presses, and what is said. Must not know what an action does, nor how the panes are laid
out.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from textual import events
from textual.timer import Timer
from textual.widget import Widget

from tui_mail.config.actions import ACTIONS, Place
from tui_mail.config.keymaps import TOGETHER, Keymap
from tui_mail.config.policies import resting
from tui_mail.model.errors import StoreError, TuiMailError
from tui_mail.model.mail import Folder
from tui_mail.model.words import _
from tui_mail.store.reading.query import Filter
from tui_mail.text.safe import SafeText, line, own
from tui_mail.ui.connection import Connection
from tui_mail.ui.data import MailData
from tui_mail.ui.faults import record
from tui_mail.ui.folders import FolderPane
from tui_mail.ui.following import Following
from tui_mail.ui.keys import PENDING_SECONDS, Act, KeyReader, Pending, Unknown, spelling
from tui_mail.ui.list.loading import Lister
from tui_mail.ui.list.rows import ASCII, PRETTY, Layout, Look
from tui_mail.ui.list.widget import MessageList
from tui_mail.ui.localmail import LocalMail
from tui_mail.ui.outbox.outgoing import Outgoing
from tui_mail.ui.reading import Reading
from tui_mail.ui.screens.panes import PaneScreen
from tui_mail.ui.status import Status
from tui_mail.ui.tree import Kind
from tui_mail.ui.views import View, narrowed

if TYPE_CHECKING:
    from tui_mail.ui.app import MailApp
    from tui_mail.ui.reader.pane import ReaderPane


class MailScreen(PaneScreen):
    """What is on screen nearly all the time."""

    DEFAULT_CSS = """
    MailScreen.-outbox MessageList, MailScreen.-outbox.-reading ReaderPane { display: none; }
    MailScreen.-outbox OutboxPane { display: block; }
    MailScreen.-beside OutboxPane { layout: horizontal; }
    MailScreen.-beside OutboxPane OutboxList { width: 9fr; height: 1fr; max-height: 100%; }
    MailScreen.-beside OutboxPane #outbox-details {
        width: 11fr; height: 1fr; border-top: none; border-left: solid $mail-rule;
    }
    """

    def __init__(self, app: MailApp, data: MailData, keymap: Keymap) -> None:
        settings = app.settings.ui
        self.marks = ASCII if settings.ascii_marks else PRETTY
        super().__init__(
            FolderPane(self.marks),
            MessageList(
                self._look,
                jump_half_page=settings.scroll == "half-page",
                empty=_("Nothing here yet; mail appears as it is fetched."),
            ),
            lambda: app.settings.ui.reader,
            id="mail-screen",
        )
        self.mail_app = app
        self.data = data
        self.keys = KeyReader(keymap)
        self.connection = Connection()
        self.connection.paused = app.settings.sync.paused
        self.folder_list: list[Folder] = []
        self.said: SafeText = own("")
        self.said_trouble = False
        self.lister = Lister(data, self.messages, self.failed, self.connection.obstacle)
        self.reading = Reading(self)
        self.local_mail = LocalMail(self)
        self.outgoing = Outgoing(self)
        self.following = Following(self)
        self._pending: Timer | None = None

    def on_mount(self) -> None:
        self.arrange_panes(self.app.size.width)
        self.read_folders()
        self.mail_app.open_first()
        self.messages.focus()
        self.following.start()

    # The panes

    def make_reader(self) -> ReaderPane:
        from tui_mail.ui.reader.pane import ReaderPane

        bar = own("|") if self.mail_app.settings.ui.ascii_marks else None
        reader = ReaderPane(clock=self.mail_app.clock, bar=bar, id="reader")
        reader.accounts = self.mail_app.known_accounts()
        reader.notes = self.local_mail.notes
        return reader

    @property
    def stand_in(self) -> Widget | None:
        return self.outgoing.pane.list if self.outgoing.shown else None

    @property
    def places(self) -> tuple[Place, ...]:
        """Where keys work now, the most particular first."""
        if self.outgoing.shown and not self.in_folders:
            return TOGETHER[Place.OUTBOX]
        if self.in_reader:
            return TOGETHER[Place.SELECTING if self.reader.selecting else Place.READER]
        return TOGETHER[Place.LIST]

    def allows(self, action: str) -> bool:
        """False for what works on messages of a list that is hidden by the outbox."""
        places = ACTIONS[action].places if action in ACTIONS else ()
        return not self.outgoing.shown or bool({Place.OUTBOX, Place.GO, Place.EVERYWHERE}.intersection(places))

    # Keys

    async def on_key(self, event: events.Key) -> None:
        event.stop()
        event.prevent_default()
        outcome = self.keys.feed(spelling(event), self.places)
        if self._pending is not None:
            self._pending.stop()
            self._pending = None
        if isinstance(outcome, Act):
            self.lister.untouched = False
            self.mail_app.act(outcome.action, outcome.count)
        elif isinstance(outcome, Pending):
            self._pending = self.set_timer(PENDING_SECONDS, self._forget_keys)
        else:
            self._unknown(outcome)
        self.show_status()

    def _unknown(self, outcome: Unknown) -> None:
        if outcome.keys == "ctrl+c":
            text = self.get_selected_text()
            if text:
                self.app.copy_to_clipboard(text)
                self.say(own(_("Copied")))
            else:
                self.say(own(_("{key} quits").format(key=self.key_of("back"))))
            return
        self.say(SafeText(_("{keys} does nothing here").format(keys=line(outcome.keys))))

    def _forget_keys(self) -> None:
        self.keys.reset()
        self.show_status()

    def key_of(self, action: str) -> str:
        """The first key of an action, for hints; its name where it has none."""
        keys = self.keys.keymap.keys(action)
        return keys[0] if keys else f":{action}"

    # The status line

    def say(self, text: SafeText, *, trouble: bool = False) -> None:
        """Put a sentence on the status line; the next action replaces it."""
        self.said, self.said_trouble = text, trouble
        self.show_status()

    def trouble(self, text: str) -> None:
        """Say what went wrong; where all of it has no room, ``errors`` shows it."""
        self.connection.say("failed", text)
        self.say(line(text, 300), trouble=True)

    def failed(self, error: Exception) -> None:
        """Say what went wrong; a mistake of the program is written down as well."""
        text = error.text if isinstance(error, TuiMailError) else record(self.mail_app.home, error)
        self.trouble(text)

    def show_status(self) -> None:
        """Bring the status line up to date, and what an empty list says."""
        self.lister.explain()
        view, model = self.lister.view, self.messages.model
        where = Status(
            name=own(_("no folder yet")) if view is None else view.name,
            place=model.cursor + 1 if len(model) else 0,
            rows=len(model),
            counting=self.lister.counting,
            selected=len(model.selected),
            narrowed=own("") if view is None else narrowed(view),
        )
        if self.outgoing.shown:
            place, rows = self.outgoing.place
            where = Status(name=own(_("Outbox")), place=place, rows=rows)
        self.status.show(
            replace(
                where,
                state=tuple(self.connection.words(self.mail_app.clock.now())),
                said=self.said,
                trouble=self.said_trouble,
                held=self.outgoing.words(),
                hint=own(self.keys.hint),
                help=own(f"{self.key_of('help')} {_('help')}"),
                whole=own(_("{key} says all").format(key=self.key_of("errors"))),
            )
        )

    def _look(self, layout: Layout) -> Look:
        view = self.lister.view
        return Look(
            layout=layout,
            marks=self.marks,
            now=self.mail_app.clock.now(),
            tz=None,
            mine=self.mail_app.addresses,
            recipients=view is not None and view.recipients,
        )

    # Views

    def open_view(self, view: View, *, push: bool = False) -> None:
        """Show a view in the list; ``push``: ``back`` returns to the one shown now."""
        self.outgoing.close()
        self.lister.open(view, push=push)
        self.said, self.said_trouble = own(""), False
        self.view_changed()

    def view_changed(self) -> None:
        """The list shows another view: the folder pane and the status line follow."""
        view = self.lister.view
        if view is not None:
            kind = Kind.STARRED if view.query.filter is Filter.FLAGGED and view.folder is None else Kind.FOLDER
            if view.folder is None and kind is Kind.FOLDER and view.query.search is None:
                kind = Kind.ALL_INBOXES
            self.folders.mark_current(kind, view.folder, view.account)
        self._show_note()
        self.show_status()
        self.following.tell_engine()

    def read_folders(self) -> None:
        """Read folders, their counters and what waits."""
        self.folder_list = self.data.folders()
        self.following.accounts(self.folder_list)
        self.folders.show(self.folder_list, self.outgoing.counts, resting(self.mail_app.accounts, self.folder_list))
        self.connection.count_operations(self.data.reader.pending())
        self.connection.unread = len(self.data.reader.alerts())
        self.connection.paths = {int(folder.id): folder.path for folder in self.folder_list}
        self._show_note()
        synced = [folder.last_sync for folder in self.folder_list if folder.last_sync is not None]
        self.connection.synced = max(synced, default=None)

    def _show_note(self) -> None:
        """Say below the last row that there is more on the server."""
        view = self.lister.view
        wanted = None if view is None else view.folder
        folder = next((each for each in self.folder_list if each.id == wanted), None)
        text = ""
        if folder is not None and folder.older:
            text = _("Older mail is on the server · {key} fetches more").format(key=self.key_of("older"))
        self.messages.show_note(text)

    def reload(self) -> None:
        """Read everything on the screen again; under a composer that has time until it closes."""
        if self.mail_app.writing.composers:
            return
        try:
            self.read_folders()
            self.outgoing.refresh()
            if self.lister.view is None:
                self.mail_app.open_first()
            else:
                self.lister.reload()
            if self.reader_open:
                self.reading.follow_news()
        except StoreError as error:
            self.failed(error)
        self.show_status()

    # What panes say. Handled here and not by the app: what a pane posts during a key press bubbles no further.

    def on_message_list_moved(self) -> None:
        self.show_status()

    def on_message_list_chosen(self) -> None:
        self.mail_app.act("open", None)

    def on_outbox_list_moved(self) -> None:
        self.show_status()

    def on_outbox_list_chosen(self) -> None:
        self.mail_app.act("open", None)

    def on_status_line_help_wanted(self) -> None:
        self.mail_app.act("help", None)

    def on_folder_pane_opened(self, event: FolderPane.Opened) -> None:
        self.mail_app.going.branch(event.branch)

    def on_reader_pane_wants_raw(self, event: ReaderPane.WantsRaw) -> None:
        self.reading.want_raw(event.item, event.what)

    def on_reader_pane_wants_rendering(self, event: ReaderPane.WantsRendering) -> None:
        self.reading.other_form(event.item, event.prefer)

    def on_reader_pane_opened(self, event: ReaderPane.Opened) -> None:
        self.reading.seen([event.item])

    def on_reader_pane_link_chosen(self, event: ReaderPane.LinkChosen) -> None:
        from tui_mail.ui.actions.reader import show_links

        show_links(self, event.number)

    def on_reader_pane_attachments_chosen(self) -> None:
        self.mail_app.act("attachments", None)

    def on_reader_pane_note(self, event: ReaderPane.Note) -> None:
        self.say(event.text)
