"""A shell on an empty home, and one on a practice mailbox."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.unit.cli.mailbox import copy_of, make_mailbox
from tests.unit.cli.running import Shell
from tui_mail.config.paths import Home
from tui_mail.link.start import stop_engine


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(tmp_path / "home", capsys)


@pytest.fixture(scope="session")
def practice(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The original; nobody works on it."""
    return make_mailbox(tmp_path_factory.mktemp("practice") / "home")


@pytest.fixture
def mail(practice: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Iterator[Shell]:
    """A practice mailbox; an engine that a test started is ended."""
    directory = copy_of(practice, tmp_path / "mail")
    yield Shell(directory, capsys)
    stop_engine(Home.find(str(directory), {}))
