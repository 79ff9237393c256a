"""Processes that do one thing for this one over a pipe: how they are started, what they may use, how they end.

Must not know what is asked of them.
"""

from __future__ import annotations

import subprocess
from collections.abc import Sequence
from typing import Final

_MEMORY: Final = 1 << 30


def spawn(command: Sequence[str]) -> subprocess.Popen[bytes]:
    """Start ``command`` with a pipe in and a pipe out. Raises OSError."""
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd="/")


def end(process: subprocess.Popen[bytes]) -> None:
    """Kill it, whatever it is doing, and wait for that."""
    process.kill()
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            try:
                pipe.close()
            except OSError:
                pass  # unsent bytes for a process that is gone
    process.wait()


def settle() -> None:
    """To be called by such a process, first of all: it ends with its pipe, and takes no more than a gigabyte."""
    import resource
    import signal

    # An interrupt from the terminal is for the mail client.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    try:
        # What asks for more is refused by the system.
        resource.setrlimit(resource.RLIMIT_AS, (_MEMORY, _MEMORY))
    except (OSError, ValueError):
        pass  # macOS knows no such limit; the caps on time and size hold there
