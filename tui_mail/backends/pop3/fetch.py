"""Messages one after the other, several asked for before the first has come, none of them held in memory.

Owns how much is under way, and what becomes of answers that nobody waits for any more. Must not know where the octets
go.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO, Final

from tui_mail.backends.pop3.replies import Reply
from tui_mail.backends.pop3.talk import Talk

MAX_MESSAGE: Final = 256 << 20
WINDOW: Final = 20
"""Commands under way where the server takes several (PIPELINING) …"""
WINDOW_OCTETS: Final = 1 << 20
"""… and octets that they are expected to bring; one message may be larger."""


@dataclass(frozen=True, slots=True)
class Answer:
    """One message came whole, ``octets`` of it; or the server refused it, and nothing was written."""

    number: int
    octets: int = 0
    refusal: Reply | None = None


class Fetching:
    """The answers to one command for many messages, in the order of ``numbers``.

    ``numbers`` is asked for the next only when there is room for it: who wants to stop lets it end, and takes what is
    under way. To stop in the middle does no harm either; ``settle`` then reads what is still to come.
    """

    def __init__(
        self,
        talk: Talk,
        numbers: Iterable[int],
        command: Callable[[int], bytes],
        sinks: Callable[[int], BinaryIO],
        *,
        expected: Callable[[int], int],
        limit: int,
        pipelining: bool,
    ) -> None:
        self._talk = talk
        self._numbers: Iterator[int] = iter(numbers)
        self._command = command
        self._sinks = sinks
        self._expected = expected
        self._limit = limit
        self._most = WINDOW if pipelining else 1
        self._next: int | None = None
        self._under_way: deque[tuple[int, int]] = deque()
        """Number and expected octets."""
        self._octets = 0

    async def next(self) -> Answer | None:
        """The next answer, or None after the last. Raises Refused (too large), Unreachable and its kinds."""
        await self._ask()
        if not self._under_way:
            return None
        number, size = self._under_way.popleft()
        reply = await self._talk.reply()
        self._octets -= size
        if not reply.ok:
            return Answer(number, refusal=reply)
        return Answer(number, await self._talk.text(_whole(self._sinks(number)), self._limit))

    async def settle(self) -> None:
        """Let pass what is under way; no more is asked for."""
        self._numbers = iter(())
        self._next = None
        while self._under_way:
            self._under_way.popleft()
            if (await self._talk.reply()).ok:
                await self._talk.text(len, MAX_MESSAGE)

    async def _ask(self) -> None:
        """Say the commands there is room for, several in one go."""
        if len(self._under_way) > self._most // 2 or self._octets > WINDOW_OCTETS // 2:
            return
        idle = not self._under_way
        lines: list[bytes] = []
        while len(self._under_way) < self._most:
            if self._next is None:
                self._next = next(self._numbers, None)
            if self._next is None:
                break
            size = self._expected(self._next)
            if self._under_way and self._octets + size > WINDOW_OCTETS:
                break
            self._under_way.append((self._next, size))
            self._octets += size
            lines.append(self._command(self._next))
            self._next = None
        if lines and idle:
            await self._talk.say(*lines)
        elif lines:
            self._talk.also(*lines)


def _whole(sink: BinaryIO) -> Callable[[bytes], None]:
    """Writing that leaves nothing out, whatever kind of file it is."""
    write = sink.write

    def whole(octets: bytes) -> None:
        written = write(octets)
        while written < len(octets):
            written += write(octets[written:])

    return whole
