"""The programs that messages are given to, as ``[programs]`` has them, and the folder in which saving is offered.

Owns what stands in for a setting that is empty. Must not know who gives what.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from tui_mail.config.paths import expanded
from tui_mail.ui.dialogs import opener

if TYPE_CHECKING:
    from tui_mail.config.settings import Settings


def opener_of(settings: Settings) -> list[str]:
    """What opens files; empty where there is nothing. Raises ConfigError."""
    return opener.configured(settings.programs.opener, settings.where("programs.opener")) or opener.program()


def browser_of(settings: Settings) -> list[str]:
    """What opens addresses and pages. Raises ConfigError."""
    return opener.configured(settings.programs.browser, settings.where("programs.browser")) or opener_of(settings)


def printer_of(settings: Settings) -> list[str]:
    """What prints; empty where nothing does. Raises ConfigError."""
    return opener.configured(settings.programs.printer, settings.where("programs.printer"))


def save_folder(settings: Settings) -> Path:
    """Where saving is offered."""
    from tui_mail.ui.dialogs.attachments import downloads

    chosen = settings.programs.save_in
    return expanded(chosen) if chosen else downloads()
