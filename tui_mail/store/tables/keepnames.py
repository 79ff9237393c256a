"""Which files under data/raw keep.db names: what exists only here.

Owns the list of columns that hold such names. Must not know what the files are for.
"""

from __future__ import annotations

import sqlite3

from tui_mail.store.tables import draftrows


def keep_names(connection: sqlite3.Connection) -> set[str]:
    """Every name under data/raw that operations, drafts, messages on their way out or local mail need."""
    columns = ("raw FROM operation WHERE raw <> ''", "raw FROM local_item")
    named = {raw for column in columns for (raw,) in connection.execute(f"SELECT {column}")}
    return named | draftrows.named(connection)
