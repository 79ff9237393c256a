"""The practice mailbox through the protocol: pages, deltas, repeated moves, waiting."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from tui_mail.backends.demo import DEMO_START
from tui_mail.backends.demo.backend import FIRST_PAGE, DemoBackend
from tui_mail.backends.protocol import MailBackend
from tui_mail.model.clock import FrozenClock
from tui_mail.model.errors import Gone, Refused
from tui_mail.model.flags import Flag
from tui_mail.model.mail import Role
from tui_mail.model.remote import (
    Body,
    ChangeKind,
    FolderChange,
    FolderChangeKind,
    Page,
    RemoteFolder,
    RemoteOperation,
    RemoteResult,
)


@dataclass
class Local:
    """What a store holds, from the pages it was given."""

    flags: dict[int, tuple[Flag, tuple[str, ...]]] = field(default_factory=dict)
    cursor: bytes = b""
    uidvalidity: int = 0

    def count(self) -> int:
        return len(self.flags)

    def uids(self) -> list[int]:
        return sorted(self.flags)

    def take(self, page: Page) -> None:
        if page.reset:
            self.flags.clear()
        for uid in page.vanished:
            self.flags.pop(uid, None)
        for message in page.new:
            assert message.uid not in self.flags, "sent twice"
            self.flags[message.uid] = (message.flags, message.keywords)
        for change in page.flags:
            assert change.uid in self.flags, "a flag of a message not sent"
            self.flags[change.uid] = (change.flags, change.keywords)
        self.cursor, self.uidvalidity = page.cursor, page.uidvalidity


async def sync(backend: DemoBackend, folder: str, local: Local, pages: int = 100) -> list[Page]:
    taken = []
    async for page in backend.changes(folder, local.cursor, local):
        taken.append(page)
        local.take(page)
        if len(taken) == pages:
            break
    return taken


@pytest.fixture
async def backend(tmp_path: Path) -> AsyncIterator[DemoBackend]:
    backend = DemoBackend(tmp_path / "mail", FrozenClock(DEMO_START))
    await backend.connect()
    yield backend
    await backend.close()


def uidvalidity(backend: DemoBackend, folder: str) -> int:
    return backend._mailbox.box(folder).uidvalidity


def server(backend: DemoBackend, folder: str) -> dict[int, tuple[Flag, tuple[str, ...]]]:
    return {uid: (m.flags, m.keywords) for uid, m in backend._mailbox.box(folder).messages.items()}


async def apply(backend: DemoBackend, kind: ChangeKind, uids: tuple[int, ...], **more: object) -> RemoteResult:
    operation = RemoteOperation(kind, "INBOX", uidvalidity(backend, "INBOX"), uids, **more)  # type: ignore[arg-type] # keywords of the test
    return await backend.apply(operation)


async def test_it_is_a_mail_backend(backend: DemoBackend) -> None:
    protocol: MailBackend = backend
    caps = await protocol.connect()
    assert caps.push
    assert caps.local


async def test_folders_with_roles_and_their_parents(backend: DemoBackend) -> None:
    folders = {folder.path: folder for folder in await backend.folders()}
    assert next(iter(folders)) == "INBOX"
    assert folders["Archive"].role is Role.ARCHIVE
    assert not folders["Lists"].selectable
    status = folders["INBOX"].status
    assert status is not None
    assert status.total == 50
    assert status == await backend.status("INBOX")


async def test_the_first_page_is_small_and_newest_first(backend: DemoBackend) -> None:
    local = Local()
    pages = await sync(backend, "Lists/kernel", local)
    assert len(pages[0].new) == FIRST_PAGE
    uids = [message.uid for page in pages for message in page.new]
    assert uids == sorted(uids, reverse=True)
    assert [page.last for page in pages] == [False] * (len(pages) - 1) + [True]
    assert local.flags == server(backend, "Lists/kernel")
    assert pages[0].total == len(uids)


async def test_list_headers_hold_no_others(backend: DemoBackend) -> None:
    (page,) = await sync(backend, "INBOX", Local())
    for message in page.new:
        assert message.header.endswith(b"\r\n")
        assert b"Received:" not in message.header
        assert b"Subject:" in message.header
        assert b"\r\n\r\n" not in message.header[:-2]


async def test_stopping_in_the_middle_and_going_on(backend: DemoBackend) -> None:
    local = Local()
    await sync(backend, "Lists/kernel", local, pages=1)
    operation = RemoteOperation(
        ChangeKind.FLAGS,
        "Lists/kernel",
        local.uidvalidity,
        (1, local.uids()[-1]),
        add=Flag.FLAGGED,
        add_keywords=("work",),
    )
    await backend.apply(operation)
    await sync(backend, "Lists/kernel", local)
    assert local.flags == server(backend, "Lists/kernel")


async def test_a_delta_holds_only_what_changed(backend: DemoBackend) -> None:
    local = Local()
    await sync(backend, "INBOX", local)
    newest = local.uids()[-1]
    await apply(backend, ChangeKind.FLAGS, (newest,), add=Flag.SEEN)
    await apply(backend, ChangeKind.EXPUNGE, (1, 2))
    arrived = await backend.deliver(b"Subject: hello\r\n\r\nyou\r\n")
    (page,) = await sync(backend, "INBOX", local)
    assert [message.uid for message in page.new] == [arrived.uid]
    assert [change.uid for change in page.flags] == [newest]
    assert list(page.vanished) == [1, 2]
    assert local.flags == server(backend, "INBOX")
    (nothing,) = await sync(backend, "INBOX", local)
    assert (*nothing.new, *nothing.flags, *nothing.vanished) == ()
    assert nothing.last


async def test_flags_of_messages_not_sent_yet_are_not_told(backend: DemoBackend) -> None:
    local = Local()
    await sync(backend, "Lists/kernel", local, pages=1)
    everything = tuple(server(backend, "Lists/kernel"))
    operation = RemoteOperation(ChangeKind.FLAGS, "Lists/kernel", local.uidvalidity, everything, add=Flag.SEEN)
    await backend.apply(operation)
    await sync(backend, "Lists/kernel", local)
    assert all(flags & Flag.SEEN for flags, _keywords in local.flags.values())


async def test_another_uidvalidity_resets(backend: DemoBackend) -> None:
    local = Local()
    await sync(backend, "Travel", local)
    await backend.change_folder(FolderChange(FolderChangeKind.DELETE, "Travel"))
    await backend.change_folder(FolderChange(FolderChangeKind.CREATE, "Travel"))
    await backend.append("Travel", io.BytesIO(b"Subject: x\r\n\r\n"), 14, Flag.NONE, (), 5)
    (page,) = await sync(backend, "Travel", local)
    assert page.reset
    assert local.uids() == [1]


async def test_a_move_repeated_finds_what_the_first_one_did(backend: DemoBackend) -> None:
    uidnext = (await backend.status("Archive")).uidnext
    assert uidnext is not None
    first = await apply(backend, ChangeKind.MOVE, (3, 4), target="Archive", target_uidnext=0)
    second = await apply(backend, ChangeKind.MOVE, (3, 4, 5), target="Archive", target_uidnext=uidnext)
    assert first.target_uids == {3: uidnext, 4: uidnext + 1}
    assert second.target_uids == {3: uidnext, 4: uidnext + 1, 5: uidnext + 2}
    assert second.done == (3, 4, 5)
    assert second.gone == ()


async def test_a_copy_repeated_makes_no_second_copy(backend: DemoBackend) -> None:
    status = await backend.status("Receipts")
    assert status.uidnext is not None
    for target_uidnext in (0, status.uidnext):
        result = await apply(backend, ChangeKind.COPY, (3,), target="Receipts", target_uidnext=target_uidnext)
        assert result.target_uids == {3: status.uidnext}
    assert (await backend.status("Receipts")).total == (status.total or 0) + 1


async def test_what_is_not_there(backend: DemoBackend) -> None:
    result = await apply(backend, ChangeKind.FLAGS, (3, 999), add=Flag.SEEN)
    assert (result.done, result.gone) == ((3,), (999,))
    assert (await apply(backend, ChangeKind.MOVE, (999,), target="Archive")).gone == (999,)
    assert (await apply(backend, ChangeKind.EXPUNGE, (999,))).done == (999,)
    with pytest.raises(Refused):
        await apply(backend, ChangeKind.MOVE, (3,), target="Nowhere")
    with pytest.raises(Gone):
        await backend.apply(RemoteOperation(ChangeKind.FLAGS, "INBOX", 9_999, (3,), add=Flag.SEEN))
    with pytest.raises(Gone):
        await backend.fetch("INBOX", uidvalidity(backend, "INBOX"), 999, io.BytesIO())


async def test_bodies_and_parts(backend: DemoBackend) -> None:
    valid = uidvalidity(backend, "INBOX")
    bodies: list[Body] = [body async for body in backend.bodies("INBOX", valid, [50, 999, 1])]
    assert [body.uid for body in bodies] == [50, 1]
    (found,) = await backend.search("INBOX", "2026/11/042")
    sink = io.BytesIO()
    assert await backend.fetch("INBOX", valid, found, sink) == len(sink.getvalue())
    part = io.BytesIO()
    await backend.fetch("INBOX", valid, found, part, "2")
    assert part.getvalue().startswith(b"JVBER")
    with pytest.raises(Gone):
        await backend.fetch("INBOX", valid, found, io.BytesIO(), "7")


async def test_a_part_inside_a_forwarded_message(backend: DemoBackend) -> None:
    (found,) = await backend.search("INBOX", "BRASS, FRAGILE")
    sink = io.BytesIO()
    await backend.fetch("INBOX", uidvalidity(backend, "INBOX"), found, sink, "2.1")
    assert b"41 kg" in sink.getvalue()


async def test_search_looks_into_encoded_text(backend: DemoBackend) -> None:
    assert await backend.search("INBOX", "打ち合わせ")
    assert await backend.search("INBOX", "ÜBERGABE")
    assert await backend.search("INBOX", "семинаре")
    assert not await backend.search("INBOX", "nothing of that kind")


async def test_append_and_find(backend: DemoBackend) -> None:
    raw = b"Message-ID: <one@example.org>\r\nSubject: a\r\n\r\nb\r\n"
    before = await backend.status("Sent")
    assert before.uidnext is not None
    assert await backend.find_appended("Sent", "<one@example.org>", before.uidnext) is None
    placed = await backend.append("Sent", io.BytesIO(raw), len(raw), Flag.SEEN, ("$x",), 0)
    assert await backend.find_appended("Sent", "<one@example.org>", before.uidnext) == placed
    assert await backend.find_appended("Sent", "<two@example.org>", before.uidnext) is None
    with pytest.raises(Refused):
        await backend.append("Sent", io.BytesIO(raw), len(raw) + 1, Flag.SEEN, (), 0)


async def test_folders_change(backend: DemoBackend) -> None:
    created = await backend.change_folder(FolderChange(FolderChangeKind.CREATE, "Work/New"))
    assert isinstance(created, RemoteFolder)
    assert created.selectable
    assert await backend.change_folder(FolderChange(FolderChangeKind.CREATE, "Work/New")) == created
    moved = await backend.change_folder(FolderChange(FolderChangeKind.RENAME, "Lists", "Read"))
    assert moved is not None
    assert not moved.selectable
    paths = [folder.path for folder in await backend.folders()]
    assert "Read/kernel" in paths
    assert "Lists" not in paths
    quiet = await backend.change_folder(FolderChange(FolderChangeKind.UNSUBSCRIBE, "Travel"))
    assert quiet is not None
    assert not quiet.subscribed
    assert await backend.change_folder(FolderChange(FolderChangeKind.DELETE, "Work/New")) is None


async def test_waiting_sees_a_delivery_before_and_during(backend: DemoBackend) -> None:
    local = Local()
    await sync(backend, "INBOX", local)
    assert not await backend.wait("INBOX", 0.01)
    await backend.deliver(b"Subject: before\r\n\r\n")
    assert await backend.wait("INBOX", 30)
    waiting = asyncio.create_task(backend.wait("INBOX", 30))
    await asyncio.sleep(0)
    await backend.deliver(b"Subject: during\r\n\r\n")
    assert await waiting
    elsewhere = asyncio.create_task(backend.wait("INBOX", 30))
    await asyncio.sleep(0)
    await backend.interrupt()
    assert not await elsewhere


async def test_all_is_there_after_a_restart(tmp_path: Path) -> None:
    clock = FrozenClock(DEMO_START)
    first = DemoBackend(tmp_path, clock)
    await first.connect()
    await first.deliver(b"Subject: kept\r\n\r\n")
    await first.close()
    second = DemoBackend(tmp_path, clock)
    await second.connect()
    assert (await second.status("INBOX")).total == 51
    assert await second.search("INBOX", "kept")
    local = Local()
    await sync(second, "INBOX", local)
    assert local.flags == server(second, "INBOX")
