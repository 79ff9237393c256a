"""Which parts of a message are its text, and in which of several versions.

Owns the choice among alternatives (RFC 2046, 5.1.4) and the root of related parts (RFC 2387). Must not know how text
is shown.
"""

from __future__ import annotations

from collections.abc import Callable

from tui_mail.mime.structure import Message, Multipart, Part, part_text

_STUB = 200
"""A plain version shorter than this, beside a long one in HTML, often only says that there is one."""
_STUB_RATIO = 40


def bodies(message: Message, prefer: str = "auto") -> list[Part]:
    """The parts to read one after the other. ``prefer``: ``plain``, ``html``, or ``auto``: plain if it says something.

    A message inside is one of them (``message/rfc822``) unless it is marked as an attachment.
    """
    return _bodies(message.root, lambda members: _best(message, members, prefer))


def has_type(message: Message, kind: str) -> bool:
    """True when a part of that type is text of the message."""
    return any(part.type == kind and not part.is_attachment for part in message.parts)


def _bodies(node: Multipart | Part, best: Callable[[list[list[Part]]], list[Part]]) -> list[Part]:
    if isinstance(node, Part):
        return [node] if is_text(node) else []
    if node.kind == "alternative":
        return best([_bodies(member, best) for member in node.members])
    if node.kind == "related" and node.members:
        root = next((one for one in node.members if isinstance(one, Part) and one.content_id == node.start != ""), None)
        return _bodies(root or node.members[0], best)
    return [part for member in node.members for part in _bodies(member, best)]


def is_text(part: Part) -> bool:
    """True for what is read in place: text that is no attachment, and messages that are not marked as one."""
    if part.inner is not None:
        return part.disposition != "attachment"
    if part.type in {"text/plain", "text/html"}:
        return not part.is_attachment or (part.disposition == "inline" and part.type == "text/plain")
    return part.type.startswith("text/") and part.disposition != "attachment" and not part.name


def _best(message: Message, members: list[list[Part]], prefer: str) -> list[Part]:
    """The version wanted among those that have any text; the last one is the richest."""
    plain = next((parts for parts in members if parts and _is(parts, "text/plain")), None)
    rich = next((parts for parts in reversed(members) if any(part.type == "text/html" for part in parts)), None)
    if rich is None or plain is None:
        present = [parts for parts in members if parts]
        return plain or rich or (present[-1] if present else [])
    if prefer == "html":
        return rich
    length = max(len(part_text(message, part).strip()) for part in plain)
    if length == 0:
        return rich
    if prefer == "auto" and length < _STUB and sum(part.end - part.start for part in rich) > _STUB_RATIO * length:
        return rich
    return plain


def _is(parts: list[Part], kind: str) -> bool:
    return all(part.type == kind for part in parts)
