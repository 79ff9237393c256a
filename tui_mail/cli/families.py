"""The command families, in the order of the help.

Owns the list. A family's module imports nothing heavy before one of its commands runs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from tui_mail.cli import (
    account,
    backup,
    config_command,
    doctor,
    engine_command,
    folder,
    lists,
    message,
    pending,
    read,
    screen,
    sending,
    sync,
    transfer,
    triage,
    unsubscribe,
)
from tui_mail.cli.parser import Commands, Run

default: Final[Run] = screen.open_screen
"""What no command means."""

ALL: Final[tuple[Callable[[Commands], None], ...]] = (
    screen.register,
    account.register,
    sync.register,
    lists.register,
    read.register,
    triage.register,
    message.register,
    unsubscribe.register,
    pending.register,
    sending.register,
    transfer.register,
    backup.register,
    folder.register,
    engine_command.register,
    doctor.register,
    config_command.register,
)
