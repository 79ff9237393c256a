"""Counting everything in mail.db anew, to hold against what the transactions kept."""

from __future__ import annotations

from tests.store.world import World
from tui_mail.store.tables.changes import count_conversations


def audit(world: World) -> None:
    """Counters, conversations, index rows and effective states are what the items say."""
    connection = world.writer._db.connection
    for folder, total, unread, held, held_unread in connection.execute(
        "SELECT id, total, unread, held, held_unread FROM folder"
    ).fetchall():
        counted = connection.execute(
            "SELECT count(*), coalesce(sum(flags & 1 = 0), 0) FROM item WHERE folder = ?", (folder,)
        ).fetchone()
        assert (total, unread) == counted, f"folder {folder}"
        on_server = connection.execute(
            "SELECT count(*), coalesce(sum(server_flags & 1 = 0), 0) FROM item"
            " WHERE server_folder = ? AND server_uid IS NOT NULL",
            (folder,),
        ).fetchone()
        assert (held, held_unread) == on_server, f"folder {folder} on the server"
    threads = {thread for (thread,) in connection.execute("SELECT DISTINCT thread FROM item")}
    kept = {
        (folder, thread): list(sums)
        for folder, thread, *sums in connection.execute(
            "SELECT folder, thread, count, unread, flagged, attached, newest, newest_item FROM folder_thread"
        )
    }
    assert kept == count_conversations(connection, threads)
    orphans = connection.execute(
        "SELECT count(*) FROM item i WHERE NOT EXISTS (SELECT 1 FROM content c WHERE c.id = i.content)"
    ).fetchone()
    assert orphans == (0,)
    states(world)


def states(world: World) -> None:
    """Where no operation waits, effective and server state agree."""
    pending = world.writer._pending
    for item, *state in world.writer._db.connection.execute(
        "SELECT id, folder, flags, keywords, server_folder, server_flags, server_keywords FROM item"
    ):
        if item not in pending:
            assert state[:3] == state[3:], f"item {item}"
