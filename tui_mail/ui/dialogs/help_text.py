"""The help as lines: every action that has a key, by place, poured into as many columns as fit.

Owns the layout of help. Must not know widgets.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tui_mail.config.actions import ACTIONS, Place
from tui_mail.config.keymaps import Keymap
from tui_mail.model.words import _
from tui_mail.text import safe
from tui_mail.text.safe import SafeText, own
from tui_mail.text.width import cells, fit, wrap
from tui_mail.ui.reader.lines import Line, Piece, Role, cut_line, length

COLUMN = 42
"""Cells a column needs to be readable."""
GAP = 3
KEYS_LIMIT = 16

_TITLES = {
    Place.EVERYWHERE: _("Everywhere"),
    Place.GO: _("Go to"),
    Place.LIST: _("In the list"),
    Place.MESSAGE: _("On messages"),
    Place.READER: _("In the reader"),
    Place.COMPOSER: _("Writing"),
    Place.SELECTING: _("Selecting words"),
    Place.REVIEW: _("Before sending"),
    Place.OUTBOX: _("In the outbox"),
}


@dataclass(frozen=True, slots=True)
class Section:
    """One place and its keys."""

    title: SafeText
    rows: tuple[tuple[SafeText, SafeText], ...]
    """Keys and what they do."""


def sections(
    keymap: Keymap, places: Sequence[Place], can: Callable[[str], bool] = ACTIONS.__contains__
) -> list[Section]:
    """What has a key in ``places`` and ``can`` be done, in the order of the registry; an empty place is left out."""
    found = []
    for place in places:
        rows = tuple(
            (safe.line("  ".join(keymap.keys(name)), 60), safe.line(action.help))
            for name, action in ACTIONS.items()
            if place in action.places and keymap.keys(name) and can(name)
        )
        if rows:
            found.append(Section(own(_TITLES[place]), rows))
    return found


def help_lines(found: Sequence[Section], width: int) -> list[Line]:
    """The sections side by side in ``width`` cells; each column is read downwards."""
    columns = max(1, min(3, (width + GAP) // (COLUMN + GAP)))
    each = (width - GAP * (columns - 1)) // columns
    widest = max((cells(keys) for section in found for keys, _text in section.rows), default=0)
    blocks = [_block(section, each, widest) for section in found]
    if columns == 1:
        return _stacked(blocks)
    poured = [_stacked(group) for group in _shared(blocks, columns)]
    tall = max((len(column) for column in poured), default=0)
    return [_across([column[row] if row < len(column) else () for column in poured], each) for row in range(tall)]


def _block(section: Section, width: int, keys_width: int) -> list[Line]:
    keys_width = min(keys_width, KEYS_LIMIT, width // 2)
    lines: list[Line] = [(Piece(section.title, Role.SUBJECT),)]
    for keys, text in section.rows:
        first = True
        for part in wrap(text, width - keys_width - 2):
            head = fit(keys if first else own(""), keys_width)
            lines.append((Piece(head, Role.ACCENT), Piece(own("  ")), Piece(part)))
            first = False
    return lines


def _stacked(blocks: Sequence[list[Line]]) -> list[Line]:
    lines: list[Line] = []
    for block in blocks:
        if lines:
            lines.append(())
        lines.extend(block)
    return lines


def _shared(blocks: Sequence[list[Line]], columns: int) -> list[list[list[Line]]]:
    """The blocks in order, shared out so that the tallest column is as short as it can be."""
    low, high = max((len(block) for block in blocks), default=0), sum(len(block) + 1 for block in blocks)
    while low < high:
        limit = (low + high) // 2
        if len(_filled(blocks, limit)) <= columns:
            high = limit
        else:
            low = limit + 1
    return _filled(blocks, low)


def _filled(blocks: Sequence[list[Line]], limit: int) -> list[list[list[Line]]]:
    columns: list[list[list[Line]]] = []
    used = limit + 1
    for block in blocks:
        if used + 1 + len(block) > limit:
            columns.append([])
            used = -1
        columns[-1].append(block)
        used += 1 + len(block)
    return columns


def _across(parts: Sequence[Line], each: int) -> Line:
    line: Line = ()
    for number, part in enumerate(parts):
        cut = cut_line(part, each)
        line = (*line, *cut)
        if number < len(parts) - 1:
            line = (*line, Piece(own(" " * (each - length(cut) + GAP))))
    return line
