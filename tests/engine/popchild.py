"""A process that forks children which fetch mail and are killed: at a step of theirs, or after a while.

``Nursery`` starts it. It has no threads, so that forking it is safe; each child opens all that it uses by itself.
"""

from __future__ import annotations

import asyncio
import importlib
import itertools
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from types import TracebackType
from typing import Any, Self


class Nursery:
    """``with Nursery() as nursery: nursery.visit(home, account, step=3)``."""

    def __enter__(self) -> Self:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tests.engine.popchild"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=Path(__file__).parents[2],
        )
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.close()
        self._process.wait(30)
        self._process.stdout.close()

    def visit(
        self, home: Path, account: str, now: float, *, step: int = 0, after: float = 0.0, engine: bool = False
    ) -> str:
        """What became of a child that fetches the mail of an account: done, failed or killed.

        ``engine``: with all that an engine does beside. It is killed before its step number ``step``, or ``after`` so many seconds.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        wish = {"home": str(home), "account": account, "now": now, "step": step, "after": after, "engine": engine}
        self._process.stdin.write(json.dumps(wish) + "\n")
        self._process.stdin.flush()
        return self._process.stdout.readline().strip()


def main() -> None:
    importlib.import_module("tests.engine.popworld")  # what takes long is there before the first child
    for line in sys.stdin:
        wish = json.loads(line)
        child = os.fork()
        if child == 0:
            status = 1
            try:
                _visit(wish)
                status = 0
            finally:
                os._exit(status)
        sys.stdout.write(_end(child, wish["after"]) + "\n")
        sys.stdout.flush()


def _end(child: int, after: float) -> str:
    if after:
        deadline = time.monotonic() + after
        while time.monotonic() < deadline:
            found, status = os.waitpid(child, os.WNOHANG)
            if found:
                return _word(status)
            time.sleep(0.0005)
        os.kill(child, signal.SIGKILL)
    return _word(os.waitpid(child, 0)[1])


def _word(status: int) -> str:
    if os.WIFSIGNALED(status):
        return "killed"
    return "failed" if os.WEXITSTATUS(status) else "done"


def _visit(wish: dict[str, Any]) -> None:
    """As an engine does it: the store made ready, one visit."""
    from tests.engine.popworld import PopWorld
    from tui_mail.config.accountfiles import load_accounts
    from tui_mail.config.paths import Home
    from tui_mail.model.clock import FrozenClock
    from tui_mail.store.disk import files

    home = Home.find(wish["home"], {})
    clock = FrozenClock(wish["now"])
    files.prepare(home, clock)
    world = PopWorld(home, clock)

    async def visit() -> None:
        if wish["engine"]:
            assert (await world.sync()).ok
            return
        backend = world.backend(next(each for each in load_accounts(home) if each.name == wish["account"]))
        await backend.collect(lambda _done, _total: None)
        await backend.close()

    with _killing(wish["step"]):
        asyncio.run(visit())


@contextmanager
def _killing(point: int) -> Iterator[None]:
    """SIGKILL to this process before and after whatever leaves a trace: files, commits, commands to the server."""
    from tui_mail.backends.pop3.session import Pop3Session
    from tui_mail.store.disk import rawfiles
    from tui_mail.store.disk.sqlite import transaction
    from tui_mail.store.tables import keepdb

    steps = itertools.count(1)  # files are synced on several threads

    def step() -> None:
        if next(steps) == point:
            os.kill(os.getpid(), signal.SIGKILL)

    @contextmanager
    def deadly(connection: Any) -> Iterator[None]:
        with transaction(connection):
            yield
            step()
        step()

    def around(work: Callable[..., Any]) -> Callable[..., Any]:
        async def stepped(*args: Any, **more: Any) -> Any:
            step()
            result = await work(*args, **more)
            step()
            return result

        return stepped

    def synced(path: Path) -> None:
        step()
        sync(path)

    sync = rawfiles.fsync
    rawfiles.fsync = synced
    keepdb.transaction = deadly  # type: ignore[attr-defined]  # a name that the module imports
    for name in ("listing", "delete", "quit"):
        setattr(Pop3Session, name, around(getattr(Pop3Session, name)))
    yield


if __name__ == "__main__":
    main()
