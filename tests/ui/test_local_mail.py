"""Local mail on the screen: what is still on the server, what is here in part, and getting the rest."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.engine.popworld import PopWorld, letter, letters
from tests.fakes.scripted_pop3 import Kept, ScriptedPop3
from tests.ui.running import act, screen_lines, until
from tests.unit.link.homes import short_home
from tui_mail.config.settings import Settings
from tui_mail.ui.app import MailApp

LARGE = letter(1, b"First words.\r\n" + b"x" * 5000 + b"\r\nLast words.\r\n")


@pytest.fixture
def pop() -> Iterator[PopWorld]:
    with short_home() as home:
        yield PopWorld(home)


def shown(app: MailApp) -> str:
    return "\n".join(screen_lines(app))


async def test_the_rest_of_a_message_comes_when_somebody_wants_it(pop: PopWorld) -> None:
    with ScriptedPop3([Kept(LARGE, "large")]) as server:
        pop.add(server, largest=1)
        assert (await pop.sync()).ok
        async with pop.running(alone=False):
            app = MailApp(pop.home, Settings(), clock=pop.clock)
            async with app.run_test(size=(120, 30)) as pilot:
                await until(pilot, lambda: app.link is not None and app.link.connected)
                await until(pilot, lambda: "Letter 1" in shown(app))
                await act(app, pilot, "open")
                await until(pilot, lambda: "Only the header of this message is here" in shown(app))
                assert "5 KB are on the server, and , g fetches them" in shown(app)
                assert server.verbs.count("RETR") == 0
                await act(app, pilot, "all-headers")
                await until(pilot, lambda: "<letter-1@example.org>" in shown(app))
                await act(app, pilot, "all-headers")
                await act(app, pilot, "get-rest")
                await until(pilot, lambda: "First words." in shown(app))
                assert "still on the server" in shown(app)
                assert server.verbs.count("RETR") == 1
                await act(app, pilot, "get-rest")
                await until(pilot, lambda: "All of this message is here" in shown(app))


async def test_what_another_account_brought_says_so(pop: PopWorld) -> None:
    with ScriptedPop3() as first, ScriptedPop3(letters(2)) as second:
        pop.add(first)
        pop.add(second, "other", deliver_to="pop", leave="never")
        for _ in range(2):
            assert (await pop.sync()).ok
    app = MailApp(pop.home, Settings(), clock=pop.clock, engine=False)
    async with app.run_test(size=(120, 30)) as pilot:
        await until(pilot, lambda: "Letter 2" in shown(app))
        await act(app, pilot, "open")
        await until(pilot, lambda: "came by other" in shown(app))
        assert "still on the server" not in shown(app)
