"""Text of format=flowed (RFC 3676) to paragraphs.

Owns the joining of soft line breaks, quotes included. Must not know how wide a screen is.
"""

from __future__ import annotations


def join_flowed(text: str, delsp: bool = False) -> str:
    """Lines that end in a space go on in the next one of the same quote depth; quotes are written ``>> `` again.

    ``delsp``: the space at the soft break belongs to the break and disappears, as in scripts without spaces.
    """
    paragraphs: list[str] = []
    pieces: list[str] = []
    depth = -1
    for raw in text.split("\n"):
        line = raw.rstrip("\r")
        content = line.lstrip(">")
        quoted = len(line) - len(content)
        content = content.removeprefix(" ")
        signature = content == "-- "
        if pieces and (signature or quoted != depth):
            paragraphs.append(_paragraph(pieces, depth))
            pieces = []
        depth = quoted
        soft = content.endswith(" ") and not signature
        pieces.append(content[:-1] if soft and delsp else content)
        if not soft:
            paragraphs.append(content if signature and not depth else _paragraph(pieces, depth))
            pieces = []
    if pieces:
        paragraphs.append(_paragraph(pieces, depth))
    return "\n".join(paragraphs)


def _paragraph(pieces: list[str], depth: int) -> str:
    text = "".join(pieces).rstrip(" ")
    return f"{'>' * depth} {text}".rstrip(" ") if depth else text
