"""Actions on messages: archive, trash, delete, move, copy, star, read, junk, label; undo and redo.

Owns what they work on, their words on the status line, and how the list answers at once. The writing itself is the
store's (``store.gestures.messages``); the server's part happens behind.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from tui_mail.model.flags import Flag
from tui_mail.model.ids import FolderId, ItemId
from tui_mail.model.mail import Item, Role
from tui_mail.model.operation import Action
from tui_mail.model.words import _, ngettext
from tui_mail.text.safe import SafeText, line, own
from tui_mail.ui.actions.wording import done_words
from tui_mail.ui.list.rowkeys import Row

if TYPE_CHECKING:
    from tui_mail.ui.screens.mail import MailScreen


@dataclass(frozen=True, slots=True)
class Target:
    """What an action works on."""

    rows: tuple[Row, ...]
    """Rows of the list that stand for it."""
    ids: tuple[ItemId, ...]
    from_reader: bool


class Organising:
    """Handlers that take a count: so many rows from the cursor on."""

    def __init__(self, screen: MailScreen) -> None:
        self._screen = screen
        self._list = screen.messages

    def table(self) -> dict[str, Callable[[int | None], None]]:
        return {
            "archive": self._archive,
            "trash": self._trash,
            "delete": self._delete,
            "move": lambda count: self._pick(count, copy=False),
            "copy": lambda count: self._pick(count, copy=True),
            "star": lambda count: self._flag(count, Flag.FLAGGED),
            "read": lambda count: self._flag(count, Flag.SEEN),
            "junk": self._junk,
            "label": self._label,
            "undelete": self._undelete,
            "undo": self._undo,
            "redo": lambda count: self._again(self._screen.data.gestures.redo, count, undone=False),
        }

    # What an action works on

    def _target(self, count: int | None) -> Target | None:
        """The message in the reader, else the selection, else ``count`` rows from the cursor on."""
        screen, model = self._screen, self._list.model
        view, reading = screen.lister.view, screen.reading
        if screen.in_folders:
            screen.say(own(_("Go to the list first ({key}).").format(key=screen.key_of("next-pane"))))
            return None
        if screen.in_reader and reading.item is not None:
            place = model.place_of_item(reading.item.id, reading.item.thread)
            rows = () if place is None else (model.row(place),)
            return Target(rows, (reading.item.id,), from_reader=True)
        if view is None or model.at_cursor is None:
            screen.say(own(_("There is no message here.")))
            return None
        chosen = list(model.selected) if model.selected else model.rows(model.cursor, model.cursor + (count or 1))
        return Target(tuple(chosen), tuple(screen.data.item_ids(view, chosen)), from_reader=False)

    def _items(self, target: Target) -> list[Item]:
        return self._screen.data.items(target.ids)

    # Actions that take messages away

    def _archive(self, count: int | None) -> None:
        target = self._target(count)
        if target is not None:
            self._move_by(target, self._screen.data.gestures.archive, Role.ARCHIVE, _("Already in the archive."))

    def _trash(self, count: int | None) -> None:
        target = self._target(count)
        if target is None:
            return
        view = self._screen.lister.view
        if view is not None and view.role is Role.TRASH:
            self._ask_delete(target)
        else:
            self._move_by(target, self._screen.data.gestures.trash, Role.TRASH, _("Already in the trash."))

    def _delete(self, count: int | None) -> None:
        target = self._target(count)
        if target is not None:
            self._ask_delete(target)

    def _ask_delete(self, target: Target) -> None:
        from tui_mail.ui.dialogs.question import Question

        n = len(target.ids)
        if not n:
            self._nothing(target)
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self._gesture(target, lambda: self._screen.data.gestures.delete(target.ids), leaves=True)

        question = ngettext("Delete {n} message for ever?", "Delete {n} messages for ever?", n).format(n=n)
        more = own(_("This cannot be undone."))
        dialog = Question(own(question), yes=own(_("delete")), no=own(_("keep")), more=more)
        self._screen.app.push_screen(dialog, answered)

    def _junk(self, count: int | None) -> None:
        target = self._target(count)
        if target is None:
            return
        view = self._screen.lister.view
        if view is not None and view.role is Role.JUNK:
            inbox = self._screen.data.folder_of_role(Role.INBOX, view.account)
            if inbox is None:
                self._screen.say(own(_("This account has no inbox.")), trouble=True)
                return
            gestures = self._screen.data.gestures
            self._gesture(target, lambda: gestures.move(target.ids, inbox.id), leaves=True)
        else:
            self._move_by(target, self._screen.data.gestures.junk, Role.JUNK, _("Already in junk."))

    def _move_by(
        self,
        target: Target,
        gesture: Callable[[tuple[ItemId, ...]], Action | None],
        role: Role,
        already: str,
    ) -> None:
        self._gesture(target, lambda: gesture(target.ids), leaves=self._leaves(role), already=already)

    def _pick(self, count: int | None, *, copy: bool) -> None:
        from tui_mail.ui.dialogs.search_pick import FolderPicker

        target = self._target(count)
        if target is None:
            return
        accounts = {item.account for item in self._items(target)}
        if len(accounts) != 1:
            self._screen.say(own(_("Messages of several accounts: choose those of one.")), trouble=bool(accounts))
            return
        folders = [each for each in self._screen.folder_list if each.account in accounts and each.selectable]

        def chosen(folder: FolderId | None) -> None:
            if folder is None:
                return
            gestures = self._screen.data.gestures
            if copy:
                self._gesture(target, lambda: gestures.copy(target.ids, folder), leaves=False)
            else:
                self._gesture(target, lambda: gestures.move(target.ids, folder), leaves=self._leaves_to(folder))

        n = len(target.ids)
        if copy:
            title = ngettext("Copy {n} message to", "Copy {n} messages to", n)
        else:
            title = ngettext("Move {n} message to", "Move {n} messages to", n)
        self._screen.app.push_screen(FolderPicker(folders, own(title.format(n=n))), chosen)

    def _leaves(self, role: Role) -> bool:
        """True when a message that goes to the folder of ``role`` leaves the list."""
        view = self._screen.lister.view
        if view is None or view.role is role:
            return False
        if view.query.folders:
            targets = {folder.id for folder in self._screen.folder_list if folder.role is role}
            return not targets.issuperset(view.query.folders)
        return role in {Role.TRASH, Role.JUNK}

    def _leaves_to(self, folder: FolderId) -> bool:
        view = self._screen.lister.view
        if view is None:
            return False
        if view.query.folders:
            return folder not in view.query.folders
        found = next((each for each in self._screen.folder_list if each.id == folder), None)
        return found is not None and found.role in {Role.TRASH, Role.JUNK}

    # Actions that mark messages

    def _flag(self, count: int | None, flag: Flag) -> None:
        """Set the flag on all, or take it from all when all have it."""
        target = self._target(count)
        if target is None:
            return
        items = self._items(target)
        gestures = self._screen.data.gestures
        if items and all(item.flags & flag for item in items):
            self._gesture(target, lambda: gestures.mark(target.ids, remove=flag), leaves=False)
        else:
            self._gesture(target, lambda: gestures.mark(target.ids, add=flag), leaves=False)

    def _label(self, count: int | None) -> None:
        from tui_mail.ui.dialogs.question import Prompt

        target = self._target(count)
        if target is None:
            return
        present = sorted({keyword for item in self._items(target) for keyword in item.keywords})

        def typed(text: SafeText | None) -> None:
            words = (text or "").split()
            add = tuple(word for word in words if not word.startswith("-"))
            remove = tuple(word[1:] for word in words if word.startswith("-") and len(word) > 1)
            if add or remove:
                gestures = self._screen.data.gestures
                self._gesture(
                    target,
                    lambda: gestures.mark(target.ids, add_keywords=add, remove_keywords=remove),
                    leaves=False,
                )

        more = line(_("Has: {labels}").format(labels=", ".join(present)), 300) if present else own("")
        self._screen.app.push_screen(Prompt(own(_("Label (-label takes it away)")), more=more), typed)

    def _undelete(self, count: int | None) -> None:
        """Take away the mark of deletion that another program set; ``delete`` finishes it."""
        target = self._target(count)
        if target is not None:
            gestures = self._screen.data.gestures
            self._gesture(
                target,
                lambda: gestures.mark(target.ids, remove=Flag.DELETED),
                leaves=False,
                already=_("No other program marked it as deleted."),
            )

    # Carrying out

    def _gesture(self, target: Target, write: Callable[[], Action | None], *, leaves: bool, already: str = "") -> None:
        """Write, answer on the screen in the same frame, wake the engine."""
        screen = self._screen
        if not target.ids:
            self._nothing(target)
            return
        action = write()
        if action is None:
            screen.say(own(already or _("Nothing to change.")))
            return
        # While a message is held, undo takes that one back, and the status line says so.
        words = done_words(action, screen.key_of("undo") if screen.outgoing.held is None else "")
        if leaves:
            self._take_away(target)
        else:
            if not target.from_reader:
                self._list.model.clear_selection()
            screen.lister.refresh_rows()
            screen.reading.refresh()
        screen.following.written(len(target.ids))
        screen.mail_app.wake()
        screen.say(words)

    def _take_away(self, target: Target) -> None:
        screen, model, reading = self._screen, self._list.model, self._screen.reading
        screen.lister.touched()
        place = self._list.model.cursor - self._list.top
        gone = set(target.ids)
        after = model.row(model.cursor + 1) if model.cursor + 1 < len(model) else None
        if target.from_reader:
            self._take_one(target)
        else:
            model.remove(set(self._whole(target)))
            model.clear_selection()
        self._list.hold(place)
        screen.lister.refresh_rows()
        if screen.reader_open:
            reading.follow(gone, after, focus=target.from_reader)

    def _take_one(self, target: Target) -> None:
        """The reader's message goes; its folded conversation stays while it has other items here."""
        screen, view = self._screen, self._screen.lister.view
        for row in target.rows:
            if view is None or not row.folded or not screen.data.thread_items(view, row.thread):
                self._list.model.remove({row})

    def _whole(self, target: Target) -> list[Row]:
        """Rows that are gone altogether; a conversation with items in Sent or Drafts may stay."""
        view = self._screen.lister.view
        folded = [row for row in target.rows if row.folded]
        if view is None or not folded or view.folder is not None:
            return list(target.rows)
        threads = [row.thread for row in folded]
        left = {one.thread for one in self._screen.data.conversations(view, threads)}  # type: ignore[arg-type] # rows hold thread ids
        return [row for row in target.rows if not row.folded or row.thread not in left]

    def _nothing(self, target: Target) -> None:
        """Rows that stand for nothing that can be acted on; what another window took away leaves in a moment."""
        view = self._screen.lister.view
        threads = [row.thread for row in target.rows if row.folded]
        if view is not None and view.folder is None and self._screen.data.conversations(view, threads):  # type: ignore[arg-type] # rows hold thread ids
            self._screen.say(own(_("Nothing to do here: these are only in Sent or Drafts.")))
            return
        self._screen.say(own(_("Nothing to do here: these are not in this list any more.")))
        self._screen.following.reload_soon()

    # Undo

    def _undo(self, count: int | None) -> None:
        """A message that is held comes first: it opens again."""
        if not self._screen.mail_app.writing.take_back():
            self._again(self._screen.data.gestures.undo, count, undone=True)

    def _again(self, write: Callable[[], Action], count: int | None, *, undone: bool) -> None:
        screen = self._screen
        action = write()
        for _time in range((count or 1) - 1):
            action = write()
        screen.lister.touched()
        screen.following.written(len(action.items))
        screen.lister.reload()
        screen.reading.refresh()
        screen.mail_app.wake()
        done = done_words(action, "")
        key = screen.key_of("redo" if undone else "undo")
        if undone:
            screen.say(SafeText(_("Undone: {done} · {key} redoes").format(done=done, key=key)))
        else:
            screen.say(SafeText(_("{done} again · {key} undoes").format(done=done, key=key)))
