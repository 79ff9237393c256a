"""Options that several commands have, and the numbers that options take.

Owns their names and their help. Must not know what a command does.
"""

from __future__ import annotations

import argparse

from tui_mail.model.words import _


def engine_options(parser: argparse.ArgumentParser) -> None:
    """``--now`` and ``--no-engine``, for every command that writes."""
    which = parser.add_mutually_exclusive_group()
    which.add_argument("--now", action="store_true", help=_("wait until the server has done it"))
    which.add_argument("--no-engine", action="store_true", help=_("leave it to the next engine"))


def positive(text: str) -> int:
    """A whole number from 1 on, for argparse."""
    if not (text.isascii() and text.isdigit() and 0 < int(text) < 1 << 62):
        raise argparse.ArgumentTypeError(_("{text} is not a whole number from 1 on").format(text=text))
    return int(text)


def number(text: str) -> int:
    """A whole number from 0 on, for argparse."""
    return 0 if text == "0" else positive(text)
