"""Words from outside stay words: in every field, in the text, in names of files, in the review and in the outbox."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from textual.app import App

from tests.fakes.seeded_store import Mail
from tests.ui.compose.desk import letters, opened, saved, writing
from tests.ui.dialogs.cast import HOSTILE
from tests.ui.dialogs.test_all_dialogs import FORBIDDEN
from tests.ui.running import running, screen_lines, until
from tests.ui.stage import segments
from tui_mail.model.draft import AttachedFile, Draft, DraftKind, Identity
from tui_mail.model.ids import AccountName
from tui_mail.ui.actions.writing import _Begin
from tui_mail.ui.compose.review import ReviewScreen

SOUND = [text.replace("\udc80", "") for text in HOSTILE]
"""Without half characters, which no reader of messages, names or addresses hands on."""


def looks_harmless(app: App[int], width: int) -> None:
    for piece in segments(app):  # type: ignore[arg-type] # it reads the screen alone
        assert not FORBIDDEN.search(piece), repr(piece)
    for row in app.screen._compositor.render_strips():
        assert row.cell_length == width


@pytest.mark.parametrize("text", SOUND, ids=range(len(SOUND)))
@pytest.mark.parametrize("width", [60, 110])
async def test_a_draft_full_of_it(tmp_path: Path, text: str, width: int) -> None:
    home = letters(tmp_path)
    async with running(home, size=(width, 24)) as (app, pilot):
        kept = app.data.drafts.keep(b"x")
        draft = Draft(
            identity=Identity(AccountName("work"), text, "me@example.org"),
            to=text,
            cc=text,
            bcc=text,
            subject=text,
            body=f"> {text}\n\n{text}\n-- \n{text}",
            attachments=(AttachedFile(text, text, 1, kept),) * 2,
            kind=DraftKind.REPLY,
        )
        app.writing._open(_Begin(draft, reopened=True))
        composer = await opened(app, pilot)
        looks_harmless(app, width)
        await pilot.press("escape")
        looks_harmless(app, width)
        await pilot.press("x")
        await pilot.pause()
        looks_harmless(app, width)
        await pilot.press("escape", "y")
        await pilot.pause()
        looks_harmless(app, width)
        unsent = replace(draft, message_id=composer.keeping.draft.message_id)
        assert saved(app) == [unsent]
        review = ReviewScreen(app, replace(draft, to="ann@example.org", cc="", bcc=""), (text,))
        await app.push_screen(review)
        await pilot.pause()
        looks_harmless(app, width)


@pytest.mark.parametrize("text", HOSTILE[:-1], ids=range(len(HOSTILE) - 1))
async def test_pasted_into_every_field(tmp_path: Path, text: str) -> None:
    from textual.events import Paste

    async with writing(letters(tmp_path)) as (app, pilot, composer):
        for name in ("to", "cc", "bcc", "subject"):
            composer.go(name)
            await pilot.pause()
            app.post_message(Paste(text))
            await pilot.pause()
        composer.body.focus()
        await pilot.pause()
        app.post_message(Paste(text))
        await pilot.pause()
        looks_harmless(app, 110)
        draft = composer.current()
        for value in (draft.to, draft.cc, draft.bcc, draft.subject, draft.body.replace("\n", "").replace("\t", "")):
            assert not FORBIDDEN.search(value)


async def test_many_lines_pasted_are_a_list_of_addresses(tmp_path: Path) -> None:
    from textual.events import Paste

    async with writing(letters(tmp_path)) as (app, pilot, composer):
        app.post_message(Paste("ann@example.org\r\nBob <bob@example.org>;\n\neve@example.org,\n"))
        await pilot.pause()
        assert composer.current().to == "ann@example.org, Bob <bob@example.org>, eve@example.org"
        composer.go("subject")
        await pilot.pause()
        app.post_message(Paste("One\n two, \n"))
        await pilot.pause()
        assert composer.current().subject == "One two,"


@pytest.mark.parametrize("text", SOUND, ids=range(len(SOUND)))
async def test_answering_and_forwarding_it(tmp_path: Path, text: str) -> None:
    line = text.replace("\n", " ").replace("\r", " ")[:900]
    home = letters(tmp_path, [Mail(line, f'"{line.replace(chr(34), "")}" <eve@example.org>', body=text)])
    for action in ("reply", "edit-as-new"):
        async with writing(home, action) as (app, pilot, composer):
            looks_harmless(app, 110)
            await pilot.press("escape", "D")
            await pilot.pause()
            looks_harmless(app, 110)
            assert composer.is_mounted


async def test_names_of_files(tmp_path: Path) -> None:
    folder = tmp_path / "odd"
    folder.mkdir()
    for name in (b"a\x1b[2J", b"b\xff\xfe", "c\u202egpj.exe".encode(), b"[@click=app.quit]x[bold]", b"line\nbreak"):
        (folder / name.decode("utf-8", "surrogateescape")).touch()
    async with writing(letters(tmp_path / "home")) as (app, pilot, composer):
        app.writing.folder = folder
        await pilot.press("escape", "a")
        await until(pilot, lambda: "[@click=app.quit]x[bold]" in "\n".join(screen_lines(app)))
        looks_harmless(app, 110)
        await pilot.press("escape")
        for path in sorted(folder.iterdir()):
            await composer.works._attach(path)
        await pilot.pause()
        looks_harmless(app, 110)
        assert len(composer.files) == 5
