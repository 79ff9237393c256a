"""Pictures of a page, of which a terminal shows the words at most.

Owns what stands for a picture and which ones are only there to be fetched. Fetches nothing.
"""

from __future__ import annotations

import re
from typing import Final

from tui_mail.model.words import _

_WORDS: Final = 200
_SIZE = re.compile(r"\s*(\d{1,5})(?:\.\d+)?\s*(?:px)?\s*").fullmatch
_STYLED = re.compile(r"(?<![\w-])(?:width|height)\s*:\s*([0-2])(?:\.\d+)?px", re.IGNORECASE).search
_FILE = re.compile(
    r"(?:https?:|cid:|data:)\S*|[\w%()+-]{1,80}\.(?:png|jpe?g|gif|webp|svg|bmp)", re.IGNORECASE
).fullmatch
_SMALLEST: Final = 2
_EMOJI: Final = 8


def is_pixel(attributes: dict[str, str | None], style: str) -> bool:
    """True for a picture too small to be seen: it spaces things, or tells its server that the message was opened."""
    for name in ("width", "height"):
        size = _SIZE(attributes.get(name) or "")
        if size and int(size[1]) <= _SMALLEST:
            return True
    return _STYLED(style[:1000]) is not None


def picture_words(alt: str, *, linked: bool, data: bool) -> str:
    """What is shown of a picture: its words in brackets, an emoji as it is; nothing where it says nothing."""
    words = " ".join(alt[: 2 * _WORDS].split())
    if _FILE(words):
        words = ""
    if not words:
        return " [{}] ".format(_("image")) if linked and not data else ""
    if not words.isascii() and len(words) <= _EMOJI and not any(char.isalnum() for char in words):
        return words
    return f" [{words[:_WORDS]}] "
