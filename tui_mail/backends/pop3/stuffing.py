"""Where a message of many lines ends, and what its lines were before dots were added to them (RFC 1939, 3).

Owns exactly that, for octets that arrive in any pieces. Only CR LF ends a line: a lone LF within a message could
otherwise make its reader take a part of it for an answer of the server. Must not know connections.
"""

from __future__ import annotations

from typing import Final

_END: Final = b"\r\n.\r\n"
_BEGINNINGS: Final = (_END[:4], _END[:3], _END[:2], _END[:1])


class Unstuffed:
    """The text of one answer of many lines."""

    __slots__ = ("_begun",)

    def __init__(self) -> None:
        self._begun = False

    def take(self, data: bytes, pos: int) -> tuple[bytes, int, bool]:
        """What is certain of the text in ``data`` from ``pos`` on, where to go on, and whether the text has ended.

        What lies behind the place to go on has to be there again, with more behind it, the next time.
        """
        if not self._begun:
            first = data[pos : pos + 3]
            if first == b".\r\n":
                return b"", pos + 3, True
            if b".\r\n".startswith(first):
                return b"", pos, False
            self._begun = True
            if first.startswith(b"."):
                pos += 1
        end = data.find(_END, pos)
        if end >= 0:
            return data[pos : end + 2].replace(b"\r\n.", b"\r\n"), end + 5, True
        end = len(data) - next((len(start) for start in _BEGINNINGS if data.endswith(start, pos)), 0)
        return data[pos:end].replace(b"\r\n.", b"\r\n"), end, False
