"""What every backend has to do, whatever server is behind it.

A test class inherits ``BackendConformance`` and gives a fixture ``world``: a mailbox with an INBOX that is empty, a way
to connect to it, and another client that changes it behind the backend's back.
"""

from __future__ import annotations

import asyncio
import io
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import pytest

from tui_mail.backends.protocol import MailBackend, TakesApart
from tui_mail.model.errors import Gone, Refused, TuiMailError
from tui_mail.model.flags import Flag
from tui_mail.model.mail import Role
from tui_mail.model.remote import (
    ChangeKind,
    FolderChange,
    FolderChangeKind,
    NewMessage,
    Page,
    RemoteFolder,
    RemoteOperation,
)


class Other(Protocol):
    """Another client of the same mailbox. Folders by server name, messages by UID."""

    async def arrive(self, folder: str, raw: bytes, flags: Flag = Flag.NONE) -> None: ...

    async def flag(self, folder: str, uids: Sequence[int], add: Flag = Flag.NONE, remove: Flag = Flag.NONE) -> None: ...

    async def move(self, folder: str, uids: Sequence[int], target: str) -> None: ...

    async def expunge(self, folder: str, uids: Sequence[int]) -> None: ...

    async def renumber(self, folder: str) -> None:
        """Give the folder another UIDVALIDITY; skips the test where that cannot be."""
        ...

    async def raws(self, folder: str) -> list[bytes]:
        """Every message of a folder, in the order of arrival."""
        ...


@dataclass
class World:
    """``connect`` makes a backend on the mailbox; all are closed in the end."""

    connect: Callable[[], MailBackend]
    other: Other
    backends: list[MailBackend] = field(default_factory=list)

    def backend(self) -> MailBackend:
        self.backends.append(self.connect())
        return self.backends[-1]

    async def close(self) -> None:
        for backend in self.backends:
            await backend.close()


def letter(number: int, body: str = "Hello.", subject: str = "") -> bytes:
    """A small message; the same number gives the same message."""
    return (
        f"From: Ada Lovelace <ada@example.org>\r\nTo: Bob <bob@example.org>\r\n"
        f"Subject: {subject or f'Letter {number}'}\r\nDate: Thu, 19 Nov 2026 10:00:00 +0000\r\n"
        f"Message-ID: <letter-{number}@example.org>\r\n\r\n{body}\r\n"
    ).encode()


def with_file(encoded: bytes) -> bytes:
    """A message with two versions of its text, and a file."""
    return (
        b"From: Ada <ada@example.org>\r\nSubject: With a file\r\nMessage-ID: <file@example.org>\r\nMIME-Version: 1.0\r\n"
        b'Content-Type: multipart/mixed; boundary="outer"\r\n\r\n--outer\r\n'
        b'Content-Type: multipart/alternative; boundary="inner"\r\n\r\n'
        b"--inner\r\nContent-Type: text/plain; charset=utf-8\r\n\r\nHello\r\n\r\n"
        b"--inner\r\nContent-Type: text/html; charset=utf-8\r\n\r\n<p>Hello\r\n\r\n--inner--\r\n\r\n"
        b"--outer\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n"
        b"Content-Disposition: attachment; filename*=utf-8''Pl%C3%A4n.pdf\r\n\r\n" + encoded + b"\r\n--outer--\r\n"
    )


@dataclass
class Copy:
    """What a store would hold of one folder; insists on what ``Page`` promises."""

    folder: str
    messages: dict[int, NewMessage] = field(default_factory=dict)
    flags: dict[int, tuple[Flag, tuple[str, ...]]] = field(default_factory=dict)
    cursor: bytes = b""
    uidvalidity: int = 0
    resets: int = 0

    def count(self) -> int:
        return len(self.messages)

    def uids(self) -> list[int]:
        return sorted(self.messages)

    def take(self, page: Page) -> None:
        if page.reset:
            self.messages.clear()
            self.flags.clear()
            self.resets += 1
        for uid in page.vanished:
            self.messages.pop(uid, None)
            self.flags.pop(uid, None)
        for message in page.new:
            assert message.uid not in self.messages, "a message was brought twice"
            self.messages[message.uid] = message
            self.flags[message.uid] = (message.flags, message.keywords)
        for change in page.flags:
            assert change.uid in self.messages, "flags of a message that was never brought"
            self.flags[change.uid] = (change.flags, change.keywords)
        self.cursor, self.uidvalidity = page.cursor, page.uidvalidity

    async def follow(self, backend: MailBackend, pages: int = 10_000) -> list[Page]:
        """Take at most ``pages`` pages, each as if it were committed."""
        taken: list[Page] = []
        async for page in backend.changes(self.folder, self.cursor, self):
            taken.append(page)
            self.take(page)
            if len(taken) == pages:
                break
        else:
            assert taken, "no page at all"
            assert taken[-1].last
        assert not any(page.last for page in taken[:-1])
        return taken

    def subjects(self) -> list[str]:
        """By UID, ascending."""
        return [_field(self.messages[uid].header, "Subject") for uid in self.uids()]

    def uid_of(self, subject: str) -> int:
        (found,) = [uid for uid in self.uids() if _field(self.messages[uid].header, "Subject") == subject]
        return found

    def operation(self, kind: ChangeKind, *uids: int, **more: object) -> RemoteOperation:
        return RemoteOperation(kind, self.folder, self.uidvalidity, uids, **more)  # type: ignore[arg-type] # by caller


def _field(header: bytes, name: str) -> str:
    for line in header.decode().split("\r\n"):
        found, colon, value = line.partition(":")
        if colon and found.lower() == name.lower():
            return value.strip()
    return ""


class BackendConformance:
    """Inherit, and give the fixture ``world``."""

    @pytest.fixture
    def backend(self, world: World) -> MailBackend:
        return world.backend()

    @pytest.fixture
    async def inbox(self, backend: MailBackend) -> Copy:
        folders = await backend.folders()
        return Copy(next(folder.name for folder in folders if folder.role is Role.INBOX))

    async def _fill(self, world: World, folder: str, numbers: range) -> None:
        for number in numbers:
            await world.other.arrive(folder, letter(number))

    async def _folder(self, backend: MailBackend, path: str, role: Role | None = None) -> RemoteFolder:
        made = await backend.change_folder(FolderChange(FolderChangeKind.CREATE, path, role=role))
        assert made is not None
        return made

    # -- folders

    async def test_connecting_says_what_the_server_is(self, backend: MailBackend) -> None:
        caps = await backend.connect()
        assert caps.server
        assert await backend.connect() == caps

    async def test_there_is_one_inbox_and_every_path_is_another(self, backend: MailBackend) -> None:
        folders = await backend.folders()
        assert [folder.path for folder in folders if folder.role is Role.INBOX] == ["INBOX"]
        assert len({folder.path for folder in folders}) == len(folders) == len({folder.name for folder in folders})

    async def test_status_counts(self, world: World, backend: MailBackend, inbox: Copy) -> None:
        before = await backend.status(inbox.folder)
        await world.other.arrive(inbox.folder, letter(1))
        await world.other.arrive(inbox.folder, letter(2), Flag.SEEN)
        after = await backend.status(inbox.folder)
        assert (before.total, before.unread) == (0, 0)
        assert (after.total, after.unread) == (2, 1)
        assert before.uidnext is not None
        assert after.uidnext is not None
        assert after.uidnext > before.uidnext
        assert after.uidvalidity == before.uidvalidity

    async def test_status_is_of_now_even_for_a_folder_in_use(
        self, world: World, backend: MailBackend, inbox: Copy
    ) -> None:
        await world.other.arrive(inbox.folder, letter(1))
        await inbox.follow(backend)
        await backend.fetch(inbox.folder, inbox.uidvalidity, inbox.uids()[0], io.BytesIO())
        await backend.apply(inbox.operation(ChangeKind.FLAGS, inbox.uids()[0], add=Flag.SEEN))
        await world.other.arrive(inbox.folder, letter(2))
        assert (await backend.status(inbox.folder)).total == 2
        await world.other.arrive(inbox.folder, letter(3))
        (listed,) = [folder for folder in await backend.folders() if folder.role is Role.INBOX]
        assert listed.status is None or listed.status.total == 3

    async def test_status_of_no_folder_is_gone(self, backend: MailBackend) -> None:
        with pytest.raises(Gone):
            await backend.status("No such folder")

    async def test_a_folder_is_made_renamed_and_deleted(self, backend: MailBackend) -> None:
        made = await self._folder(backend, "Projekte/Größe \u4f1a\u8b70 & Co")
        assert made.path == "Projekte/Größe \u4f1a\u8b70 & Co"
        assert made.selectable
        assert made.name in {folder.name for folder in await backend.folders()}
        renamed = await backend.change_folder(FolderChange(FolderChangeKind.RENAME, made.path, new_path="Umgezogen"))
        assert renamed is not None
        assert renamed.path == "Umgezogen"
        paths = {folder.path for folder in await backend.folders()}
        assert "Umgezogen" in paths
        assert made.path not in paths
        assert await backend.change_folder(FolderChange(FolderChangeKind.DELETE, "Umgezogen")) is None
        assert "Umgezogen" not in {folder.path for folder in await backend.folders()}

    async def test_folder_changes_that_are_already_so_are_no_errors(self, backend: MailBackend) -> None:
        first = await self._folder(backend, "Twice")
        assert await self._folder(backend, "Twice") == first
        rename = FolderChange(FolderChangeKind.RENAME, "Twice", new_path="Once")
        assert await backend.change_folder(rename) == await backend.change_folder(rename)
        delete = FolderChange(FolderChangeKind.DELETE, "Once")
        assert await backend.change_folder(delete) is None
        assert await backend.change_folder(delete) is None

    async def test_subscribing_and_not(self, backend: MailBackend) -> None:
        await self._folder(backend, "Lists")
        for kind, subscribed in ((FolderChangeKind.UNSUBSCRIBE, False), (FolderChangeKind.SUBSCRIBE, True)):
            await backend.change_folder(FolderChange(kind, "Lists"))
            await backend.change_folder(FolderChange(kind, "Lists"))
            (found,) = [folder for folder in await backend.folders() if folder.path == "Lists"]
            assert found.subscribed is subscribed

    async def test_what_is_subscribed_to_stays_so_under_another_name(self, backend: MailBackend) -> None:
        for path in ("Old", "Old/read", "Old/read/daily", "Old/never", "Older"):
            await self._folder(backend, path)
        await backend.change_folder(FolderChange(FolderChangeKind.UNSUBSCRIBE, "Old/never"))
        rename = FolderChange(FolderChangeKind.RENAME, "Old", new_path="New")
        for _twice in range(2):
            renamed = await backend.change_folder(rename)
            assert renamed is not None
            assert renamed.subscribed
        found = {folder.path: folder.subscribed for folder in await backend.folders() if folder.path[:3] in "Old New"}
        assert found == {"New": True, "New/read": True, "New/read/daily": True, "New/never": False, "Older": True}
        for path in ("New/never", "New"):
            await backend.change_folder(FolderChange(FolderChangeKind.UNSUBSCRIBE, path))
        renamed = await backend.change_folder(FolderChange(FolderChangeKind.RENAME, "New", new_path="Newest"))
        assert renamed is not None
        assert not renamed.subscribed

    async def test_a_renamed_folder_keeps_its_messages(self, world: World, backend: MailBackend) -> None:
        made = await self._folder(backend, "Before")
        await world.other.arrive(made.name, letter(1))
        await Copy(made.name).follow(backend)
        renamed = await backend.change_folder(FolderChange(FolderChangeKind.RENAME, "Before", new_path="After"))
        assert renamed is not None
        copy = Copy(renamed.name)
        await copy.follow(backend)
        assert copy.subjects() == ["Letter 1"]

    # -- what came since a folder was opened

    @pytest.mark.parametrize("kind", [ChangeKind.FLAGS, ChangeKind.MOVE, ChangeKind.COPY, ChangeKind.EXPUNGE])
    async def test_what_has_just_arrived_is_changed(
        self, world: World, backend: MailBackend, inbox: Copy, kind: ChangeKind
    ) -> None:
        target = await self._folder(backend, "Away")
        await self._fill(world, inbox.folder, range(2))
        await inbox.follow(backend)
        first, second = inbox.uids()
        flag = inbox.operation(ChangeKind.FLAGS, first, add=Flag.SEEN)
        assert (await backend.apply(flag)).done == (first,)
        await world.other.arrive(inbox.folder, letter(7))
        fresh = max(first, second) + 1  # known by another connection, as far as this one is concerned
        change = replace(inbox.operation(kind, fresh, add=Flag.FLAGGED), target=target.name)
        assert (await backend.apply(change)).done == (fresh,)
        away = Copy(target.name)
        await inbox.follow(backend)
        await away.follow(backend)
        leaves = kind in (ChangeKind.MOVE, ChangeKind.EXPUNGE)
        kept = {uid: flags for uid, (flags, _words) in inbox.flags.items() if not flags & Flag.DELETED}
        assert set(kept) == {first, second} | (set() if leaves else {fresh})
        assert kept.get(fresh, Flag.NONE) == (Flag.FLAGGED if kind is ChangeKind.FLAGS else Flag.NONE)
        assert away.subjects() == (["Letter 7"] if kind in (ChangeKind.MOVE, ChangeKind.COPY) else [])

    async def test_what_has_just_arrived_is_fetched(self, world: World, backend: MailBackend, inbox: Copy) -> None:
        await self._fill(world, inbox.folder, range(2))
        await inbox.follow(backend)
        fresh = max(inbox.uids()) + 1
        await backend.fetch(inbox.folder, inbox.uidvalidity, inbox.uids()[0], io.BytesIO())
        await world.other.arrive(inbox.folder, letter(7))
        sink = io.BytesIO()
        await backend.fetch(inbox.folder, inbox.uidvalidity, fresh, sink)
        assert b"Letter 7" in sink.getvalue()
        await world.other.arrive(inbox.folder, letter(8))
        bodies = backend.bodies(inbox.folder, inbox.uidvalidity, [fresh, fresh + 1])
        assert sorted([body.uid async for body in bodies]) == [fresh, fresh + 1]

    # -- changes

    async def test_an_empty_folder_is_one_last_page(self, backend: MailBackend, inbox: Copy) -> None:
        (page,) = await inbox.follow(backend)
        assert page.last
        assert page.total == 0
        assert not page.new

    async def test_the_first_pages_bring_everything_newest_first(
        self, world: World, backend: MailBackend, inbox: Copy
    ) -> None:
        await self._fill(world, inbox.folder, range(260))
        pages = await inbox.follow(backend)
        brought = [message.uid for page in pages for message in page.new]
        assert brought == sorted(brought, reverse=True)
        assert 0 < len(pages[0].new) < 260, "the first page is small"
        assert pages[-1].total == 260
        assert inbox.subjects() == [f"Letter {number}" for number in range(260)]
        message = inbox.messages[max(inbox.messages)]
        assert message.size == len(letter(259))
        assert message.received > 1_500_000_000
        assert _field(message.header, "Message-ID") == "<letter-259@example.org>"
        assert "Hello." not in message.header.decode()

    async def test_nothing_new_is_one_page(self, world: World, backend: MailBackend, inbox: Copy) -> None:
        await self._fill(world, inbox.folder, range(3))
        await inbox.follow(backend)
        before = dict(inbox.flags)
        pages = await inbox.follow(backend)
        assert not any(page.new or page.vanished or page.reset for page in pages)
        assert inbox.flags == before

    async def test_arrivals_flags_and_removals_are_followed(
        self, world: World, backend: MailBackend, inbox: Copy
    ) -> None:
        await self._fill(world, inbox.folder, range(6))
        await inbox.follow(backend)
        first, second, third, *_rest = inbox.uids()
        await world.other.flag(inbox.folder, [first], add=Flag.SEEN | Flag.FLAGGED)
        await world.other.expunge(inbox.folder, [second])
        elsewhere = await self._folder(backend, "Elsewhere")
        await world.other.move(inbox.folder, [third], elsewhere.name)
        await world.other.arrive(inbox.folder, letter(6), Flag.ANSWERED)
        await inbox.follow(backend)
        assert inbox.subjects() == ["Letter 0", "Letter 3", "Letter 4", "Letter 5", "Letter 6"]
        assert inbox.flags[first][0] == Flag.SEEN | Flag.FLAGGED
        assert inbox.flags[inbox.uid_of("Letter 6")][0] == Flag.ANSWERED
        await world.other.flag(inbox.folder, [first], remove=Flag.FLAGGED)
        await inbox.follow(backend)
        assert inbox.flags[first][0] == Flag.SEEN

    async def test_another_backend_goes_on_from_a_cursor(self, world: World, backend: MailBackend, inbox: Copy) -> None:
        await self._fill(world, inbox.folder, range(3))
        await inbox.follow(backend)
        await world.other.arrive(inbox.folder, letter(3))
        await inbox.follow(world.backend())
        assert len(inbox.subjects()) == 4

    async def test_an_interrupted_first_synchronisation_goes_on(
        self, world: World, backend: MailBackend, inbox: Copy
    ) -> None:
        await self._fill(world, inbox.folder, range(330))
        await inbox.follow(backend, pages=1)
        some = inbox.uids()
        assert 0 < len(some) < 330
        await world.other.expunge(inbox.folder, [some[0]])
        await world.other.flag(inbox.folder, [some[1]], add=Flag.FLAGGED)
        await self._fill(world, inbox.folder, range(330, 334))
        await inbox.follow(backend, pages=2)
        await world.other.arrive(inbox.folder, letter(334))
        await inbox.follow(world.backend())
        assert len(inbox.messages) == 334
        assert some[0] not in inbox.messages
        assert inbox.flags[some[1]][0] == Flag.FLAGGED
        assert len(set(inbox.subjects())) == 334

    async def test_many_removed_at_once(self, world: World, backend: MailBackend, inbox: Copy) -> None:
        await self._fill(world, inbox.folder, range(80))
        await inbox.follow(backend)
        await world.other.expunge(inbox.folder, inbox.uids()[:70])
        await inbox.follow(backend)
        assert inbox.subjects() == [f"Letter {number}" for number in range(70, 80)]

    async def test_a_renumbered_folder_starts_anew(self, world: World, backend: MailBackend, inbox: Copy) -> None:
        await self._fill(world, inbox.folder, range(5))
        await inbox.follow(backend)
        old = inbox.operation(ChangeKind.FLAGS, *inbox.uids(), add=Flag.SEEN)
        await world.other.renumber(inbox.folder)
        await inbox.follow(world.backend())
        assert inbox.resets == 1
        assert inbox.uidvalidity != old.uidvalidity
        assert len(inbox.messages) == 5
        with pytest.raises(Gone):
            await backend.apply(old)
        assert all(flags == Flag.NONE for flags, _keywords in inbox.flags.values())

    async def test_changes_of_no_folder_are_gone(self, backend: MailBackend) -> None:
        with pytest.raises(Gone):
            await Copy("No such folder").follow(backend)

    # -- messages

    async def test_bodies_are_exact_and_stay_unread(self, world: World, backend: MailBackend, inbox: Copy) -> None:
        raws = [letter(number, "x" * number * 1000 + "\r\n.\r\n* 1 FETCH\r\n)") for number in range(40)]
        for raw in raws:
            await world.other.arrive(inbox.folder, raw)
        await inbox.follow(backend)
        uids = [*inbox.uids(), max(inbox.uids()) + 1000]
        found = {body.uid: body.raw async for body in backend.bodies(inbox.folder, inbox.uidvalidity, uids)}
        assert sorted(found) == inbox.uids()
        assert [found[uid] for uid in sorted(found)] == raws
        await inbox.follow(backend)
        assert all(flags == Flag.NONE for flags, _keywords in inbox.flags.values())

    async def test_a_message_is_taken_apart(self, world: World, backend: MailBackend, inbox: Copy) -> None:
        if not isinstance(backend, TakesApart):
            pytest.skip("its messages come whole")
        raw = with_file(b"QUJD" * 25_000)
        await world.other.arrive(inbox.folder, raw)
        await inbox.follow(backend)
        [uid] = inbox.uids()
        whole = await backend.structure(inbox.folder, inbox.uidvalidity, uid)
        assert [(part.path, part.type, part.name, part.octets) for part in whole.leaves()] == [
            ("1.1", "text/plain", "", 7),
            ("1.2", "text/html", "", 10),
            ("2", "application/pdf", "Plän.pdf", 100_000),
        ]
        outline = await backend.outline(inbox.folder, inbox.uidvalidity, uid, whole, {"1.1"})
        assert outline == raw.replace(b"<p>Hello\r\n", b"").replace(b"QUJD" * 25_000, b"")
        sink = io.BytesIO()
        assert await backend.fetch(inbox.folder, inbox.uidvalidity, uid, sink, "2") == 100_000
        assert sink.getvalue() == b"QUJD" * 25_000
        await inbox.follow(backend)
        assert inbox.flags[uid][0] == Flag.NONE
        with pytest.raises(Gone):
            await backend.structure(inbox.folder, inbox.uidvalidity, uid + 1)

    async def test_a_message_is_fetched_into_a_sink(self, world: World, backend: MailBackend, inbox: Copy) -> None:
        small, large = letter(1), letter(2, "line of text\r\n" * 250_000)
        await world.other.arrive(inbox.folder, small)
        await world.other.arrive(inbox.folder, large)
        await inbox.follow(backend)
        for uid, raw in zip(inbox.uids(), (small, large), strict=True):
            sink = io.BytesIO()
            assert await backend.fetch(inbox.folder, inbox.uidvalidity, uid, sink) == len(raw)
            assert sink.getvalue() == raw
        await inbox.follow(backend)
        assert all(flags == Flag.NONE for flags, _keywords in inbox.flags.values())

    async def test_a_part_is_fetched_as_it_is_encoded(self, world: World, backend: MailBackend, inbox: Copy) -> None:
        raw = (
            b'Content-Type: multipart/mixed; boundary="b"\r\nMIME-Version: 1.0\r\nSubject: parts\r\n\r\n--b\r\n\r\n'
            b"text\r\n--b\r\nContent-Type: application/pdf\r\nContent-Transfer-Encoding: base64\r\n\r\nJVBERi0=\r\n--b--\r\n"
        )
        await world.other.arrive(inbox.folder, raw)
        await inbox.follow(backend)
        sink = io.BytesIO()
        await backend.fetch(inbox.folder, inbox.uidvalidity, inbox.uids()[0], sink, "2")
        assert sink.getvalue().strip() == b"JVBERi0="

    async def test_what_is_not_there_is_gone(self, world: World, backend: MailBackend, inbox: Copy) -> None:
        await world.other.arrive(inbox.folder, letter(1))
        await inbox.follow(backend)
        with pytest.raises(Gone):
            await backend.fetch(inbox.folder, inbox.uidvalidity, inbox.uids()[0] + 50, io.BytesIO())
        with pytest.raises(Gone):
            await backend.fetch(inbox.folder, inbox.uidvalidity + 1, inbox.uids()[0], io.BytesIO())
        with pytest.raises(Gone):
            [body async for body in backend.bodies(inbox.folder, inbox.uidvalidity + 1, inbox.uids())]

    # -- operations

    async def test_flags_are_set_and_taken_away(self, world: World, backend: MailBackend, inbox: Copy) -> None:
        await self._fill(world, inbox.folder, range(3))
        await inbox.follow(backend)
        first, second, third = inbox.uids()
        add = inbox.operation(
            ChangeKind.FLAGS, first, second, add=Flag.SEEN | Flag.FORWARDED | Flag.JUNK, add_keywords=("work", "$todo")
        )
        assert set((await backend.apply(add)).done) == {first, second}
        assert set((await backend.apply(add)).done) == {first, second}, "repeating does no harm"
        await inbox.follow(backend)
        assert inbox.flags[first] == inbox.flags[second]
        assert inbox.flags[first] == (Flag.SEEN | Flag.FORWARDED | Flag.JUNK, ("$todo", "work"))
        assert inbox.flags[third] == (Flag.NONE, ())
        remove = inbox.operation(
            ChangeKind.FLAGS, first, add=Flag.FLAGGED, remove=Flag.SEEN | Flag.JUNK, remove_keywords=("work",)
        )
        await backend.apply(remove)
        await inbox.follow(backend)
        assert inbox.flags[first] == (Flag.FLAGGED | Flag.FORWARDED, ("$todo",))

    async def test_operations_say_what_is_gone(self, world: World, backend: MailBackend, inbox: Copy) -> None:
        await self._fill(world, inbox.folder, range(3))
        await inbox.follow(backend)
        first, second, third = inbox.uids()
        await world.other.expunge(inbox.folder, [second])
        flags = await backend.apply(inbox.operation(ChangeKind.FLAGS, first, second, add=Flag.SEEN))
        assert (set(flags.done), set(flags.gone)) == ({first}, {second})
        target = await self._folder(backend, "Target")
        moved = await backend.apply(inbox.operation(ChangeKind.MOVE, second, third, target=target.name))
        assert (set(moved.done), set(moved.gone)) == ({third}, {second})
        expunged = await backend.apply(inbox.operation(ChangeKind.EXPUNGE, first, second))
        assert set(expunged.done) == {first, second}, "vanished is what was wanted"

    @pytest.mark.parametrize("kind", [ChangeKind.MOVE, ChangeKind.COPY])
    async def test_messages_go_to_another_folder(
        self, world: World, backend: MailBackend, inbox: Copy, kind: ChangeKind
    ) -> None:
        await self._fill(world, inbox.folder, range(4))
        await inbox.follow(backend)
        target = Copy((await self._folder(backend, "Target/Deep")).name)
        first, second, *_rest = inbox.uids()
        await backend.apply(inbox.operation(ChangeKind.FLAGS, first, add=Flag.FLAGGED))
        result = await backend.apply(inbox.operation(kind, first, second, target=target.folder))
        assert set(result.done) == {first, second}
        await target.follow(backend)
        await inbox.follow(backend)
        assert target.subjects() == ["Letter 0", "Letter 1"]
        assert [flags for flags, _keywords in target.flags.values()].count(Flag.FLAGGED) == 1
        assert len(inbox.messages) == (2 if kind is ChangeKind.MOVE else 4)
        if result.target_uids:
            assert result.target_uidvalidity == target.uidvalidity
            assert target.uid_of("Letter 0") == result.target_uids[first]
            assert target.uid_of("Letter 1") == result.target_uids[second]

    @pytest.mark.parametrize("kind", [ChangeKind.MOVE, ChangeKind.COPY])
    async def test_repeating_a_lost_answer_makes_no_second_copy(
        self, world: World, backend: MailBackend, inbox: Copy, kind: ChangeKind
    ) -> None:
        await self._fill(world, inbox.folder, range(3))
        await world.other.arrive(inbox.folder, letter(1))  # a second copy of the same message is another message
        await inbox.follow(backend)
        target = Copy((await self._folder(backend, "Target")).name)
        await world.other.arrive(target.folder, letter(0))  # older than the operation: not its doing
        uidnext = (await backend.status(target.folder)).uidnext
        assert uidnext is not None
        uids = inbox.uids()
        await backend.apply(inbox.operation(kind, *uids[:2], target=target.folder))
        again = await backend.apply(inbox.operation(kind, *uids, target=target.folder, target_uidnext=uidnext))
        assert set(again.done) == set(uids)
        await target.follow(backend)
        assert sorted(target.subjects()) == ["Letter 0", "Letter 0", "Letter 1", "Letter 1", "Letter 2"]
        await inbox.follow(backend)
        assert len(inbox.messages) == (0 if kind is ChangeKind.MOVE else 4)

    async def test_only_named_messages_are_expunged(self, world: World, backend: MailBackend, inbox: Copy) -> None:
        await self._fill(world, inbox.folder, range(3))
        await inbox.follow(backend)
        first, second, third = inbox.uids()
        await world.other.flag(inbox.folder, [third], add=Flag.DELETED)
        await backend.apply(inbox.operation(ChangeKind.EXPUNGE, first))
        target = await self._folder(backend, "Target")
        await backend.apply(inbox.operation(ChangeKind.MOVE, second, target=target.name))
        await backend.close()
        assert await world.other.raws(inbox.folder) == [letter(2)]

    async def test_a_target_that_does_not_exist_is_refused(
        self, world: World, backend: MailBackend, inbox: Copy
    ) -> None:
        await world.other.arrive(inbox.folder, letter(1))
        await inbox.follow(backend)
        for kind in (ChangeKind.MOVE, ChangeKind.COPY):
            with pytest.raises(Refused):
                await backend.apply(inbox.operation(kind, inbox.uids()[0], target="Nowhere"))
        await inbox.follow(backend)
        assert inbox.subjects() == ["Letter 1"], "and the connection is as good as before"

    async def test_an_operation_on_no_folder_is_gone(self, backend: MailBackend) -> None:
        with pytest.raises(Gone):
            await backend.apply(RemoteOperation(ChangeKind.FLAGS, "No such folder", 1, (1,), add=Flag.SEEN))

    # -- append

    async def test_a_message_is_added(self, world: World, backend: MailBackend) -> None:
        sent = Copy((await self._folder(backend, "Sent", Role.SENT)).name)
        before = await backend.status(sent.folder)
        assert before.uidnext is not None
        raw = letter(7, "x" * 200_000)
        landed = await backend.append(sent.folder, io.BytesIO(raw), len(raw), Flag.SEEN, ("work",), 1_600_000_000)
        await sent.follow(backend)
        ((uid, message),) = sent.messages.items()
        assert message.received == 1_600_000_000
        assert sent.flags[uid] == (Flag.SEEN, ("work",))
        assert landed.uid in {0, uid}
        found = await backend.find_appended(sent.folder, "<letter-7@example.org>", before.uidnext)
        assert found is not None
        assert found.uid == uid
        assert found.uidvalidity == sent.uidvalidity
        assert await backend.find_appended(sent.folder, "<letter-8@example.org>", before.uidnext) is None
        assert await backend.find_appended(sent.folder, "<letter-7@example.org>", uid + 1) is None
        assert await world.other.raws(sent.folder) == [raw]

    async def test_a_message_is_added_to_a_folder_that_is_being_read(
        self, world: World, backend: MailBackend, inbox: Copy
    ) -> None:
        await world.other.arrive(inbox.folder, letter(1))
        await inbox.follow(backend)
        await backend.fetch(inbox.folder, inbox.uidvalidity, inbox.uids()[0], io.BytesIO())
        raw = letter(2)
        await backend.append(inbox.folder, io.BytesIO(raw), len(raw), Flag.SEEN, (), 0)
        await inbox.follow(backend)
        assert inbox.subjects() == ["Letter 1", "Letter 2"]

    async def test_nothing_is_added_to_no_folder(self, backend: MailBackend) -> None:
        raw = letter(1)
        with pytest.raises((Refused, Gone)):
            await backend.append("No such folder", io.BytesIO(raw), len(raw), Flag.NONE, (), 0)

    # -- search, news, ends

    async def test_the_server_searches(self, world: World, backend: MailBackend, inbox: Copy) -> None:
        for number, words in enumerate(("needle here", "hay", "another needle", "Grüße")):
            await world.other.arrive(
                inbox.folder,
                letter(number, words).replace(b"\r\n\r\n", b"\r\nContent-Type: text/plain; charset=utf-8\r\n\r\n", 1),
            )
        await inbox.follow(backend)
        uids = inbox.uids()
        assert await backend.search(inbox.folder, "needle") == [uids[2], uids[0]]
        assert await backend.search(inbox.folder, "Grüße") == [uids[3]]
        assert await backend.search(inbox.folder, "absent") == []

    async def test_waiting_ends_with_news(self, world: World, backend: MailBackend, inbox: Copy) -> None:
        await world.other.arrive(inbox.folder, letter(1))
        await inbox.follow(backend)
        assert await backend.wait(inbox.folder, 0.3) is False
        waiting = asyncio.create_task(backend.wait(inbox.folder, 60))
        await asyncio.sleep(0.1)
        assert not waiting.done()
        await world.other.arrive(inbox.folder, letter(2))
        assert await asyncio.wait_for(waiting, 30) is True

    async def test_news_between_two_waits_is_not_lost(self, world: World, backend: MailBackend, inbox: Copy) -> None:
        await inbox.follow(backend)
        await world.other.arrive(inbox.folder, letter(1))
        assert await asyncio.wait_for(backend.wait(inbox.folder, 60), 30) is True
        await inbox.follow(backend)
        assert await backend.wait(inbox.folder, 0.3) is False
        await world.other.arrive(inbox.folder, letter(2))
        assert await asyncio.wait_for(backend.wait(inbox.folder, 60), 30) is True

    async def test_a_wait_is_interrupted(self, backend: MailBackend, inbox: Copy) -> None:
        await inbox.follow(backend)
        waiting = asyncio.create_task(backend.wait(inbox.folder, 60))
        await asyncio.sleep(0.2)
        await backend.interrupt()
        assert await asyncio.wait_for(waiting, 30) is False

    async def test_a_cancelled_call_leaves_the_backend_usable(
        self, world: World, backend: MailBackend, inbox: Copy
    ) -> None:
        await self._fill(world, inbox.folder, range(150))
        async for _page in backend.changes(inbox.folder, b"", inbox):
            break
        calls = [
            asyncio.create_task(inbox.follow(backend)),
            asyncio.create_task(backend.wait(inbox.folder, 60)),
            asyncio.create_task(backend.folders()),
        ]
        await asyncio.sleep(0.05)
        for call in calls:
            call.cancel()
        await asyncio.gather(*calls, return_exceptions=True)
        copy = Copy(inbox.folder)
        await copy.follow(backend)
        assert len(copy.messages) == 150
        assert await backend.wait(inbox.folder, 0.1) in {True, False}

    async def test_calls_overlap(self, world: World, backend: MailBackend, inbox: Copy) -> None:
        await self._fill(world, inbox.folder, range(30))
        other = Copy((await self._folder(backend, "Other")).name)
        await self._fill(world, other.folder, range(20))
        await inbox.follow(backend)
        uid = inbox.uids()[0]
        sinks = [io.BytesIO() for _unused in range(4)]
        waiting = asyncio.create_task(backend.wait(inbox.folder, 60))
        await asyncio.gather(
            other.follow(backend),
            Copy(inbox.folder).follow(backend),
            backend.folders(),
            *(backend.fetch(inbox.folder, inbox.uidvalidity, uid, sink) for sink in sinks),
            backend.apply(inbox.operation(ChangeKind.FLAGS, uid, add=Flag.ANSWERED)),
        )
        await backend.interrupt()
        await asyncio.wait_for(waiting, 30)
        assert len(other.messages) == 20
        assert all(sink.getvalue() == letter(0) for sink in sinks)

    async def test_it_can_be_closed_twice_and_at_any_time(self, world: World, backend: MailBackend) -> None:
        fresh = world.backend()
        await fresh.close()
        waiting = asyncio.create_task(backend.wait("INBOX", 60))
        await asyncio.sleep(0.1)
        await backend.close()
        await backend.close()
        try:
            assert await asyncio.wait_for(waiting, 30) in {True, False}
        except TuiMailError:
            pass  # a wait that lost its connection may say so
