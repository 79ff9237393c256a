"""The pane: what it shows, how it moves, what it asks for, and how little it paints."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.ui import samples
from tests.ui.dialogs.cast import HOSTILE, link
from tests.ui.stage import Stage, painted, segments
from tui_mail.mime.envelope import parse_envelope
from tui_mail.mime.html import DirectConverter
from tui_mail.mime.render import render
from tui_mail.mime.rendered import AuthResult, PartInfo, Rendered, Warning_
from tui_mail.model.clock import FrozenClock
from tui_mail.model.ids import AccountName
from tui_mail.model.mail import Address
from tui_mail.text import safe
from tui_mail.text.safe import own
from tui_mail.ui.reader.column import Place
from tui_mail.ui.reader.content import Known
from tui_mail.ui.reader.pane import ReaderPane

FORBIDDEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069\u200b\u200c\u200e\u200f\u2028\u2029\ud800-\udfff]"
)
DATA = Path(__file__).parents[2] / "data"
LONG = "\n".join(f"line {number}" for number in range(1, 201))


class Reading(Stage):
    """A pane, and everything it posts."""

    def __init__(self, look: str = "dark") -> None:
        self.pane = ReaderPane(clock=FrozenClock(samples.NOW))
        self.pane.accounts = {AccountName("work"): Known(frozenset({"ada@example.org"}), "mx.example.org")}
        super().__init__(self.pane, look=look)
        self.posted: list[Any] = []

    def on_reader_pane_wants_raw(self, event: ReaderPane.WantsRaw) -> None:
        self.posted.append(event)

    def on_reader_pane_wants_rendering(self, event: ReaderPane.WantsRendering) -> None:
        self.posted.append(event)

    def on_reader_pane_opened(self, event: ReaderPane.Opened) -> None:
        self.posted.append(event)

    def on_reader_pane_note(self, event: ReaderPane.Note) -> None:
        self.posted.append(str(event.text))

    def on_reader_pane_link_chosen(self, event: ReaderPane.LinkChosen) -> None:
        self.posted.append(event)

    def on_reader_pane_attachments_chosen(self, event: ReaderPane.AttachmentsChosen) -> None:
        self.posted.append(event)


@asynccontextmanager
async def reading(
    rendered: Rendered | None = None, *, size: tuple[int, int] = (80, 24), **item: Any
) -> AsyncIterator[tuple[Reading, ReaderPane, Pilot[None]]]:
    app = Reading()
    async with app.run_test(size=size) as pilot:
        app.pane.show(samples.item(**item), rendered, place=(3, 3))
        await pilot.pause()
        yield app, app.pane, pilot


async def test_the_head_says_who_to_whom_and_when() -> None:
    async with reading(samples.rendered()) as (app, _pane, _pilot):
        rows = painted(app).split("\n")
        assert rows[0].strip("▎ ") == "Compiler meeting moved to Thursday"
        assert rows[1].startswith("▎ Grace Hopper <grace@example.org>  to me, Alan")
        assert rows[1].rstrip().endswith("today 09:40  3 of 3")
        assert "[1] agenda.pdf  184 KB   [2] notes" in rows[2]
        assert not rows[3].strip()


async def test_a_message_given_to_a_hidden_pane_is_there_when_the_pane_is_shown() -> None:
    async with reading(samples.rendered()) as (app, pane, pilot):
        pane.display = False
        pane.clear()
        await pilot.pause()
        pane.display = True
        pane.show(samples.item(), samples.rendered())
        await pilot.pause()
        assert "Compiler meeting moved to Thursday" in painted(app)


async def test_the_sender_s_address_survives_a_narrow_pane() -> None:
    sender = (Address("A very long name of a person " * 3, "grace@example.org"),)
    async with reading(samples.rendered(), size=(40, 20), from_=sender) as (app, _pane, _pilot):
        assert "<grace@example.org>" in painted(app)


async def test_long_quotes_are_folded_and_a_click_opens_them() -> None:
    async with reading(samples.rendered()) as (app, pane, pilot):
        rows = painted(app).split("\n")
        row = next(number for number, text in enumerate(rows) if "6 more lines" in text)
        await pilot.click(ReaderPane, offset=(5, row))
        await pilot.pause()
        assert "Joan does the first" in painted(app)
        pane.home()
        pane.toggle_quotes()
        pane.toggle_quotes()
        await pilot.pause()
        assert "6 more lines" in painted(app)


async def test_scrolling_stops_at_the_ends_and_says_whether_it_moved() -> None:
    async with reading(samples.rendered(LONG)) as (app, pane, pilot):
        assert not pane.line_up()
        assert pane.line_down(3)
        assert pane.page_down()
        await pilot.pause()
        assert painted(app).split("\n")[0].strip() == "line 23"
        assert pane.half_page_down()
        assert pane.end()
        assert not pane.page_down()
        await pilot.pause()
        assert painted(app).rstrip().endswith("line 200")
        assert pane.position == 100
        assert pane.home()
        await pilot.pause()
        assert "Compiler meeting" in painted(app)


async def test_scrolling_paints_only_what_changes() -> None:
    text = "\n".join(["short"] * 500)
    async with reading(samples.rendered(text)) as (_app, pane, pilot):
        pane.line_down(20)
        await pilot.pause()
        asked: list[Any] = []
        pane.refresh = lambda *regions, **_how: asked.extend(regions)  # type: ignore[method-assign,assignment]
        pane.line_down()
        assert asked == []  # every row looks as it did
        pane.page_up(2)
        assert asked
        assert all(region.height == 1 for region in asked)


async def test_a_painted_page_is_what_the_document_says() -> None:
    async with reading(samples.rendered(LONG + "\n" + samples.TEXT)) as (app, pane, pilot):
        for move in (pane.page_down, pane.line_up, pane.end, pane.half_page_up, pane.line_down, pane.page_up):
            move()
            await pilot.pause()
            top = pane._top
            for y, row in enumerate(painted(app).split("\n")):
                line = pane._column.line(top + y) or ()
                assert row.rstrip() == "".join(piece.text for piece in line).rstrip()


async def test_find_goes_round_and_opens_what_hides_a_hit() -> None:
    async with reading(samples.rendered(), size=(60, 12)) as (app, pane, pilot):
        assert pane.find("grammar") == 1
        await pilot.pause()
        assert "the grammar, the actions" in painted(app)
        assert pane.find("the") > 3
        assert pane.find_next(1)
        assert pane.find_next(-2)
        assert pane.find("nowhere") == 0
        assert pane.find_next(1)
        await pilot.pause()
        assert app.posted[-2:] == ["Not found in this message."] * 2
        assert "1 of 1" in app.posted
        assert pane.find("") == 0


async def test_headers_and_source_are_asked_for_and_shown() -> None:
    raw = (
        b"Subject: =?utf-8?q?A=1B[2J?=\r\nX-Long: "
        + b"word " * 60
        + b"\r\nFrom: a@example.org\r\n\r\nbody \x1b[2J\x9b\r\n"
    )
    async with reading(samples.rendered(LONG)) as (app, pane, pilot):
        pane.toggle_headers()
        await pilot.pause()
        assert app.posted[-1].what == "headers"
        pane.show_headers(raw)
        await pilot.pause()
        assert "Subject: A\ufffd[2J" in painted(app)
        assert "From: a@example.org" in painted(app)
        pane.toggle_headers()
        await pilot.pause()
        assert "X-Long" not in painted(app)
        pane.toggle_headers()
        await pilot.pause()
        assert "X-Long" in painted(app)
        pane.toggle_source()
        await pilot.pause()
        assert app.posted[-1].what == "source"
        pane.show_source(raw)
        await pilot.pause()
        assert pane.in_source
        assert "body ␛[2J›" in painted(app)
        pane.toggle_source()
        await pilot.pause()
        assert "line 1" in painted(app)
        assert not pane.in_source


async def test_html_or_plain_is_asked_for() -> None:
    async with reading(samples.rendered(has_html=True)) as (app, pane, pilot):
        pane.toggle_html()
        await pilot.pause()
        assert app.posted[-1].prefer == "html"
        pane.show(samples.item(), samples.rendered())
        pane.toggle_html()
        await pilot.pause()
        assert app.posted[-1] == "This message is plain text only."


async def test_a_body_on_its_way_keeps_the_head() -> None:
    async with reading(None) as (app, pane, pilot):
        assert "Compiler meeting" in painted(app)
        assert "░░░" in painted(app)
        pane.failed(own("The server is not reachable."))
        await pilot.pause()
        assert "The server is not reachable." in painted(app)
        assert "░░░" not in painted(app)
        pane.show(samples.item(), samples.rendered())
        await pilot.pause()
        assert "The room is the same" in painted(app)
        pane.clear()
        await pilot.pause()
        assert not painted(app).strip()
        assert pane.item is None


async def test_new_flags_do_not_move_the_text() -> None:
    async with reading(samples.rendered(LONG)) as (app, pane, pilot):
        pane.page_down()
        await pilot.pause()
        before = painted(app)
        pane.show(samples.item(), samples.rendered(LONG))
        await pilot.pause()
        assert painted(app) == before
        pane.show(samples.item(number=2), samples.rendered(LONG))
        await pilot.pause()
        assert "Compiler meeting" in painted(app)


async def test_what_is_found_out_about_a_message_does_not_move_its_text() -> None:
    async with reading(samples.rendered(LONG)) as (app, pane, pilot):
        pane.page_down()
        assert pane.find("line 30") == 1
        await pilot.pause()
        before = painted(app)
        pane.update(samples.item(), samples.rendered(LONG, warnings=(Warning_("dkim", safe.line("It is signed.")),)))
        await pilot.pause()
        assert painted(app) == before
        assert pane.find_next(1)
        pane.home()
        await pilot.pause()
        assert "It is signed." in painted(app)


async def test_a_resize_keeps_the_row_on_top() -> None:
    text = "\n".join(f"{number} " + "word " * 30 for number in range(100))
    async with reading(samples.rendered(text), size=(120, 24)) as (app, pane, pilot):
        pane.find("50 word")
        pane._move_to(pane._column.row_of(Place(0, pane._column.part(0).layout.text.index("50 word"))))
        await pilot.pause()
        await pilot.resize_terminal(60, 24)
        await pilot.pause()
        assert painted(app).split("\n")[0].strip().startswith("50 word")


async def test_links_and_attachments_take_clicks() -> None:
    async with reading(samples.rendered()) as (app, pane, pilot):
        rows = painted(app).split("\n")
        row = next(number for number, text in enumerate(rows) if "wiki.example.org" in text)
        await pilot.click(ReaderPane, offset=(rows[row].index("wiki"), row))
        await pilot.click(ReaderPane, offset=(4, 2))
        await pilot.pause()
        assert [type(event).__name__ for event in app.posted] == ["LinkChosen", "AttachmentsChosen"]
        assert len(pane.links()) == 1
        assert [part.id for part in pane.attachments()] == ["2", "3"]


async def test_html_links_show_their_real_hosts() -> None:
    html = samples.rendered(
        "Sign in at bank.example [1].",
        kind="html",
        links=(link("https://evil.example/login", "https://bank.example/"),),
    )
    async with reading(html) as (app, _pane, _pilot):
        shown = painted(app)
        assert "[1] evil.example/login  called bank.example" in shown


async def test_trust_is_said_where_the_message_cannot_draw() -> None:
    forged = "▎ sender's domain confirmed by mx.example.org\n! all is well"
    failed = samples.rendered(
        forged,
        warnings=(Warning_("spoof", safe.line("Two From fields.")),),
        results=(
            AuthResult("mx.example.org", "fail", "none", "fail"),
            AuthResult("mx.example.org", "pass", "pass", "pass"),
        ),
        remote_images=2,
    )
    async with reading(failed, from_=(Address("boss@bank.example", "x@evil.example"),)) as (app, _pane, _pilot):
        rows = [row.rstrip() for row in painted(app).split("\n")]
        assert "▎ ! Two From fields." in rows
        assert "▎ ! mx.example.org could not confirm the sender (dmarc fail, spf fail)." in rows
        assert "▎ 2 remote images not loaded" in rows
        assert "  ▎ sender's domain confirmed by mx.example.org" in rows
        assert sum(row.startswith("▎ sender's") for row in rows) == 0


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
async def test_hostile_words_stay_words(text: str) -> None:
    evil = samples.rendered(
        f"{text}\n> {text}\n{text * 3}",
        kind="html",
        links=(link("https://example.org/", text),),
        parts=(PartInfo("2", text, safe.line(text), 10, "attachment", True),),
        warnings=(Warning_("x", safe.line(text)),),
        results=(AuthResult(text, "fail", text, text),),
    )
    who = (Address(text, text), Address(text, f"a@{text}"))
    async with reading(evil, subject=text, from_=who, to=who) as (app, pane, pilot):
        raw = f"Subject: {text}\nX: {text}\n\n{text}".encode("utf-8", "surrogatepass")

        async def check() -> None:
            await pilot.pause()
            for piece in segments(app):
                assert not FORBIDDEN.search(piece), repr(piece)
            for strip in app.screen._compositor.render_strips():
                assert strip.cell_length == 80

        await check()
        pane.end()
        await check()
        pane.find(text)
        await check()
        pane.show_headers(raw)
        await check()
        pane.show_source(raw)
        await check()
        pane.failed(safe.line(text))
        await check()


@pytest.mark.parametrize("look", ["light", "high-contrast", "ansi"])
async def test_every_theme_draws_it(look: str) -> None:
    app = Reading(look)
    async with app.run_test(size=(30, 8)) as pilot:
        app.pane.show(samples.item(), samples.rendered())
        app.pane.find("the")
        await pilot.pause()
        assert "The room" in painted(app) or "Compiler" in painted(app)


async def test_another_theme_repaints() -> None:
    async with reading(samples.rendered()) as (app, pane, pilot):
        before = pane._strip(5)[0]
        app.theme = "light"
        await pilot.pause()
        assert pane._strip(5)[0] != before


async def test_the_bar_tells_where_the_focus_is() -> None:
    async with reading(samples.rendered()) as (app, pane, pilot):

        def bar() -> object:
            return next(iter(pane._strip(0)[0])).style

        pane.blur()
        await pilot.pause()
        without = bar()
        pane.focus()
        await pilot.pause()
        assert bar() != without
        assert painted(app).startswith("▎")


async def test_selected_text_is_copied_without_the_gutter() -> None:
    from textual.geometry import Offset
    from textual.selection import Selection

    async with reading(samples.rendered("first line\nsecond line\nthird")) as (app, pane, pilot):
        first = pane._column.part(0).body_start
        await pilot.hover(ReaderPane, offset=(5, 5))
        app.screen.selections = {pane: Selection(Offset(8, first), Offset(8, first + 1))}
        await pilot.pause()
        assert pane.get_selection(app.screen.selections[pane]) == ("line\nsecond", "\n")


async def test_wide_letters_are_copied_as_they_are_marked() -> None:
    from textual.geometry import Offset
    from textual.selection import Selection

    async with reading(samples.rendered("> 漢字の本文 and words\nsecond", parts=(), links=())) as (_app, pane, _pilot):
        first = pane._column.part(0).body_start
        text = "".join(piece.text for piece in pane._column.line(first) or ())
        marked = Selection(Offset(text.index("字"), first), Offset(text.index(" and"), first))
        assert pane.get_selection(marked) == ("字の本文", "\n")


async def test_every_awkward_message_can_be_read() -> None:
    """Whole messages from disk, rendered and drawn: from top to end, with all fields, as source."""
    async with reading(None) as (_app, pane, _pilot):
        for number, path in enumerate(sorted(DATA.glob("*.eml")), start=2):
            raw = path.read_bytes()
            envelope = parse_envelope(raw)
            pane.show(
                samples.item(envelope.subject, number=number, from_=envelope.from_, to=envelope.to),
                render(raw, html=DirectConverter()),
            )
            for step in (
                pane.home,
                pane.end,
                lambda raw=raw: pane.show_headers(raw),
                lambda raw=raw: pane.show_source(raw),
            ):
                step()
                for row in range(24):
                    shown = pane._strip(pane._top + row)[0]
                    assert not FORBIDDEN.search(shown.text), path.name
                    assert shown.cell_length == 80


async def test_a_terminal_is_told_where_links_lead_and_nothing_else() -> None:
    text = "See the page [1], and the bank [2].\nhttps://a.example/\x1b]8;;https://evil.example\x1b\\"
    links = (link("https://wiki.example.org/a;b", "the page"), link("https://evil.example/", "https://bank.example/"))
    links = (links[0], replace(links[1], number=2))
    html = samples.rendered(text, kind="html", links=links)
    async with reading(html) as (app, pane, _pilot):
        first = pane._column.part(0).body_start
        drawn = "".join(pane._strip(first + row)[0].render(app.console) for row in range(2))
        assert re.findall(r"\x1b]8;[^;]*;([^\x1b]*)\x1b\\", drawn) == ["https://wiki.example.org/a;b", ""]
        assert drawn.count("\x1b]") == 2


async def test_the_pointer_says_where_a_link_leads() -> None:
    url = "https://xn--80ak6aa92e.com/"
    html = samples.rendered("Sign in [1].", kind="html", links=(link(url, "Sign in"),), parts=())
    async with reading(html) as (app, pane, pilot):
        row = pane._column.part(0).body_start
        await pilot.hover(ReaderPane, offset=(11, row))
        await pilot.hover(ReaderPane, offset=(12, row))
        await pilot.hover(ReaderPane, offset=(40, row))
        await pilot.pause()
        assert app.posted == [f"Leads to аррӏе.com (xn--80ak6aa92e.com)  {url}", ""]


async def test_lines_of_a_patch_are_moved_by_keys() -> None:
    patch = "diff --git a/f b/f\n--- a/f\n+++ b/f\n@@ -1 +1 @@\n-" + "x" * 90 + "\n+" + "y" * 100 + "end\n"
    async with reading(samples.rendered(patch, parts=(), links=())) as (app, pane, pilot):
        assert "yyy›" in painted(app)
        assert pane.shift(1)
        await pilot.pause()
        assert "‹" in painted(app)
        while pane.shift(1):
            pass
        await pilot.pause()
        assert "yyyend" in painted(app)
        assert pane.shift(-20)
        assert not pane.shift(-1)
        await pilot.pause()
        assert "‹" not in painted(app)
        assert pane.find("end") == 1
        await pilot.pause()
        assert "end" in painted(app)
