"""A part of a message as text that one reads in place: nothing of it is opened, run or fetched.

Owns which kind of part is read how. Never raises on any bytes. Must not know screens.
"""

from __future__ import annotations

from tui_mail.mime.charsets import decode
from tui_mail.mime.envelope import senders
from tui_mail.mime.headers import decode as decode_field
from tui_mail.mime.headers import first
from tui_mail.mime.html_worker import HtmlWorker
from tui_mail.mime.structure import MAX_TEXT, parse, part_bytes, part_text
from tui_mail.text.safe import SafeText, block


def text_of_part(raw: bytes, part_id: str) -> SafeText:
    """A page as its words, a message inside as the reader would show it, anything else as the characters it holds."""
    message = parse(raw)
    part = message.part(part_id)
    kind = "" if part is None else part.type
    if kind == "message/rfc822":
        return _inner(part_bytes(message, part_id))
    text = part_text(message, part) if part is not None else decode(part_bytes(message, part_id)[:MAX_TEXT])
    if kind in {"text/html", "application/xhtml+xml"}:
        with HtmlWorker() as worker:
            text = worker.markdown(text)
    return block(text)


def _inner(raw: bytes) -> SafeText:
    """A message inside the message: who wrote it, what it is about, its text."""
    from tui_mail.mime.render import render

    with HtmlWorker() as worker:
        text = render(raw, html=worker).text
    fields = parse(raw).fields
    who = ", ".join(f"{one.name} <{one.address}>" for one in senders(first(fields, "from").decode("latin-1")))
    head = [who, decode_field(first(fields, "date")), decode_field(first(fields, "subject"))]
    return block("\n".join([*filter(None, head), "", text]))
