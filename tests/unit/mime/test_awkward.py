"""Awkward messages, each named by what is wrong with it, against what is to be shown of them.

``UPDATE_GOLDEN=1`` writes the golden texts anew; read the difference before committing it.
"""

from __future__ import annotations

import os
import socket
import subprocess
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from tests.unit.text.test_safe import check
from tui_mail.mime.authres import choose
from tui_mail.mime.findings import Invitation
from tui_mail.mime.html import DirectConverter
from tui_mail.mime.lists import ways_out
from tui_mail.mime.recurrence import when
from tui_mail.mime.render import render
from tui_mail.mime.rendered import Rendered, from_bytes
from tui_mail.mime.searchtext import search_text
from tui_mail.mime.structure import parse
from tui_mail.model.mail import Address

DATA = Path(__file__).parents[2] / "data"
MESSAGES = sorted(DATA.glob("*.eml"))


BERLIN = ZoneInfo("Europe/Berlin")
MANY = 30
"""Of parts, links, marks and recipients no more than this many are written down."""


def shown(addresses: tuple[Address, ...]) -> str:
    return ", ".join(few([f"{one.name[:300]!r} <{one.address}>" for one in addresses]))


def few(rows: Iterable[str]) -> list[str]:
    every = list(rows)
    return every if len(every) <= MANY else [*every[:MANY], f"… {len(every) - MANY} more"]


def short(text: str) -> str:
    return text if len(text) <= 60 else f"{text[:40]}…{text[-15:]}"


def calendar(one: Invitation) -> list[str]:
    """An invitation, as a card would show it."""
    people = [one.organizer] if one.organizer else []
    return [
        f"{one.kind} {one.method} {one.uid!r} {one.sequence} {one.status} in part {one.part}".rstrip()
        + " damaged" * one.damaged,
        f"  what: {one.what}",
        f"  when: {when(one, BERLIN)}; {one.repeats or 'once'}",
        f"  where: {one.where}",
        *(f"  by: {who.name} <{who.address}>" for who in people),
        *few(f"  {who.name} <{who.address}> {who.status}{' optional' * who.optional}" for who in one.people),
        f"  people: {one.count}; notes: {one.notes!r}",
    ]


def describe(raw: bytes, rendered: Rendered) -> str:
    """Everything a person could see of the message, one line each."""
    message, search = parse(raw), search_text(raw)
    envelope = message.envelope
    listed = rendered.mailing_list
    verdict = choose(rendered.results, "mx.own.example")
    lines = [
        f"from: {shown(envelope.from_)}",
        f"to: {shown(envelope.to)}",
        f"subject: {short(envelope.subject)!r}",
        f"date: {envelope.date}",
        f"kind: {rendered.kind} {rendered.why}; hidden {rendered.hidden}; remote images {rendered.remote_images}, pixels {rendered.pixels}",
        *few(
            f"part {part.id if len(part.id) < 40 else '…'}: {part.type} {part.name!r} {part.size} {part.disposition}".rstrip()
            + " attachment" * (part.is_attachment and part.disposition != "attachment")
            for part in rendered.parts
        ),
        *few(f"link {link.number}: {short(link.url)} ({link.host}) {link.text!r}" for link in rendered.links),
        *few(
            f"mark {mark.kind} {mark.value}: {short(rendered.text[mark.start : mark.end])!r}" for mark in rendered.marks
        ),
        *(f"warning {warning.kind}: {warning.text}" for warning in rendered.warnings),
        *(
            f"report {one.kind} {one.action} {one.status}: {one.recipient}; {one.reason}; <{one.original}>"
            for one in rendered.reports
        ),
        *(
            f"seal {seal.kind} {seal.how} by part {seal.part}, covers {seal.covers}" + " whole" * seal.whole
            for seal in rendered.seals
        ),
        *(row for one in rendered.invitations for row in calendar(one)),
        *([f"verdict: {verdict.by} spf {verdict.spf} dkim {verdict.dkim} dmarc {verdict.dmarc}"] if verdict else []),
        *(
            [
                f"list: {listed.name!r} <{listed.id}>, post {listed.post!r}{' closed' * listed.closed}, archive {listed.archive!r}"
            ]
            if listed
            else []
        ),
        *(
            f"way out: {way.kind} {way.target} {way.subject!r} {way.body!r}"
            for way in (ways_out(listed, verdict.dkim if verdict else "") if listed else ())
        ),
        f"attachments: {search.attachments} {search.files}",
        f"snippet: {search.snippet!r}",
        "",
        rendered.text if len(rendered.text) < 6000 else f"{rendered.text[:3000]}\n…\n{rendered.text[-300:]}",
    ]
    return "\n".join(lines) + "\n"


def safe_fields(rendered: Rendered) -> Iterator[str]:
    """Every string that is called safe, but the text."""
    yield from (part.name for part in rendered.parts)
    yield from (warning.text for warning in rendered.warnings)
    yield from (words for link in rendered.links for words in (link.text, link.host))
    yield from (words for one in rendered.reports for words in (one.recipient, one.reason))
    for one in rendered.invitations:
        yield from (one.what, one.where, one.repeats, when(one, BERLIN))
        yield from (words for who in one.people for words in (who.name, who.address))
        yield from (moment.zone for moment in (one.start, one.end) if moment is not None)
    if rendered.mailing_list is not None:
        yield rendered.mailing_list.name


def holds(rendered: Rendered) -> None:
    """What must be true of every rendering."""
    check(rendered.text, frozenset("\n"))
    for one in rendered.invitations:
        check(one.notes, frozenset("\n"))
    for words in safe_fields(rendered):
        check(words)
    assert from_bytes(rendered.to_bytes()) == rendered
    assert [link.number for link in rendered.links] == list(range(1, len(rendered.links) + 1))
    assert all(0 <= mark.start < mark.end <= len(rendered.text) for mark in rendered.marks)
    assert [mark.start for mark in rendered.marks] == sorted(mark.start for mark in rendered.marks)


@pytest.mark.parametrize("path", MESSAGES, ids=lambda path: path.stem)
def test_awkward_message(path: Path) -> None:
    raw = path.read_bytes()
    rendered = render(raw, html=DirectConverter())
    holds(rendered)
    text = describe(raw, rendered)
    golden = path.with_suffix(".txt")
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(text, encoding="utf-8", newline="\n")
    assert text == golden.read_bytes().decode("utf-8")


def test_nothing_is_fetched(monkeypatch: pytest.MonkeyPatch) -> None:
    """No rendering opens a connection, looks up a name or starts a program, whatever the message asks for."""
    touched: list[str] = []

    def trap(name: str) -> Callable[..., None]:
        def called(*_arguments: object, **_named: object) -> None:
            touched.append(name)
            raise OSError

        return called

    for name in ("socket", "create_connection", "getaddrinfo", "gethostbyname"):
        monkeypatch.setattr(socket, name, trap(name))
    monkeypatch.setattr(subprocess, "Popen", trap("Popen"))
    for path in MESSAGES:
        for prefer in ("auto", "html", "plain"):
            render(path.read_bytes(), prefer=prefer, html=DirectConverter())
    assert not touched


def test_there_are_messages() -> None:
    assert len(MESSAGES) > 300
