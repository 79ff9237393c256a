"""A backup holds everything that exists only here, and everything comes back from it."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.store.world import ACCOUNT, NOW, World
from tui_mail.config.paths import Home
from tui_mail.mime.compose.build import build
from tui_mail.model.draft import Draft, Identity
from tui_mail.model.errors import StoreDamaged, StoreError, StoreNewer, UsageError
from tui_mail.model.outbox import OutboxState
from tui_mail.store.disk.rawfiles import RawFiles
from tui_mail.store.local.mail import LocalMail
from tui_mail.store.local.popmail import Fetched, PopMail
from tui_mail.store.local.rows import NewItem
from tui_mail.store.sending.drafts import Drafts
from tui_mail.store.sending.outbox import Outbox
from tui_mail.store.upkeep.backup import back_up, is_backup
from tui_mail.store.upkeep.restore import restore

ME = Identity(ACCOUNT, "Me", "me@example.org")


@dataclass
class Desk:
    """A home with local mail in it, and a place for backups."""

    world: World
    local: LocalMail
    directory: Path

    def arrive(self, *raws: bytes) -> None:
        items = [NewItem(self.local.raw.put(raw), len(raw), NOW, ACCOUNT) for raw in raws]
        fetched = [Fetched(f"u{at}", item.size, "header", item) for at, item in enumerate(items)]
        PopMail(self.local, ACCOUNT, "ada@pop").deliver(self.local.folder(ACCOUNT, "INBOX"), fetched, NOW)

    def backup(self) -> tuple[int, int, int]:
        copied = back_up(self.world.home, self.directory, self.world.clock)
        return copied.messages, copied.files, copied.missing


@pytest.fixture
def desk(world: World, tmp_path: Path) -> Iterator[Desk]:
    local = LocalMail.open(world.home)
    local.begin(ACCOUNT)
    (world.home.accounts_dir).mkdir(parents=True, exist_ok=True)
    (world.home.accounts_dir / "work.toml").write_text('email = "ada@example.org"\n')
    yield Desk(world, local, tmp_path / "backup")
    local.close()


def other_home(tmp_path: Path) -> Home:
    home = Home.find(str(tmp_path / "other"), {})
    home.create()
    return home


def raws(home: Home) -> list[bytes]:
    """Every local message of a home."""
    local = LocalMail.open(home)
    try:
        items = local.items(local.folder(ACCOUNT, "INBOX").id)
        return [local.raw.read(item.raw) or b"" for item in reversed(items)]
    finally:
        local.close()


def test_everything_comes_back_in_another_home(desk: Desk, tmp_path: Path) -> None:
    desk.arrive(b"Subject: 1\r\n\r\n", b"Subject: 2\r\n\r\n" + b"x" * 300_000)
    assert desk.backup() == (2, 2, 0)
    home = other_home(tmp_path)
    restored = restore(home, desk.directory, desk.world.clock, replace=False)
    assert (restored.copied.messages, restored.copied.missing, restored.aside) == (2, 0, None)
    assert restored.accounts == ("work",)
    assert raws(home) == raws(desk.world.home)
    assert (home.accounts_dir / "work.toml").read_text() == 'email = "ada@example.org"\n'
    local = LocalMail.open(home)
    assert [known.uidl for known in PopMail(local, ACCOUNT, "ada@pop").messages()] == ["u0", "u1"]
    assert local.keep.uuid() != desk.local.keep.uuid(), "what one mail.db has seen says nothing about the other"
    local.close()


def test_it_is_private(desk: Desk) -> None:
    desk.arrive(b"Subject: 1\r\n\r\n")
    desk.backup()
    for path in [desk.directory, *desk.directory.rglob("*")]:
        assert path.stat().st_mode & 0o077 == 0, path


def test_an_older_backup_is_brought_up_to_date(desk: Desk) -> None:
    desk.arrive(b"Subject: 1\r\n\r\n", b"Subject: 2\r\n\r\n")
    desk.backup()
    files = {path: path.stat().st_mtime_ns for path in (desk.directory / "raw").iterdir()}
    inbox = desk.local.folder(ACCOUNT, "INBOX")
    desk.local.expunge(inbox.id, [1])
    desk.arrive(b"Subject: 3\r\n\r\n")
    (desk.world.home.accounts_dir / "work.toml").unlink()
    assert desk.backup() == (2, 2, 0)
    now = {path: path.stat().st_mtime_ns for path in (desk.directory / "raw").iterdir()}
    assert len(files.keys() & now.keys()) == 1
    assert all(files[path] == now[path] for path in files.keys() & now.keys()), "what is there is not copied again"
    assert not list(desk.directory.glob("config/accounts/*"))


def test_a_directory_with_something_else_is_left_alone(desk: Desk) -> None:
    desk.arrive(b"Subject: 1\r\n\r\n")
    desk.directory.mkdir()
    (desk.directory / "diary").write_text("mine")
    with pytest.raises(UsageError, match="something else"):
        desk.backup()
    assert [path.name for path in desk.directory.iterdir()] == ["diary"]
    with pytest.raises(UsageError, match="no backup"):
        restore(desk.world.home, desk.directory, desk.world.clock, replace=True)


def test_an_end_in_the_middle_leaves_the_older_backup(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    desk.arrive(b"Subject: 1\r\n\r\n")
    desk.backup()
    desk.arrive(b"Subject: 2\r\n\r\n")
    with monkeypatch.context() as patch:
        patch.setattr("tui_mail.store.upkeep.backup._copy_config", _fail)
        with pytest.raises(StoreError):
            desk.backup()
    assert is_backup(desk.directory)
    home = Home.find(str(desk.directory.parent / "third"), {})
    assert restore(home, desk.directory, desk.world.clock, replace=False).copied.messages == 1
    assert desk.backup() == (2, 2, 0)


def _fail(*_arguments: object) -> None:
    raise OSError(28, "No space left on device")


def test_a_file_that_is_damaged_is_told(desk: Desk) -> None:
    desk.arrive(b"Subject: 1\r\n\r\n", b"Subject: 2\r\n\r\n")
    name = desk.local.items(desk.local.folder(ACCOUNT, "INBOX").id)[0].raw
    (desk.world.home.raw_dir / name).write_bytes(b"something else")
    assert desk.backup() == (2, 1, 1)


def test_a_damaged_backup_changes_nothing(desk: Desk, tmp_path: Path) -> None:
    desk.arrive(b"Subject: 1\r\n\r\n")
    desk.backup()
    path = desk.directory / "keep.db"
    whole = path.read_bytes()
    path.write_bytes(whole[:8192] + b"\xff" * (len(whole) - 8192))
    home = other_home(tmp_path)
    with pytest.raises((StoreDamaged, StoreError)):
        restore(home, desk.directory, desk.world.clock, replace=False)
    assert not home.keep_db.exists()
    path.write_bytes(whole)
    with sqlite3.connect(path) as connection:
        connection.execute("PRAGMA user_version = 999")
    connection.close()
    with pytest.raises(StoreNewer):
        restore(home, desk.directory, desk.world.clock, replace=False)
    assert not home.keep_db.exists()


def test_mail_that_is_here_is_set_aside_only_when_that_is_said(desk: Desk, tmp_path: Path) -> None:
    desk.arrive(b"Subject: 1\r\n\r\n")
    desk.backup()
    desk.arrive(b"Subject: 2\r\n\r\n")
    desk.local.close()
    desk.world.close()
    with pytest.raises(UsageError, match="--replace"):
        restore(desk.world.home, desk.directory, desk.world.clock, replace=False)
    restored = restore(desk.world.home, desk.directory, desk.world.clock, replace=True)
    assert restored.aside is not None
    assert restored.accounts == (), "what is configured here stays"
    assert raws(desk.world.home) == [b"Subject: 1\r\n\r\n"]
    third = Home.find(str(tmp_path / "third"), {})
    again = restore(third, restored.aside, desk.world.clock, replace=False)
    assert (again.copied.messages, again.copied.missing) == (2, 0), "its files were set aside as well"
    assert raws(third) == [b"Subject: 1\r\n\r\n", b"Subject: 2\r\n\r\n"]
    desk.world = World.make(desk.world.home.root or tmp_path)
    desk.local = LocalMail.open(desk.world.home)


def test_a_damaged_file_that_is_here_is_replaced(desk: Desk) -> None:
    desk.arrive(b"Subject: 1\r\n\r\n")
    desk.backup()
    (name,) = RawFiles(desk.world.home).names()
    (desk.world.home.raw_dir / name).write_bytes(b"half of")
    desk.local.close()
    desk.world.close()
    desk.world.home.keep_db.write_bytes(b"no database at all" * 1000)
    restored = restore(desk.world.home, desk.directory, desk.world.clock, replace=True)
    assert raws(desk.world.home) == [b"Subject: 1\r\n\r\n"]
    assert restored.aside is not None
    assert (restored.aside / "raw" / name).read_bytes() == b"half of"
    assert not is_backup(restored.aside), "nothing can be brought back from a file that cannot be read"
    desk.world = World.make(desk.world.home.root or desk.directory)
    desk.local = LocalMail.open(desk.world.home)


def test_files_that_nothing_names_any_more_are_set_aside_too(desk: Desk, tmp_path: Path) -> None:
    desk.arrive(b"Subject: 1\r\n\r\n")
    desk.backup()
    home = other_home(tmp_path)
    name = RawFiles(home).put(b"the only copy")
    restored = restore(home, desk.directory, desk.world.clock, replace=False)
    assert restored.aside is not None
    assert (restored.aside / "raw" / name).read_bytes() == b"the only copy"
    assert raws(home) == [b"Subject: 1\r\n\r\n"]


def test_what_waited_to_be_sent_is_not_sent_by_itself(desk: Desk, tmp_path: Path) -> None:
    world = desk.world
    drafts = Drafts(world.home, world.clock, world.reader, world.journal)
    outbox = Outbox(world.home, world.clock, world.reader)
    draft = Draft(ME, to="ann@example.org", subject="Hello", body="Text.\n")
    outbox.queue(ACCOUNT, build(draft, drafts.octets, NOW), draft=draft, hold=0)
    outbox.close()
    drafts.close()
    desk.backup()
    home = other_home(tmp_path)
    assert restore(home, desk.directory, world.clock, replace=False).unsent == 1
    there = World.make(home.root or tmp_path)
    outbox = Outbox(home, world.clock, there.reader)
    assert [message.state for message in outbox.messages()] == [OutboxState.AMBIGUOUS]
    outbox.close()
    there.close()


def test_the_mark_tells_what_it_is(desk: Desk) -> None:
    desk.arrive(b"Subject: 1\r\n\r\n")
    desk.backup()
    found = json.loads((desk.directory / "backup.json").read_text())
    assert found == {"format": 1, "made": "2026-05-28T20:26:40Z", "messages": 1}
