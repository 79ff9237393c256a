"""A home that holds a practice mailbox: how it is made, known again, and what time it is there.

Owns the marker ``state/practice.toml``. Must not know what mail is in it.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Final

from tui_mail.config.paths import Home
from tui_mail.model.clock import Clock, OffsetClock, SystemClock
from tui_mail.model.errors import UsageError
from tui_mail.model.words import _

if TYPE_CHECKING:
    from pathlib import Path

ACCOUNT: Final = "demo"


def prepare_demo_home(home: Home) -> None:
    """Make ``home`` a practice mailbox, or leave it as it is when it is one. Raises UsageError when it is in use."""
    from tui_mail.backends.demo import AUTHSERV_ID, PERSON_ADDRESS, PERSON_NAME
    from tui_mail.config import files
    from tui_mail.config.accountfiles import save_account
    from tui_mail.config.accounts import Account, Kind, Password
    from tui_mail.model.ids import AccountName

    if is_practice(home):
        return
    if not _is_empty(home):
        raise UsageError(
            _("{path} is in use and no practice mailbox: name an empty directory.").format(path=home.root or home.data)
        )
    home.create()
    account = Account(
        AccountName(ACCOUNT),
        PERSON_ADDRESS,
        from_name=PERSON_NAME,
        user=PERSON_ADDRESS,
        password=Password.NONE,
        authserv_id=AUTHSERV_ID,
        bodies="all",
        kind=Kind.DEMO,
    )
    save_account(home, account)
    # Written last: a home without it is none, so that a half-made one is noticed.
    files.write_table(_marker(home), {"begun": time.time()}, _("Written by tui-mail: this home is a practice mailbox."))


def is_practice(home: Home) -> bool:
    """True when the home was made by ``prepare_demo_home``."""
    return _marker(home).is_file()


def clock_of(home: Home) -> Clock:
    """The machine's clock; in a practice mailbox one that started at a fixed instant when the mailbox was made.

    Every process that works on the home reads the same time.
    """
    if not is_practice(home):
        return SystemClock()
    from tui_mail.backends.demo import DEMO_START
    from tui_mail.config import files

    begun = (files.read_table(_marker(home)) or {}).get("begun")
    elapsed = time.time() - begun if isinstance(begun, (int, float)) else 0.0
    return OffsetClock(DEMO_START + max(elapsed, 0.0))


def _marker(home: Home) -> Path:
    return home.state / "practice.toml"


def _is_empty(home: Home) -> bool:
    """True when there is no file in the home yet."""
    directories = [home.root] if home.root else [home.config, home.data, home.state]
    return not any(path.is_symlink() or not path.is_dir() for root in directories for path in root.rglob("*"))
