"""Awkward messages, each named by what is wrong with it, against what is to be shown of them.

``UPDATE_GOLDEN=1`` writes the golden texts anew; read the difference before committing it.
"""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.unit.text.test_safe import check
from tui_mail.mime.html import DirectConverter
from tui_mail.mime.render import render
from tui_mail.mime.rendered import Rendered, from_bytes
from tui_mail.mime.searchtext import search_text
from tui_mail.mime.structure import parse
from tui_mail.model.mail import Address

DATA = Path(__file__).parents[2] / "data"
MESSAGES = sorted(DATA.glob("*.eml"))


def shown(addresses: tuple[Address, ...]) -> str:
    return ", ".join(f"{one.name!r} <{one.address}>" for one in addresses)


def describe(raw: bytes, rendered: Rendered) -> str:
    """Everything a person could see of the message, one line each."""
    message, search = parse(raw), search_text(raw)
    envelope = message.envelope
    lines = [
        f"from: {shown(envelope.from_)}",
        f"to: {shown(envelope.to)}",
        f"subject: {envelope.subject!r}",
        f"date: {envelope.date}",
        f"kind: {rendered.kind}; hidden {rendered.hidden}; remote images {rendered.remote_images}",
        *(
            f"part {part.id}: {part.type} {part.name!r} {part.size} {part.disposition}".rstrip()
            for part in rendered.parts
        ),
        *(f"link {link.number}: {link.url} ({link.host}) {link.text!r}" for link in rendered.links),
        *(f"warning {warning.kind}: {warning.text}" for warning in rendered.warnings),
        f"attachments: {search.attachments} {search.files}",
        f"snippet: {search.snippet!r}",
        "",
        rendered.text,
    ]
    return "\n".join(lines) + "\n"


@pytest.mark.parametrize("path", MESSAGES, ids=lambda path: path.stem)
def test_awkward_message(path: Path) -> None:
    raw = path.read_bytes()
    rendered = render(raw, html=DirectConverter())
    check(rendered.text, frozenset("\n"))
    for field in [part.name for part in rendered.parts] + [warning.text for warning in rendered.warnings]:
        check(field)
    assert from_bytes(rendered.to_bytes()) == rendered
    text = describe(raw, rendered)
    golden = path.with_suffix(".txt")
    if os.environ.get("UPDATE_GOLDEN"):
        golden.write_text(text, encoding="utf-8", newline="\n")
    assert text == golden.read_bytes().decode("utf-8")


def test_there_are_messages() -> None:
    assert len(MESSAGES) > 40
