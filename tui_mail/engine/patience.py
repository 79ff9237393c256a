"""How long something may go on without any news of it.

Owns noticing silence, in real time as the network has it. Must not know what is waited for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, Final, TypeVar

from tui_mail.engine.announce import Announcer
from tui_mail.link.messages import Message
from tui_mail.model.errors import Stalled
from tui_mail.model.ids import AccountName
from tui_mail.model.words import _

T = TypeVar("T")

SILENCE: Final = 65.0
"""Seconds: longer than a backend waits for its server, since the backend can say who has gone silent."""


async def patiently(
    announcer: Announcer, work: Coroutine[Any, Any, T], silence: float, account: AccountName | None = None
) -> T:
    """What ``work`` brings. Ended, and Stalled raised, once no event was told for ``silence`` seconds.

    Events of other accounts than ``account`` do not count, unless it is None.
    """
    heard = asyncio.Event()

    def listen(event: Message) -> None:
        if account is None or getattr(event, "account", account) == account:
            heard.set()

    announcer.listeners.append(listen)
    working = asyncio.create_task(work)
    try:
        while not working.done():
            heard.clear()
            hearing = asyncio.create_task(heard.wait())
            await asyncio.wait((working, hearing), timeout=silence, return_when=asyncio.FIRST_COMPLETED)
            silent = not hearing.done() and not working.done()
            hearing.cancel()
            if silent:
                raise Stalled(_("Nothing moved for {seconds:.0f} seconds: try again later.").format(seconds=silence))
        return working.result()
    finally:
        announcer.listeners.remove(listen)
        working.cancel()
        await asyncio.gather(working, return_exceptions=True)
