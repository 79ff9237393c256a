"""The IMAP backend: ``MailBackend`` over up to three connections of one account.

Owns what is asked of which part, and in which order of urgency. Keeps nothing that matters between calls. Must not know
the store.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncGenerator, Callable, Collection, Iterator, Sequence
from contextlib import aclosing
from pathlib import Path
from typing import BinaryIO, TypeVar

from tui_mail.backends.imap import apply as operations
from tui_mail.backends.imap import download, folders, maintain, news, pipeline, structure
from tui_mail.backends.imap.changes import Round
from tui_mail.backends.imap.cursor import Cursor, decode
from tui_mail.backends.imap.folders import Directory
from tui_mail.backends.imap.guard import confirmed, suspicious
from tui_mail.backends.imap.mailbox import Connection
from tui_mail.backends.imap.news import Seen
from tui_mail.backends.imap.pool import Pool
from tui_mail.backends.imap.protocol_log import ProtocolLog
from tui_mail.backends.imap.resync import within
from tui_mail.backends.imap.signin import sign_in
from tui_mail.backends.imap.sink import Sink
from tui_mail.backends.imap.transport import Timeouts
from tui_mail.backends.imap.worker import CrowdedOut, Priority, Worker
from tui_mail.backends.protocol import LocalView, Outcome
from tui_mail.backends.secret import SecretSource
from tui_mail.config.servers import Server
from tui_mail.model.clock import Clock, SystemClock
from tui_mail.model.flags import Flag
from tui_mail.model.remote import (
    Appended,
    Body,
    Caps,
    FolderChange,
    FolderStatus,
    NewMessage,
    Page,
    RemoteFolder,
    RemoteOperation,
    RemoteResult,
)
from tui_mail.model.structure import RemotePart

T = TypeVar("T")


class ImapBackend:
    """See ``MailBackend``. ``on_alert`` gets what the server wants a person to read; it is called on any thread.

    ``alone``: nobody comes in between, so that any connection may do anything, without regard for who might.
    ``protocol_log`` is a file for what is said on the wire, without secrets and mail.
    """

    def __init__(
        self,
        server: Server,
        user: str,
        secret: SecretSource,
        *,
        clock: Clock | None = None,
        timeouts: Timeouts | None = None,
        connections: int = 3,
        alone: bool = False,
        compress: bool | None = None,
        without: frozenset[str] = frozenset(),
        on_alert: Callable[[str], None] | None = None,
        protocol_log: Path | None = None,
    ) -> None:
        self._server = server
        self._user = user
        self._secret = secret
        self._timeouts = timeouts or Timeouts()
        self._compress = compress
        """None: unless the server is this machine."""
        self._without = without
        """Extensions that are not used, whatever the server offers."""
        self._on_alert = on_alert
        self._clock = clock or SystemClock()
        self._log = None if protocol_log is None else ProtocolLog(protocol_log, self._clock)
        self._directory = Directory()
        self._seen: dict[str, Seen] = {}
        self._stops: set[threading.Event] = set()
        self._alone = alone
        self._pool = Pool(self._open, self._clock, connections, alone=alone)
        self._interactive = self._pool.interactive

    # -- MailBackend

    async def connect(self) -> Caps:
        profile = await self._interactive.run(lambda connection: connection.profile, Priority.PERSON)
        quirks = profile.quirks
        return Caps(
            server=profile.name,
            keywords=quirks.keywords,
            push=profile.has("IDLE"),
            delta=profile.has("CONDSTORE"),
            move=profile.has("MOVE"),
            safe_expunge=profile.has("UIDPLUS"),
            saves_sent=quirks.saves_sent,
            exact_raw=quirks.exact_raw,
        )

    async def folders(self) -> list[RemoteFolder]:
        return await self._interactive.run(
            lambda connection: folders.list_folders(
                connection.session, self._directory, connection.profile.quirks.depth
            ),
            Priority.PERSON,
        )

    async def status(self, folder: str) -> FolderStatus:
        return await self._interactive.run(
            lambda connection: folders.folder_status(connection.session, self._directory, folder), Priority.PERSON
        )

    def changes(self, folder: str, cursor: bytes, local: LocalView) -> AsyncGenerator[Page, None]:
        """``local`` is asked on the caller's thread, after every page but the last was taken."""
        return self.changes_since(folder, cursor, local, 0)

    async def changes_since(
        self, folder: str, cursor: bytes, local: LocalView, since: int
    ) -> AsyncGenerator[Page, None]:
        """See ``LeavesOldMail``."""
        if not cursor and self._interactive.connected and self._pool.bulk_to_come:
            # Nothing to show yet: the newest over the connection that is there, while that for long work is made.
            ahead = asyncio.ensure_future(self._pool.bulk.run(lambda _connection: None))
            try:
                first = await self._interactive.run(
                    lambda connection: next(
                        Round(connection, folder, b"", self._interactive, since=since).pull(), None
                    ),
                    Priority.PERSON,
                )
                if first is not None:
                    cursor = first.cursor
                    yield first
                await ahead
            except CrowdedOut:
                self._pool.crowded_out(self._pool.bulk)
            finally:
                ahead.cancel()
                await asyncio.gather(ahead, return_exceptions=True)
        rounds: list[Round] = []
        async with self._pool.long_work() as worker:
            deep = self._alone or worker is self._pool.bulk

            def pull(connection: Connection) -> Iterator[Page]:
                rounds.append(Round(connection, folder, cursor, worker, deep=deep, since=since))
                return rounds[-1].pull()

            async with aclosing(worker.stream(pull)) as pages:
                async for page in pages:
                    yield page
            last = await self._settle(rounds[-1], worker, local)
        yield last

    async def bodies(self, folder: str, uidvalidity: int, uids: Sequence[int]) -> AsyncGenerator[Body, None]:
        def pull(connection: Connection, worker: Worker) -> Iterator[list[Body]]:
            return download.bodies(connection, folder, uidvalidity, uids, worker)

        async with aclosing(self._pool.stream(pull)) as batches:
            async for batch in batches:
                for body in batch:
                    yield body

    async def fetch(self, folder: str, uidvalidity: int, uid: int, sink: BinaryIO, part: str = "") -> int:
        guarded = Sink(sink)
        try:
            return await self._interactive.run(
                lambda connection: download.whole(
                    connection, folder, uidvalidity, uid, part, guarded.write, self._interactive
                ),
                Priority.PERSON,
            )
        finally:
            guarded.abandon()

    async def structure(self, folder: str, uidvalidity: int, uid: int) -> RemotePart:
        """See ``TakesApart``."""
        return await self._interactive.run(
            lambda connection: structure.told(connection, folder, uidvalidity, uid), Priority.PERSON
        )

    async def outline(
        self, folder: str, uidvalidity: int, uid: int, whole: RemotePart, wanted: Collection[str]
    ) -> bytes:
        """See ``TakesApart``."""
        return await self._interactive.run(
            lambda connection: structure.outline(
                connection, folder, uidvalidity, uid, whole, wanted, self._interactive
            ),
            Priority.PERSON,
        )

    async def apply(self, operation: RemoteOperation) -> RemoteResult:
        return await self._interactive.run(
            lambda connection: operations.apply(connection, operation, self._interactive), Priority.OPERATION
        )

    async def apply_each(self, operations: Sequence[RemoteOperation]) -> AsyncGenerator[tuple[int, Outcome], None]:
        """See ``AppliesSeveral``."""

        def carry_out(connection: Connection) -> Iterator[tuple[int, Outcome]]:
            return pipeline.apply_each(connection, operations, self._interactive)

        # The connection never waits for what is done with outcomes here.
        async with aclosing(self._interactive.stream(carry_out, Priority.OPERATION, len(operations))) as outcomes:
            async for outcome in outcomes:
                yield outcome

    async def append(
        self, folder: str, raw: BinaryIO, size: int, flags: Flag, keywords: tuple[str, ...], received: int
    ) -> Appended:
        return await self._interactive.run(
            lambda connection: operations.append(connection, folder, raw, size, (flags, keywords), received),
            Priority.OPERATION,
        )

    async def find_appended(self, folder: str, message_id: str, uidnext: int) -> Appended | None:
        return await self._interactive.run(
            lambda connection: operations.find_appended(connection, folder, message_id, uidnext), Priority.OPERATION
        )

    async def change_folder(self, change: FolderChange) -> RemoteFolder | None:
        return await self._interactive.run(
            lambda connection: maintain.change_folder(connection, change), Priority.OPERATION
        )

    async def search(self, folder: str, text: str) -> list[int]:
        return await self._interactive.run(
            lambda connection: maintain.search_text(connection, folder, text), Priority.PERSON
        )

    async def wait(self, folder: str, seconds: float) -> bool:
        stop = threading.Event()
        self._stops.add(stop)
        try:
            if self._pool.has_room(self._pool.idle):
                try:
                    return await self._pool.idle.run(
                        lambda connection: news.wait(connection, folder, self._seen.get(folder), seconds, stop)
                    )
                except asyncio.CancelledError:
                    stop.set()
                    self._pool.idle.interrupt()
                    raise
                except CrowdedOut:
                    self._pool.crowded_out(self._pool.idle)
            # No connection to spare: the person's work would stand behind the wait.
            return await self._ask_now_and_then(folder, seconds, stop)
        finally:
            stop.set()
            self._stops.discard(stop)

    async def interrupt(self) -> None:
        for stop in self._stops:
            stop.set()
        self._pool.idle.interrupt()

    async def close(self) -> None:
        await self.interrupt()
        await self._pool.close()
        if self._log is not None:
            self._log.close()

    # -- for the engine, beside the protocol

    def is_current(self, cursor: bytes, status: FolderStatus, count: int) -> bool:
        """True when ``status`` (of ``folders``) shows that ``changes`` would bring nothing; ``count``: in the store."""
        known = decode(cursor)
        if known is not None and not count and not known.older and status.total == 0:
            return known.uidvalidity == status.uidvalidity  # whatever came is gone again
        return (
            known is not None
            and not known.wanted
            and bool(known.modseq)
            and (known.uidvalidity, known.uidnext, known.modseq, count + known.older)
            == (status.uidvalidity, status.uidnext, status.highestmodseq, status.total)
        )

    def nothing_in(self, folder: str, status: FolderStatus) -> Page | None:
        """The only page of a folder that is empty by ``status`` (of ``folders``); None when it does not say enough.

        Its cursor vouches for nothing: what is there at the next look is new.
        """
        if status.total != 0 or not status.uidvalidity:
            return None
        self._seen[folder] = Seen(status.uidvalidity, status.uidnext or 0, 0, status.highestmodseq or 0)
        return Page(status.uidvalidity, Cursor(status.uidvalidity).encode(), last=True, total=0)

    @property
    def abreast(self) -> int:
        """See ``ReadsAbreast`` of the engine."""
        return self._pool.breadth

    @property
    def traffic(self) -> tuple[int, int]:
        """Octets received and sent, encrypted or not, over all connections."""
        return self._pool.traffic

    # -- inside

    def _open(self, before: Connection | None) -> Connection:
        session, profile = sign_in(
            self._server, self._user, self._secret, self._timeouts, self._on_alert,
            self._log.of_connection() if self._log is not None else None,
            compress=self._compress, without=self._without,
            before=before.profile if before is not None else None,
            enabled=before.session.enabled if before is not None else frozenset(),
        )  # fmt: skip
        return Connection(session, profile, self._directory)

    async def _settle(self, pulled: Round, worker: Worker, local: LocalView) -> Page:
        """The last page: what vanished, found by comparing numbers first and UIDs only when they differ."""
        count = local.count()
        known: Sequence[int] | None = None
        gone = pulled.gone(count)
        if gone is None:
            known = local.uids()
            gone = within(pulled.vanished, known)
        left = count - len(gone)
        vanished, new = sorted(gone), []
        here = await worker.run(lambda connection: pulled.on(connection).differing(left))
        if here is not None:
            known = local.uids() if known is None else known
            found, missing = await worker.run(lambda _connection: pulled.compare(here, known))
            pulled.doubt(gone, found, missing)
            vanished = sorted(gone.union(found))
            if missing:
                new = await worker.run(lambda connection: pulled.on(connection).fetch_missing(missing))
        if suspicious(len(vanished), count):
            await worker.renew()
            again = await worker.run(lambda connection: pulled.on(connection).differing(-1))
            vanished = confirmed(vanished, again)
        return await worker.run(lambda connection: self._remember(pulled.on(connection), new, vanished))

    def _remember(self, pulled: Round, new: list[NewMessage], vanished: list[int]) -> Page:
        page = pulled.last_page(new, vanished)
        cursor = pulled.cursor
        self._seen[pulled.folder] = Seen(cursor.uidvalidity, cursor.uidnext, page.total or 0, cursor.modseq)
        return page

    async def _ask_now_and_then(self, folder: str, seconds: float, stop: threading.Event) -> bool:
        loop = asyncio.get_running_loop()
        end = loop.time() + seconds
        before = self._seen.get(folder)
        while True:
            now = await self._interactive.run(lambda connection: news.look(connection, folder), Priority.PERSON)
            if before is not None and now != before:
                return True
            before = now
            left = end - loop.time()
            if left <= 0 or await asyncio.to_thread(stop.wait, min(left, self._timeouts.poll)):
                return False
