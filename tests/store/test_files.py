"""The files: made, migrated, private, too new, damaged, backed up, on a full disk."""

from __future__ import annotations

import os
import re
import sqlite3
import stat
from pathlib import Path

import pytest

from tests.store.audit import audit
from tests.store.world import ACCOUNT, NOW, World, message
from tui_mail.config.paths import Home
from tui_mail.model.clock import FrozenClock
from tui_mail.model.errors import StoreDamaged, StoreError, StoreFull, StoreNewer
from tui_mail.model.flags import Flag
from tui_mail.model.remote import RemoteFolder
from tui_mail.store.disk import files
from tui_mail.store.disk.files import KEEP, MAIL, SCHEMA, Kind, back_up_keep, newest_version, prepare, statements
from tui_mail.store.disk.sqlite import as_store_error
from tui_mail.store.gestures.journal import Journal
from tui_mail.store.gestures.messages import Gestures
from tui_mail.store.reader import Reader
from tui_mail.store.reading.query import ListQuery

OLD = Path(__file__).parent / "old"


@pytest.fixture
def home(tmp_path: Path) -> Home:
    found = Home.find(str(tmp_path / "home"), {})
    found.create()
    return found


def shape(connection: sqlite3.Connection) -> dict[str, str]:
    """Every object by name, with its SQL in one spacing and without comments."""
    return {
        name: re.sub(r"\s*([(),])\s*", r"\1", " ".join(re.sub(r"--[^\n]*", "", sql).split()))
        for name, sql in connection.execute("SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL")
    }


def schema_of(kind: Kind) -> str:
    parts = re.split(r"^-- DATABASE (\w+).*$", SCHEMA.read_text(), flags=re.MULTILINE)
    return dict(zip(parts[1::2], parts[2::2], strict=True))[kind.name]


@pytest.mark.parametrize("kind", [KEEP, MAIL], ids=["keep", "mail"])
def test_the_schema_is_what_the_migrations_make(home: Home, kind: Kind) -> None:
    prepare(home, FrozenClock(NOW))
    made = sqlite3.connect(home.keep_db if kind is KEEP else home.mail_db)
    written = sqlite3.connect(":memory:")
    for statement in statements(schema_of(kind)):
        written.execute(statement)
    assert shape(made) == shape(written)
    made.close()
    written.close()


def test_tables_are_strict(home: Home) -> None:
    prepare(home, FrozenClock(NOW))
    for path in (home.keep_db, home.mail_db):
        connection = sqlite3.connect(path)
        loose = [
            name
            for (name, strict) in connection.execute("SELECT name, strict FROM pragma_table_list WHERE schema = 'main'")
            if not strict and not name.startswith(("sqlite_", "search"))
        ]
        assert loose == []
        connection.close()


@pytest.mark.parametrize("script", sorted(OLD.glob("*.sql")), ids=lambda path: path.stem)
def test_an_older_database_is_brought_up_to_date_and_keeps_its_rows(home: Home, script: Path) -> None:
    """tests/store/old holds a dump of every version there was; a migration adds one before it changes the schema."""
    kind = KEEP if script.stem.startswith("keep") else MAIL
    path = home.keep_db if kind is KEEP else home.mail_db
    old = sqlite3.connect(path)
    old.executescript(script.read_text())
    counts = dict(old.execute("SELECT 'operation', count(*) FROM operation") if kind is KEEP else
                  old.execute("SELECT 'item', count(*) FROM item"))  # fmt: skip
    old.close()
    prepare(home, FrozenClock(NOW))
    now = sqlite3.connect(path)
    fresh = sqlite3.connect(":memory:")
    for statement in statements(schema_of(kind)):
        fresh.execute(statement)
    assert shape(now) == shape(fresh)
    for table, count in counts.items():
        assert count > 0
        assert now.execute(f"SELECT count(*) FROM {table}").fetchone()[0] == count
    now.close()
    fresh.close()


def test_every_version_has_a_stored_database() -> None:
    stored = {path.stem for path in OLD.glob("*.sql")}
    versions = {path.stem for path in files.MIGRATIONS.glob("*.sql")}
    assert stored == versions


def test_files_are_private_and_in_their_modes(world: World) -> None:
    world.put("INBOX", [message(1)])
    world.gestures.mark(world.ids("INBOX"), add=Flag.SEEN)
    back_up_keep(world.home, world.clock)
    for path in world.home.data.iterdir():
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600), path
    for connection, synchronous in ((world.writer._keep.connection, 2), (world.writer._db.connection, 1)):
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        assert connection.execute("PRAGMA synchronous").fetchone() == (synchronous,)


def test_a_reader_of_a_store_not_made_yet_is_empty(home: Home) -> None:
    reader = Reader(home)
    assert reader.folders() == []
    assert reader.list_items(ListQuery(), 10) == []
    assert reader.list_conversations(ListQuery(), 10) == []
    assert reader.pending() == []
    assert reader.actions() == []
    assert reader.revision() == (0, 0)
    assert reader.data_version() == (0, 0)
    assert not list(home.data.glob("*.db"))
    with pytest.raises(StoreError, match="no mail here yet"):
        Journal(home, FrozenClock(NOW))
    prepare(home, FrozenClock(NOW))
    assert reader.revision() == (1, 1)
    reader.close()


@pytest.mark.parametrize("name", ["keep_db", "mail_db"])
def test_a_newer_file_is_left_alone(home: Home, name: str) -> None:
    prepare(home, FrozenClock(NOW))
    path = getattr(home, name)
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 999")
    connection.close()
    before = path.read_bytes()
    with pytest.raises(StoreNewer, match="newer"):
        prepare(home, FrozenClock(NOW))
    reader = Reader(home)
    with pytest.raises(StoreNewer):
        reader.folders()
    reader.close()
    assert path.read_bytes() == before


def damage(path: Path) -> None:
    for suffix in ("-wal", "-shm"):
        Path(f"{path}{suffix}").unlink(missing_ok=True)
    path.write_bytes(b"This is no database at all. " * 500)


def test_a_damaged_mail_db_is_set_aside_and_made_anew(world: World) -> None:
    world.put("INBOX", [message(1)])
    world.gestures.archive(world.ids("INBOX"))
    world.writer.close()
    world.reader.close()
    damage(world.home.mail_db)
    prepare(world.home, world.clock)
    assert len(list(world.home.data.glob("mail.db.damaged-*"))) == 1
    world.writer = type(world.writer)(world.home, world.clock)
    assert set(world.counts()) == {"INBOX", "Archive", "Trash", "Lists"}
    assert world.pending() == ["move:queued"]
    world.put("INBOX", [message(1)])
    assert len(world.items("Archive")) == 1
    audit(world)


def test_a_torn_page_is_reported_as_damage(world: World) -> None:
    world.put("INBOX", [message(uid) for uid in range(1, 400)])
    world.writer.close()
    world.reader.close()
    size = world.home.mail_db.stat().st_size
    with world.home.mail_db.open("r+b") as stream:
        stream.seek(4096)
        stream.write(os.urandom(size - 8192))
    reader = Reader(world.home)
    with pytest.raises(StoreDamaged, match=re.escape("mail.db")):
        reader.list_items(ListQuery((world.folders["INBOX"],)), 10)
    reader.close()
    prepare(world.home, world.clock)
    world.writer = type(world.writer)(world.home, world.clock)


def test_a_damaged_keep_db_is_never_replaced(world: World) -> None:
    world.put("INBOX", [message(1)])
    world.gestures.mark(world.ids("INBOX"), add=Flag.SEEN)
    assert back_up_keep(world.home, world.clock)
    world.close()
    damage(world.home.keep_db)
    before = world.home.keep_db.read_bytes()
    with pytest.raises(StoreDamaged, match="backup-1"):
        prepare(world.home, world.clock)
    assert world.home.keep_db.read_bytes() == before
    # What the sentence says helps.
    (world.home.data / "keep.db.backup-1").replace(world.home.keep_db)
    prepare(world.home, world.clock)
    again = World.make(world.home.data.parent)
    assert again.pending() == ["flags:queued"]
    again.close()
    world.writer, world.reader, world.journal = again.writer, again.reader, again.journal


def test_a_mail_db_of_another_keep_db_has_folded_nothing_of_it(world: World, tmp_path: Path) -> None:
    """Somebody moved keep.db away and began a new one: numbers of operations begin at 1 again."""
    world.put("INBOX", [message(1), message(2)])
    for _each in range(3):
        world.gestures.mark(world.ids("INBOX"), add=Flag.FLAGGED)
        world.gestures.mark(world.ids("INBOX"), remove=Flag.FLAGGED)
    world.writer.fold()
    items = world.ids("INBOX")
    world.close()
    for path in world.home.data.glob("keep.db*"):
        path.rename(tmp_path / path.name)
    prepare(world.home, world.clock)
    world.journal = Journal(world.home, world.clock)
    world.reader = Reader(world.home)
    Gestures(world.reader, world.journal).mark(items[:1], add=Flag.SEEN)
    assert world.counts()["INBOX"] == (2, 1)
    world.writer = type(world.writer)(world.home, world.clock)
    world.writer.fold()
    assert world.counts()["INBOX"] == (2, 1)
    audit(world)


def test_the_backup_rolls_once_a_day(world: World) -> None:
    assert back_up_keep(world.home, world.clock)
    assert not back_up_keep(world.home, world.clock)
    world.clock.advance(25 * 3600)
    assert back_up_keep(world.home, world.clock)
    names = {path.name for path in world.home.data.glob("keep.db.*")}
    assert names == {"keep.db.backup-1", "keep.db.backup-2"}
    copy = sqlite3.connect(world.home.data / "keep.db.backup-2")
    assert copy.execute("SELECT count(*) FROM keep").fetchone() == (1,)
    copy.close()


def test_a_full_disk_keeps_what_is_there(world: World) -> None:
    world.put("INBOX", [message(uid) for uid in range(1, 50)], cursor=b"before")
    connection = world.writer._db.connection
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages + 3}")
    with pytest.raises(StoreFull, match="disk is full"):
        world.put("INBOX", [message(uid) for uid in range(50, 900)], cursor=b"after")
    assert world.writer.cursor(world.folders["INBOX"]) == b"before"
    assert world.counts()["INBOX"] == (49, 49)
    world.gestures.mark(world.ids("INBOX"), add=Flag.SEEN)
    assert world.counts()["INBOX"] == (49, 0)
    connection.execute("PRAGMA max_page_count = 100000")
    world.put("INBOX", [message(uid) for uid in range(50, 60)], cursor=b"after")
    assert world.counts()["INBOX"] == (59, 10)
    audit(world)


def test_a_full_disk_and_a_gesture(world: World) -> None:
    world.put("INBOX", [message(uid) for uid in range(1, 2000)])
    connection = world.journal._keep.connection
    pages = connection.execute("PRAGMA page_count").fetchone()[0]
    connection.execute(f"PRAGMA max_page_count = {pages}")
    with pytest.raises(StoreFull):
        world.gestures.archive(world.ids("INBOX"))
    assert world.pending() == []
    assert world.counts()["INBOX"] == (1999, 1999)


def test_a_migration_that_fails_leaves_the_old_version(
    home: Home, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    prepare(home, FrozenClock(NOW))
    before = newest_version(KEEP)
    scripts = tmp_path / "migrations"
    scripts.mkdir()
    for path in files.MIGRATIONS.glob("*.sql"):
        (scripts / path.name).write_text(path.read_text())
    (scripts / f"keep-{before + 1:03}.sql").write_text(
        "CREATE TABLE extra (id INTEGER) STRICT;\nSELECT nonsense FROM nowhere;\n"
    )
    monkeypatch.setattr(files, "MIGRATIONS", scripts)
    with pytest.raises(StoreError):
        prepare(home, FrozenClock(NOW))
    connection = sqlite3.connect(home.keep_db)
    assert connection.execute("PRAGMA user_version").fetchone() == (before,)
    assert connection.execute("SELECT count(*) FROM sqlite_schema WHERE name = 'extra'").fetchone() == (0,)
    connection.close()
    assert (home.data / f"keep.db.before-{before + 1}").exists()

    (scripts / f"keep-{before + 1:03}.sql").write_text("CREATE TABLE extra (id INTEGER) STRICT;\n")
    prepare(home, FrozenClock(NOW))
    connection = sqlite3.connect(home.keep_db)
    assert connection.execute("PRAGMA user_version").fetchone() == (before + 1,)
    connection.close()


def test_dropping_an_account_leaves_the_others(world: World) -> None:
    other = type(ACCOUNT)("home")
    inbox = world.writer.put_folders(other, [RemoteFolder("INBOX", "INBOX")]).ids["INBOX"]
    world.folders["home"] = inbox
    world.put("home", [message(1)])
    world.put("INBOX", [message(1), message(2)])
    world.gestures.mark(world.ids("INBOX"), add=Flag.SEEN)
    world.writer.drop_account(ACCOUNT)
    assert [(folder.account, folder.total) for folder in world.reader.folders()] == [(other, 1)]
    assert world.pending() == []
    assert len(world.items("home")) == 1
    assert world.rows("SELECT count(*) FROM content") == [(1,)]
    audit(world)


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="/proc is a file system without any room")
def test_no_room_for_shared_memory_is_a_full_disk_and_not_a_broken_one(tmp_path: Path) -> None:
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR_SHMSIZE
    assert isinstance(as_store_error(error, Path("/proc/keep.db")), StoreFull)
    assert type(as_store_error(error, tmp_path / "keep.db")) is StoreError


def test_a_file_that_cannot_be_opened_is_told_with_what_to_look_at(tmp_path: Path) -> None:
    with pytest.raises(sqlite3.OperationalError) as caught:
        sqlite3.connect(tmp_path / "nowhere" / "keep.db")
    assert "can be written to" in as_store_error(caught.value, tmp_path / "keep.db").text
