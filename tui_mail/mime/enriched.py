"""Text of type text/enriched (RFC 1896) to plain text.

Owns its few rules: commands in angle brackets, ``<<`` for one bracket, a single line break for a space. Linear.
"""

from __future__ import annotations

import re

_COMMAND = re.compile(r"<<|<(/?)([A-Za-z0-9-]{1,60})>")
_BREAKS = re.compile(r"\n+")


def without_commands(text: str) -> str:
    """The words of ``text``, paragraphs as lines."""
    pieces: list[str] = []
    at = 0
    parameter = False
    for match in _COMMAND.finditer(text):
        if not parameter:
            pieces.append(text[at : match.start()])
        at = match.end()
        if match[0] == "<<":
            pieces.append("<")
        elif match[2].lower() == "param":
            parameter = not match[1]
    if not parameter:
        pieces.append(text[at:])
    joined = "".join(pieces).replace("\r\n", "\n")
    return _BREAKS.sub(lambda found: " " if len(found[0]) == 1 else "\n" * (len(found[0]) - 1), joined)
