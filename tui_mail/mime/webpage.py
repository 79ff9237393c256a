"""The HTML of a message as a file for a browser, and which pictures of it lie on other machines.

Owns which part is meant and the pictures that came with the message. The cleaning is done by ``mime.page.browser`` in a
process of its own. Fetches nothing.
"""

from __future__ import annotations

import base64
import re
from typing import TYPE_CHECKING, Final

from tui_mail.mime.html_worker import HtmlWorker, WorkerFailed
from tui_mail.mime.structure import Message, parse, part_octets, part_text
from tui_mail.model.errors import NotFound, Refused
from tui_mail.model.words import _

if TYPE_CHECKING:
    from tui_mail.mime.structure import Part

_TYPES: Final = frozenset({"image/png", "image/jpeg", "image/gif", "image/webp"})
_MOST: Final = 20_000_000
"""Octets of pictures that a page carries."""
_CID = re.compile(r' src="cid:([^"]{1,400})"', re.IGNORECASE)


def html_of(raw: bytes) -> tuple[Message, str]:
    """The message and its HTML. Raises NotFound where it has none."""
    message = parse(raw)
    for part in message.parts:
        if part.type == "text/html" and not part.is_attachment:
            return message, part_text(message, part)
    raise NotFound(_("This message has no HTML."))


def web_page(raw: bytes, worker: HtmlWorker, *, remote: bool) -> bytes:
    """A page without scripts and forms, with the pictures that came along, in UTF-8.

    ``remote``: pictures on other machines stay in it, for the browser to fetch. Raises NotFound, Refused.
    """
    message, html = html_of(raw)
    try:
        page = worker.page(html, remote=remote)
    except WorkerFailed as error:
        raise Refused(
            _("The page of this message could not be made harmless, so it is not opened; the source shows it.")
        ) from error
    return _with_pictures(message, page).encode("utf-8", "replace")


def pictures_of(raw: bytes, worker: HtmlWorker) -> list[str]:
    """Https addresses of pictures on other machines, without those that are only there to be fetched.

    Raises NotFound, Refused.
    """
    _message, html = html_of(raw)
    try:
        return [url for url in worker.pictures(html) if url.startswith("https:")]
    except WorkerFailed as error:
        raise Refused(_("The page of this message could not be read, so its images are not known.")) from error


def _with_pictures(message: Message, page: str) -> str:
    """``cid:`` becomes the picture itself; what is not there, or too much, becomes nothing."""
    by_id: dict[str, Part] = {
        part.content_id: part for part in message.parts if part.content_id and part.type in _TYPES
    }
    room = _MOST

    def put(found: re.Match[str]) -> str:
        nonlocal room
        from html import unescape
        from urllib.parse import unquote

        name = unescape(found[1]).strip()
        part = by_id.get(name) or by_id.get(unquote(name))
        if part is None or part.size > room:
            return ""
        room -= part.size
        data = base64.b64encode(part_octets(message, part)).decode("ascii")
        return f' src="data:{part.type};base64,{data}"'

    return _CID.sub(put, page)
