"""What is added to a server, and what is done to its folders: one operation at a time.

Owns the look that keeps a repeated append from adding a second copy. Must not know operations on messages
(``engine.operator``).
"""

from __future__ import annotations

import asyncio
import logging

from tui_mail.backends.protocol import MailBackend
from tui_mail.engine import sentences
from tui_mail.engine.core import Core
from tui_mail.engine.endings import Endings
from tui_mail.mime.envelope import parse_envelope
from tui_mail.mime.headers import split
from tui_mail.model.operation import Operation, OperationKind
from tui_mail.model.remote import FolderChange, FolderChangeKind
from tui_mail.store.mirror.results import ServerFolder

log = logging.getLogger(__name__)

_HEADER_LIMIT = 65536
_FOLDER_KINDS = {
    OperationKind.CREATE_FOLDER: FolderChangeKind.CREATE,
    OperationKind.RENAME_FOLDER: FolderChangeKind.RENAME,
    OperationKind.DELETE_FOLDER: FolderChangeKind.DELETE,
    OperationKind.SUBSCRIBE: FolderChangeKind.SUBSCRIBE,
    OperationKind.UNSUBSCRIBE: FolderChangeKind.UNSUBSCRIBE,
}
_PARTING = frozenset({OperationKind.DELETE_FOLDER, OperationKind.UNSUBSCRIBE})
"""Done where the folder is gone."""


class Filing:
    """Of one connected account. Raises Refused, Gone, and what ends a connection."""

    def __init__(self, core: Core, backend: MailBackend, endings: Endings, listing: asyncio.Lock) -> None:
        self._core = core
        self._backend = backend
        self._endings = endings
        self._listing = listing
        """Held while a folder is made, renamed or deleted."""

    async def append(self, operation: Operation, target: ServerFolder) -> None:
        """Add a message to ``target``; after an earlier try, unless it is there."""
        endings = self._endings
        uidnext = (await self._backend.status(target.name)).uidnext or 0
        tried = (await endings.start([operation], uidnext))[operation.id]
        path = self._core.home.raw_dir / operation.raw
        try:
            stream = path.open("rb")
        except OSError:
            log.exception("%s: operation %d", operation.account, operation.id)
            await endings.conflict(operation, sentences.no_bytes())
            return
        with stream:
            appended = None
            if tried:
                head = stream.read(_HEADER_LIMIT)
                message_id = parse_envelope(head[: split(head)[0]]).message_id
                stream.seek(0)
                if message_id:
                    appended = await self._backend.find_appended(target.name, f"<{message_id}>", tried)
                elif uidnext != tried:
                    await endings.conflict(operation, sentences.maybe_twice())
                    return
            if appended is None:
                received = operation.received or int(self._core.timing.now())
                appended = await self._backend.append(
                    target.name, stream, path.stat().st_size, operation.add, operation.add_keywords, received
                )
        await endings.confirm(operation, appended, target.id)
        endings.changed(operation, target.id)

    async def change_folder(self, operation: Operation, found: ServerFolder | None) -> None:
        """Make, rename or delete a folder, or turn its subscription; ``found``: it is in the store."""
        endings = self._endings
        create = operation.kind is OperationKind.CREATE_FOLDER
        if found is None and operation.kind in _PARTING:
            # Deleted already, perhaps by a try before that ended between the store's two files.
            await endings.confirm(operation)
            endings.changed(operation, None)
            return
        if found is None and not create:
            await endings.conflict(operation, sentences.gone_folder())
            return
        await endings.start([operation], 0)
        change = FolderChange(
            kind=_FOLDER_KINDS[operation.kind],
            path=operation.path if create or found is None else found.path,
            new_path=operation.path if operation.kind is OperationKind.RENAME_FOLDER else "",
            role=operation.role,
        )
        async with self._listing:
            remote = await self._backend.change_folder(change)
            await endings.confirm(operation, remote)
        self._core.list_changed()
        endings.changed(operation, operation.target)
