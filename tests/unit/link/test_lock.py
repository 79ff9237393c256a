import fcntl
import os
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace

import pytest

from tui_mail.config.paths import Home
from tui_mail.link import lock as lock_module
from tui_mail.link.lock import EngineLock, lock_holder
from tui_mail.model.errors import EngineRunning

HOLD = """
import sys
from tui_mail.config.paths import Home
from tui_mail.link import lock as lock_module
from tui_mail.link.lock import EngineLock
EngineLock(Home.find(sys.argv[1], {})).acquire()
print("held", flush=True)
sys.stdin.read()
"""

ADOPT = """
import os, subprocess, sys
from tui_mail.config.paths import Home
from tui_mail.link import lock as lock_module
from tui_mail.link.lock import EngineLock
sys.stdin.readline()
lock = EngineLock(Home.find(sys.argv[1], {}))
assert lock.adopt(os.environ) and not lock.adopt(os.environ)
child = subprocess.Popen(["sleep", "30"], close_fds=False)
print(child.pid, flush=True)
sys.stdin.readline()
lock.release()
print("released", flush=True)
sys.stdin.readline()
child.kill()
child.wait()
"""


def test_one_engine_per_home(home: Home) -> None:
    assert lock_holder(home) is None
    with EngineLock(home):
        assert lock_holder(home) == os.getpid()
        with pytest.raises(EngineRunning, match=str(os.getpid())):
            EngineLock(home).acquire()
        assert lock_holder(home) == os.getpid()
    assert lock_holder(home) is None
    with EngineLock(home):
        assert home.lock_file.stat().st_mode & 0o777 == 0o600


def test_release_twice_is_harmless(home: Home) -> None:
    lock = EngineLock(home)
    lock.acquire()
    lock.release()
    lock.release()


def test_a_killed_holder_leaves_nothing_behind(home: Home) -> None:
    holder = subprocess.Popen(
        [sys.executable, "-c", HOLD, str(home.root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        assert lock_holder(home) == holder.pid
        with pytest.raises(EngineRunning, match=str(holder.pid)):
            EngineLock(home).acquire()
        holder.kill()
        holder.wait()
    assert home.lock_file.read_text().strip() == str(holder.pid)
    assert lock_holder(home) is None
    with EngineLock(home):
        pass


def test_asking_does_not_keep_an_engine_from_starting(home: Home) -> None:
    lock = EngineLock(home)
    lock.acquire()
    lock.release()
    for _ in range(200):
        assert lock_holder(home) is None
        lock.acquire()
        lock.release()


@pytest.mark.parametrize("named", ["", "the dead"])
def test_who_asks_slowly_does_not_keep_an_engine_from_starting_either(
    home: Home, monkeypatch: pytest.MonkeyPatch, named: str
) -> None:
    dead = subprocess.Popen(["true"])
    dead.wait()
    home.lock_file.write_text(f"{dead.pid}\n" if named else "")
    asking = os.open(home.lock_file, os.O_RDONLY)
    fcntl.flock(asking, fcntl.LOCK_SH)
    tries = iter(range(100))
    clock = SimpleNamespace(
        monotonic=lambda: next(tries) / 10, sleep=lambda _seconds: os.close(asking) if next(tries) > 20 else None
    )
    with monkeypatch.context() as patch:
        patch.setattr(lock_module, "time", clock)
        with EngineLock(home):
            assert lock_holder(home) == os.getpid()


def test_a_lock_is_held_for_a_process_before_it_can_hold_it(home: Home) -> None:
    lock = EngineLock(home)
    lock.acquire()
    heir = subprocess.Popen(
        [sys.executable, "-c", ADOPT, str(home.root)],
        stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        pass_fds=(lock.descriptor,), env={**os.environ, **lock.handed_down()},
    )  # fmt: skip
    with heir:
        assert heir.stdin is not None
        assert heir.stdout is not None
        lock.leave_to(heir.pid)
        assert lock_holder(home) == heir.pid
        heir.stdin.write(b"adopt it\n")
        heir.stdin.flush()
        assert heir.stdout.readline().strip().isdigit()
        assert lock_holder(home) == heir.pid
        heir.stdin.write(b"give it back\n")
        heir.stdin.flush()
        assert heir.stdout.readline() == b"released\n"
        assert lock_holder(home) is None  # what it has started does not hold it
        heir.stdin.close()
        assert heir.wait(30) == 0


def test_a_lock_of_another_home_is_not_adopted(home: Home, tmp_path: Path) -> None:
    other = Home.find(str(tmp_path), {})
    other.create()
    with EngineLock(other) as lock:
        words = lock.handed_down()
        assert EngineLock(home).adopt(words) is False
        assert words == {}
    assert EngineLock(home).adopt({}) is False
