"""Work beside the event loop: threads that never hold up the end of the program, and workers that never end it.

Owns these two manners. Must not know what the work is.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from typing import Any, TypeVar

from textual.dom import DOMNode
from textual.worker import Worker

from tui_mail.model.errors import TuiMailError
from tui_mail.model.words import _

T = TypeVar("T")


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
    work: Coroutine[Any, Any, None],
    group: str,
    failed: Callable[[str], None],
    *,
    exclusive: bool = True,
) -> Worker[None]:
    """Run ``work`` as a worker of ``node``. What goes wrong is one sentence for ``failed``, never the end of the program.

    ``exclusive``: a worker of the same group that is under way is cancelled.
    """

    async def guarded() -> None:
        try:
            await work
        except TuiMailError as error:
            failed(error.text)
        except Exception as error:  # a mistake of ours: said, and the program goes on
            failed(_("Something went wrong here: {error}. Please report it.").format(error=repr(error)[:200]))

    return node.run_worker(guarded(), name=group, group=group, exclusive=exclusive, exit_on_error=False)
