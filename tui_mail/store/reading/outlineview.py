"""What is here of a large message instead of its body, and the parts of it that were asked for.

Owns reading ``outline`` and ``part``; ``mirror.outlines`` writes them. Must not know how a message is put together.
"""

from __future__ import annotations

from collections.abc import Iterator

from tui_mail.store.mirror.results import Outline
from tui_mail.store.reading.files import View
from tui_mail.store.reading.itemview import source


def outline(view: View, item: int) -> Outline | None:
    """What is here of a message instead of its body; None where that is nothing, or the body."""
    row = view.mail.execute(
        "SELECT o.content, o.raw, o.absent FROM item i JOIN outline o ON o.content = i.content WHERE i.id = ?",
        (source(view, item),),
    ).fetchone()
    if row is None:
        return None
    content, raw, left_out = row
    here = frozenset(path for (path,) in view.mail.execute("SELECT path FROM part WHERE content = ?", (content,)))
    return Outline(raw, dict(_left_out(left_out)), here)


def part_file(view: View, item: int, path: str) -> str | None:
    """The file of one part that was asked for, still encoded; None while it is not here."""
    row = view.mail.execute(
        "SELECT p.file FROM item i JOIN part p ON p.content = i.content AND p.path = ? WHERE i.id = ?",
        (path, source(view, item)),
    ).fetchone()
    return None if row is None else str(row[0])


def _left_out(lines: str) -> Iterator[tuple[str, int]]:
    for line in lines.splitlines():
        path, _tab, size = line.partition("\t")
        yield path, int(size)
