"""The main screen: folder pane, list, reader and status line, arranged by the size of the terminal.

Owns the layout, the focus, key presses on their way to actions, and what the status line shows. Must not know what an
action does.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Self

from textual import events
from textual.app import ComposeResult
from textual.containers import Container, Horizontal
from textual.geometry import Region
from textual.screen import Screen
from textual.timer import Timer
from textual.widget import Widget

from tui_mail.config.actions import ACTIONS, Place
from tui_mail.config.keymaps import TOGETHER, Keymap
from tui_mail.config.policies import resting
from tui_mail.model.errors import StoreError, TuiMailError
from tui_mail.model.ids import FolderId
from tui_mail.model.mail import Folder
from tui_mail.model.words import _
from tui_mail.store.query import Filter
from tui_mail.text.safe import SafeText, line, own
from tui_mail.ui.connection import Connection
from tui_mail.ui.data import MailData
from tui_mail.ui.faults import record
from tui_mail.ui.folders import FolderPane
from tui_mail.ui.keys import PENDING_SECONDS, Act, KeyReader, Pending, Unknown, spelling
from tui_mail.ui.list.loading import Lister
from tui_mail.ui.list.rows import ASCII, PRETTY, Layout, Look
from tui_mail.ui.list.widget import MessageList
from tui_mail.ui.localmail import LocalMail
from tui_mail.ui.outbox.outgoing import Outgoing
from tui_mail.ui.reading import Reading
from tui_mail.ui.status import Status, StatusLine
from tui_mail.ui.surface import Surface
from tui_mail.ui.tree import Kind
from tui_mail.ui.views import View, narrowed
from tui_mail.ui.work import terminal_is_there

if TYPE_CHECKING:
    from tui_mail.link.messages import Message, Watch
    from tui_mail.ui.app import MailApp
    from tui_mail.ui.reader.pane import ReaderPane

BESIDE_FROM = 140
FOLDERS_FROM = 100
SINGLE_BELOW = 80
"""Columns: the reader stands beside the list, the folder pane is shown, the reader takes the whole screen."""
LARGE = 500
"""Items of a gesture whose effect on the counters is not worked out within the frame."""
_RELOAD_SECONDS = 0.15
_POLL_SECONDS = 1.0
_TICK_SECONDS = 10.0


class MailScreen(Screen[None], inherit_bindings=False):
    """What is on screen nearly all the time."""

    DEFAULT_CSS = """
    MailScreen { background: $mail-background; color: $mail-text; }
    MailScreen #panes { height: 1fr; }
    MailScreen FolderPane { width: 23; height: 1fr; border-right: solid $mail-rule; display: none; }
    MailScreen.-folders FolderPane { display: block; }
    MailScreen.-beside FolderPane { width: 27; }
    MailScreen #mail { width: 1fr; height: 1fr; layout: vertical; }
    MailScreen.-beside #mail { layout: horizontal; }
    MailScreen MessageList { width: 1fr; height: 2fr; }
    MailScreen ReaderPane { width: 1fr; height: 3fr; border-top: solid $mail-rule; display: none; }
    MailScreen.-reading ReaderPane { display: block; }
    MailScreen.-beside MessageList { width: 9fr; height: 1fr; }
    MailScreen.-beside ReaderPane { width: 11fr; height: 1fr; border-top: none; border-left: solid $mail-rule; }
    MailScreen.-single.-reading MessageList { display: none; }
    MailScreen.-single ReaderPane { height: 1fr; border-top: none; }
    MailScreen.-outbox MessageList, MailScreen.-outbox.-reading ReaderPane { display: none; }
    MailScreen.-outbox OutboxPane { display: block; }
    MailScreen.-beside OutboxPane { layout: horizontal; }
    MailScreen.-beside OutboxPane OutboxList { width: 9fr; height: 1fr; max-height: 100%; }
    MailScreen.-beside OutboxPane #outbox-details {
        width: 11fr; height: 1fr; border-top: none; border-left: solid $mail-rule;
    }
    """
    AUTO_FOCUS = ""

    def __init__(self, app: MailApp, data: MailData, keymap: Keymap) -> None:
        super().__init__(id="mail-screen")
        self.mail_app = app
        self.data = data
        self.keys = KeyReader(keymap)
        self.connection = Connection()
        self.connection.paused = app.settings.sync.paused
        self.folder_list: list[Folder] = []
        self.said: SafeText = own("")
        self.said_trouble = False
        settings = app.settings.ui
        self.marks = ASCII if settings.ascii_marks else PRETTY
        self.messages = MessageList(
            self._look,
            jump_half_page=settings.scroll == "half-page",
            empty=_("Nothing here yet; mail appears as it is fetched."),
        )
        self.folders = FolderPane(self.marks)
        self._reader: ReaderPane | None = None
        self.status = StatusLine()
        self.lister = Lister(data, self.messages, self.failed)
        self.reading = Reading(self)
        self.local_mail = LocalMail(self)
        self.outgoing = Outgoing(self)
        self._reloading: Timer | None = None
        self._pending: Timer | None = None
        self._versions: tuple[int, int] | None = None
        self._watched: Watch | None = None

    def compose(self) -> ComposeResult:
        with Horizontal(id="panes"):
            yield self.folders
            with Container(id="mail"):
                yield self.messages
        yield self.status

    def on_mount(self) -> None:
        self._arrange(self.app.size.width)
        self.read_folders()
        self.mail_app.open_first()
        self.messages.focus()
        self.set_interval(_POLL_SECONDS, self._poll)
        self.set_interval(_TICK_SECONDS, self._tick)

    def refresh(self, *regions: Region, repaint: bool = True, layout: bool = False, recompose: bool = False) -> Self:
        """The panes cover the screen: what asks to paint it for its own sake (a change of focus) paints nothing new."""
        if repaint and not (regions or layout or recompose):
            return self
        return super().refresh(*regions, repaint=repaint, layout=layout, recompose=recompose)

    # Layout and focus

    def on_resize(self, event: events.Resize) -> None:
        self._arrange(event.size.width)

    def _arrange(self, width: int) -> None:
        wish = self.mail_app.settings.ui.reader
        beside = width >= SINGLE_BELOW and (wish == "right" or (wish == "auto" and width >= BESIDE_FROM))
        self.set_class(beside, "-beside")
        self.set_class(width >= FOLDERS_FROM, "-folders")
        self.set_class(width < SINGLE_BELOW, "-single")
        if self.folders.has_focus and width < FOLDERS_FROM:
            (self.outgoing.pane.list if self.outgoing.shown else self.messages).focus()

    @property
    def reader(self) -> ReaderPane:
        """The reader pane; made when it is first asked for, since the first paint does not need it."""
        if self._reader is None:
            from tui_mail.ui.reader.pane import ReaderPane

            bar = own("|") if self.mail_app.settings.ui.ascii_marks else None
            self._reader = ReaderPane(clock=self.mail_app.clock, bar=bar, id="reader")
            self._reader.accounts = self.mail_app.known_accounts()
            self._reader.notes = self.local_mail.notes
            self.query_one("#mail").mount(self._reader)
        return self._reader

    @property
    def reader_open(self) -> bool:
        return self.has_class("-reading")

    def show_reader(self, *, shown: bool) -> None:
        """Open or close the reader pane; closing gives the focus to the list."""
        if shown != self.reader_open:
            # The rules of the class are about these two; Textual would work out the styles of every widget.
            self.set_class(shown, "-reading", update=False)
            for pane in (self.messages, self.reader):
                pane.update_node_styles(animate=False)
        if not shown:
            self.messages.focus()

    def set_focus(self, widget: Widget | None, scroll_visible: bool = True, from_app_focus: bool = False) -> None:
        """Both panes know at once, and change their look in the same frame; Textual tells them by messages, later."""
        before = self.focused
        super().set_focus(widget, scroll_visible, from_app_focus)
        if before is not self.focused:
            for pane in (before, self.focused):
                if isinstance(pane, Surface):
                    pane.has_focus = pane is self.focused

    def panes(self) -> list[Widget]:
        """The panes on screen from left to right."""
        panes: list[Widget] = [self.folders] if self.has_class("-folders") else []
        if self.outgoing.shown:
            return [*panes, self.outgoing.pane.list]
        if not (self.has_class("-single") and self.reader_open):
            panes.append(self.messages)
        return [*panes, self.reader] if self.reader_open else panes

    def focus_pane(self, step: int) -> None:
        """Give the focus to the next (1) or the previous (-1) pane."""
        panes = self.panes()
        at = next((place for place, pane in enumerate(panes) if pane.has_focus_within), 0)
        panes[(at + step) % len(panes)].focus()

    @property
    def in_reader(self) -> bool:
        return self._reader is not None and self._reader.has_focus_within

    @property
    def in_folders(self) -> bool:
        return self.folders.has_focus

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
        """Say what went wrong."""
        self.say(line(text, 300), trouble=True)

    def failed(self, error: Exception) -> None:
        """Say what went wrong; a mistake of the program is written down as well."""
        text = error.text if isinstance(error, TuiMailError) else record(self.mail_app.home, error)
        self.connection.say("failed", text)
        self.trouble(text)

    def show_status(self) -> None:
        """Bring the status line up to date."""
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
        self._watch()

    def read_folders(self) -> None:
        """Read folders, their counters and what waits."""
        self.folder_list = self.data.folders()
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
        self._reloading = None
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

    # What happens meanwhile

    def engine_said(self, event: Message) -> None:
        """Take an event of the engine."""
        from tui_mail.link.messages import Changed, Progress

        if isinstance(event, Changed):
            self.reload_soon()
            return
        if isinstance(event, Progress) and event.what == "message" and self.reading.told_progress is not None:
            self.reading.told_progress(event.done, event.total)
        if self.connection.take(event):
            self.show_status()

    def reload_soon(self) -> None:
        """Read again in a moment, once for many changes."""
        if self._reloading is None:
            self._reloading = self.set_timer(_RELOAD_SECONDS, self.reload)

    def _poll(self) -> None:
        if not self.app.is_headless and not terminal_is_there():
            self.app.exit(1)
            return
        try:
            versions = self.data.reader.data_version()
        except StoreError as error:
            self.failed(error)
            return
        if self._versions is not None and versions != self._versions:
            self.reload_soon()
        self._versions = versions

    def written(self, items: int) -> None:
        """Something about so many items was written here: the list has followed, counters follow.

        After a large gesture they take longer than a frame, so that frame is drawn first.
        """
        if items < LARGE:
            self.read_folders()
        else:
            self.call_after_refresh(self._count_again)
        self._versions = self.data.reader.data_version()

    def _count_again(self) -> None:
        self.read_folders()
        self.show_status()

    def _tick(self) -> None:
        self.messages.new_day(self.mail_app.clock.now())
        self.outgoing.tick()
        self.show_status()
        self._watch()

    def _watch(self) -> None:
        """Tell the engine what is on the screen."""
        from tui_mail.link.messages import Watch

        if self.mail_app.link is None or not self.mail_app.link.connected:
            return
        view = self.lister.view
        if view is None:
            return
        # Of a conversation all items: which of them is opened depends on what has been read until then.
        items = self.data.item_ids(view, self.messages.in_view())
        watch = Watch(id=0, folder=int(view.folder or FolderId(0)), items=list(items))
        if watch != self._watched:
            self._watched = watch
            self.mail_app.link.tell(watch)
