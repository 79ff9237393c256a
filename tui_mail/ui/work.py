"""Work beside the event loop: threads that never hold up the end of the program, and workers that never end it.

Owns these two manners, and whether there still is a terminal to work for. Must not know what the work is.
"""

from __future__ import annotations

import asyncio
import os
import sys
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from textual.dom import DOMNode
from textual.worker import Worker

T = TypeVar("T")
Work = Callable[[], Coroutine[Any, Any, None]]
"""Begun when its turn comes: a coroutine that was made and never begun is a complaint of Python's on the terminal."""


def terminal_is_there() -> bool:
    """False once the terminal has been closed under the program, which would then read its end for ever."""
    try:
        return sys.__stdin__ is None or os.isatty(sys.__stdin__.fileno())
    except (OSError, ValueError):
        return False


async def apart(function: Callable[[], T]) -> T:
    """``function`` in a thread of its own.

    Not the loop's executor: leaving the program waits for that one, whatever hangs in it.
    """
    loop = asyncio.get_running_loop()
    answer: asyncio.Future[T] = loop.create_future()

    def settle(result: T | None, error: BaseException | None) -> None:
        if answer.done():
            return
        if error is not None:
            answer.set_exception(error)
        else:
            answer.set_result(result)  # type: ignore[arg-type] # without an error there is a result

    def run() -> None:
        result, error = None, None
        try:
            result = function()
        except BaseException as caught:  # whatever it is belongs to who waits for the result
            error = caught
        try:
            loop.call_soon_threadsafe(settle, result, error)
        except RuntimeError:
            pass  # the loop has ended meanwhile: nobody waits any more

    threading.Thread(target=run, daemon=True, name="tui-mail-apart").start()
    return await answer


def start(
    node: DOMNode,
    work: Work,
    group: str,
    failed: Callable[[Exception], None],
    *,
    exclusive: bool = True,
) -> Worker[None]:
    """Run ``work`` as a worker of ``node``. What goes wrong is given to ``failed`` and never ends the program.

    ``exclusive``: a worker of the same group that is under way is cancelled.
    """

    async def guarded() -> None:
        try:
            await work()
        except Exception as error:  # expected ones and mistakes of ours alike: said, and the program goes on
            failed(error)

    return node.run_worker(guarded, name=group, group=group, exclusive=exclusive, exit_on_error=False)
