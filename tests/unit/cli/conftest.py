"""A shell on an empty home."""

from pathlib import Path

import pytest

from tests.unit.cli.running import Shell


@pytest.fixture
def shell(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Shell:
    return Shell(tmp_path / "home", capsys)
