"""What a measurement needs to know of a mail client: how to configure it, start it, and which keys do what.

The base of the modules under ``peers``. Must not measure.
"""

from __future__ import annotations

import shutil
from dataclasses import dataclass, field
from pathlib import Path

from bench.screen import Screen
from bench.server import Mailbox


@dataclass(frozen=True, slots=True)
class Keys:
    """What to type in the list."""

    down: str
    page: str
    open: str
    back: str
    """From the reader to the list."""
    quit: str
    out: str = ""
    """From the reader to the list, from any state it can be in; empty: as ``back``."""

    @property
    def leave(self) -> str:
        return self.out or self.back


@dataclass(slots=True)
class Client:
    """One program with a home of its own under ``home``."""

    name: str
    home: Path
    keys: Keys
    environ: dict[str, str] = field(default_factory=dict)

    def version(self) -> str:
        raise NotImplementedError

    def configure(self, mailbox: Mailbox) -> None:
        """Write the configuration for this mailbox, and forget what was cached for another one."""
        raise NotImplementedError

    def command(self) -> list[str]:
        """What starts it with the inbox open."""
        raise NotImplementedError

    def forget(self) -> None:
        """As on the day of its installation, but configured."""
        shutil.rmtree(self.home / "cache", ignore_errors=True)
        (self.home / "cache").mkdir(parents=True)

    def start(self) -> Screen:
        return Screen(self.command(), {"HOME": str(self.home), **self.environ})

    def leave(self, screen: Screen) -> None:
        """Quit as a person would, so that caches are written."""
        screen.type(self.keys.quit)
        screen.ended()
        self.stop()

    def stop(self) -> None:
        """End what the program left running."""

    def others(self) -> list[int]:
        """Processes that belong to it besides the one in the terminal."""
        return []
