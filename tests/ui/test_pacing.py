"""How often the screen is painted: at once here, gathered over a link, as a person says where one did."""

import os
import subprocess
import sys

import pytest

from tui_mail.ui.pacing import FAR, HERE, paced

CODE = """
import os, tui_mail.ui.run
from tui_mail.ui.pacing import paced
with paced(os.environ):
    from textual.screen import UPDATE_PERIOD
print(round(1 / UPDATE_PERIOD), os.environ.get("TEXTUAL_FPS"))
"""


@pytest.mark.parametrize(
    ("environ", "expected"),
    [
        ({}, f"{HERE} None"),
        ({"SSH_CONNECTION": "192.0.2.1 50000 192.0.2.2 22"}, f"{FAR} None"),
        ({"SSH_TTY": "/dev/pts/3"}, f"{FAR} None"),
        ({"TEXTUAL_FPS": "30", "SSH_TTY": "/dev/pts/3"}, "30 30"),
    ],
)
def test_textual_takes_the_pace(environ: dict[str, str], expected: str) -> None:
    known = {name: value for name, value in os.environ.items() if not name.startswith(("SSH_", "TEXTUAL_"))}
    done = subprocess.run(
        [sys.executable, "-c", CODE], env={**known, **environ}, capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == expected


def test_programs_started_later_are_told_nothing() -> None:
    environ: dict[str, str] = {}
    with paced(environ):
        assert environ == {"TEXTUAL_FPS": str(HERE)}
    assert environ == {}
