"""What SQLite does for each list: an index walk from the newest on, nothing scanned, nothing sorted."""

from __future__ import annotations

import re
import sqlite3
from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest

from tui_mail.store.disk.files import MIGRATIONS, statements
from tui_mail.store.reading import conversations, lists
from tui_mail.store.reading.files import View
from tui_mail.store.reading.itemview import items as read_items
from tui_mail.store.reading.itemview import whereabouts
from tui_mail.store.reading.overlay import Overlay
from tui_mail.store.reading.query import Filter, Sort
from tui_mail.store.upkeep.eviction import candidates_sql


@pytest.fixture
def mail(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(tmp_path / "mail.db", isolation_level=None)
    for script in sorted(MIGRATIONS.glob("mail-*.sql")):
        for statement in statements(script.read_text()):
            connection.execute(statement)
    yield connection
    connection.close()


def plan(mail: sqlite3.Connection, sql: str) -> list[str]:
    blanks = [None] * (max(map(int, re.findall(r"\?(\d)", sql)), default=sql.count("?")))
    return [row[3] for row in mail.execute(f"EXPLAIN QUERY PLAN {sql}", blanks)]


def is_walk(steps: list[str]) -> bool:
    """True when rows come out in order, found by index alone."""
    return not any("TEMP B-TREE" in step or (step.startswith("SCAN") and "VIRTUAL TABLE" not in step) for step in steps)


@pytest.mark.parametrize(("name", "descending", "bounded"), product(Filter, (True, False), (True, False)))
def test_a_folder_in_order_of_date_is_an_index_walk(
    mail: sqlite3.Connection, name: Filter, *, descending: bool, bounded: bool
) -> None:
    for condition in ("", "(c.size > 5)"):
        steps = plan(mail, lists.walk_sql(name, descending=descending, bounded=bounded, condition=condition))
        assert is_walk(steps), steps
        assert f"INDEX item_{ {'all': 'list', 'attachments': 'attached'}.get(name, name) }" in steps[0]
    steps = plan(mail, conversations.walk_sql(name, descending=descending, bounded=bounded))
    assert is_walk(steps), steps
    assert len(steps) == 1
    assert "folder_thread_" in steps[0]


def test_a_bounded_walk_begins_at_its_bound(mail: sqlite3.Connection) -> None:
    (step,) = plan(mail, lists.walk_sql(Filter.ALL, descending=True, bounded=True, condition=""))
    assert "(folder=? AND (received,rowid)<(?,?))" in step or "(folder=? AND received<?)" in step


@pytest.mark.parametrize("name", Filter)
def test_a_search_comes_out_of_the_index_in_order(mail: sqlite3.Connection, name: Filter) -> None:
    steps = plan(mail, lists.match_sql(name, "(i.flags & 1 <> 0)", [1, 2, 3]))
    assert is_walk(steps), steps
    assert "VIRTUAL TABLE" in steps[0]
    assert "content_search" in steps[1]
    assert "item_content" in steps[2]


@pytest.mark.parametrize(("sort", "name"), product([Sort.SENDER, Sort.SUBJECT, Sort.SIZE], Filter))
def test_other_orders_read_no_more_than_their_folders(mail: sqlite3.Connection, sort: Sort, name: Filter) -> None:
    for sql in (
        lists.sorted_sql(sort, name, descending=True, condition="", match=False),
        conversations.sorted_sql(sort, name, descending=True),
    ):
        steps = plan(mail, sql)
        assert not any(
            step.startswith("SCAN") and "json_each" not in step and " j " not in f"{step} " for step in steps
        ), steps


def test_single_rows_are_found_by_key(mail: sqlite3.Connection) -> None:
    seen: list[str] = []
    mail.set_trace_callback(seen.append)
    view = View(mail, Overlay(), 1)
    read_items(view, [1, 2])
    whereabouts(view, [1, 2])
    conversations.conversations(view, [1], [1])
    conversations.count(view, [1], [1])
    mail.set_trace_callback(None)
    asked = [sql for sql in seen if sql.lstrip().startswith("SELECT") and "FROM folder" not in sql]
    assert len(asked) >= 4
    for sql in asked:
        steps = [row[3] for row in mail.execute(f"EXPLAIN QUERY PLAN {sql}")]
        assert not any(step.startswith("SCAN") and "VIRTUAL TABLE" not in step for step in steps), (sql, steps)


def test_bodies_by_age_come_out_of_their_index(mail: sqlite3.Connection) -> None:
    steps = plan(mail, candidates_sql())
    assert is_walk(steps), steps
    assert "INDEX content_body (account=?" in steps[0]
    (step,) = plan(mail, "SELECT sum(size) FROM content INDEXED BY content_body WHERE account = ? AND body > 0")
    assert "COVERING INDEX content_body" in step
