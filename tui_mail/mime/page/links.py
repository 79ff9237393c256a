"""The links of a page: their numbers, their words, and the mark that stands behind them.

Owns the numbering. A mark names the real host where the words name another. Must not know elements but ``a``.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from tui_mail.mime.links import host, misleads, safe_url
from tui_mail.mime.page.flow import Flow

MAX_LINKS: Final = 2000
_WORDS: Final = 200
_READ: Final = 2000
_IDLE: Final = frozenset({"cid", "mid", "tel", "callto", "fax", "sms"})
"""Schemes of links that are no use here and nothing to warn of: parts of the message, numbers to call."""
_SCHEME = re.compile(r"[\s\x00-\x20]*([A-Za-z][A-Za-z0-9+.\s-]{0,40}):").match


class PageLinks:
    """Links in the order in which they end."""

    def __init__(self, first: int) -> None:
        self.found: list[tuple[int, str, str]] = []
        self.misleading: list[int] = []
        self.refused = 0
        self._first = first
        self._numbers: dict[str, int] = {}
        self._words: list[str] | None = None
        self._length = 0

    @property
    def is_open(self) -> bool:
        """True inside a link."""
        return self._words is not None

    def saw(self, text: str) -> None:
        """Text that is seen, inside a link or not."""
        if self._words is not None and self._length < _READ:
            self._words.append(text)
            self._length += len(text)

    def opened(self, address: str, flow: Flow) -> Callable[[], None] | None:
        """Begin a link in ``flow``; what closes it, None when it is none that may be opened."""
        if self._words is not None:
            return None
        url = safe_url(address)
        if not url:
            scheme = _SCHEME(address)
            if scheme and scheme[1].lower() not in _IDLE:
                self.refused += 1
            return None
        self._words, self._length = [], 0
        rows, start = len(flow.rows), flow.place

        def close() -> None:
            words = " ".join("".join(self._words or ())[:_READ].split())
            self._words = None
            if words:
                self._end(url, words, flow, start if len(flow.rows) == rows else -1)

        return close

    def _end(self, url: str, words: str, flow: Flow, start: int) -> None:
        """Write the mark; ``start`` is where the words began in the line, -1 when that line has ended."""
        number = self._number(url, words)
        if not number:
            return
        mark = f" [{number}]"
        if misleads(words, url):
            if number not in self.misleading:
                self.misleading.append(number)
            mark = f" [{number} → {host(url)}]"
        if flow.growing:
            start = start if start >= 0 else flow.place + 1
            flow.glue(mark)
            flow.mark(start, "link", number)
        else:
            flow.add_to_last(mark, "link", number)

    def _number(self, url: str, words: str) -> int:
        """The number of a link, 0 when there are too many."""
        number = self._numbers.get(url, 0)
        if not number and len(self.found) < MAX_LINKS:
            number = self._numbers[url] = len(self.found) + self._first
            self.found.append((number, url, words[:_WORDS]))
        return number
