"""Text of format=flowed (RFC 3676) to paragraphs.

Owns the joining of soft line breaks, quotes included. Must not know how wide a screen is.
"""

from __future__ import annotations


def join_flowed(text: str, delsp: bool = False) -> str:
    """Lines that end in a space go on in the next one of the same quote depth; quotes are written ``>> `` again.

    ``delsp``: the space at the soft break belongs to the break and disappears, as in scripts without spaces.
    """
    out: list[str] = []
    open_depth = -1  # the depth of the paragraph that goes on; -1: none does
    for raw in text.split("\n"):
        line = raw.rstrip("\r")
        content = line.lstrip(">")
        depth = len(line) - len(content)
        content = content.removeprefix(" ")
        signature = content == "-- "
        if open_depth == depth and not signature:
            out[-1] += content
        else:
            out.append(f"{'>' * depth} {content}" if depth else content)
        soft = content.endswith(" ") and not signature
        if soft and delsp:
            out[-1] = out[-1][:-1]
        open_depth = depth if soft else -1
    return "\n".join(line if line.endswith("-- ") else line.rstrip(" ") for line in out)
