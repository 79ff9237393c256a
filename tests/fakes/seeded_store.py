"""A real store with known mail in it, made through the writer as the engine would.

Owns filling a home. Must not know who reads it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final

from tui_mail.config.accountfiles import save_account
from tui_mail.config.accounts import from_table
from tui_mail.config.paths import Home
from tui_mail.mime.searchtext import search_text
from tui_mail.model.clock import Clock
from tui_mail.model.flags import Flag
from tui_mail.model.ids import AccountName
from tui_mail.model.mail import Role
from tui_mail.model.remote import NewMessage, Page, RemoteFolder
from tui_mail.store.disk.files import prepare
from tui_mail.store.mirror.arrival import Arrival, arrival_of
from tui_mail.store.mirror.results import NewBody
from tui_mail.store.writer import Writer

NOW: Final = 1_795_430_000
"""Mon 23 Nov 2026, 10:33 UTC."""

FOLDERS: Final = (
    ("INBOX", Role.INBOX),
    ("Drafts", Role.DRAFTS),
    ("Sent", Role.SENT),
    ("Archive", Role.ARCHIVE),
    ("Junk", Role.JUNK),
    ("Trash", Role.TRASH),
    ("Lists/kernel", None),
)


@dataclass(frozen=True, slots=True)
class Mail:
    """One message to put into a folder."""

    subject: str
    sender: str = "Grace Hopper <grace@example.org>"
    folder: str = "INBOX"
    flags: Flag = Flag.SEEN
    body: str = "Dear all,\n\nthe room is the same.\n"
    answers: int | None = None
    """The place in the list of mails of the one this is a reply to."""
    to: str = "me@example.org"
    hours: float = 1.0
    """How long before ``NOW`` plus its place in the list it came."""
    has_body: bool = True
    extra: str = ""
    """More header fields, each with its line end."""
    content: str = "text/plain; charset=utf-8"

    def raw(self, number: int) -> bytes:
        reply = f"In-Reply-To: <{self.answers}@example.org>\r\n" if self.answers is not None else ""
        head = (
            f"From: {self.sender}\r\nTo: {self.to}\r\nSubject: {self.subject}\r\n"
            f"Message-ID: <{number}@example.org>\r\n{reply}{self.extra}"
            f"Content-Type: {self.content}\r\nContent-Transfer-Encoding: 8bit\r\n\r\n"
        )
        return (head + self.body.replace("\n", "\r\n")).encode("utf-8", "surrogateescape")


def save_work_account(home: Home, name: str = "work", email: str = "me@example.org") -> None:
    """The file of an account whose server nobody talks to."""
    save_account(home, from_table({"name": name, "email": email, "kind": "demo"}))


def seed(home: Home, clock: Clock, mails: Sequence[Mail], account: str = "work") -> None:
    """Fill ``home``: an account, its folders, and ``mails``, the first of which is the newest."""
    home.create()
    save_work_account(home, account)
    if not home.mail_db.exists():
        prepare(home, clock)
    writer = Writer(home, clock)
    try:
        paths = dict(FOLDERS) | {mail.folder: None for mail in mails if mail.folder not in dict(FOLDERS)}
        remote = [RemoteFolder(name=path, path=path, role=role) for path, role in paths.items()]
        ids = writer.put_folders(AccountName(account), remote).ids
        for path in paths:
            numbered = [(number, mail) for number, mail in enumerate(mails) if mail.folder == path]
            arrivals = list(_arrivals(numbered))
            page = Page(1, b"1", last=True, total=len(numbered))
            writer.put_page(ids[path], page, arrivals)
            bodies = [
                NewBody(number + 1, raw, search_text(raw))
                for number, mail in numbered
                if mail.has_body and (raw := mail.raw(number))
            ]
            writer.put_bodies(ids[path], 1, bodies)
    finally:
        writer.close()


def arrive(home: Home, clock: Clock, mail: Mail, number: int = 9000) -> None:
    """One more message comes into a folder, as the engine would write it, ``mail.hours`` before ``NOW``."""
    mail = replace(mail, hours=mail.hours - number / 60)
    writer = Writer(home, clock)
    try:
        folder = next(each for each in writer.server_folders(AccountName("work")) if each.path == mail.folder)
        arrivals = list(_arrivals([(number, mail)]))
        writer.put_page(folder.id, Page(1, b"2", last=True), arrivals)
    finally:
        writer.close()


def _arrivals(numbered: Iterable[tuple[int, Mail]]) -> Iterable[Arrival]:
    for number, mail in numbered:
        raw = mail.raw(number)
        header = raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        received = NOW - int(mail.hours * 3600) - number * 60
        new = NewMessage(number + 1, mail.flags, (), received, len(raw), header)
        yield arrival_of(new)
