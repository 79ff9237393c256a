"""A window under test is idle when it has nothing to do, not when a busy machine gives it no time to do it.

Textual's pilot takes a process that used no processor for a moment for an idle one. Here its loop and its threads are
asked as well.
"""

from __future__ import annotations

import asyncio
import os
import threading
import time
from pathlib import Path

import pytest

LOOK = 0.02
"""Seconds between two looks, as Textual's own."""
RESTLESS = 1.0
"""Seconds after which a window that works all the time is taken as it is, as Textual does."""
PATIENCE = 60.0


def threads_at_work() -> bool:
    """True when a thread other than this one could run, or waits for the disk; never where the system does not tell."""
    tasks = Path("/proc/self/task")
    for task in tasks.iterdir() if tasks.exists() else ():
        if int(task.name) == threading.get_native_id():
            continue
        try:
            state = (task / "stat").read_bytes().rpartition(b")")[2].split()[0]
        except OSError:
            continue  # it has ended
        if state in {b"R", b"D"}:
            return True
    return False


async def nothing_to_do(_least: float = 0.0, _most: float = 0.0) -> None:
    """Wait until nothing is ready to run in this process: no step of its loop, no thread."""
    loop = asyncio.get_running_loop()
    begun = time.monotonic()
    while time.monotonic() - begun < PATIENCE:
        used = time.process_time()
        await asyncio.sleep(LOOK)
        busy = time.process_time() - used >= LOOK / 20 and time.monotonic() - begun < RESTLESS
        if busy or threads_at_work():
            continue
        await asyncio.sleep(LOOK / 20)  # who waited for the interpreter gets it now
        if not threads_at_work() and not loop._ready:  # type: ignore[attr-defined] # of every loop of asyncio's own
            return
    raise AssertionError(f"process {os.getpid()} does not come to rest")


@pytest.fixture(autouse=True)
def _patient_pilot(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("textual.pilot.wait_for_idle", nothing_to_do)
    monkeypatch.setattr("textual.app.wait_for_idle", nothing_to_do)


@pytest.fixture(autouse=True)
def _patient_window(monkeypatch: pytest.MonkeyPatch) -> None:
    """The second key of a sequence may come as late as it likes."""
    for module in ("tui_mail.ui.screens.mail", "tui_mail.ui.compose.keyed"):
        monkeypatch.setattr(f"{module}.PENDING_SECONDS", 600.0)
