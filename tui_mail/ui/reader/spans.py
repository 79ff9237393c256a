"""Where the links of a message stand in its text.

Owns the mapping between places and links. Must not know rows or colours.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

from tui_mail.mime.rendered import Link, Mark


class LinkSpans:
    """Links by offset, as the marks of the message place them: an address itself, or words and their number."""

    def __init__(self, links: Sequence[Link], marks: Sequence[Mark]) -> None:
        by_number = {link.number: link for link in links}
        self.spans: list[tuple[int, int, Link]] = []
        last = 0
        for mark in marks:
            if mark.kind == "link" and mark.value in by_number and mark.start >= last:
                self.spans.append((mark.start, mark.end, by_number[mark.value]))
                last = mark.end
        self._starts = [start for start, _end, _link in self.spans]

    def between(self, start: int, end: int) -> list[tuple[int, int, Link]]:
        """The parts of links inside ``start`` to ``end``."""
        found: list[tuple[int, int, Link]] = []
        number = max(bisect_right(self._starts, start) - 1, 0)
        while number < len(self.spans) and self.spans[number][0] < end:
            first, last, link = self.spans[number]
            if last > start:
                found.append((max(first, start), min(last, end), link))
            number += 1
        return found

    def at(self, offset: int) -> Link | None:
        """The link that stands at ``offset``."""
        number = bisect_right(self._starts, offset) - 1
        if number >= 0 and self.spans[number][0] <= offset < self.spans[number][1]:
            return self.spans[number][2]
        return None
