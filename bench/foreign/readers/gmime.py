"""GMime, the parser of notmuch, mu, Balsa and Pan; run by the Python that Debian's python3-gi belongs to."""

from __future__ import annotations

import base64
import sys
from pathlib import Path
from typing import Any

import gi  # type: ignore[import-not-found]

gi.require_version("GMime", "3.0")
from gi.repository import GMime  # type: ignore[import-not-found]  # noqa: E402

sys.path.insert(0, str(Path(__file__).parent))

from serve import attempt, serve  # type: ignore[import-not-found]  # noqa: E402

GMime.init()
OPTIONS = GMime.ParserOptions.new()


def read(raw: bytes) -> dict[str, Any]:
    stream = GMime.StreamMem.new_with_buffer(raw)
    parser = GMime.Parser.new_with_stream(stream)
    message = parser.construct_message(OPTIONS)
    if message is None:
        return {"error": "no message"}
    answer: dict[str, Any] = {}
    attempt(answer, "subject", lambda: message.get_subject() or "")
    kinds = {"from": GMime.AddressType.FROM, "to": GMime.AddressType.TO, "cc": GMime.AddressType.CC}
    for name, kind in kinds.items():
        attempt(answer, name, lambda kind=kind: _mailboxes(message.get_addresses(kind)))
    attempt(answer, "date", lambda: _date(message))
    attempt(answer, "message-id", lambda: message.get_message_id() or "")
    attempt(answer, "references", lambda: _ids(message.get_header("References") or ""))
    attempt(answer, "leaves", lambda: [_leaf(part) for part in _leaves(message.get_mime_part())])
    return answer


def _mailboxes(found: Any) -> list[list[str]]:
    boxes: list[list[str]] = []
    for number in range(found.length() if found is not None else 0):
        one = found.get_address(number)
        if isinstance(one, GMime.InternetAddressGroup):
            boxes += _mailboxes(one.get_members())
        else:
            boxes.append([one.get_name() or "", one.get_addr() or ""])
    return boxes


def _date(message: Any) -> int | None:
    moment = message.get_date()
    return moment.to_unix() if moment is not None else None


def _ids(text: str) -> list[str]:
    found = GMime.References.parse(OPTIONS, text)
    return [found.get_message_id(number) for number in range(found.length())]


def _leaves(part: Any) -> list[Any]:
    if isinstance(part, GMime.Multipart):
        return [leaf for number in range(part.get_count()) for leaf in _leaves(part.get_part(number))]
    return [] if part is None else [part]


def _leaf(part: Any) -> dict[str, Any]:
    kind = part.get_content_type()
    leaf: dict[str, Any] = {"type": f"{kind.get_media_type()}/{kind.get_media_subtype()}".lower()}
    if not isinstance(part, GMime.Part):
        leaf["name"] = _parameter(part.get_content_disposition(), "filename") or _parameter(kind, "name")
        return leaf  # a message inside, which it would write anew
    leaf["name"] = part.get_filename() or ""
    attempt(leaf, "octets", lambda: _octets(part.get_content()))
    if isinstance(part, GMime.TextPart):
        attempt(leaf, "text", part.get_text)
    return leaf


def _octets(content: Any) -> str | None:
    if content is None:
        return None
    out = GMime.StreamMem.new()
    content.write_to_stream(out)
    return base64.b64encode(bytes(out.get_byte_array())).decode()


def _parameter(field: Any, name: str) -> str:
    return (field.get_parameter(name) or "") if field is not None else ""


if __name__ == "__main__":
    serve(read)
