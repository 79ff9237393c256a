"""What each entry point really loads: the linter cannot see a deferred import that stopped deferring."""

import subprocess
import sys

import pytest

WIRE = {"imaplib", "imapclient", "smtplib", "aiosmtplib", "poplib", "keyring", "tui_mail.backends", "urllib.request"}
HEAVY = {"selectolax", "icalendar", "dkim", "dns", "email.message", "email.headerregistry"}

ENTRY_POINTS = [
    ("tui_mail", {"textual", "sqlite3", "argparse", "asyncio", "json"}),
    ("tui_mail.cli.main", {"textual", "rich", "sqlite3", "asyncio"} | WIRE | HEAVY),
    ("tui_mail.ui.app", WIRE | HEAVY | {"tui_mail.engine", "tui_mail.cli", "tui_mail.mime"}),
    ("tui_mail.ui.actions", WIRE | HEAVY | {"http.client", "tui_mail.engine", "tui_mail.cli"}),
    ("tui_mail.engine.host", {"textual", "tui_mail.ui", "tui_mail.cli", "http.client"} | HEAVY),
    ("tui_mail.store.reader", {"textual", "asyncio", "tui_mail.mime"} | WIRE | HEAVY),
    ("tui_mail.text.safe", {"textual", "sqlite3", "asyncio"} | WIRE | HEAVY),
    ("tui_mail.config.settings", {"textual", "rich", "sqlite3", "asyncio"} | WIRE | HEAVY),
]


@pytest.mark.parametrize(("module", "forbidden"), ENTRY_POINTS, ids=[name for name, _ in ENTRY_POINTS])
def test_an_entry_point_loads_only_what_it_needs(module: str, forbidden: set[str]) -> None:
    code = f"import sys, {module}; print('\\n'.join(sys.modules))"
    loaded = set(
        subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    )
    assert not loaded & forbidden


def test_version_and_help_stay_light() -> None:
    for option in ("--version", "--help"):
        code = (
            "import sys\nfrom tui_mail.cli.main import main\n"
            f"try:\n    main([{option!r}])\nexcept SystemExit:\n    pass\n"
            "print('\\n'.join(sys.modules), file=sys.stderr)"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
        assert not set(done.stderr.split()) & ({"textual", "sqlite3", "asyncio"} | WIRE)
