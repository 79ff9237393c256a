"""What each request of the link does.

Owns the way from a message of the catalogue to its answer. Must not know sockets nor the life of the process.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import Callable
from dataclasses import fields, replace
from typing import Any

import tui_mail
from tui_mail.backends.protocol import Collects
from tui_mail.backends.secret import SecretSource, Token
from tui_mail.config.accounts import Account, Password, from_table
from tui_mail.engine.account import Runner, state_after
from tui_mail.engine.backends import BackendFactory
from tui_mail.engine.bringing import Bringing
from tui_mail.engine.core import Core
from tui_mail.engine.outside import OfMessage, Outside
from tui_mail.engine.patience import SILENCE, patiently
from tui_mail.engine.render import render_asked
from tui_mail.engine.searching import search_server
from tui_mail.engine.secrets import Secrets
from tui_mail.engine.supervisor import Supervisor
from tui_mail.engine.watching import View
from tui_mail.link.messages import (
    CheckSignature,
    Done,
    Fetch,
    Pictures,
    Reload,
    RenameAccount,
    Render,
    Request,
    SaveAccount,
    Search,
    Status,
    Stop,
    Sync,
    TryAccount,
    Unsubscribe,
    WaitOperations,
    WaitOutbox,
    Wake,
    Watch,
    WaysOut,
)
from tui_mail.model.errors import (
    Refused,
    StoreDamaged,
    TuiMailError,
    UsageError,
)
from tui_mail.model.ids import AccountName, ItemId
from tui_mail.model.mail import Item, Role
from tui_mail.model.operation import OperationState
from tui_mail.model.words import _
from tui_mail.text.dates import rfc3339

_LOOK_SECONDS = 5.0
_ENDED = frozenset({OperationState.CONFLICT, OperationState.FAILED})


class Requests:
    """Answers requests of any number of clients at once."""

    def __init__(
        self,
        core: Core,
        supervisor: Supervisor,
        secrets: Secrets,
        backends: BackendFactory,
        *,
        stop: Callable[[], None],
        damaged: Callable[[StoreDamaged], None],
        outside: Outside | None,
    ) -> None:
        self._bringing = Bringing(core, supervisor)
        self._of_message = OfMessage(core, bring=self._bringing.whole, account=self._account_of, outside=outside)
        self._core = core
        self._supervisor = supervisor
        self._secrets = secrets
        self._backends = backends
        self._stop = stop
        self._damaged = damaged

    async def handle(self, request: Request, client: int) -> Done:
        """The answer to ``request``. Raises TuiMailError for what is answered with an error."""
        try:
            return await self._answer(request, client)
        except StoreDamaged as error:
            self._damaged(error)
            raise

    async def _answer(self, request: Request, client: int) -> Done:
        result: dict[str, Any] = {}
        match request:
            case Wake():
                await self._supervisor.wake()
            case WaitOperations():
                await self._wait_operations(request)
            case WaitOutbox():
                await self._supervisor.wait_sent(request.messages)
            case Sync():
                return await self._sync(request)
            case Fetch():
                if request.part:
                    await self._bringing.part(ItemId(request.item), request.part)
                else:
                    await self._bringing.whole(ItemId(request.item), rest=request.rest)
            case Render():
                await render_asked(self._core, ItemId(request.item), request.prefer, self._bringing.to_read)
            case CheckSignature() | WaysOut() | Unsubscribe() | Pictures():
                result = await self._of_message.answer(request)
            case Search():
                result = {
                    "found": await search_server(self._core, self._supervisor.runner(request.account), request.texts)
                }
            case Watch():
                self._supervisor.views.put(client, View.of(request.folder, request.items))
                if request.items:
                    self._core.expect_rendering()
            case TryAccount():
                result = await self._try(request)
            case SaveAccount():
                await asyncio.shield(asyncio.create_task(self._save(request)))
            case RenameAccount():
                name = AccountName(request.account)
                await asyncio.shield(asyncio.create_task(self._supervisor.rename(name, request.to)))
            case Reload():
                await asyncio.shield(asyncio.create_task(self._supervisor.reload()))
            case Status():
                result = await self._status()
            case Stop():
                self._stop()
            case _:
                raise UsageError(_("The engine does not know this request."))
        return Done(id=request.id, result=result)

    async def _wait_operations(self, request: WaitOperations) -> None:
        """Return when none of them waits any more. Raises Refused when one failed, or why an account cannot be used."""
        wanted = set(request.operations)
        await self._supervisor.wake()
        while True:
            settled = self._supervisor.settled.next()
            pending = await self._core.read(lambda reader: reader.pending())
            pending = [operation for operation in pending if operation.id in wanted]
            waiting = [operation for operation in pending if operation.state not in _ENDED]
            if not waiting:
                break
            for account in {operation.account for operation in waiting}:
                runner = self._supervisor.runner(account)
                await runner.use(_nothing)
                runner.wake()
            await self._core.timing.wait(settled, _LOOK_SECONDS)
        if pending:
            raise Refused(pending[0].error or _("The server refused it."))

    async def _sync(self, request: Sync) -> Done:
        names = [request.account] if request.account else list(self._supervisor.runners)
        runners = [self._supervisor.runner(name) for name in names]
        await self._supervisor.wake()
        # Who delivers into another's inbox comes first: then that one's look finds it.
        guests = [runner for runner in runners if runner.account.deliver_to]
        outcomes = await asyncio.gather(*(self._sync_one(runner, request) for runner in guests))
        hosts = [runner for runner in runners if not runner.account.deliver_to]
        outcomes += await asyncio.gather(*(self._sync_one(runner, request) for runner in hosts))
        for owner in {guest.account.owner for guest in guests} - {host.account.name for host in hosts}:
            await self._look_at_inbox(owner)
        entries = [entry for entry, _error in outcomes]
        errors = [error for _entry, error in outcomes if error is not None]
        if errors:
            return Done(id=request.id, ok=False, kind=errors[0].kind, text=errors[0].text, result={"accounts": entries})
        return Done(id=request.id, result={"accounts": entries})

    async def _look_at_inbox(self, owner: AccountName) -> None:
        """Show what was delivered into the inbox of an account that is not synchronised otherwise now."""
        runner = self._supervisor.runners.get(owner)
        if runner is not None:
            await runner.use(lambda session: session.round(Role.INBOX.value))

    async def _sync_one(self, runner: Runner, request: Sync) -> tuple[dict[str, Any], TuiMailError | None]:
        new, operations = runner.totals.new, runner.totals.operations
        mailing = self._supervisor.mailing(runner.account.name)
        told, name = self._core.announcer, runner.account.name
        error: TuiMailError | None = None
        sent = 0
        try:
            sent = await patiently(told, mailing.drain(), SILENCE, name)
            whole = runner.use(
                lambda session: session.whole(
                    request.folder, request.bodies, anew=request.anew and bool(request.folder), older=request.older
                )
            )
            await patiently(told, whole, SILENCE, name)
        except StoreDamaged:
            raise
        except TuiMailError as failure:
            error = failure
        entry = {
            "name": runner.account.name,
            "state": state_after(error),
            "new": runner.totals.new - new,
            "done": runner.totals.operations - operations,
            "sent": sent,
            "error": error.text if error is not None else "",
            "kind": error.kind if error is not None else "",
        }
        return entry, error

    def _account_of(self, item: Item) -> Account | None:
        runner = self._supervisor.runners.get(item.account)
        return None if runner is None else runner.account

    async def _try(self, request: TryAccount) -> dict[str, Any]:
        account = from_table(request.account)
        secret = request.secret
        source: SecretSource = self._secrets.source(account)
        if secret:
            given = Token(secret) if account.password is Password.TOKEN else secret
            source = lambda: given  # noqa: E731 -- a source is a callable
        alerts: list[str] = []
        backend = self._backends(account, source, alerts.append)
        try:
            if isinstance(backend, Collects):
                caps, folders = await backend.check(), []
            else:
                caps = await backend.connect()
                folders = await backend.folders()
        finally:
            await asyncio.shield(backend.close())
        if account.smtp is not None:
            from tui_mail.backends.smtp.signin import signed_in

            async with signed_in(account.smtp, account.user, source):
                pass  # that it lets us in is all that is asked
        able = [each.name for each in fields(caps) if getattr(caps, each.name) is True]
        return {"server": caps.server, "capabilities": able, "folders": len(folders), "alerts": alerts}

    async def _save(self, request: SaveAccount) -> None:
        account = from_table(request.account)
        if request.where:
            if request.where not in ("keyring", "file"):
                raise UsageError(_("A password is kept in the keyring or in a file."))
            account = replace(account, password=Password(request.where))
            await asyncio.to_thread(self._secrets.save, account.name, request.secret, request.where)
        await self._supervisor.save(account)

    async def _status(self) -> dict[str, Any]:
        folders = await self._core.read(lambda reader: reader.folders())
        last: dict[str, int] = {}
        for folder in folders:
            if folder.last_sync is not None:
                last[folder.account] = max(last.get(folder.account, 0), folder.last_sync)
        accounts = [
            {
                "name": name,
                "state": runner.state,
                "message": runner.text,
                "last_sync": rfc3339(last[name]) if name in last else None,
            }
            for name, runner in self._supervisor.runners.items()
        ]
        engine = {
            "running": True,
            "pid": os.getpid(),
            "version": tui_mail.__version__,
            "paused": self._core.paused,
        }
        return {"engine": engine, "accounts": accounts}


async def _nothing(_session: object) -> None:
    """Being connected is all that is asked."""
