"""What a program that runs has written down so far, read past it."""

from __future__ import annotations

import contextlib
import sqlite3
from pathlib import Path


def drafts(keep_db: Path) -> str:
    """The drafts as they stand in the file."""
    with contextlib.closing(sqlite3.connect(f"{keep_db.as_uri()}?mode=ro", uri=True)) as connection:
        return "\n".join(content for (content,) in connection.execute("SELECT content FROM draft"))
