"""The whole conversation in the reader: which messages it shows, what keys work on, where they lead."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.ui.running import act, home_with, running, screen_lines, status_of, subjects, under_cursor
from tui_mail.config.paths import Home
from tui_mail.model.flags import Flag
from tui_mail.ui.app import MailApp


@pytest.fixture
def home(tmp_path: Path) -> Home:
    return home_with(tmp_path)


def senders(app: MailApp) -> list[str]:
    return [item.from_[0].name or item.from_[0].address for item in app.mail_screen.reader.items]


def current(app: MailApp) -> str:
    item = app.mail_screen.reading.item
    assert item is not None
    return item.from_[0].name or item.from_[0].address


def is_whole(app: MailApp) -> bool:
    return app.mail_screen.reader.is_conversation


def subject(app: MailApp) -> str:
    item = app.mail_screen.reading.item
    assert item is not None
    return item.subject


async def test_it_holds_one_s_own_answers_and_turns_back_into_one_message(home: Home) -> None:
    async with running(home) as (app, pilot):
        place = subjects(app).index("Re: Lunch")
        await act(app, pilot, f"{place + 1} bottom", "open")
        assert len(senders(app)) == 1
        before = current(app)
        await act(app, pilot, "conversation")
        assert sorted(senders(app)) == ["Alan Turing", "Grace Hopper", "Joan Clarke", "me@example.org"]
        assert current(app) == before == "Alan Turing"
        assert "4 messages" in status_of(app)
        await act(app, pilot, "conversation")
        assert senders(app) == [before]


async def test_a_message_alone_stays_alone(home: Home) -> None:
    async with running(home, conversation=True) as (app, pilot):
        place = subjects(app).index("Nightly build")
        await act(app, pilot, f"{place + 1} bottom", "open")
        assert not is_whole(app)
        await act(app, pilot, "conversation", "conversation")
        assert "no other message" in status_of(app)


async def test_next_goes_through_it_then_to_the_next_row(home: Home) -> None:
    async with running(home, conversation=True) as (app, pilot):
        place = subjects(app).index("Re: Lunch")
        below = subjects(app)[place + 1]
        await act(app, pilot, f"{place + 1} bottom", "open")
        seen = []
        while is_whole(app):
            seen.append(app.mail_screen.reader.item.id)  # type: ignore[union-attr] # it is open
            await act(app, pilot, "next-message")
        assert subject(app) == below
        assert len(set(seen)) == len(seen)
        await act(app, pilot, "previous-message")
        assert is_whole(app)
        await act(app, pilot, "scroll-bottom", "scroll-page-down")
        assert subject(app) == below


async def test_actions_work_on_the_message_under_the_cursor_alone(home: Home) -> None:
    async with running(home, conversation=True) as (app, pilot):
        place = subjects(app).index("Re: Lunch")
        await act(app, pilot, f"{place + 1} bottom", "open")
        items = {item.id: item for item in app.mail_screen.reader.items}
        first = app.mail_screen.reading.item
        assert first is not None
        await act(app, pilot, "star")
        starred = [item.id for item in app.data.items(list(items)) if item.flags & Flag.FLAGGED]
        assert starred == [first.id]
        await act(app, pilot, "trash")
        left = {item.id for item in app.mail_screen.reader.items}
        assert left == set(items) - {first.id}
        assert current(app) == "Grace Hopper"
        assert app.mail_screen.reader.has_focus
        await act(app, pilot, "trash")
        assert under_cursor(app) == subject(app)


async def test_opening_marks_what_is_open_as_seen(home: Home) -> None:
    async with running(home, conversation=True) as (app, pilot):
        place = subjects(app).index("Re: Lunch")
        await act(app, pilot, f"{place + 1} bottom", "open")
        ids = [item.id for item in app.mail_screen.reader.items]
        assert all(item.flags & Flag.SEEN for item in app.data.items(ids))


async def test_keys_fold_and_open(home: Home) -> None:
    async with running(home, (100, 40), conversation=True) as (app, pilot):
        place = subjects(app).index("Re: Lunch")
        await act(app, pilot, f"{place + 1} bottom", "open")

        def shut() -> int:
            return sum(leaf.shut for leaf in app.mail_screen.reader._leaves)

        before = shut()
        await pilot.press("enter")
        assert shut() == before + 1
        await pilot.press("enter")
        assert shut() == before
        await pilot.press(".")
        assert shut() == 0
        await pilot.press("K", "enter")
        await pilot.pause()
        assert shut() == 1
        assert any("of 4" in line for line in screen_lines(app))


async def test_rows_of_the_same_conversation_are_passed_over(home: Home) -> None:
    async with running(home, conversation=True) as (app, pilot):
        place = subjects(app).index("Re: Lunch")
        await act(app, pilot, f"{place + 1} bottom", "fold")
        below = subjects(app)[place + 3]
        await act(app, pilot, f"{place + 1} bottom", "open")
        for _time in range(len(senders(app))):
            await act(app, pilot, "next-message")
            if not is_whole(app):
                break
        assert subject(app) == below


async def test_what_comes_meanwhile_stands_in_it_and_moves_nothing(home: Home) -> None:
    async with running(home, (100, 30), conversation=True) as (app, pilot):
        place = subjects(app).index("Re: Lunch")
        await act(app, pilot, f"{place + 1} bottom", "open")
        reader = app.mail_screen.reader
        newest = reader.items[-1]
        before = [line for line in screen_lines(app) if "▌" in line]
        shown = app.data.reader.thread_items
        app.data.reader.thread_items = lambda *wanted: shown(*wanted)[:-1]  # type: ignore[method-assign]
        app.mail_screen.reload()
        assert newest.id not in {item.id for item in reader.items}
        app.data.reader.thread_items = shown  # type: ignore[method-assign]
        app.mail_screen.reload()
        await pilot.pause()
        assert reader.items[-1].id == newest.id
        assert reader._leaves[-1].shut
        assert [line.split()[:3] for line in screen_lines(app) if "▌" in line] == [line.split()[:3] for line in before]
