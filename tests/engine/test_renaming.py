"""Another name for an account: everything follows it, at whatever step an engine is killed, and nothing comes twice."""

from __future__ import annotations

import asyncio
import contextlib
import copy
import shutil
import sqlite3
import threading
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from tests.engine.popworld import PopWorld, letters
from tests.engine.world import World, add_account
from tests.fakes.memory_backend import Box, MemoryServer, letter
from tests.fakes.scripted_pop3 import ScriptedPop3
from tests.unit.link.homes import short_home
from tui_mail.config import accountfiles, files
from tui_mail.config.accountfiles import load_accounts
from tui_mail.config.paths import Home
from tui_mail.engine.secrets import Secrets
from tui_mail.link.lock import EngineLock
from tui_mail.link.messages import Reload, RenameAccount, SaveAccount, Sync, WaitOperations, WaitOutbox
from tui_mail.mime.compose.build import build
from tui_mail.model.draft import Draft, Identity
from tui_mail.model.errors import ConfigError, NotFound, NothingToUndo, SignInRefused, UsageError
from tui_mail.model.flags import Flag
from tui_mail.model.ids import AccountName, ItemId, OutboxId
from tui_mail.model.mail import Role
from tui_mail.model.operation import UNNUMBERED, ActionKind, Operation, OperationKind, OperationState
from tui_mail.store.disk.files import statements
from tui_mail.store.disk.rawfiles import RawFiles
from tui_mail.store.disk.sqlite import transaction
from tui_mail.store.gestures.journal import Journal
from tui_mail.store.tables import keepdb, maildb
from tui_mail.store.upkeep import renaming
from tui_mail.store.upkeep.backup import back_up
from tui_mail.store.upkeep.renaming import NAMED
from tui_mail.store.upkeep.restore import restore
from tui_mail.store.writer import Writer

MakeWorld = Callable[..., World]
OLD, NEW = AccountName("oldname"), AccountName("newname")
SMTP = {"smtp": {"host": "smtp.example.org", "port": 587, "security": "starttls"}}
RENAME = RenameAccount(id=9, account=OLD, to=NEW)


@pytest.fixture
def world() -> Iterator[World]:
    """One account with a password in a file."""
    with short_home() as home:
        add_account(home, OLD, password="file", **SMTP)
        Secrets(home).save(OLD, "hunter2", "file")
        server = MemoryServer(5)
        yield World(home, {OLD: server, NEW: server})


@pytest.fixture
def pop() -> Iterator[PopWorld]:
    with short_home() as home:
        yield PopWorld(home)


def draft(account: str, subject: str) -> Draft:
    identity = Identity(AccountName(account), "Me", "me@example.org")
    name = subject.replace(" ", "-")
    return Draft(identity, to="bob@example.org", subject=subject, body="Hello.\n", message_id=f"{name}@example.org")


def queue(world: World, subject: str, *, account: str = OLD, hold: int = 0) -> OutboxId:
    """Send a message of an account."""
    with world.writing() as (drafts, outbox):
        message = draft(account, subject)
        built = build(message, drafts.octets, world.clock.now())
        return outbox.queue(AccountName(account), built, draft=message, hold=hold)


def words(path: Path) -> str:
    """Everything that stands in a database, binary columns included."""
    found: list[str] = []
    with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as connection:
        for (table,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'").fetchall():
            if table.startswith("search"):
                continue
            for row in connection.execute(f'SELECT * FROM "{table}"'):
                found += [each.decode("latin-1") if isinstance(each, bytes) else str(each) for each in row]
    return "\n".join(found)


async def fill(world: World) -> None:
    """One of each: something done, something that waits, drafts, messages to be sent, what was learnt."""
    async with world.running(alone=True):
        await world.synced()
        with world.acting() as person:
            person.archive([world.items()[0].id])
        await world.synced()
    queue(world, "Soon")
    queue(world, "Held", hold=3600)
    with world.acting() as person:
        person.mark([world.items()[0].id], add=Flag.FLAGGED)
    with world.writing() as (drafts, _outbox):
        drafts.begin(draft(OLD, "Half a thought"))
    with contextlib.closing(Journal(world.home, world.clock)) as journal:
        journal.left_list(OLD, "<list.example.org>", "link", "example.org")
    with contextlib.closing(Writer(world.home, world.clock)) as writer:
        writer.note_alert(OLD, "Mind the gap.")
    with contextlib.closing(keepdb.KeepDb(world.home, write=True)) as keep, keep.changing() as connection:
        connection.execute("INSERT INTO sent_habit VALUES (?, 'smtp.example.org', 1, 1)", (OLD,))


async def check(world: World, name: AccountName) -> None:
    """The account is there once, by this name; with all that was its own; and works."""
    other = OLD if name == NEW else NEW
    before = {item.id for item in world.items()}
    assert len(before) == 4
    async with world.running(alone=True) as engine:
        assert [account.name for account in load_accounts(world.home)] == [name]
        for path in (world.home.keep_db, world.home.mail_db):
            assert other not in words(path)
        with world.reading() as reader:
            assert {folder.account for folder in reader.folders()} == {name}
            assert [alert.account for alert in reader.alerts()] == [name]
            assert reader.left_list(name, "<list.example.org>") is not None
        assert {item.id for item in world.items()} == before
        with world.acting() as person:
            assert person.undo().kind is ActionKind.SEND
        done = await engine.handle(Sync(id=1))
        assert done.ok, done
        (entry,) = done.result["accounts"]
        assert (entry["name"], entry["sent"]) == (name, 1)
        # A draft that was just being added when its engine ended is new there until it is known as ours.
        assert entry["new"] <= 1
        assert [message.subject for message in world.outbox() if message.state.value == "sent"] == ["Soon"]
        assert len(world.post.delivered) == 1
        assert world.subjects("Drafts") == world.servers[name].subjects("Drafts") == ["Half a thought"]
        assert world.servers[name].subjects("Sent") == ["Soon"]
        assert world.servers[name].subjects("Archive") == ["Letter 4"]
        with world.acting() as person:
            assert person.undo().kind is ActionKind.FLAG
            with pytest.raises(NothingToUndo):
                person.undo()
            action = person.undo()
        assert (await engine.handle(WaitOperations(id=2, operations=list(action.operations)))).ok
        assert len(world.servers[name].subjects("INBOX")) == 5
    assert world.secrets[name] == "hunter2"


async def test_everything_follows_the_name(world: World) -> None:
    await fill(world)
    async with world.running(alone=True) as engine:
        assert (await engine.handle(RENAME)).ok
    await check(world, NEW)
    assert [path.name for path in world.home.accounts_dir.iterdir()] == [f"{NEW}.toml"]
    assert not (world.home.data / "secrets" / OLD).exists()


async def test_an_engine_that_runs_goes_on_under_the_new_name(world: World) -> None:
    async with world.running() as engine:
        await world.until(lambda: len(world.items()) == 5)
        await world.until(lambda: engine.supervisor.runners[OLD].state == "online")
        ids = {item.id for item in world.items()}
        signed_in = world.servers[OLD].connections
        assert (await engine.handle(RENAME)).ok
        await world.until(lambda: engine.supervisor.runners[NEW].state == "online")
        assert list(engine.supervisor.runners) == [NEW]
        assert world.servers[OLD].connections == signed_in + 1
        assert {item.id for item in world.items()} == ids
        assert {item.account for item in world.items()} == {NEW}
        number = queue(world, "Hello", account=NEW)
        assert (await engine.handle(WaitOutbox(id=2, messages=[number]))).ok
        assert len(world.post.delivered) == 1


@dataclass
class Witness:
    """Copies a home whenever something was written, as a kill at that moment would leave it.

    Several threads write; while one does, or its work is copied, the others wait.
    """

    home: Home
    server: MemoryServer
    directory: Path
    count: int = 0
    turn: threading.RLock = field(default_factory=threading.RLock)

    def look(self) -> None:
        assert self.home.root is not None
        shutil.copytree(
            self.home.root, self.directory / str(self.count), ignore=shutil.ignore_patterns("engine.sock", ".*.toml.*")
        )
        self.count += 1

    def after(self, work: Callable[..., Any]) -> Callable[..., Any]:
        def watched(*args: Any, **kwargs: Any) -> Any:
            with self.turn:
                result = work(*args, **kwargs)
                self.look()
            return result

        return watched

    @contextlib.contextmanager
    def transaction(self, connection: sqlite3.Connection) -> Iterator[None]:
        with self.turn:
            with transaction(connection):
                yield
                self.look()
            self.look()


async def test_a_kill_at_any_step_leaves_the_one_or_the_other(
    world: World, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await fill(world)
    witness = Witness(world.home, world.servers[OLD], tmp_path)
    async with world.running(alone=True) as engine:
        server = copy.deepcopy(world.servers[OLD])
        with monkeypatch.context() as patch:
            patch.setattr(files, "write_private", witness.after(files.write_private))
            patch.setattr(Path, "rename", witness.after(Path.rename))
            for name in ("save", "forget"):
                patch.setattr(Secrets, name, witness.after(getattr(Secrets, name)))
            patch.setattr(keepdb, "transaction", witness.transaction)
            patch.setattr(maildb, "transaction", witness.transaction)
            witness.look()
            assert (await engine.handle(RENAME)).ok
    names = []
    for moment in range(witness.count):
        with short_home() as home:
            assert home.root is not None
            shutil.copytree(tmp_path / str(moment), home.root, dirs_exist_ok=True)
            (name,) = (path.stem for path in home.accounts_dir.glob("*.toml"))
            names.append(name)
            other = copy.deepcopy(server)
            await check(World(home, {OLD: other, NEW: other}), AccountName(name))
            kept = {path.name for path in (home.data / "secrets").iterdir()}
            assert kept == {NEW} if name == NEW else OLD in kept
    assert names == sorted(names, reverse=True)  # "oldname" up to one moment, "newname" from then on
    assert names.count(OLD) >= 3
    assert names.count(NEW) >= 6


async def test_pop3_mail_stays_and_is_not_fetched_again(pop: PopWorld) -> None:
    with ScriptedPop3(letters(1, 2)) as first, ScriptedPop3(letters(3)) as second:
        pop.add(first, OLD)
        pop.add(second, "guest", deliver_to=OLD)
        assert (await pop.sync()).ok
        raws = pop.raws(account=OLD)
        async with pop.running() as engine:
            assert (await engine.handle(RENAME)).ok
        assert pop.raws(account=NEW) == raws
        assert [account.deliver_to for account in load_accounts(pop.home)] == [NEW, ""]
        for path in (pop.home.keep_db, pop.home.mail_db):
            assert OLD not in words(path)
        first.mailbox += letters(4)
        second.mailbox += letters(5)
        done = await pop.sync()
        assert done.ok, done
        assert pop.subjects() == [f"Letter {number}" for number in (1, 2, 3, 4, 5)]
        assert [len(pop.known(name)) for name in (NEW, "guest")] == [3, 2]
        assert [server.verbs.count("RETR") for server in (first, second)] == [3, 2]
        with pop.local() as mail:
            assert mail.folders(OLD) == []
            assert {item.account for item in mail.items(mail.folder(NEW, "INBOX").id)} == {NEW, "guest"}


async def test_a_backup_from_before_comes_back_under_the_new_name(pop: PopWorld, tmp_path: Path) -> None:
    with ScriptedPop3(letters(1, 2)) as server:
        pop.add(server, OLD)
        assert (await pop.sync()).ok
        back_up(pop.home, tmp_path / "backup", pop.clock)
        async with pop.running() as engine:
            assert (await engine.handle(RENAME)).ok
        with EngineLock(pop.home):
            assert restore(pop.home, tmp_path / "backup", pop.clock, replace=True).accounts == ()
        assert (await pop.sync()).ok
        assert pop.subjects() == ["Letter 1", "Letter 2"]
        assert {item.account for item in pop.world.items()} == {NEW}
        assert server.verbs.count("RETR") == 2


async def test_a_guest_that_says_the_old_name_delivers_on(pop: PopWorld) -> None:
    with ScriptedPop3(letters(1)) as first, ScriptedPop3(letters(2)) as second:
        pop.add(first, OLD)
        pop.add(second, "guest", deliver_to=OLD)
        async with pop.running() as engine:
            assert (await engine.handle(RENAME)).ok
        path = pop.home.accounts_dir / "guest.toml"
        path.write_text(path.read_text().replace(NEW, OLD))  # as a crash leaves it, or a copy that was put back
        assert (await pop.sync()).ok
        second.mailbox += letters(3)
        pop.home.config_file.write_text(f"[account.guest]\ndeliver_to = '{OLD}'\n")
        assert (await pop.sync()).ok
        assert pop.subjects() == ["Letter 1", "Letter 2", "Letter 3"]


@pytest.mark.parametrize(
    ("name", "error", "text"),
    [
        ("home", UsageError, "There is an account home already"),
        ("HOME", UsageError, "There is an account home already"),
        ("OldName", UsageError, "differ in case alone"),
        ("a/b", ConfigError, "cannot name an account"),
        ("", ConfigError, "cannot name an account"),
        ("gone", UsageError, "earlier account gone"),
    ],
)
async def test_names_that_cannot_be(world: World, name: str, error: type[Exception], text: str) -> None:
    add_account(world.home, "home")
    world.servers["home"] = MemoryServer()
    async with world.running(alone=True) as engine:
        await world.synced()
        with contextlib.closing(keepdb.KeepDb(world.home, write=True)) as keep, keep.changing() as connection:
            connection.execute("INSERT INTO folder VALUES (77, 'gone', 'INBOX')")
        with pytest.raises(error, match=text):
            await engine.handle(RenameAccount(id=1, account=OLD, to=name))
        with pytest.raises(NotFound):
            await engine.handle(RenameAccount(id=1, account="nobody", to="somebody"))
        assert sorted(engine.supervisor.runners) == ["home", OLD]
        assert {item.account for item in world.items()} == {OLD}
        assert (await engine.handle(RenameAccount(id=1, account=OLD, to=OLD))).ok
    assert [account.name for account in load_accounts(world.home)] == ["home", OLD]


async def test_a_composer_that_is_open_goes_on(world: World) -> None:
    world.servers[OLD].boxes["Drafts"] = Box("Drafts", Role.DRAFTS)
    async with world.running() as engine:
        await world.until(lambda: len(world.items()) == 5)
        with world.writing() as (drafts, outbox):
            first, second = (drafts.begin(draft(OLD, subject)) for subject in ("First", "Second"))
            assert (await engine.handle(RENAME)).ok
            assert drafts.read(first)[0].identity.account == NEW
            # As the composer knows who writes.
            drafts.save(first, replace(draft(OLD, "First"), body="More.\n"))
            drafts.leave(first)
            message = replace(draft(OLD, "Second"), body="More.\n")
            drafts.save(second, message)
            built = build(message, drafts.octets, world.clock.now())
            number = outbox.queue(OLD, built, draft=message, number=second, hold=0)
            assert (await engine.handle(WaitOutbox(id=1, messages=[number]))).ok
        await world.until(lambda: world.servers[OLD].subjects("Drafts") == ["First"])
        assert len(world.post.delivered) == 1
        assert OLD not in words(world.home.keep_db)
        with world.reading() as reader:
            assert [folder.path for folder in reader.folders() if folder.role is Role.DRAFTS] == ["Drafts"]


async def test_what_is_under_way_elsewhere_is_not_done_twice(world: World) -> None:
    add_account(world.home, "home")
    home = world.servers["home"] = MemoryServer(1)
    async with world.running() as engine:
        await world.until(lambda: len(world.items()) == 6)
        held = home.gates["apply move"] = asyncio.Event()
        with world.acting() as person:
            (item,) = (item.id for item in world.items() if item.account == "home")
            person.archive([item])
        await engine.supervisor.wake()
        await world.until(lambda: "apply move" in home.calls)
        assert (await engine.handle(RENAME)).ok
        queue(world, "Late", account=OLD)  # and that is looked for
        await engine.supervisor.wake()
        with world.reading() as reader:
            assert [operation.state for operation in reader.pending()] == [OperationState.RUNNING]
        held.set()
        await world.until(lambda: not world.pending())
        assert home.calls.count("apply move") == 1
        assert home.subjects("Archive") == ["Letter 0"]


async def test_what_fails_changes_nothing(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async with world.running() as engine:
        await world.until(lambda: len(world.items()) == 5)
        with monkeypatch.context() as patch:

            def refuse(*_args: object) -> None:
                raise OSError(28, "No space left on device")

            patch.setattr(Path, "rename", refuse)
            with pytest.raises(ConfigError, match="No space left"):
                await engine.handle(RENAME)
        await world.until(lambda: engine.supervisor.runners[OLD].state == "online")
        assert [path.name for path in (world.home.data / "secrets").iterdir()] == [OLD]
        (world.home.data / "secrets" / OLD).rename(world.home.data / "secrets" / "mislaid")
        with pytest.raises(SignInRefused):
            await engine.handle(RENAME)
        assert [account.name for account in load_accounts(world.home)] == [OLD]
        (world.home.data / "secrets" / "mislaid").rename(world.home.data / "secrets" / OLD)
        assert (await engine.handle(RENAME)).ok
        await world.until(lambda: engine.supervisor.runners[NEW].state == "online")


async def test_a_store_that_cannot_follow_yet_follows_later(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    await fill(world)
    async with world.running(alone=True) as engine:
        with monkeypatch.context() as patch:

            def full(*_args: object) -> None:
                raise ConfigError("The disk is full.")

            patch.setattr(Writer, "renamed_accounts", full)
            with pytest.raises(ConfigError, match="disk is full"):
                await engine.handle(RENAME)
            with pytest.raises(ConfigError, match="disk is full"):
                await engine.handle(Reload(id=1))  # and nothing is taken for removed
            assert {item.account for item in world.items()} == {OLD}
        assert (await engine.handle(Reload(id=1))).ok
    await check(world, NEW)


async def test_two_at_once_are_one_after_the_other(world: World) -> None:
    async with world.running(alone=True) as engine:
        await world.synced()
        asked = [engine.handle(RenameAccount(id=1, account=OLD, to=name)) for name in (NEW, "third")]
        first, second = await asyncio.gather(*asked, return_exceptions=True)
        assert getattr(first, "ok", False)
        assert isinstance(second, NotFound)
        assert [account.name for account in load_accounts(world.home)] == [NEW]


async def test_who_had_not_heard_of_it_is_understood(world: World) -> None:
    async with world.running() as engine:
        await world.until(lambda: len(world.items()) == 5)
        assert (await engine.handle(RENAME)).ok
        number = queue(world, "Late", account=OLD)
        assert (await engine.handle(WaitOutbox(id=2, messages=[number]))).ok
        assert [message.account for message in world.outbox()] == [NEW]
        assert len(world.post.delivered) == 1
        assert OLD not in words(world.home.mail_db)


async def test_what_comes_while_the_journal_is_read(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.servers[OLD].boxes["Drafts"] = Box("Drafts", Role.DRAFTS)
    look = renaming.in_keep
    async with world.running(alone=True) as engine:
        await world.synced()
        assert (await engine.handle(RENAME)).ok
        await world.synced()
        folder = world.folder("Drafts", NEW)

        def late(keep: keepdb.KeepDb, names: Mapping[str, AccountName]) -> bool:
            found = look(keep, names)
            with contextlib.closing(keepdb.KeepDb(world.home, write=True)) as other, other.changing():
                append = Operation(UNNUMBERED, OLD, OperationKind.APPEND, (), target=folder)
                raw = RawFiles(world.home).put(letter(9))
                other.insert_operation(replace(append, copies=(ItemId(other.draw("item", 1)),), raw=raw), 0, None)
            return found

        with world.acting() as person:
            person.mark([world.items()[0].id], add=Flag.FLAGGED)
        with monkeypatch.context() as patch:
            patch.setattr(renaming, "in_keep", late)
            await engine.supervisor.wake()
        assert [each.account for each in world.items("Drafts")] == [NEW]
        await world.synced()
        assert world.servers[OLD].subjects("Drafts") == ["Letter 9"]
        assert not world.pending()


async def test_back_again_and_on(world: World) -> None:
    await fill(world)
    async with world.running(alone=True) as engine:
        for old, new in ((OLD, "third"), ("third", OLD), (OLD, "fourth"), ("fourth", NEW)):
            world.servers[new] = world.servers[OLD]
            assert (await engine.handle(RenameAccount(id=1, account=old, to=new))).ok
        (account,) = load_accounts(world.home)
        assert account.formerly == ("third", OLD, "fourth")
    await check(world, NEW)


async def test_a_new_account_by_the_old_name_is_another(world: World) -> None:
    await fill(world)
    async with world.running(alone=True) as engine:
        assert (await engine.handle(RENAME)).ok
        world.servers[OLD] = MemoryServer(2)
        table = {"name": OLD, "email": "other@example.org", "kind": "demo", "password": "none"}
        assert (await engine.handle(SaveAccount(id=1, account=table))).ok
        assert (await engine.handle(Sync(id=1, account=OLD))).ok
        assert [account.formerly for account in load_accounts(world.home)] == [(), ()]
        names = [item.account for item in world.items()]
        assert (names.count(NEW), names.count(OLD)) == (4, 2)
        assert {message.account for message in world.outbox()} == {NEW}


async def test_its_section_of_config_toml_applies_on(world: World) -> None:
    world.home.config_file.write_text(f"[account.{OLD}]\nbodies = 'none'\n")
    add_account(world.home, "home")
    world.servers["home"] = MemoryServer()
    async with world.running(alone=True) as engine:
        assert (await engine.handle(RENAME)).ok
        assert {each.name: each.bodies for each in load_accounts(world.home)} == {NEW: "none", "home": ""}
        with pytest.raises(UsageError, match=r'section \[account."oldname"\] for .* newname'):
            await engine.handle(RenameAccount(id=1, account="home", to=OLD))
        assert (await engine.handle(RenameAccount(id=1, account=NEW, to=OLD))).ok
        assert {each.name: each.bodies for each in load_accounts(world.home)} == {OLD: "none", "home": ""}
        assert (await engine.handle(RENAME)).ok
    world.home.config_file.write_text(f"[account.{OLD}]\nbodies = 'none'\n[account.{NEW}]\nbodies = 'all'\n")
    with pytest.raises(ConfigError, match="are one account"):
        load_accounts(world.home)
    world.home.config_file.write_text(f"[account.{NEW}]\nbodies = 'all'\n")
    assert {each.name: each.bodies for each in load_accounts(world.home)} == {NEW: "all", "home": ""}


def test_every_table_with_an_account_is_known() -> None:
    keep = (Path(accountfiles.__file__).parents[1] / "store/schema.sql").read_text().partition("-- DATABASE mail")[0]
    with contextlib.closing(sqlite3.connect(":memory:")) as connection:
        for statement in statements(keep):
            connection.execute(statement)
        tables = [name for (name,) in connection.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
        named = {
            table
            for table in tables
            for column in connection.execute(f"PRAGMA table_info({table})")
            if column[1] == "account"
        }
    assert named == set(NAMED)
