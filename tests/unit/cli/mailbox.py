"""A practice mailbox, synchronised once and copied for each test."""

from __future__ import annotations

import shutil
from pathlib import Path

from tui_mail.cli.main import main
from tui_mail.cli.practice import prepare_demo_home
from tui_mail.config.paths import Home


def make_mailbox(directory: Path) -> Path:
    """A home with practice mail, everything synchronised, bodies included; no engine is left running."""
    home = Home.find(str(directory), {})
    prepare_demo_home(home)
    assert main(["--home", str(directory), "sync", "--json"]) == 0
    return directory


def copy_of(original: Path, directory: Path) -> Path:
    """A home of its own with the same mail."""
    shutil.copytree(original, directory, ignore=shutil.ignore_patterns("engine.sock"))
    return directory
