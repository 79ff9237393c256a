"""tui_mail/mime, asked like the others; it also says how long everything that is done with a message took."""

from __future__ import annotations

import base64
import sys
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[3]))

from bench.foreign.readers.serve import serve
from tui_mail.mime.headers import first
from tui_mail.mime.html import DirectConverter
from tui_mail.mime.render import render
from tui_mail.mime.searchtext import search_text
from tui_mail.mime.structure import Message, Part, parse, part_octets, part_text
from tui_mail.model.mail import Address


def read(raw: bytes) -> dict[str, Any]:
    start = time.process_time()
    message = parse(raw)
    envelope = message.envelope
    answer: dict[str, Any] = {
        "subject": envelope.subject,
        "from": _boxes(envelope.from_),
        "to": _boxes(envelope.to),
        "cc": _boxes(envelope.cc),
        "date": envelope.date,
        "message-id": envelope.message_id,
        "references": list(envelope.references),
        "leaves": [_leaf(message, part) for part in _outer(message)],
        "written": {
            name: first(message.fields, name).decode("latin-1")[:2000] for name in ("from", "to", "cc", "date")
        },
    }
    search_text(raw)
    rendered = render(raw, html=DirectConverter())
    answer["seconds"] = time.process_time() - start
    answer["written"]["problems"] = " ".join(one.kind for one in rendered.warnings)
    return answer


def _boxes(found: tuple[Address, ...]) -> list[list[str]]:
    return [[one.name, one.address] for one in found]


def _outer(message: Message) -> list[Part]:
    """Every leaf, but those of messages inside."""
    inside = tuple(f"{part.id}." for part in message.parts if part.inner is not None)
    return [part for part in message.parts if not (inside and part.id.startswith(inside))]


def _leaf(message: Message, part: Part) -> dict[str, Any]:
    leaf: dict[str, Any] = {
        "type": part.type,
        "name": part.name,
        "octets": base64.b64encode(part_octets(message, part)).decode(),
        "encoding": part.encoding,
    }
    if part.type.startswith("text/"):
        leaf["text"] = part_text(message, part)
    return leaf


if __name__ == "__main__":
    serve(read)
