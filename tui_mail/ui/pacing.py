"""How often the screen is painted at most.

Textual paints what a key changed at once when it has not painted for a sixtieth of a second, else at the end of it. Owns
how long that pause is. Must not know what is painted.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from contextlib import contextmanager
from typing import Final

_VARIABLE: Final = "TEXTUAL_FPS"
HERE: Final = 240
"""Frames a second: the pause is shorter than what a key takes."""
FAR: Final = 60
"""Over SSH: what changes within a sixtieth of a second goes over the link as one frame."""


@contextmanager
def paced(environ: MutableMapping[str, str]) -> Iterator[None]:
    """Have Textual, which reads it once, be imported inside; programs started later are told nothing of it."""
    if _VARIABLE in environ:
        yield  # a person has chosen
        return
    environ[_VARIABLE] = str(FAR if "SSH_CONNECTION" in environ or "SSH_TTY" in environ else HERE)
    try:
        yield
    finally:
        del environ[_VARIABLE]
