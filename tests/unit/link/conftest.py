from collections.abc import Iterator

import pytest

from tests.unit.link.homes import short_home
from tui_mail.config.paths import Home


@pytest.fixture
def home() -> Iterator[Home]:
    with short_home() as made:
        yield made
