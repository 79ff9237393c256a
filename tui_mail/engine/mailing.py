"""One account's outgoing mail over time: due messages sent one by one, failures waited out, outcomes written down.

Owns the loop, the back-off and what each error means for a message. Must not know SMTP (``backends.smtp``) nor how the
copy in Sent comes about (``engine.sent``). What may have been sent is never sent again from here.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import logging
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeVar

from tui_mail.backends.protocol import MailSender
from tui_mail.config.accounts import Account
from tui_mail.engine.core import Core
from tui_mail.engine.sent import Sent
from tui_mail.link.messages import Trouble
from tui_mail.model.errors import (
    ConfigError,
    OutcomeUnknown,
    RecipientsDeferred,
    Refused,
    SignInRefused,
    StoreError,
    Throttled,
    TuiMailError,
)
from tui_mail.model.ids import OutboxId
from tui_mail.model.outbox import OutboxMessage, OutboxState, RecipientState
from tui_mail.model.remote import Outgoing
from tui_mail.model.words import _, ngettext
from tui_mail.store.sending.delivery import Delivery, interrupted_text

log = logging.getLogger(__name__)

AGAIN_SECONDS = (60, 300, 900, 1800, 3600, 7200, 14400, 28800, 57600, 86400)
"""How long a message waits after its first, second … try; the last one for ever after."""
MOST_RECIPIENTS = 100
"""Recipients of one transaction: every server takes so many (RFC 5321, 4.5.3.1.8)."""
LOOKS = (0.0, 2.0, 5.0, 15.0, 60.0)
"""Seconds between looks for a message of unknown outcome."""
_STOP_SECONDS = 25.0
"""How long the answer to a final dot is waited for when the engine is to end."""
_STORE_SECONDS = 5.0
_SIGN_IN_SECONDS = 6 * 3600
"""A server that refused the password is not asked again soon: it would lock the account. A new password is tried at
once."""
_CLOSE_SECONDS = 5.0
_LINGER_SECONDS = 60.0
"""How long a connection is kept for the next message."""

T = TypeVar("T")


class Mailing:
    """Sends an account's messages from ``start`` to ``stop``, or only when asked (``alone``)."""

    def __init__(
        self,
        core: Core,
        delivery: Delivery,
        account: Account,
        make: Callable[[Account], MailSender],
        sent: Sent,
        *,
        alone: bool,
        settled: Callable[[], None],
        wake: Callable[[], Awaitable[None]],
    ) -> None:
        self.accepted = 0
        """Messages accepted since the engine started."""
        self._core = core
        self._delivery = delivery
        self._account = account
        self._make = make
        self._sent = sent
        self._alone = alone
        self._settled = settled
        self._wake_journal = wake
        self._woken = asyncio.Event()
        self._sending = asyncio.Lock()
        self._settling = asyncio.Lock()
        self._sender: MailSender | None = None
        self._task: asyncio.Task[None] | None = None
        self._looking: set[asyncio.Task[None]] = set()
        self._stopping = False
        self._answered = asyncio.Event()
        """Cleared while a final dot has been said and not answered."""
        self._answered.set()

    # -- life

    def start(self) -> None:
        """Begin; ``alone`` nothing happens by itself."""
        if not self._alone:
            self._task = asyncio.create_task(self._run(), name=f"mailing {self._account.name}")

    async def stop(self) -> None:
        """End; a message whose final dot has been said is given time for its answer."""
        self._stopping = True
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(_STOP_SECONDS):
                await self._answered.wait()
        tasks = [*self._looking, *([self._task] if self._task is not None else [])]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self._hang_up()

    def wake(self) -> None:
        """There may be something to send."""
        self._woken.set()

    async def retry_now(self) -> None:
        """What waits for a better moment is tried at once."""
        await asyncio.to_thread(self._delivery.retry_all, self._account.name)
        self.wake()

    async def _run(self) -> None:
        for message in await self._store(lambda: self._delivery.in_state(self._account.name, OutboxState.AMBIGUOUS)):
            self._look_for(message)
        while True:
            self._woken.clear()
            await self.drain()
            due = await self._store(lambda: self._delivery.next_due(self._account.name))
            wait = _LINGER_SECONDS if self._sender is not None else 3600.0
            if due is not None:
                wait = min(wait, max(0.2, due - self._core.timing.now()))
            if not await self._core.timing.wait(self._woken, wait) and (due is None or wait >= _LINGER_SECONDS):
                await self._hang_up()

    # -- sending

    async def drain(self) -> int:
        """Send what is due, and see to its copies; how many messages were accepted."""
        before = self.accepted
        async with self._sending:
            for number in await self._store(lambda: self._delivery.due(self._account.name)):
                if not self._stopping:
                    await self._one(number)
        await self.settle()
        return self.accepted - before

    async def settle(self) -> None:
        """See to the copies of what was sent, one caller at a time."""
        async with self._settling:
            await self._sent.settle()

    async def _one(self, number: OutboxId) -> None:
        message = await self._store(lambda: self._delivery.claim(number))
        if message is None:
            return  # taken back in this instant
        self._told()
        try:
            await self._transmit(message)
        except TuiMailError as error:
            await self._failed(message.id, error)
        except asyncio.CancelledError:
            await asyncio.shield(self._cut_off(message.id))
            raise
        except Exception as error:  # a mistake of ours: the message waits, and the log says more
            log.exception("%s: message %d", self._account.name, message.id)
            failure = TuiMailError(_("The engine failed at this message; its log says more."))
            failure.__cause__ = error
            await self._failed(message.id, failure)
        finally:
            self._answered.set()
            self._told()

    async def _transmit(self, message: OutboxMessage) -> None:
        """Every transaction that the message takes."""
        raw = await asyncio.to_thread(self._delivery.raw, message)
        if raw is None or hashlib.sha256(raw).hexdigest() != message.raw:
            raise Refused(_("The message was not sent: its file here is damaged or gone. Write it again."))
        sender = self._sender = self._sender or self._make(self._account)
        await sender.connect()
        waiting = [one.address for one in message.recipients if one.state is not RecipientState.ACCEPTED]
        most = MOST_RECIPIENTS
        while waiting:
            batch = tuple(waiting[:most])
            try:
                await self._transaction(sender, message, raw, batch)
            except RecipientsDeferred as error:
                if not 0 < error.room < len(batch):
                    raise
                most = error.room  # the server takes fewer at a time
            else:
                waiting = waiting[len(batch) :]

    async def _transaction(
        self, sender: MailSender, message: OutboxMessage, raw: bytes, batch: tuple[str, ...]
    ) -> None:
        """Send the message to some of its recipients, and write down that they have it."""

        async def commit() -> None:
            await asyncio.to_thread(self._delivery.commit, message.id, batch)
            self._answered.clear()

        receipt = await sender.send(Outgoing(message.sender, batch, raw, message.message_id), commit)
        log.info("%s: message %d accepted: %s", self._account.name, message.id, receipt.reply)
        replies = dict.fromkeys(batch, str(receipt.reply))
        flags = await self._sent.marks(message)
        after = await self._store(lambda: self._delivery.accepted(message.id, replies, flags))
        self._answered.set()
        if after.state is OutboxState.SENT:
            self.accepted += 1
            await self._wake_journal()

    # -- outcomes

    async def _failed(self, number: OutboxId, error: TuiMailError) -> None:
        """Write down what an error means for the message."""
        message = await self._store(lambda: self._delivery.message(number))
        if message is None:
            return
        log.warning("%s: message %d: %s: %s", self._account.name, number, error.kind, error.text)
        if isinstance(error, OutcomeUnknown):
            await self._lost(message, error.text)
        elif isinstance(error, (Refused, ConfigError)):
            error.text = _refusal(message, error.text)
            await self._store(lambda: self._delivery.refused(number, error))
            self._tell(error.kind, error.text)
        else:
            pause = AGAIN_SECONDS[min(message.attempts, len(AGAIN_SECONDS)) - 1]
            if isinstance(error, Throttled):
                pause = max(pause, int(error.seconds))
            if isinstance(error, SignInRefused):
                pause = max(pause, _SIGN_IN_SECONDS)
            not_before = int(self._core.timing.now()) + pause
            await self._store(lambda: self._delivery.again(number, error, not_before))
            if message.attempts == 1 or isinstance(error, SignInRefused):
                self._tell(error.kind, _("A message waits to be sent: {reason}").format(reason=error.text))

    async def _lost(self, message: OutboxMessage, text: str) -> None:
        await self._store(lambda: self._delivery.unknown(message.id, text))
        if self._alone:
            await self._find(message, LOOKS[:3])
        else:
            self._look_for(message)

    async def _cut_off(self, number: OutboxId) -> None:
        """The engine is ending in the middle of a message."""
        await self._hang_up()
        if not self._answered.is_set():
            await asyncio.to_thread(self._delivery.unknown, number, interrupted_text())
        else:
            error = TuiMailError(_("Interrupted before it was sent; it is tried again."))
            await asyncio.to_thread(self._delivery.again, number, error, 0)

    def _look_for(self, message: OutboxMessage) -> None:
        task = asyncio.create_task(self._find(message, LOOKS), name=f"look for message {message.id}")
        self._looking.add(task)
        task.add_done_callback(self._looking.discard)

    async def _find(self, message: OutboxMessage, looks: Sequence[float]) -> None:
        """Look where a message of unknown outcome would be if it was sent; in the end the person is asked."""
        for pause in looks:
            await self._core.timing.sleep(pause)
            if await self._sent.find(message):
                self.accepted += 1
                self._told()
                await self._wake_journal()
                return
        self._tell("ambiguous", _("A message to {to} may have been sent: g o says more.").format(to=message.to))

    # -- inside

    async def _store(self, work: Callable[[], T]) -> T:
        """Do ``work`` on keep.db, again and again while it cannot be written: what happened must not be forgotten."""
        while True:
            try:
                return await asyncio.to_thread(work)
            except StoreError as error:
                log.warning("%s: the outbox cannot be written: %s", self._account.name, error.text)
                await self._core.timing.sleep(_STORE_SECONDS)

    async def _hang_up(self) -> None:
        sender, self._sender = self._sender, None
        if sender is None:
            return
        try:
            async with asyncio.timeout(_CLOSE_SECONDS):
                await sender.close()
        except (TuiMailError, TimeoutError, OSError) as error:
            log.info("%s: while closing: %s", self._account.name, error)

    def _tell(self, kind: str, text: str) -> None:
        self._core.announcer.tell(Trouble(account=self._account.name, kind=kind, text=text))

    def _told(self) -> None:
        """Windows look at the outbox again, and so does who waits for a message."""
        self._core.list_changed()
        self._settled()


def _refusal(message: OutboxMessage, reason: str) -> str:
    """The sentence for a message that was refused, and whom it reached all the same."""
    reached = sum(one.state is RecipientState.ACCEPTED for one in message.recipients)
    if not reached:
        return reason
    count = ngettext(
        "Sent to {reached} of {all} recipient, not to the others: {reason}",
        "Sent to {reached} of {all} recipients, not to the others: {reason}",
        len(message.recipients),
    )
    return count.format(reached=reached, all=len(message.recipients), reason=reason)
