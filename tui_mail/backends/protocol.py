"""The one protocol between the engine and any kind of mail server.

A backend knows folders by their server name and messages by (folder, UIDVALIDITY, UID). It keeps no state that matters:
what it needs to go on is in the opaque cursor it hands out with each page, and the engine commits page and cursor in
one transaction. It raises only errors of ``model.errors``; the engine alone sleeps and retries. Every call may be
cancelled as an asyncio task; the backend then leaves its connection usable or closes it.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Awaitable, Callable, Collection, Sequence
from typing import BinaryIO, Protocol, runtime_checkable

from tui_mail.model.errors import Gone, Refused
from tui_mail.model.flags import Flag
from tui_mail.model.remote import (
    Appended,
    Body,
    Caps,
    Collected,
    FolderChange,
    FolderStatus,
    Outgoing,
    Page,
    Receipt,
    RemoteFolder,
    RemoteOperation,
    RemoteResult,
)
from tui_mail.model.structure import RemotePart


class LocalView(Protocol):
    """What the store holds of a folder, so that a backend can find out what vanished."""

    def count(self) -> int:
        """Messages of this folder that are in the store with a UID."""
        ...

    def uids(self) -> Sequence[int]:
        """Their UIDs, ascending."""
        ...


class MailBackend(Protocol):
    """One account's server. Calls on different folders may overlap; the backend queues what cannot."""

    async def connect(self) -> Caps:
        """Connect and sign in. Raises SignInRefused, Unreachable (or a kind of it), Refused."""
        ...

    async def folders(self) -> list[RemoteFolder]:
        """Every folder, with its status where that costs no round trip of its own."""
        ...

    async def status(self, folder: str) -> FolderStatus:
        """The numbers of one folder."""
        ...

    def changes(self, folder: str, cursor: bytes, local: LocalView) -> AsyncIterator[Page]:
        """What is newer than ``cursor`` (b"": everything, newest first, the first page small).

        Stopping in the middle is safe: the next call with the last committed cursor goes on from there.
        """
        ...

    def bodies(self, folder: str, uidvalidity: int, uids: Sequence[int]) -> AsyncIterator[Body]:
        """Whole messages, in the order the server gives them; those gone are left out. Never marks as seen."""
        ...

    async def fetch(self, folder: str, uidvalidity: int, uid: int, sink: BinaryIO, part: str = "") -> int:
        """Stream one whole message (or one part, still encoded) into ``sink``; returns octets. Raises Gone."""
        ...

    async def apply(self, operation: RemoteOperation) -> RemoteResult:
        """Carry out one operation; raises Refused when the server says no for good."""
        ...

    async def append(
        self, folder: str, raw: BinaryIO, size: int, flags: Flag, keywords: tuple[str, ...], received: int
    ) -> Appended:
        """Add a message. NOT idempotent: see ``find_appended``."""
        ...

    async def find_appended(self, folder: str, message_id: str, uidnext: int) -> Appended | None:
        """Look among UIDs from ``uidnext`` on for a message with this Message-ID (with angle brackets)."""
        ...

    async def change_folder(self, change: FolderChange) -> RemoteFolder | None:
        """Create, rename, delete, subscribe; already so is no error. Returns the folder where there is one."""
        ...

    async def search(self, folder: str, text: str) -> list[int]:
        """UIDs whose headers or body hold ``text`` by the server's own search, newest first."""
        ...

    async def wait(self, folder: str, seconds: float) -> bool:
        """True as soon as something changed in ``folder``; False after ``seconds`` without news."""
        ...

    async def interrupt(self) -> None:
        """Make a running ``wait`` return at once."""
        ...

    async def close(self) -> None:
        """End every connection. Never expunges."""
        ...


@runtime_checkable
class LeavesOldMail(Protocol):
    """A backend that need not bring a whole folder here."""

    def changes_since(self, folder: str, cursor: bytes, local: LocalView, since: int) -> AsyncIterator[Page]:
        """As ``changes``, but what was received before ``since`` (seconds UTC) and is not in the store may stay on the
        server; pages say how much of it (``Page.older``).

        What is here already stays known. An earlier ``since`` than before brings what lies between, 0 everything.
        """
        ...


Outcome = RemoteResult | Refused | Gone
"""What became of an operation for good."""


@runtime_checkable
class AppliesSeveral(Protocol):
    """A backend that may have several operations under way, so that a far server costs few round trips for many."""

    def apply_each(self, operations: Sequence[RemoteOperation]) -> AsyncGenerator[tuple[int, Outcome], None]:
        """Carry out ``operations``, which ask the same (flags, or a move) of messages of one folder.

        Each one's number among them and what became of it, as soon as that is known. Raises Unreachable and the like:
        those whose outcome was not told by then may be done or not.
        """
        ...


@runtime_checkable
class TakesApart(Protocol):
    """A backend whose server tells what a message consists of; parts come one by one by ``MailBackend.fetch``."""

    async def structure(self, folder: str, uidvalidity: int, uid: int) -> RemotePart:
        """What one message consists of. Raises Gone, Refused; Refused also when what the server says makes no sense."""
        ...

    async def outline(
        self, folder: str, uidvalidity: int, uid: int, whole: RemotePart, /, wanted: Collection[str]
    ) -> bytes:
        """The message with the bodies of the parts ``wanted`` alone (``mime.outline``); ``whole`` is its structure.

        Raises as ``structure`` does. Never marks as seen.
        """
        ...


@runtime_checkable
class Collects(Protocol):
    """A backend whose folders are here and whose mail has to be fetched from elsewhere.

    Its other calls need no network. What these raise is about that other server and no reason to end the session.
    """

    async def check(self) -> Caps:
        """Sign in there and leave again, without a trace here. Raises as ``connect`` does."""
        ...

    async def collect(self, progress: Callable[[int, int], None]) -> Collected:
        """Fetch what is new there, and delete what may go; ``progress`` is told of messages fetched and to be fetched.

        Raises SignInRefused, Unreachable, Throttled, Refused, StoreError; what had come whole by then stays.
        """
        ...

    async def rest(self, uidvalidity: int, uid: int, progress: Callable[[int, int], None]) -> None:
        """Fetch a message whole of which only the header is here. Raises Gone, and as ``collect`` does.

        No folder is named: here every UIDVALIDITY is another.
        """
        ...


class MailSender(Protocol):
    """One account's server for sending. One message at a time; nothing is queued or repeated here."""

    async def connect(self) -> int:
        """Connect and sign in; the largest message it takes, octets (0: it does not say).

        Raises SignInRefused, Unreachable (or a kind of it), Throttled, Refused. On a live connection it only asks
        whether it is alive still.
        """
        ...

    async def send(self, message: Outgoing, commit: Callable[[], Awaitable[None]]) -> Receipt:
        """Send one message; ``commit`` is awaited when all but the final dot is at the server, and must make durable
        that it may be sent from then on. What it raises ends the transaction before the dot.

        Before ``commit``: Unreachable and Throttled mean try again later; Refused and RecipientsRefused that the
        server said no for good, and nobody got it. After: OutcomeUnknown when no answer came, Refused and Throttled
        when the answer was no (then nobody got it).
        """
        ...

    async def close(self) -> None:
        """End the connection; a message in the middle is given up without its final dot."""
        ...
