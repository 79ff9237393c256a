"""How much of an account's bodies is kept here, and making room when it is too much.

Must not know which bodies go (``store.upkeep.eviction`` does) nor how they are fetched.
"""

from __future__ import annotations

import logging
from collections.abc import Iterable

from tui_mail.config.accounts import Account
from tui_mail.engine.core import Core
from tui_mail.engine.lanes import Urgency

log = logging.getLogger(__name__)

_MEGABYTE = 1_000_000
_ROOM = 10
"""A part in so many of the limit is free after room was made, so that it is not made for every message."""


def limit_of(account: Account) -> int:
    """Octets that the account's bodies may take; 0: no limit."""
    return account.cache * _MEGABYTE


async def make_room(core: Core, accounts: Iterable[Account]) -> None:
    """Remove the oldest bodies of accounts that have too much of them, behind everything else."""
    for account in accounts:
        if limit_of(account):
            await _one(core, account, limit_of(account))


async def _some(core: Core, account: Account, octets: int) -> int:
    return await core.write(Urgency.IDLE, lambda writer: writer.evict(account.name, octets))


async def _one(core: Core, account: Account, limit: int) -> None:
    kept = await core.write(Urgency.IDLE, lambda writer: writer.kept_bodies(account.name, limit))
    excess = kept.octets - (limit - limit // _ROOM) if kept.octets > limit else 0
    removed = 0
    while removed < excess and (freed := await _some(core, account, excess - removed)):
        removed += freed
    if removed:
        log.info("%s: bodies of %d octets made room", account.name, removed)
        folders = await core.read(lambda reader: reader.folders())
        core.changed(folder.id for folder in folders if folder.account == account.name)
