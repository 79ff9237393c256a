"""Where the links of a message stand in its text.

Owns the mapping between places and links. Must not know rows or colours.
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence

from tui_mail.mime.links import plain_links
from tui_mail.mime.rendered import Link

_NUMBER = re.compile(r"\[(\d{1,5})\]")


class LinkSpans:
    """Links by offset. In text made from HTML a link is its number in brackets, in plain text the address itself."""

    def __init__(self, text: str, links: Sequence[Link], *, numbered: bool) -> None:
        self.spans: list[tuple[int, int, Link]] = []
        if links:
            self.spans = _numbered(text, links) if numbered else _addresses(text, links)
        self._starts = [start for start, _end, _link in self.spans]

    def between(self, start: int, end: int) -> list[tuple[int, int]]:
        """The parts of links inside ``start`` to ``end``."""
        found: list[tuple[int, int]] = []
        number = max(bisect_right(self._starts, start) - 1, 0)
        while number < len(self.spans) and self.spans[number][0] < end:
            first, last, _link = self.spans[number]
            if last > start:
                found.append((max(first, start), min(last, end)))
            number += 1
        return found

    def at(self, offset: int) -> Link | None:
        """The link that stands at ``offset``."""
        number = bisect_right(self._starts, offset) - 1
        if number >= 0 and self.spans[number][0] <= offset < self.spans[number][1]:
            return self.spans[number][2]
        return None


def _numbered(text: str, links: Sequence[Link]) -> list[tuple[int, int, Link]]:
    by_number = {link.number: link for link in links}
    return [
        (found.start(), found.end(), by_number[number])
        for found in _NUMBER.finditer(text)
        if (number := int(found[1])) in by_number
    ]


def _addresses(text: str, links: Sequence[Link]) -> list[tuple[int, int, Link]]:
    """Addresses as they were recognised when the message was rendered; others stay plain text."""
    by_url = {link.url: link for link in reversed(links)}
    return [(start, end, by_url[url]) for start, end, url in plain_links(text) if url in by_url]
