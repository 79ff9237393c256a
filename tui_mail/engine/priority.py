"""The engine's place among the programs of the machine: behind those that somebody looks at.

Owns niceness, of the process and, where Linux shares processors out among sessions first (autogroup, sched(7)), of the
engine's session: without that the first would mean nothing to a window in another. Must not know the work.
"""

from __future__ import annotations

import os
from pathlib import Path

_STEPS = 10
_SESSION_STEPS = 5
"""A third of the share of another session, so that work elsewhere slows long work here and does not stop it."""
_SESSION = Path("/proc/self/autogroup")


def give_way() -> None:
    """Let others of this session go first, for as long as this process and those it starts live."""
    os.nice(_STEPS)


def stand_back() -> None:
    """Long work begins: let other sessions go first until ``come_forward``."""
    _set_session(_SESSION_STEPS)


def come_forward() -> None:
    """Long work has ended; what is left is what persons wait for."""
    _set_session(0)


def _set_session(steps: int) -> None:
    if os.getsid(0) != os.getpid():
        return  # it is somebody's shell's
    try:
        _SESSION.write_text(str(steps))
    except OSError:
        pass  # another system, one without that, or one that was told something a tenth of a second ago
