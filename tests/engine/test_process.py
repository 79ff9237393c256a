"""Real engine processes on the practice mailbox: started, killed, replaced, crashed."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator

import pytest

from tests.engine.world import add_account
from tests.unit.link.homes import short_home
from tui_mail.config.paths import Home
from tui_mail.link.call import Line, call
from tui_mail.link.lock import lock_holder
from tui_mail.link.messages import Status, Sync, WaitOperations, Wake
from tui_mail.link.start import Keeper, ensure_engine, stop_engine
from tui_mail.model.clock import SystemClock
from tui_mail.model.errors import EngineTrouble
from tui_mail.model.flags import Flag
from tui_mail.model.ids import ItemId
from tui_mail.store.gestures.journal import Journal
from tui_mail.store.gestures.messages import Gestures
from tui_mail.store.reader import Reader
from tui_mail.store.reading.query import ListQuery

CRASHING = """
import os, signal, sys
from tui_mail.config.paths import Home
from tui_mail.engine import host
from tui_mail.engine.engine import Engine

async def crash(self):
    if sys.argv[2] == "fault":
        os.kill(os.getpid(), signal.SIGSEGV)
    raise RuntimeError("a bug")

Engine.run = crash
sys.exit(host.run_engine(Home.find(sys.argv[1], {})))
"""


@pytest.fixture
def home() -> Iterator[Home]:
    with short_home() as made:
        add_account(made, "demo")
        yield made
        # A second one may still be starting and take the lock as soon as the first has gone.
        quiet = time.monotonic() + 0.5
        while time.monotonic() < quiet:
            if lock_holder(made):
                kill(made)
                quiet = time.monotonic() + 0.5
            time.sleep(0.02)


def until(condition: Callable[[], object], seconds: float = 30.0) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.02)


def command(home: Home, *arguments: str) -> list[str]:
    return [sys.executable, "-m", "tui_mail", "--home", str(home.root), *arguments]


def answers(home: Home) -> bool:
    try:
        with Line(home):
            return True
    except EngineTrouble:
        return False


@contextlib.contextmanager
def foreground(home: Home) -> Iterator[subprocess.Popen[bytes]]:
    """An engine run by hand, once it answers."""
    with subprocess.Popen(command(home, "engine"), stdout=subprocess.PIPE, stderr=subprocess.PIPE) as engine:
        try:
            until(lambda: answers(home))
            yield engine
        finally:
            engine.kill()


def kill(home: Home) -> int:
    pid = lock_holder(home)
    assert pid
    os.kill(pid, signal.SIGKILL)
    until(lambda: lock_holder(home) != pid)  # another one may take the lock at once
    return pid


def crash(home: Home, how: str = "bug") -> None:
    done = subprocess.run(
        [sys.executable, "-c", CRASHING, str(home.root), how], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode not in (0, 2)


def inbox(home: Home) -> list[ItemId]:
    reader = Reader(home)
    try:
        folders = tuple(folder.id for folder in reader.folders() if folder.path == "INBOX")
        return [item.id for item in reader.list_items(ListQuery(folders=folders), 10_000)] if folders else []
    finally:
        reader.close()


def pending(home: Home) -> int:
    reader = Reader(home)
    try:
        return len(reader.pending())
    finally:
        reader.close()


def test_it_is_started_in_a_session_of_its_own_with_private_files(home: Home) -> None:
    ensure_engine(home, wait=True)
    pid = lock_holder(home)
    assert pid
    assert os.getsid(pid) == pid != os.getsid(0)
    for path in (home.socket, home.log_file, home.keep_db, home.mail_db, home.lock_file):
        assert path.stat().st_mode & 0o077 == 0, path
    ensure_engine(home, wait=True)
    assert lock_holder(home) == pid
    assert call(home, Status(id=1)).result["engine"]["pid"] == pid
    assert stop_engine(home) is True
    assert lock_holder(home) is None
    assert not home.socket.exists()
    assert stop_engine(home) is False


def test_one_that_is_just_starting_is_seen_and_can_be_stopped(home: Home) -> None:
    ensure_engine(home)
    assert lock_holder(home)
    assert stop_engine(home) is True
    assert lock_holder(home) is None
    assert stop_engine(home) is False


def test_a_second_engine_says_so_and_exits_1(home: Home) -> None:
    ensure_engine(home, wait=True)
    second = subprocess.run(command(home, "engine"), capture_output=True, text=True, timeout=120, check=False)
    assert second.returncode == 1
    assert len(second.stderr.splitlines()) == 1
    assert str(lock_holder(home)) in second.stderr
    stop_engine(home)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_signal_ends_it_in_good_order(home: Home, number: int) -> None:
    with foreground(home) as engine:
        engine.send_signal(number)
        _out, err = engine.communicate(timeout=120)
    assert (engine.returncode, err) == (0, b"")
    assert not home.socket.exists()


def test_killed_in_the_middle_it_goes_on_where_it_was(home: Home) -> None:
    ensure_engine(home, wait=True)
    until(lambda: inbox(home))
    kill(home)
    assert home.socket.exists()
    ensure_engine(home, wait=True)
    assert call(home, Sync(id=1)).ok
    known = inbox(home)
    reader, journal = Reader(home), Journal(home, SystemClock())
    person = Gestures(reader, journal)
    operations: list[int] = []
    for item in known[:20]:
        action = person.mark([item], add=Flag.FLAGGED)
        operations += action.operations if action is not None else ()
    archived = person.archive(known[20:30])
    assert archived is not None
    journal.close()
    reader.close()
    call(home, Wake(id=1))
    kill(home)
    assert set(inbox(home)) == set(known) - set(known[20:30])
    ensure_engine(home, wait=True)
    assert call(home, WaitOperations(id=1, operations=[*operations, *archived.operations])).ok
    assert call(home, Sync(id=1)).ok
    assert pending(home) == 0
    assert set(inbox(home)) == set(known) - set(known[20:30])
    stop_engine(home)


def test_killed_again_and_again_nothing_is_lost_or_doubled(home: Home) -> None:
    for round_ in range(4):
        ensure_engine(home, wait=round_ % 2 == 0)
        until(lambda: lock_holder(home))
        time.sleep(0.05 * round_)
        kill(home)
    ensure_engine(home, wait=True)
    done = call(home, Sync(id=1))
    assert done.ok
    index = json.loads(next((home.data / "practice").rglob("index.json")).read_text())
    assert index
    known = inbox(home)
    assert len(known) == len(set(known)) == 50
    stop_engine(home)


def test_an_engine_that_is_just_ending_is_followed_by_another(home: Home) -> None:
    ensure_engine(home, wait=True)
    before = lock_holder(home)
    assert before
    os.kill(before, signal.SIGTERM)
    until(lambda: not answers(home))
    ensure_engine(home, wait=True)
    assert lock_holder(home) not in (None, 0, before)
    stop_engine(home)


def test_many_at_once_start_one(home: Home) -> None:
    code = (
        "import sys; from tui_mail.config.paths import Home; from tui_mail.link.start import ensure_engine;"
        "ensure_engine(Home.find(sys.argv[1], {}), wait=True)"
    )
    starters = [subprocess.Popen([sys.executable, "-c", code, str(home.root)]) for _ in range(5)]
    assert [starter.wait(120) for starter in starters] == [0] * 5
    assert lock_holder(home)
    stop_engine(home)


def test_an_older_program_says_so(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    ensure_engine(home, wait=True)
    pid = lock_holder(home)
    monkeypatch.setattr("tui_mail.__version__", "0.0.0")
    with pytest.raises(EngineTrouble, match="newer than this program"):
        ensure_engine(home, wait=True)
    assert lock_holder(home) == pid


def test_a_newer_program_replaces_an_older_engine(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    ensure_engine(home, wait=True)
    before = lock_holder(home)
    with monkeypatch.context() as newer:
        newer.setattr("tui_mail.__version__", "99.0")
        ensure_engine(home)
    until(lambda: lock_holder(home) not in (None, 0, before))
    ensure_engine(home, wait=True)
    stop_engine(home)


@pytest.mark.parametrize("how", ["bug", "fault"])
def test_three_crashes_in_a_row_are_a_sentence(home: Home, how: str) -> None:
    for _ in range(3):
        crash(home, how)
    with pytest.raises(EngineTrouble, match="3 times in a row"):
        ensure_engine(home, wait=True)
    log = home.log_file.read_text()
    assert "a bug" in log if how == "bug" else "Segmentation fault" in log
    # By hand it is tried once more, and an engine that ends well makes it all good again.
    with foreground(home) as engine:
        engine.terminate()
        engine.communicate(timeout=120)
    assert engine.returncode == 0
    ensure_engine(home, wait=True)
    stop_engine(home)


def test_being_killed_from_outside_is_no_crash(home: Home) -> None:
    for _ in range(4):
        ensure_engine(home, wait=True)
        kill(home)
    ensure_engine(home, wait=True)
    stop_engine(home)


def test_a_window_gives_up_after_three_lost_engines(home: Home) -> None:
    keeper = Keeper(home)
    for _ in range(3):
        keeper.ensure()
        kill(home)
    with pytest.raises(EngineTrouble, match="3 times in a row"):
        keeper.ensure()
    assert lock_holder(home) is None
    ensure_engine(home, wait=True)  # a command of the person's
    keeper.ensure()
    stop_engine(home)


def test_an_engine_that_cannot_start_is_a_sentence_at_once(home: Home) -> None:
    home.config_file.write_text("nonsense = true\n")
    with pytest.raises(EngineTrouble, match=r"ended as soon as it was started.*engine\.log"):
        ensure_engine(home, wait=True)
    assert "Traceback" not in home.log_file.read_text()


def test_a_damaged_mail_db_is_set_aside_and_built_anew(home: Home) -> None:
    ensure_engine(home, wait=True)
    assert call(home, Sync(id=1)).ok
    known = inbox(home)
    kill(home)
    for path in home.data.glob("mail.db*"):
        path.unlink() if path.suffix != ".db" else path.write_bytes(b"not a database, but long enough " * 300)
    ensure_engine(home, wait=True)
    assert call(home, Sync(id=1)).ok
    assert len(inbox(home)) == len(known)
    assert list(home.data.glob("mail.db.*damaged*"))
    stop_engine(home)
