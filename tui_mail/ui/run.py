"""Opening the user interface from the command line.

Owns what must be so before the first paint: a home, readable settings, a store. Must not know what is shown.
"""

from __future__ import annotations

import os

from tui_mail.config.paths import Home
from tui_mail.config.settings import Settings, load_settings
from tui_mail.model.clock import Clock, SystemClock
from tui_mail.model.errors import StoreDamaged, TuiMailError
from tui_mail.store.disk.wal import check_disk
from tui_mail.ui.pacing import paced


def run_ui(
    home: Home,
    settings: Settings | None = None,
    *,
    clock: Clock | None = None,
    demo: bool = False,
    engine: bool = True,
) -> int:
    """Show the user interface until it is left; the exit code. Raises ConfigError and StoreError before it opens,
    TuiMailError when a mistake of the program closed it.

    ``ui.app.OPEN_DEMO`` is returned when the person chose the practice mailbox instead.
    """
    check_disk(home)
    home.create()
    chosen = load_settings(home, os.environ) if settings is None else settings
    time = SystemClock() if clock is None else clock
    _prepare(home, time)
    with paced(os.environ):
        from tui_mail.ui.app import MailApp
    from tui_mail.ui.palette import describe, palette_of

    palette = palette_of(os.environ, describe())
    app = MailApp(home, chosen, clock=time, demo=demo, engine=engine, palette=palette)
    result = app.run(mouse=chosen.ui.mouse)
    if app.fault:
        raise TuiMailError(app.fault)
    return result if isinstance(result, int) else app.return_code or 0


def _prepare(home: Home, clock: Clock) -> None:
    """Make the store where there is none yet or where it cannot be read as it is, unless an engine is just doing so.

    Raises StoreNewer, and StoreDamaged when it is what exists only here.
    """
    if home.keep_db.exists() and home.mail_db.exists() and _readable(home):
        return
    from tui_mail.link.lock import EngineLock
    from tui_mail.model.errors import EngineRunning
    from tui_mail.store.disk.files import prepare

    try:
        with EngineLock(home):
            prepare(home, clock)
    except EngineRunning:
        pass  # the engine makes it; until then the store is read as empty


def _readable(home: Home) -> bool:
    """False when a file of the store is damaged, or of an older program. Raises StoreNewer."""
    from tui_mail.store.disk.files import is_older
    from tui_mail.store.reader import Reader

    reader = Reader(home)
    try:
        if is_older(home):
            return False
        reader.revision()
    except StoreDamaged:
        return False
    finally:
        reader.close()
    return True
