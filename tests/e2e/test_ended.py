"""Ended from outside: the terminal is as it was before, and nothing stays behind."""

from __future__ import annotations

import os
import signal
import sys
from pathlib import Path

import pytest

from tests.fakes.terminal import Terminal
from tui_mail.config.paths import Home
from tui_mail.link.start import stop_engine

LEFT = (b"\x1b[?1049l", b"\x1b[?1003l", b"\x1b[?2004l", b"\x1b[?25h")
"""The alternate screen, the mouse and pasting are given back, the cursor is shown."""


@pytest.mark.parametrize("kept", [False, True])
@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_signal_gives_the_terminal_back(number: signal.Signals, kept: bool, tmp_path: Path) -> None:
    # A socket's path is short, the names that pytest gives are not.
    temporary = tmp_path / "t"
    temporary.mkdir()
    home = ["--home", str(tmp_path / "home")] if kept else []
    screen = Terminal([sys.executable, "-m", "tui_mail", *home, "demo"], environ={"TMPDIR": str(temporary)})
    try:
        screen.wait("INBOX 1/")
        assert bool(list(temporary.glob("tui-mail-demo-*"))) is not kept
        before = len(screen.raw)
        os.kill(screen.pid, number)
        assert screen.ended() == 128 + number
        after = bytes(screen.raw[before:])
        assert all(sequence in after for sequence in LEFT)
        assert b"Traceback" not in after
        assert not list(temporary.glob("tui-mail-demo-*"))
    finally:
        screen.close()
        if kept:
            stop_engine(Home.find(home[1], {}))
