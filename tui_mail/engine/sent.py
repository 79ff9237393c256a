"""What follows a message that was sent: the copy in Sent, the flag on what it answers, and looking for a lost one.

Owns the rules of the Sent copy. Must not know how a message is sent.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from contextlib import suppress

from tui_mail.backends.smtp.habits import saves_sent
from tui_mail.config.accounts import Account, Kind, identities
from tui_mail.engine.account import Runner
from tui_mail.engine.core import Core
from tui_mail.model.errors import Gone, NotFound, Refused, TuiMailError
from tui_mail.model.flags import Flag
from tui_mail.model.ids import AccountName, FolderId, ItemId
from tui_mail.model.mail import Item, Role
from tui_mail.model.operation import UNNUMBERED, Operation, OperationKind
from tui_mail.model.outbox import OutboxMessage
from tui_mail.store.gestures.journal import Journal
from tui_mail.store.gestures.messages import Gestures
from tui_mail.store.reader import Reader
from tui_mail.store.sending.delivery import Delivery

log = logging.getLogger(__name__)

SETTLE_SECONDS = 3.0
"""How long a server that is not known is given to file its own copy."""


class Sent:
    """The sent mail of one account."""

    def __init__(
        self,
        core: Core,
        delivery: Delivery,
        account: Account,
        runner: Runner,
        *,
        alone: bool,
        wake: Callable[[], Awaitable[None]],
    ) -> None:
        self._core = core
        self._delivery = delivery
        self._account = account
        self._runner = runner
        self._alone = alone
        self._wake = wake

    async def marks(self, message: OutboxMessage) -> list[Operation]:
        """What flags the messages that this one answers or forwards, in every folder they are in."""
        wanted = [(message.answers, Flag.ANSWERED), *((name, Flag.FORWARDED) for name in message.forwards)]
        found: list[Operation] = []
        for message_id, flag in wanted:
            if message_id:
                operation = await self._core.read(
                    lambda reader, message_id=message_id, flag=flag: _mark(reader, self._account, message_id, flag)  # type: ignore[misc]  # mypy cannot infer a lambda with defaults
                )
                if operation is not None:
                    found.append(operation)
        return found

    async def settle(self) -> None:
        """See to the copies that are still to be made; those that cannot be made now are left for the next time."""
        for message in await asyncio.to_thread(self._delivery.uncopied, self._account.name):
            try:
                await self._copy(message)
            except TuiMailError as error:
                log.info("%s: the copy of message %d waits: %s", self._account.name, message.id, error.text)
                return

    async def find(self, message: OutboxMessage) -> bool:
        """Look for a message of unknown outcome in Sent and, if it went to oneself, in the inboxes; True when found."""
        own = {one.address.lower() for one in identities(self._account)}
        to_self = any(one.address.lower() in own for one in message.recipients)
        with suppress(TuiMailError):  # not reached now: what the store knows is looked at all the same
            await self._look("sent")
            if to_self:
                await self._look("inbox")
        roles = await self._roles(message.message_id, None)
        if not roles & {Role.SENT, Role.INBOX}:
            return False
        flags = await self.marks(message)
        await asyncio.to_thread(self._delivery.found, message.id, copied=Role.SENT in roles, flags=flags)
        return True

    # -- the copy

    async def _copy(self, message: OutboxMessage) -> None:
        host = self._account.smtp.host if self._account.smtp is not None else ""
        saves = await asyncio.to_thread(self._known, host)
        if saves is None:
            await self._core.timing.sleep(SETTLE_SECONDS)
            await self._look("sent")
            saves = Role.SENT in await self._roles(message.message_id, self._account.name)
            await asyncio.to_thread(self._delivery.note_habit, self._account.name, host, saves=saves)
        append = None if saves else await self._core.read(lambda reader: self._append(reader, message))
        await asyncio.to_thread(self._delivery.copied, message.id, append)
        self._core.list_changed()
        await self._wake()

    def _known(self, host: str) -> bool | None:
        """Whether the server keeps its own copy; None while that has to be seen."""
        if self._account.save_sent == "always" or self._account.kind is Kind.DEMO:
            return False
        if self._account.kind is Kind.POP3:
            return self._account.save_sent == "never"  # no server puts anything into local folders
        if self._account.save_sent == "never" or saves_sent(host):
            return True
        return self._delivery.saves_sent(self._account.name, host)

    def _append(self, reader: Reader, message: OutboxMessage) -> Operation:
        """The operation that puts the copy into Sent, which is created where it is missing."""
        journal = Journal(self._core.home, self._core.timing.clock)
        try:
            folder = Gestures(reader, journal).role_folder(self._account.owner, Role.SENT)
            (item,) = journal.draw_items(1)
        finally:
            journal.close()
        return Operation(
            id=UNNUMBERED,
            account=self._account.owner,
            kind=OperationKind.APPEND,
            items=(),
            add=Flag.SEEN,
            target=folder,
            copies=(ItemId(item),),
            raw=message.copy,
            received=message.sent or int(self._core.timing.now()),
        )

    # -- looking

    async def _look(self, role: str) -> None:
        """Bring the folder of a role up to date. Raises what connecting raises; a missing folder holds nothing."""
        if not self._alone and not self._runner.connected:
            raise Gone("not connected")  # its own loop connects, and this is tried again
        with suppress(NotFound, Gone, Refused):
            await self._runner.use(lambda session: session.round(role))

    async def _roles(self, message_id: str, account: AccountName | None) -> set[Role]:
        """The roles of the folders, of one account or of all, that hold a message with this Message-ID; no drafts."""

        def look(reader: Reader) -> set[Role]:
            folders = {folder.id: folder.role for folder in reader.folders()}
            items = [item for item in reader.find_message_id(message_id, account) if not item.flags & Flag.DRAFT]
            return {role for item in items if (role := folders.get(item.folder)) is not None}

        return await self._core.read(look)


def _mark(reader: Reader, account: Account, message_id: str, flag: Flag) -> Operation | None:
    """The operation that sets a flag on the copies of a message; None when there is nothing to set."""
    folders: dict[FolderId, Role | None] = {folder.id: folder.role for folder in reader.folders()}

    def meant(item: Item) -> bool:
        return not item.flags & flag and folders.get(item.folder) is not Role.DRAFTS

    items = [item.id for item in reader.find_message_id(message_id, account.owner) if meant(item)]
    refs = tuple(reader.refs(items))
    if not refs:
        return None
    return Operation(UNNUMBERED, account.owner, OperationKind.FLAGS, refs, add=flag)
