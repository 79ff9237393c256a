"""Running the command line in this process, or in one of its own."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tui_mail.cli.main import main


@dataclass(frozen=True, slots=True)
class Outcome:
    """What a run left behind."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        return json.loads(self.out)

    @property
    def sentence(self) -> str:
        """The one line on standard error."""
        (line,) = self.err.splitlines()
        return line


class Shell:
    """Runs commands on one home in this process."""

    def __init__(self, home: Path, capture: pytest.CaptureFixture[str]) -> None:
        self.home = home
        self._capture = capture

    def run(self, *arguments: str) -> Outcome:
        """One command; its standard input is empty."""
        self._capture.readouterr()
        code = main(["--home", str(self.home), *arguments])
        captured = self._capture.readouterr()
        assert "Traceback" not in captured.err
        return Outcome(code, captured.out, captured.err)

    def json(self, *arguments: str, code: int = 0) -> Any:
        """One command with ``--json``; its document."""
        outcome = self.run("--json", *arguments)
        assert outcome.code == code, (outcome.out, outcome.err)
        return outcome.document

    def fails(self, *arguments: str) -> tuple[int, str, str]:
        """Exit code, kind and sentence of a command that fails; both forms of the error agree."""
        outcome = self.run("--json", *arguments)
        assert set(outcome.document) == {"error"}
        error = outcome.document["error"]
        assert outcome.sentence.startswith(error["message"][:20])
        return outcome.code, error["kind"], error["message"]


def process(*arguments: str, stdin: str = "", seconds: float = 120.0) -> Outcome:
    """One command in a process of its own."""
    done = subprocess.run(
        [sys.executable, "-m", "tui_mail", *arguments],
        input=stdin, capture_output=True, text=True, timeout=seconds, check=False,
    )  # fmt: skip
    assert "Traceback" not in done.stderr
    return Outcome(done.returncode, done.stdout, done.stderr)
