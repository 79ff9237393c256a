"""Python's own ``email`` with its newer policy."""

from __future__ import annotations

import base64
import email
import email.policy
import re
import sys
import warnings
from datetime import UTC
from email.message import EmailMessage
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent))

from serve import attempt, serve  # type: ignore[import-not-found]

_ID = re.compile(r"<([^<>\s]+)>")


def whole(text: str) -> str:
    """It leaves raw octets as lone surrogates; what they stand for is said instead."""
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def read(raw: bytes) -> dict[str, Any]:
    message = email.message_from_bytes(raw, policy=email.policy.default)
    answer: dict[str, Any] = {}
    attempt(answer, "subject", lambda: whole(str(message["subject"] or "")))
    for name in ("from", "to", "cc"):
        attempt(
            answer,
            name,
            lambda name=name: [
                [whole(one.display_name), whole(one.addr_spec)]
                for field in message.get_all(name, [])
                for one in field.addresses
            ],
        )
    attempt(answer, "date", lambda: _date(message))
    attempt(answer, "message-id", lambda: whole(str(message["message-id"] or "")).strip().strip("<>"))
    attempt(answer, "references", lambda: _ID.findall(whole(str(message["references"] or ""))))
    attempt(answer, "leaves", lambda: [_leaf(part) for part in _leaves(message)])
    return answer


def _date(message: EmailMessage) -> int | None:
    field = message["date"]
    moment = field.datetime if field is not None else None
    return int(moment.replace(tzinfo=moment.tzinfo or UTC).timestamp()) if moment is not None else None


def _leaves(part: Any) -> list[Any]:
    if part.get_content_maintype() == "multipart" and part.is_multipart():
        return [leaf for member in part.iter_parts() for leaf in _leaves(member)]
    return [part]


def _leaf(part: Any) -> dict[str, Any]:
    leaf: dict[str, Any] = {"type": part.get_content_type()}
    attempt(leaf, "name", lambda: whole(part.get_filename() or ""))
    if part.is_multipart():
        return leaf  # a message inside, which it would write anew
    attempt(leaf, "octets", lambda: base64.b64encode(part.get_payload(decode=True) or b"").decode())
    if leaf["type"].startswith("text/"):
        attempt(leaf, "text", lambda: part.get_content(errors="replace"))
    return leaf


if __name__ == "__main__":
    warnings.simplefilter("ignore")
    sys.setrecursionlimit(3000)
    serve(read)
