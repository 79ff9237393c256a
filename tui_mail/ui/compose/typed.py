"""Text that a person edits: made safe once, when it comes in, and left alone after that.

Owns what may stand in the composer, and where in a text one goes on writing. Must not know widgets. What is shown is
what is sent: a character that would not be seen does not get in unseen either. Tabs stay, for they are typed.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from tui_mail.model.draft import Draft, DraftKind
from tui_mail.text import safe
from tui_mail.text.safe import SafeText

FIELD_LIMIT = 200_000
"""Characters of a field; a thousand recipients take a third of it."""
_GROWTH = 10
"""A character that must not act is named by its code, which takes so many."""
_QUOTE = re.compile(r"(?:> ?)+")


def safe_text(value: str) -> SafeText:
    """Text of several lines as it may stand in the composer; never shortened."""
    limit = _GROWTH * len(value) + 1
    return SafeText("\t".join(safe.block(part, limit) for part in value.split("\t")))


def safe_field(value: str) -> SafeText:
    """One line as it may stand in a field."""
    return safe.line(value, FIELD_LIMIT)


def quote_depth(text: str) -> int:
    """How often a line is quoted: ``> > it`` and ``>> it`` are 2."""
    found = _QUOTE.match(text)
    return 0 if found is None else found[0].count(">")


def unquoted(text: str) -> str:
    """A line without its marks of quoting."""
    found = _QUOTE.match(text)
    return text if found is None else text[found.end() :]


def signature_at(lines: Sequence[str]) -> int:
    """The number of the line that begins the signature; as many as there are where there is none."""
    for number in range(len(lines) - 1, -1, -1):
        if lines[number] in {"-- ", "--"}:
            return number
    return len(lines)


def place_to_write(draft: Draft, *, reopened: bool) -> tuple[int, int]:
    """Line and column where the cursor starts: an answer on its empty line, a forwarded message above it, what was
    begun before at its end.
    """
    if draft.kind is DraftKind.FORWARD and not reopened:
        return (0, 0)
    lines = draft.body.split("\n")
    last = max(signature_at(lines) - 1, 0)
    if reopened or draft.kind is DraftKind.NEW:
        while last > 0 and not lines[last].strip():
            last -= 1
    return (last, len(lines[last]))
