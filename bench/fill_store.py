"""``python -m bench.fill_store HOME COUNT``: write that many messages into the inbox of a store, without a server."""

from __future__ import annotations

import sys
from itertools import islice

from bench.corpus import Made, headers
from tui_mail.config.accountfiles import load_accounts
from tui_mail.config.paths import Home
from tui_mail.link.lock import EngineLock
from tui_mail.model.clock import SystemClock
from tui_mail.model.flags import Flag
from tui_mail.model.mail import Role
from tui_mail.model.remote import FolderStatus, NewMessage, Page, RemoteFolder
from tui_mail.store.disk.files import prepare
from tui_mail.store.mirror.arrival import Arrival, arrival_of
from tui_mail.store.writer import Writer

PAGE = 2_000


def fill(home: Home, count: int) -> None:
    """The engine must not run."""
    clock = SystemClock()
    with EngineLock(home):
        prepare(home, clock)
        writer = Writer(home, clock)
        status = FolderStatus(total=count, unread=0, uidvalidity=1, uidnext=count + 1)
        (account,) = load_accounts(home)
        stored = writer.put_folders(account.name, [RemoteFolder("INBOX", "INBOX", Role.INBOX, status=status)])
        folder = stored.ids["INBOX"]
        rest, uid = headers(count), 1
        while made := list(islice(rest, PAGE)):
            arrivals = [_arrival(uid + place, message) for place, message in enumerate(made)]
            uid += len(made)
            page = Page(1, f"[1, {uid}]".encode(), last=uid > count, total=count)
            writer.put_page(folder, page, list(reversed(arrivals)))
        writer.close()


def _arrival(uid: int, made: Made) -> Arrival:
    flags = Flag.SEEN if made.seen else Flag.NONE
    new = NewMessage(uid, flags, (), made.received, 2_000, made.raw)
    return arrival_of(new)


if __name__ == "__main__":
    fill(Home.find(sys.argv[1], {}), int(sys.argv[2]))
