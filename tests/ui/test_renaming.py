"""An account gets another name while a window is open: all that goes by it there follows."""

from __future__ import annotations

import contextlib
from pathlib import Path

from tests.fakes.seeded_store import NOW, Mail, seed
from tests.ui.running import act, home_with, running, subjects, until
from tui_mail.config.accountfiles import rename_account
from tui_mail.link.messages import Changed, State
from tui_mail.model.clock import FrozenClock
from tui_mail.model.ids import AccountName
from tui_mail.store.writer import Writer


async def test_a_window_follows(tmp_path: Path) -> None:
    home = home_with(tmp_path)
    seed(home, FrozenClock(NOW), [Mail("Elsewhere")], "zone")
    async with running(home) as (app, pilot):
        screen = app.mail_screen
        await act(app, pilot, "go-inbox", "down")
        view = screen.lister.view
        assert view is not None
        old = AccountName(view.account)
        before, cursor = subjects(app), screen.messages.model.cursor
        assert cursor > 0
        for name in (old, "away"):
            screen.following.engine_said(State(name, "online"))
        rename_account(home, old, AccountName("newname"))
        with contextlib.closing(Writer(home, FrozenClock(NOW))):
            pass  # the engine's part
        screen.following.engine_said(Changed(rev=10**6))
        await until(pilot, lambda: "newname" in {folder.account for folder in screen.folder_list})
        assert {folder.account for folder in screen.folder_list} == {"newname", "zone"}
        assert "newname" in {each.account for each in app.identities}
        assert screen.lister.view is not None
        assert screen.lister.view.account == "newname"
        assert (subjects(app), screen.messages.model.cursor) == (before, cursor)
        current = [row for row in screen.folders.rows if (row.kind, row.folder, row.account) == screen.folders._current]
        assert [row.folder for row in current] == [view.folder]
        assert not screen.connection.states
        await act(app, pilot, "go-sent")
        assert screen.lister.view.account == "newname"
