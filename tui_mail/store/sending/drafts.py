"""Messages being written: saved as one types, filed in the Drafts folder, found again after any accident.

Owns the life of a draft: a row of keep.db while somebody writes, a message in Drafts when nobody does. Any process, no
engine needed; short transactions. Must not know how a message is sent.
"""

from __future__ import annotations

import mimetypes
import os
import stat
import threading
from dataclasses import replace
from pathlib import Path

from tui_mail.config.accountfiles import current_name
from tui_mail.config.paths import Home, expanded
from tui_mail.mime.compose.build import build_draft
from tui_mail.mime.filenames import safe_name
from tui_mail.model.clock import Clock
from tui_mail.model.draft import AttachedFile, Draft
from tui_mail.model.errors import NotFound, UsageError
from tui_mail.model.flags import Flag
from tui_mail.model.ids import DraftId, ItemId
from tui_mail.model.mail import Role
from tui_mail.model.operation import UNNUMBERED, Operation, OperationKind
from tui_mail.model.words import _
from tui_mail.store.disk.rawfiles import RawFiles
from tui_mail.store.disk.sqlite import translated
from tui_mail.store.gestures.journal import Journal
from tui_mail.store.gestures.messages import Gestures
from tui_mail.store.reader import Reader
from tui_mail.store.sending.editors import Editor, is_open
from tui_mail.store.tables import draftrows
from tui_mail.store.tables.keepdb import KeepDb

LARGEST_FILE = 256 << 20
"""Octets of a file that can be attached; servers take a fraction of it, and say so when the message is sent."""

_TAKEN_SECONDS = 30


class Drafts:
    """The drafts of one home. May be shared between threads. Raises StoreError while no engine has made the store."""

    def __init__(self, home: Home, clock: Clock, reader: Reader, journal: Journal) -> None:
        self._home = home
        self._clock = clock
        self._reader = reader
        self._journal = journal
        self._gestures = Gestures(reader, journal)
        self._keep = KeepDb(home, write=True)
        self._raw = RawFiles(home)
        self._lock = threading.RLock()
        self._editor: Editor | None = None

    # -- while somebody writes

    def begin(self, draft: Draft, item: ItemId | None = None) -> DraftId:
        """A new draft of this process; ``item``: the message in Drafts that it was opened from."""
        with self._lock, self._keep.changing() as connection:
            return draftrows.insert(connection, draft, item, self._token(), self._now(), filed=item is not None)

    def save(self, number: DraftId, draft: Draft) -> None:
        """Keep what was typed; durable on return. Raises NotFound when another process ended this draft."""
        with self._lock, self._keep.changing() as connection:
            saved = connection.execute(
                "UPDATE draft SET account = ?, content = ?, files = ?, filed = 0, editor = ?, changed = ?"
                " WHERE id = ? AND content <> ?",
                (
                    draft.identity.account,
                    draftrows.pack(draft),
                    draftrows.files(draft),
                    self._token(),
                    self._now(),
                    number,
                    draftrows.pack(draft),
                ),
            )
            if not saved.rowcount:
                self._row(number)  # unchanged, or gone

    def read(self, number: DraftId) -> tuple[Draft, ItemId | None]:
        """A draft and the message in Drafts that stands for it. Raises NotFound."""
        with self._lock, translated(self._keep.path):
            row = self._row(number)
        return draftrows.unpack(row[0]), None if row[1] is None else ItemId(row[1])

    def take(self, number: DraftId) -> Draft:
        """As ``read``; this process writes it from now on."""
        with self._lock, self._keep.changing() as connection:
            self._row(number)
            connection.execute("UPDATE draft SET editor = ? WHERE id = ?", (self._token(), number))
        return self.read(number)[0]

    # -- the folder

    def file(self, number: DraftId) -> ItemId:
        """Put what is saved into the account's Drafts folder, in the place of the version that is there.

        The version before goes only when the server has the new one. The row stays, for writing goes on.
        """
        return self._file(number, forget=False)

    def leave(self, number: DraftId) -> ItemId:
        """As ``file``; the row goes: the message in Drafts is all there is now."""
        return self._file(number, forget=True)

    def discard(self, number: DraftId) -> None:
        """Remove the draft and its message in Drafts. One that is gone already is no error."""
        with self._lock:
            try:
                _draft, item = self.read(number)
            except NotFound:
                return
            removal = self._removal(item)
            with self._keep.changing() as connection:
                connection.execute("DELETE FROM draft WHERE id = ?", (number,))
                if removal is not None:
                    self._keep.insert_operation(removal, self._now(), None)

    def abandoned(self, patience: int = _TAKEN_SECONDS) -> list[tuple[DraftId, Draft]]:
        """Drafts whose process has ended without filing them, oldest first.

        One that came back from the outbox is left for so many seconds to the composer that may be about to open it.
        """
        with self._lock, translated(self._keep.path):
            rows = self._keep.connection.execute(
                "SELECT id, content, editor FROM draft WHERE editor <> '' OR changed <= ? ORDER BY id",
                (self._now() - patience,),
            ).fetchall()
        own = self._editor.token if self._editor is not None else ""
        return [
            (DraftId(number), draftrows.unpack(content))
            for number, content, editor in rows
            if not editor or (editor != own and not is_open(self._home, editor))
        ]

    def file_abandoned(self, patience: int = _TAKEN_SECONDS) -> int:
        """File what accidents left behind; how many there were. ``patience`` as in ``abandoned``."""
        found = self.abandoned(patience)
        for number, _draft in found:
            self.leave(number)
        return len(found)

    # -- octets

    def attach(self, path: Path) -> AttachedFile:
        """Copy a file, so that it can be sent whatever becomes of it. Raises UsageError."""
        shown = expanded(path)
        try:
            # Not blocking: what is no plain file (a pipe, a terminal) is refused before anything is read from it.
            descriptor = os.open(shown, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
            with os.fdopen(descriptor, "rb") as stream:
                status = os.fstat(stream.fileno())
                if not stat.S_ISREG(status.st_mode):
                    raise UsageError(_("{path} is no file that can be attached.").format(path=shown))
                if status.st_size > LARGEST_FILE:
                    raise UsageError(
                        _("{path} is too large to be sent by mail: share it some other way.").format(path=shown)
                    )
                octets = stream.read()
        except OSError as error:
            raise UsageError(
                _("{path} cannot be attached: {reason}.").format(path=shown, reason=error.strerror or error)
            ) from error
        kind, encoding = mimetypes.guess_type(shown.name)
        kind = "application/octet-stream" if kind is None or encoding is not None else kind
        return AttachedFile(safe_name(shown.name), kind, len(octets), self._raw.put(octets))

    def keep(self, octets: bytes) -> str:
        """Octets of an attachment that comes from a message; the name they are kept under."""
        return self._raw.put(octets)

    def octets(self, raw: str) -> bytes:
        """What ``attach`` or ``keep`` kept. Raises NotFound."""
        found = self._raw.read(raw)
        if found is None:
            raise NotFound(_("An attached file is not there any more: attach it once more."))
        return found

    def close(self) -> None:
        """End the writing of this process."""
        with self._lock:
            if self._editor is not None:
                self._editor.close()
            self._keep.close()

    # -- inside

    def _file(self, number: DraftId, *, forget: bool) -> ItemId:
        with self._lock:
            draft, item = self.read(number)
            with translated(self._keep.path):
                (filed,) = self._keep.connection.execute("SELECT filed FROM draft WHERE id = ?", (number,)).fetchone()
            if item is not None and filed and self._reader.refs([item]):
                if forget:
                    with self._keep.changing() as connection:
                        connection.execute("DELETE FROM draft WHERE id = ?", (number,))
                return item
            return self._add(number, draft, item, forget=forget)

    def _add(self, number: DraftId, draft: Draft, before: ItemId | None, *, forget: bool) -> ItemId:
        account = current_name(self._home, draft.identity.account)  # it may have another since writing began
        folder = self._gestures.role_folder(account, Role.DRAFTS)
        now = self._now()
        name = self._raw.put(build_draft(draft, self.octets, self._clock.now()))
        new = ItemId(self._journal.draw_items(1)[0])
        append = Operation(
            id=UNNUMBERED,
            account=account,
            kind=OperationKind.APPEND,
            items=(),
            add=Flag.DRAFT | Flag.SEEN,
            target=folder,
            copies=(new,),
            raw=name,
            received=now,
        )
        removal = self._removal(before)
        with self._keep.changing() as connection:
            added = self._keep.insert_operation(append, now, None)
            if removal is not None:
                self._keep.insert_operation(replace(removal, after=added), now, None)
            if forget:
                connection.execute("DELETE FROM draft WHERE id = ?", (number,))
            else:
                connection.execute("UPDATE draft SET item = ?, filed = 1 WHERE id = ?", (new, number))
        return new

    def _removal(self, item: ItemId | None) -> Operation | None:
        return None if item is None else removal(self._reader, item)

    def _row(self, number: DraftId) -> tuple[str, int | None]:
        row: tuple[str, int | None] | None = self._keep.connection.execute(
            "SELECT content, item FROM draft WHERE id = ?", (number,)
        ).fetchone()
        if row is None:
            raise NotFound(_("This draft was sent or discarded in another window."))
        return row

    def _token(self) -> str:
        if self._editor is None:
            self._editor = Editor(self._home)
        return self._editor.token

    def _now(self) -> int:
        return int(self._clock.now())


def removal(reader: Reader, item: ItemId) -> Operation | None:
    """The operation that takes a message out of Drafts; None when it is gone already."""
    found = reader.items([item])
    refs = tuple(reader.refs([item]))
    if not found or not refs:
        return None
    return Operation(UNNUMBERED, found[0].account, OperationKind.EXPUNGE, refs)
