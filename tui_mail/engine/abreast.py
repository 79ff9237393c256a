"""Several folders at the same time: when that pays, and what the failure of one means for the others.

Must not know what is done with a folder.
"""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine, Iterable, Sequence
from typing import Any, Protocol, runtime_checkable

from tui_mail.model.remote import FolderStatus

WORTH_A_LANE = 4
"""Folders to be read for the first time for which it pays to make another connection."""


@runtime_checkable
class ReadsAbreast(Protocol):
    """A backend that can read several folders at the same time."""

    @property
    def abreast(self) -> int:
        """How many."""
        ...


def lanes(backend: object, new: Iterable[FolderStatus | None]) -> int:
    """How many folders to read at the same time; ``new`` are the server's numbers of those that were never read."""
    if not isinstance(backend, ReadsAbreast):
        return 1
    full = sum(status is not None and bool(status.total) for status in new)
    return 1 + min(backend.abreast - 1, full // WORTH_A_LANE)


async def together(works: Sequence[Coroutine[Any, Any, None]]) -> None:
    """Run all. When one fails, or all are cancelled, the others end before that is raised."""
    tasks = [asyncio.ensure_future(work) for work in works]
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
