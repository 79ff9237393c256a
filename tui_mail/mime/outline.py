"""A message of which some bodies are left out: header, headers of the parts and texts as they are, all else empty.

It is a message like any other, so that what reads messages reads it: names, charsets and boundaries mean in it what they
mean in the whole. Owns making one, of the whole or of pieces that a server gave, and putting a part back. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping

from tui_mail.mime.headers import fields, first
from tui_mail.mime.params import parse_params
from tui_mail.mime.structure import Message, Multipart, Part, parse
from tui_mail.model.structure import RemotePart

HEADER = "HEADER"
"""The section of the header of the whole message."""
_ENDS = re.compile(rb"[\r\n]+\Z")


def structure(message: Message) -> RemotePart:
    """What a server would tell of the message."""
    return _node(message.root, "")


def _node(node: Multipart | Part, path: str) -> RemotePart:
    if isinstance(node, Part):
        return RemotePart(
            node.id, node.type, node.end - node.start, node.encoding, node.charset, node.name, node.disposition, node.content_id
        )  # fmt: skip
    prefix = f"{path}." if path else ""
    members = tuple(_node(member, f"{prefix}{number}") for number, member in enumerate(node.members, start=1))
    return RemotePart(path, f"multipart/{node.kind}", members=members)


def mime_section(path: str) -> str:
    """The section of the header of a part."""
    return f"{path}.MIME"


def sections(whole: RemotePart, wanted: Collection[str]) -> list[str]:
    """What ``assemble`` needs for an outline with the bodies of the parts ``wanted``."""
    headers = [mime_section(part.path) for part in whole.entities() if part is not whole]
    return [HEADER, *headers, *(part.path for part in whole.leaves() if part.path in wanted)]


def assemble(whole: RemotePart, pieces: Mapping[str, bytes]) -> bytes:
    """The outline made of what a server gave for ``sections``.

    Raises ValueError when it is no message with the parts that the server told of.
    """
    if any(name not in pieces for name in sections(whole, ())):
        raise ValueError("not every header came")
    if any(len(pieces.get(part.path, b"")) * 2 < part.octets for part in whole.leaves() if part.path in pieces):
        raise ValueError("a body is far shorter than it was told to be")
    raw = b"".join(_entity(whole, pieces[HEADER], pieces))
    found = structure(parse(raw))
    told = [(part.path, part.type, len(pieces.get(part.path, b""))) for part in whole.leaves()]
    if [(part.path, part.type, part.octets) for part in found.leaves()] != told:
        raise ValueError("the parts are not those that were told of")
    return raw


def _entity(part: RemotePart, header: bytes, pieces: Mapping[str, bytes]) -> Iterable[bytes]:
    head = _ENDS.sub(b"", header)
    yield head + b"\r\n\r\n" if head else b"\r\n"
    if not part.is_multipart:
        yield pieces.get(part.path, b"")
        return
    boundary = parse_params(first(fields(head), "content-type")).params.get("boundary", "").encode("utf-8", "replace")
    for member in part.members:
        yield b"--" + boundary + b"\r\n"
        yield from _entity(member, pieces[mime_section(member.path)], pieces)
        yield b"\r\n"
    yield b"--" + boundary + b"--\r\n"


def cut(raw: bytes, wanted: Collection[str]) -> bytes:
    """The outline of a message that is here, with the bodies of the parts ``wanted``."""
    message = parse(raw)
    kept: list[bytes] = []
    at = 0
    for leaf in structure(message).leaves():
        part = message.part(leaf.path)
        if part is not None and leaf.path not in wanted:
            kept.append(message.raw[at : part.start])
            at = part.end
    return b"".join([*kept, message.raw[at:]])


def with_part(outline: bytes, path: str, body: bytes) -> bytes:
    """The outline with the body of one more part, as that is encoded."""
    part = parse(outline).part(path)
    return outline if part is None else outline[: part.start] + body + outline[part.end :]
