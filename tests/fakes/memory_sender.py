"""A server for sending in memory behind the sender protocol, with switches for what such servers do wrong.

``Post`` is the server: it outlives connections and knows what it delivered. ``MemorySender`` is one connection to it.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from tui_mail.model.errors import OutcomeUnknown, TuiMailError
from tui_mail.model.remote import Outgoing, Receipt, Reply

OK = Reply(250, "2.0.0", "queued as 4711")


@dataclass
class Post:
    """What a server for sending does, and what it got."""

    delivered: list[Outgoing] = field(default_factory=list)
    connect_errors: list[TuiMailError] = field(default_factory=list)
    """Raised by ``connect``, one each time."""
    before: list[TuiMailError] = field(default_factory=list)
    """Raised before the final dot, one a message."""
    after: list[TuiMailError] = field(default_factory=list)
    """Raised after it, one a message: the server says no."""
    lost_answers: list[bool] = field(default_factory=list)
    """One a message: the answer to the dot is lost; True: it was delivered all the same."""
    commit_hook: Callable[[], None] = lambda: None
    """Called between the commit and the dot."""
    deaf: asyncio.Event | None = None
    """The answer to the dot is held back until this is set."""
    most: int = 1000
    """Recipients a transaction may have."""
    connections: int = 0
    on_delivery: Callable[[Outgoing], object] = lambda _message: None

    def ids(self) -> list[str]:
        return [message.message_id for message in self.delivered]


class MemorySender:
    """One account's connection for sending."""

    def __init__(self, post: Post) -> None:
        self._post = post
        self.closed = 0

    async def connect(self) -> int:
        if self._post.connect_errors:
            raise self._post.connect_errors.pop(0)
        self._post.connections += 1
        return 0

    async def send(self, message: Outgoing, commit: Callable[[], Awaitable[None]]) -> Receipt:
        post = self._post
        if post.before:
            raise post.before.pop(0)
        if len(message.recipients) > post.most:
            from tui_mail.model.errors import RecipientsDeferred

            late = dict.fromkeys(message.recipients[post.most :], "452 4.5.3 Too many recipients.")
            raise RecipientsDeferred("The server takes fewer at a time.", 60.0, late, room=post.most)
        await commit()
        post.commit_hook()
        if post.deaf is not None:
            await post.deaf.wait()
        if post.after:
            raise post.after.pop(0)
        if post.lost_answers:
            if post.lost_answers.pop(0):
                self._deliver(message)
            raise OutcomeUnknown("The server went silent after the message: it may have been sent.")
        self._deliver(message)
        return Receipt(OK, message.recipients)

    def _deliver(self, message: Outgoing) -> None:
        self._post.delivered.append(message)
        self._post.on_delivery(message)

    async def close(self) -> None:
        self.closed += 1
