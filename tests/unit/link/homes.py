"""Homes for tests of the link: short paths, made directories."""

from __future__ import annotations

import contextlib
import tempfile
from collections.abc import Iterator

from tui_mail.config.paths import Home


@contextlib.contextmanager
def short_home() -> Iterator[Home]:
    """A home whose socket's path fits everywhere, whatever pytest's temporary directory is called."""
    with tempfile.TemporaryDirectory(prefix="tm-", dir="/tmp") as directory:
        home = Home.find(directory, {})
        home.create()
        yield home
