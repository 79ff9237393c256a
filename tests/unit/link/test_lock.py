import os
import subprocess
import sys

import pytest

from tui_mail.config.paths import Home
from tui_mail.link.lock import EngineLock, lock_holder
from tui_mail.model.errors import EngineRunning

HOLD = """
import sys
from tui_mail.config.paths import Home
from tui_mail.link.lock import EngineLock
EngineLock(Home.find(sys.argv[1], {})).acquire()
print("held", flush=True)
sys.stdin.read()
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
