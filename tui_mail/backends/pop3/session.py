"""One signed-in session with a POP3 server: what is there, messages as they are, deletions, and how it ended.

    async with await Pop3Session.open(server, user, secret) as session:
        listing = await session.listing()
        async for got in session.retrieve_many(numbers, sinks):
            ...  # make durable
        await session.delete(durable)
        ended = await session.quit()

Nothing is deleted before ``quit``, and nothing at all when the session ends in any other way: leaving the block, an
error, a cancellation and ``close`` only end the connection, upon which the server keeps everything (RFC 1939, 6). So
``quit`` comes after all that was retrieved is durable; some servers put away by themselves what was retrieved.

A session does one thing at a time. Whatever goes wrong with the connection or an answer ends it, and it then raises
Unreachable for ever; a refusal of one message or command does not. It raises errors of ``model.errors`` and what a sink
raises. Must not know the store nor why something is deleted.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Any, BinaryIO, Final, Self

from tui_mail.backends.pop3 import listing as tables
from tui_mail.backends.pop3 import replies
from tui_mail.backends.pop3.capabilities import Capabilities
from tui_mail.backends.pop3.connect import connect
from tui_mail.backends.pop3.fetch import MAX_MESSAGE, WINDOW_OCTETS, Answer, Fetching
from tui_mail.backends.pop3.identity import Identities, Known, header_fingerprint, identify, questions
from tui_mail.backends.pop3.listing import Listing
from tui_mail.backends.pop3.outcomes import HEAD, Ended, Retrieved, Top, Update
from tui_mail.backends.pop3.replies import Reply
from tui_mail.backends.pop3.signin import sign_in
from tui_mail.backends.pop3.talk import Talk
from tui_mail.backends.pop3.wire import Timeouts
from tui_mail.backends.secret import SecretSource
from tui_mail.config.servers import Server
from tui_mail.model.errors import Refused, Throttled, TuiMailError
from tui_mail.model.words import _

_DELETIONS: Final = 50
"""DELE under way where the server takes several."""
_REFUSALS: Final = 20
_HEADER: Final = 4_096
_LINE: Final = 80
"""Octets that a header and a line are expected to have."""


class Pop3Session:
    """A connection from sign-in to QUIT."""

    def __init__(self, talk: Talk, capabilities: Capabilities) -> None:
        self.capabilities = capabilities
        self.host = talk.host
        self._talk = talk
        self._listing: Listing | None = None
        self._marked: set[int] = set()
        self._fetching: Fetching | None = None
        self._busy = False

    @classmethod
    async def open(
        cls, server: Server, user: str, secret: SecretSource, timeouts: Timeouts | None = None
    ) -> Pop3Session:
        """Connect and sign in, once.

        Raises SignInRefused, Unreachable and its kinds, Throttled (the mailbox is in use, a pause is wanted), Refused,
        ConfigError.
        """
        value = await asyncio.to_thread(secret)
        talk = await connect(server, timeouts or Timeouts())
        try:
            return cls(talk, await sign_in(talk, user, value))
        except BaseException:
            talk.wire.abort()
            raise

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_exc: object) -> None:
        await self.close()

    @property
    def alive(self) -> bool:
        return self._talk.wire.alive

    @property
    def marked(self) -> frozenset[int]:
        """The messages that the server deletes at ``quit``."""
        return frozenset(self._marked)

    # -- what is there

    async def listing(self) -> Listing:
        """STAT, LIST and UIDL, before anything is marked for deletion. Raises Throttled, Refused, Unreachable and its
        kinds.
        """
        names = self.capabilities.may("UIDL")
        with self._turn():
            await self._settle()
            if self.capabilities.pipelining:
                await self._talk.say(b"STAT", b"LIST", *([b"UIDL"] if names else []))
            first = await self._answer(b"STAT")
            stat = tables.parse_stat(first.text) if first.ok else (0, 0)
            if stat is None:
                raise self._talk.nonsense()
            second = await self._answer(b"LIST")
            sizes = await self._talk.lines(stat[0]) if second.ok else []
            third = await self._answer(b"UIDL") if names else Reply(ok=False)
            uidls = await self._talk.lines(stat[0]) if third.ok else None
        for reply in (first, second):
            if not reply.ok:
                raise self._refusal(reply, _("The list of messages could not be read"))
        if not third.ok and (later := replies.temporary(self.host, third, self.capabilities)):
            raise later
        self._listing = tables.parse(stat, sizes, uidls)
        return self._listing

    async def _answer(self, question: bytes) -> Reply:
        """The answer to one of several questions, which went out together where the server takes that."""
        if not self.capabilities.pipelining:
            await self._talk.say(question)
        return await self._talk.reply()

    # -- messages

    async def retrieve(self, number: int, sink: BinaryIO, limit: int = MAX_MESSAGE) -> int:
        """Write one message to ``sink``, octet for octet as the server has it; how many.

        Raises Gone, Refused, Throttled, Unreachable and its kinds; what ``sink`` holds is then no message. One larger
        than ``limit`` octets ends the session, too.
        """
        return (await self._one(self._retrieving([number], lambda _number: sink, limit))).octets

    async def retrieve_many(
        self, numbers: Iterable[int], sinks: Callable[[int], BinaryIO], limit: int = MAX_MESSAGE
    ) -> AsyncIterator[Retrieved]:
        """Write each message to the sink that ``sinks`` gives for its number; one ``Retrieved`` each, in order.

        Several are under way at once where the server takes that (PIPELINING): ``numbers`` is asked for the next when
        there is room. Who wants to stop early lets ``numbers`` end, or breaks out: the next command then lets what is
        under way pass. Sinks are written on the loop, and are neither flushed nor closed here.
        """
        sizes = self._listing.sizes if self._listing is not None else {}
        async for answer in self._answers(self._retrieving(numbers, sinks, limit)):
            error = self._not_given(answer)
            yield Retrieved(answer.number, answer.octets, sizes.get(answer.number, 0), error)

    async def top(self, number: int, lines: int = 0) -> bytes:
        """The header of a message and its first ``lines`` lines. Raises as ``retrieve`` does; Refused without TOP."""
        head = _Head()
        await self._one(self._reading([number], head, lines))
        return head.getvalue()

    async def tops(self, numbers: Iterable[int], lines: int = 0) -> AsyncIterator[Top]:
        """The same of many messages, as ``retrieve_many``."""
        head = _Head()
        async for answer in self._answers(self._reading(numbers, head, lines)):
            error = self._not_given(answer)
            yield Top(answer.number, b"" if error else head.getvalue(), error)

    def _retrieving(self, numbers: Iterable[int], sinks: Callable[[int], BinaryIO], limit: int) -> Fetching:
        sizes = self._listing.sizes if self._listing is not None else {}
        return Fetching(
            self._talk,
            numbers,
            lambda number: b"RETR %d" % number,
            sinks,
            expected=lambda number: sizes.get(number, WINDOW_OCTETS),
            limit=limit,
            pipelining=self.capabilities.pipelining,
        )

    def _reading(self, numbers: Iterable[int], head: _Head, lines: int) -> Fetching:
        if not self.capabilities.may("TOP"):
            raise Refused(_("{host} does not hand over headers alone (TOP).").format(host=self.host))
        return Fetching(
            self._talk,
            numbers,
            lambda number: b"TOP %d %d" % (number, lines),
            lambda _number: head.anew(),
            expected=lambda _number: _HEADER + _LINE * lines,
            limit=MAX_MESSAGE,
            pipelining=self.capabilities.pipelining,
        )

    async def _one(self, fetching: Fetching) -> Answer:
        with self._turn():
            await self._settle()
            answer = await fetching.next()
        assert answer is not None, "one number, one answer"
        if error := self._not_given(answer):
            raise error
        return answer

    async def recognise(self, known: Sequence[Known], listing: Listing) -> Identities:
        """Which of the messages are ``known``; asks for headers (TOP) only where UIDLs do not tell.

        Raises Throttled, Unreachable and its kinds.
        """
        headers: dict[int, str] = {}
        refusals = 0
        wanted = questions(known, listing)
        if wanted and self.capabilities.may("TOP"):
            async for top in self.tops(wanted):
                if isinstance(top.error, Throttled):
                    raise top.error
                if top.error is None:
                    headers[top.number] = header_fingerprint(top.raw)
                else:
                    refusals += 1
                if refusals >= _REFUSALS and not headers:
                    break  # who refuses so many refuses it for all
        return identify(known, listing, headers)

    async def _answers(self, fetching: Fetching) -> AsyncIterator[Answer]:
        with self._turn():
            await self._settle()
        self._fetching = fetching
        while True:
            if self._fetching is not fetching:
                raise RuntimeError("the session went on to something else")
            with self._turn():
                answer = await fetching.next()
            if answer is None:
                self._fetching = None
                return
            yield answer

    # -- deletions, and the end

    async def delete(self, numbers: Iterable[int]) -> dict[int, TuiMailError]:
        """Mark messages of the last ``listing`` for deletion at ``quit``; those that the server refused, and why.

        Raises Refused, and marks none, where the server contradicted itself about what is there; Unreachable and its
        kinds. Callers have made durable before what they name here.
        """
        listing = self._listing
        if listing is None or not listing.consistent:
            raise Refused(
                _("{host} contradicts itself about which messages it has, so none are deleted there.").format(
                    host=self.host
                )
            )
        wanted = [number for number in dict.fromkeys(numbers) if number not in self._marked]
        if unknown := [number for number in wanted if number not in listing.sizes]:
            raise ValueError(f"not in the listing: {unknown}")
        refused: dict[int, TuiMailError] = {}
        step = _DELETIONS if self.capabilities.pipelining else 1
        with self._turn():
            await self._settle()
            for start in range(0, len(wanted), step):
                batch = wanted[start : start + step]
                await self._talk.say(*(b"DELE %d" % number for number in batch))
                for number in batch:
                    reply = await self._talk.reply()
                    if reply.ok:
                        self._marked.add(number)
                    else:
                        refused[number] = self._refusal(reply, _("A message was not deleted"))
        return refused

    async def reset(self) -> None:
        """Take back every mark. Raises Refused, and ends the session, when the server does not let us."""
        with self._turn():
            await self._settle()
            reply = await self._talk.ask(b"RSET")
            if not reply.ok:
                raise self._refusal(reply, _("Deletions could not be taken back, so the connection was closed"))
        self._marked.clear()

    async def noop(self) -> None:
        """Ask whether the server is there still. Raises Refused, Throttled, Unreachable and its kinds."""
        with self._turn():
            await self._settle()
            reply = await self._talk.ask(b"NOOP")
        if not reply.ok:
            raise self._refusal(reply, _("The session does not go on"))

    async def quit(self) -> Ended:
        """Have the marked messages deleted, and end the session; what is known of it.

        Raises nothing but what a cancellation does, after which all is as with ``Update.UNKNOWN``.
        """
        said = False
        try:
            with self._turn():
                await self._settle()
                await self._talk.say(b"QUIT")
                said = True
                seconds = self._talk.timeouts.update if self._marked else self._talk.timeouts.leave
                reply = await self._talk.reply(seconds, silence=seconds)
                stray = self._talk.wire.unread  # one answer too many: this one need not be that to QUIT
        except TuiMailError as error:
            return Ended(Update.UNKNOWN if said else Update.UNSAID, error.text)
        finally:
            await self.close()
        if stray:
            return Ended(Update.UNKNOWN, reply.text)
        return Ended(Update.CONFIRMED if reply.ok else Update.REFUSED, reply.text)

    async def close(self) -> None:
        """End the connection without QUIT: the server deletes nothing."""
        await self._talk.wire.close()

    # -- inside

    @contextmanager
    def _turn(self) -> Iterator[None]:
        """One thing at a time; what does not end as it should ends the session."""
        if self._busy:
            raise RuntimeError("a session does one thing at a time")
        if not self.alive and not self._talk.wire.unread:
            raise replies.lost(self.host)
        self._busy = True
        try:
            yield
        except BaseException:
            self._talk.wire.abort()
            raise
        finally:
            self._busy = False

    async def _settle(self) -> None:
        """Read what nobody waits for any more."""
        fetching, self._fetching = self._fetching, None
        if fetching is not None:
            await fetching.settle()

    def _refusal(self, reply: Reply, what: str) -> TuiMailError:
        return replies.refusal(self.host, reply, self.capabilities, what)

    def _not_given(self, answer: Answer) -> TuiMailError | None:
        if answer.refusal is None:
            return None
        return replies.not_given(self.host, answer.refusal, self.capabilities)


class _Head(io.BytesIO):
    """A file that keeps the beginning of what is written to it."""

    def anew(self) -> _Head:
        self.seek(0)
        self.truncate()
        return self

    def write(self, octets: Any, /) -> int:
        super().write(octets[: max(0, HEAD - self.tell())])
        return len(octets)
