"""The bench runs from end to end on a small mailbox; what it measures is nobody's business here."""

from __future__ import annotations

import shutil
import subprocess
import sys
from pathlib import Path

import pytest

PEERS = ("neomutt", "aerc", "mbsync", "mpop", "getmail")


@pytest.mark.long
@pytest.mark.dovecot
@pytest.mark.parametrize(
    ("parts", "shown"),
    [
        ("first,busy,headers,bodies", ("first connect", "during a first sync", "all headers", "all bodies")),
        ("pop3", ("all messages stored", "searchable")),
        (
            "reading",
            ("open an awkward message", "newsletter of 1 MB", "plain text of 20 MB", "multipart of 5,000 parts"),
        ),
        ("warm", ("start to list", "cursor move, bytes", "page", "open a cached message", "memory")),
    ],
)
def test_every_measurement_of_a_small_mailbox(parts: str, shown: tuple[str, ...]) -> None:
    missing = [peer for peer in PEERS if shutil.which(peer) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)} not installed: run make bench once")
    done = subprocess.run(
        [sys.executable, "-m", "bench", "--quick", "--sizes", "1200", "--parts", parts],
        cwd=Path(__file__).parents[2], capture_output=True, text=True, timeout=600, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    # aerc 0.14 does not open five thousand parts a second time.
    failures = [line for line in done.stdout.splitlines() if "not measured" in line and "parts" not in line]
    assert not failures, done.stdout
    for words in shown:
        assert words in done.stdout
