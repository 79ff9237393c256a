"""Options that several commands have, and the numbers that options take.

Owns their names and their help. Must not know what a command does.
"""

from __future__ import annotations

import argparse
from typing import Final

from tui_mail.model.words import _

_DIGITS: Final = 18
"""With so many a number has room in the store, whatever they are."""


def engine_options(parser: argparse.ArgumentParser) -> None:
    """``--now`` and ``--no-engine``, for every command that writes."""
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--now", action="store_true", help=_("wait until the server has done it"))
    which.add_argument("--no-engine", action="store_true", help=_("leave it to the next engine"))


def positive(text: str) -> int:
    """A whole number from 1 on, for argparse."""
    return _whole(text, 1)


def number(text: str) -> int:
    """A whole number from 0 on, for argparse."""
    return _whole(text, 0)


def _whole(text: str, low: int) -> int:
    """``low`` is 0 or 1."""
    digits = text.lstrip("0")
    if not (text.isascii() and text.isdigit()) or (low and not digits):
        text = text.strip()  # a word of a query is kept from being an option by a space before it
        raise argparse.ArgumentTypeError(_("{text} is not a whole number from {low} on").format(text=text, low=low))
    if len(digits) > _DIGITS:
        raise argparse.ArgumentTypeError(_("{text} is too large a number").format(text=text[:100]))
    return int(text)
