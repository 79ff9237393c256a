"""Which of two programs is the newer one: the newer replaces the older engine.

Owns the comparison and its sentences. Must not know sockets.
"""

from __future__ import annotations

import os
import re

import tui_mail
from tui_mail.link.messages import PROTOCOL, Hello
from tui_mail.model.words import _


def greeting() -> Hello:
    """What this process says first."""
    return Hello(version=tui_mail.__version__, protocol=PROTOCOL, pid=os.getpid())


def rank(hello: Hello) -> tuple[tuple[int, ...], int]:
    """Orders programs: by the numbers of the version, then by protocol."""
    return tuple(int(number) for number in re.findall(r"\d+", hello.version)[:4]), hello.protocol


def is_older(engine: Hello) -> bool:
    """True when this program should replace that engine."""
    return rank(engine) < rank(greeting())


def is_newer(engine: Hello) -> bool:
    """True when this program is the one that is out of date."""
    return rank(engine) > rank(greeting())


def newer_text(engine: Hello) -> str:
    """What an older program says and then ends with 1."""
    return _(
        "The engine that is running is version {theirs}, newer than this program ({ours}): use the newer program, "
        "or stop the engine with `tui-mail engine --stop`."
    ).format(theirs=engine.version, ours=tui_mail.__version__)


def older_text(engine: Hello) -> str:
    """What to say when an older engine was met without being replaced."""
    return _(
        "The engine that is running is version {theirs}, older than this program ({ours}): "
        "stop it with `tui-mail engine --stop`."
    ).format(theirs=engine.version, ours=tui_mail.__version__)
