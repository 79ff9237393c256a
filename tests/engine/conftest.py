from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.engine.world import World, add_account
from tests.fakes.memory_backend import MemoryServer
from tests.unit.link.homes import short_home


@pytest.fixture
def make_world() -> Iterator[Callable[..., World]]:
    """Make a world with one account ``work`` on a server of ``count`` letters."""
    with short_home() as home:

        def make(count: int = 0, *, page: int = 50, **table: Any) -> World:
            add_account(home, **table)
            return World(home, {"work": MemoryServer(count, page=page)})

        yield make
