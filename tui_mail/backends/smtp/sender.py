"""An account's server for sending: one connection used again, and one transaction per message.

Owns the envelope (MAIL, RCPT) and the life of the connection. Never sends a message again by itself, and never sends to
some of those it is for. Must not know the outbox.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import Final

from tui_mail.backends.outgoing import check, whole_lines
from tui_mail.backends.secret import SecretSource
from tui_mail.backends.smtp.connection import Connection
from tui_mail.backends.smtp.data import send_body
from tui_mail.backends.smtp.failures import (
    PAUSE,
    Meaning,
    lost,
    meaning,
    not_understood,
    refusal,
    sentence,
    too_many_recipients,
)
from tui_mail.backends.smtp.signin import PATIENCE, Patience, sign_in
from tui_mail.config.servers import Server
from tui_mail.model.errors import RecipientsDeferred, RecipientsRefused, Refused, Throttled, Unreachable
from tui_mail.model.remote import Outgoing, Receipt, Reply
from tui_mail.model.words import _
from tui_mail.text.sizes import human_size

IDLE_SECONDS: Final = 60.0
"""A connection that nobody used for so long is not used again."""
MESSAGES: Final = 50
"""Of one connection; then a new one is made."""


class SmtpSender:
    """A ``MailSender`` over SMTP.

    A cancelled ``send`` ends the connection at once. Whether the message was sent is then known by ``commit`` alone:
    not called yet, it was not; called, it may have been.
    """

    def __init__(self, server: Server, user: str, secret: SecretSource, patience: Patience = PATIENCE) -> None:
        self._server = server
        self._user = user
        self._secret = secret
        self._patience = patience
        self._connection: Connection | None = None
        self._busy = asyncio.Lock()
        self._idle: asyncio.TimerHandle | None = None
        self._endings = 0
        """How often ``close`` was called."""

    async def connect(self) -> int:
        async with self._busy:
            try:
                return (await self._ready(b"NOOP")).limit
            finally:
                self._rest()

    async def send(self, message: Outgoing, commit: Callable[[], Awaitable[None]]) -> Receipt:
        check(message)
        raw = whole_lines(message.raw)
        async with self._busy:
            try:
                connection = await self._for_a_message()
                _check_size(connection, len(raw))
                return Receipt(await self._transaction(connection, message, raw, commit), message.recipients)
            finally:
                self._rest()

    async def close(self) -> None:
        self._endings += 1
        connection, self._connection = self._connection, None
        self._stop_resting()
        if connection is not None and self._busy.locked():
            connection.abort()
        elif connection is not None:
            await connection.leave()

    async def _for_a_message(self) -> Connection:
        """A connection without a transaction."""
        try:
            return await self._ready(b"RSET")
        except Refused as error:  # that is about connections, and says nothing about the message
            raise Throttled(error.text, PAUSE) from error

    async def _ready(self, question: bytes) -> Connection:
        """The connection there is, if it answers ``question``; else a new one."""
        endings = self._endings
        self._stop_resting()
        connection = self._connection
        if connection is not None and connection.messages < MESSAGES and connection.alive:
            try:
                reply = await connection.command(question, seconds=self._patience.connect)
                if meaning(reply) is Meaning.YES:
                    return connection
            except Unreachable:
                pass  # as servers do with a connection that rests: a new one is made
        if connection is not None:
            self._connection = None
            await connection.leave()
        client = await sign_in(self._server, self._user, self._secret, self._patience)
        connection = Connection(self._server, client, self._patience)
        if endings != self._endings:  # closed meanwhile
            connection.abort()
            raise lost(self._server.host)
        self._connection = connection
        return connection

    async def _transaction(
        self, connection: Connection, message: Outgoing, raw: bytes, commit: Callable[[], Awaitable[None]]
    ) -> Reply:
        connection.messages += 1
        try:
            await self._envelope(connection, message, len(raw))
            return await send_body(connection, raw, commit)
        except (Refused, Throttled):
            await self._forget(connection)
            raise
        except BaseException:
            connection.abort()
            raise

    async def _envelope(self, connection: Connection, message: Outgoing, size: int) -> None:
        """MAIL and RCPT. Raises when not everybody may be written to."""
        options = (b"SIZE=%d" % size,) if connection.takes_size else ()
        origin = b"FROM:<%s>" % message.sender.encode("ascii")
        reply = await connection.command(b"MAIL", origin, *options, seconds=self._patience.envelope)
        if meaning(reply) is not Meaning.YES:
            raise refusal(self._server.host, reply, _("The message was not sent"))
        accepted, replies = 0, dict[str, Reply]()
        for address in dict.fromkeys(message.recipients):
            target = b"TO:<%s>" % address.encode("ascii")
            try:
                reply = await connection.command(b"RCPT", target, seconds=self._patience.envelope)
            except Unreachable:
                if any(meaning(reply) is Meaning.NO for reply in replies.values()):
                    break  # as some do after a few wrong addresses: what was said before stands
                raise
            if meaning(reply) is Meaning.YES:
                accepted += 1
                continue
            if meaning(reply) is Meaning.GO_ON:
                raise not_understood(self._server.host)
            replies[address] = reply
            if not connection.alive or (accepted and too_many_recipients(reply)):
                break
        if replies:
            raise self._not_for_all(replies, accepted)

    def _not_for_all(self, replies: dict[str, Reply], accepted: int) -> RecipientsRefused | RecipientsDeferred:
        """Why nobody gets the message: for good if anybody is refused for good."""
        host = self._server.host
        refused = {address: reply for address, reply in replies.items() if meaning(reply) is Meaning.NO}
        full = {address for address, reply in replies.items() if accepted and too_many_recipients(reply)}
        if refused.keys() - full:
            text = _("Nothing was sent, because {host} refuses {addresses}. It says: {words}")
            shown = {address: reply for address, reply in refused.items() if address not in full}
            return RecipientsRefused(_filled(text, host, shown), {each: str(reply) for each, reply in shown.items()})
        text = _("{host} does not take mail for {addresses} right now; nothing was sent. It says: {words}")
        said = {address: str(reply) for address, reply in replies.items()}
        return RecipientsDeferred(
            _filled(text, host, replies), PAUSE, said, accepted if len(full) == len(replies) else 0
        )

    async def _forget(self, connection: Connection) -> None:
        """Give up the transaction; the connection goes on if the server agrees."""
        if not connection.alive:
            return
        try:
            reply = await connection.command(b"RSET", seconds=self._patience.connect)
        except Unreachable:
            return  # what matters was said before, and the connection is ended
        if meaning(reply) is not Meaning.YES:
            connection.abort()

    def _rest(self) -> None:
        """Nobody needs the connection for now."""
        self._stop_resting()
        if self._connection is not None and self._connection.alive:
            self._idle = asyncio.get_running_loop().call_later(IDLE_SECONDS, self._connection.abort)

    def _stop_resting(self) -> None:
        if self._idle is not None:
            self._idle.cancel()
            self._idle = None


def _check_size(connection: Connection, size: int) -> None:
    if 0 < connection.limit < size:
        text = _("The message is too large: it has {size}, and {host} takes {limit} at most. Nothing was sent.")
        shown, most = human_size(size), human_size(connection.limit)
        if shown == most:  # a little too large
            shown, most = f"{size:,} B", f"{connection.limit:,} B"
        raise Refused(text.format(size=shown, host=connection.server.host, limit=most))


def _filled(text: str, host: str, replies: dict[str, Reply]) -> str:
    """The sentence about some addresses, with what was said about the first."""
    addresses = list(replies)
    shown = ", ".join(addresses[:3])
    if len(addresses) > 3:
        shown = _("{addresses} and {count} more").format(addresses=shown, count=len(addresses) - 3)
    return text.format(host=host, addresses=shown, words=sentence(replies[addresses[0]]))
