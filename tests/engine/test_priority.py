"""The engine stands back behind what a person looks at."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """
import os
from pathlib import Path
from tui_mail.engine import priority
session = priority._SESSION = Path("session")
session.write_text("before")
priority.give_way()
found = [os.nice(0), session.read_text()]
priority.stand_back()
found.append(session.read_text())
priority.come_forward()
print(*found, session.read_text())
"""


@pytest.mark.parametrize(("alone", "during", "after"), [(True, "5", "0"), (False, "before", "before")])
def test_an_engine_gives_way_and_takes_no_shell_with_it(tmp_path: Path, alone: bool, during: str, after: str) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT],
        capture_output=True, text=True, check=True, cwd=tmp_path, start_new_session=alone,
    )  # fmt: skip
    niceness, *found = done.stdout.split()
    assert int(niceness) >= 10
    assert found == ["before", during, after]


@pytest.mark.skipif(not os.access("/proc/self/autogroup", os.W_OK), reason="no autogroup here")
def test_the_system_takes_it() -> None:
    script = (
        "import pathlib, time; from tui_mail.engine import priority\n"
        "told = pathlib.Path('/proc/self/autogroup')\n"
        "for step, steps in ((priority.stand_back, '5'), (priority.come_forward, '0')):\n"
        "    for _try in range(300):\n"
        "        step()\n"
        "        if told.read_text().split()[-1] == steps: break\n"
        "        time.sleep(0.1)\n"  # it takes one change in a tenth of a second, of any session
        "    print(told.read_text().split()[-1])\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True, start_new_session=True
    )
    assert done.stdout.split() == ["5", "0"]
