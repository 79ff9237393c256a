"""What clients have on their screens, and what follows from it: those folders are looked at, those bodies are brought
here and rendered before anybody opens them.

Must not know how a folder is synchronised or a message rendered.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from tui_mail.engine.bodies import Bodies
from tui_mail.engine.core import Core
from tui_mail.engine.folders import Folders
from tui_mail.engine.render import render_ahead
from tui_mail.engine.timing import Pulse
from tui_mail.model.ids import FolderId, ItemId
from tui_mail.model.mail import Role

_EVERY_SECONDS = 60.0
"""Between looks at a folder on somebody's screen that is not pushed."""
_MOST_ITEMS = 200
"""Rows of one screen."""


@dataclass(frozen=True, slots=True)
class View:
    """What one client has on screen."""

    folder: FolderId
    items: tuple[ItemId, ...]

    @classmethod
    def of(cls, folder: int, items: list[int]) -> View:
        """From the numbers of the link."""
        return cls(FolderId(folder), tuple(ItemId(item) for item in items[:_MOST_ITEMS]))


class Views:
    """The views of all clients."""

    def __init__(self) -> None:
        self.changed = Pulse()
        self._views: dict[int, View] = {}

    def put(self, client: int, view: View | None) -> None:
        """What a client has on screen now; None when it has gone."""
        if view is None:
            self._views.pop(client, None)
        else:
            self._views[client] = view
            self.changed.beat()

    def folders(self) -> set[FolderId]:
        return {view.folder for view in self._views.values() if view.folder}

    def items(self) -> tuple[ItemId, ...]:
        """Every item on a screen, once."""
        return tuple(dict.fromkeys(item for view in self._views.values() for item in view.items))


class Watcher:
    """Serves the views of one connected account. ``pushed``: the inbox needs no looks of its own."""

    def __init__(
        self,
        core: Core,
        views: Views,
        folders: Folders,
        bodies: Bodies,
        look: Callable[[FolderId], Awaitable[None]],
        *,
        pushed: bool,
    ) -> None:
        self._core = core
        self._views = views
        self._folders = folders
        self._bodies = bodies
        self._look = look
        self._pushed = pushed
        self._looked: dict[FolderId, float] = {}
        self._served: tuple[ItemId, ...] = ()
        self._ahead: asyncio.Task[None] | None = None

    async def run(self) -> None:
        """Until cancelled. Raises what the connection does."""
        try:
            while True:
                changed = self._views.changed.next()
                await self._look_at_folders()
                await self._serve_items()
                await self._core.timing.wait(changed, _EVERY_SECONDS)
        finally:
            if self._ahead is not None:
                self._ahead.cancel()

    async def _look_at_folders(self) -> None:
        watched = self._views.folders()
        now = self._core.timing.monotonic()
        for folder in await self._folders.every() if watched else ():  # also those that are not synchronised otherwise
            pushed = self._pushed and folder.role is Role.INBOX
            due = now - self._looked.get(folder.id, float("-inf")) >= _EVERY_SECONDS
            if folder.id in watched and due and not pushed:
                self._looked[folder.id] = now
                await self._look(folder.id)

    async def _serve_items(self) -> None:
        items = self._views.items()
        if items == self._served:
            return
        self._served = items
        mine = await self._bodies.these(items)
        if self._ahead is not None:
            self._ahead.cancel()
        self._ahead = asyncio.create_task(render_ahead(self._core, mine))
