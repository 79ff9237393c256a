"""Bodies that make room for newer ones, where an account keeps only so much of them.

Owns the choice: the oldest first, and only what can be fetched again: a copy of it is on the server, at a place that is
known. Outlines go with their parts. Never a draft, never what an operation still waits for. What was indexed of a body
stays, so that a search finds it. Must not know how bodies come.
"""

from __future__ import annotations

from collections.abc import Iterator
from heapq import merge
from itertools import islice

from tui_mail.model.flags import Flag
from tui_mail.model.ids import AccountName
from tui_mail.model.mail import Role
from tui_mail.store.mirror.placing import Pending
from tui_mail.store.mirror.results import Kept
from tui_mail.store.tables.maildb import MailDb, numbers

_MOST = 200
"""Bodies of one transaction."""
_SCANNED = 500
_AGAIN_BELOW = 2
"""When less than this part of the limit is used, older bodies may come again."""

_OUTLINE_OCTETS = "length(o.raw) + coalesce((SELECT sum(p.octets) FROM part p WHERE p.content = o.content), 0)"
# Of an outline not all is in the index: what is fetched next is indexed anew.
_ONLY_OUTLINED = (
    "UPDATE content SET attachments = NULL"
    " WHERE id IN (SELECT j.value FROM json_each(?) j JOIN outline o ON o.content = j.value)"
)
_LIVE = (
    "EXISTS (SELECT 1 FROM item i JOIN folder f ON f.id = i.server_folder WHERE i.content = c.id"
    " AND i.server_uid IS NOT NULL AND f.name <> '' AND f.missing_since IS NULL)"
)
_DRAFT = (
    "EXISTS (SELECT 1 FROM item i LEFT JOIN folder f ON f.id IN (i.folder, i.server_folder)"
    " WHERE i.content = c.id AND (i.flags & ?2 OR i.server_flags & ?2 OR f.role = ?3))"
)


def candidates_sql() -> str:
    """Bodies of an account in their order: content, received, size, 1 or 2, whether it may go as far as its rows tell."""
    return (
        f"SELECT c.id, c.received, c.size, c.body, {_LIVE} AND NOT {_DRAFT}"  # noqa: S608 -- our own words
        " FROM content c INDEXED BY content_body"
        " WHERE c.account = ?1 AND c.body > 0 AND (c.received, c.size, c.body, c.id) > (?4, ?5, ?6, ?7)"
        " ORDER BY c.received, c.size, c.body, c.id LIMIT ?8"
    )


class Eviction:
    """Used by the writer."""

    def __init__(self, db: MailDb, pending: Pending) -> None:
        self._db = db
        self._connection = db.connection
        self._pending = pending

    def kept(self, account: AccountName, limit: int) -> Kept:
        """See ``Writer.kept_bodies``."""
        number = self._db.accounts.get(account, 0)
        (octets,) = self._connection.execute(
            "SELECT coalesce(sum(size), 0) FROM content INDEXED BY content_body WHERE account = ? AND body > 0",
            (number,),
        ).fetchone()
        (outlines,) = self._connection.execute(
            f"SELECT coalesce(sum({_OUTLINE_OCTETS}), 0) FROM outline o CROSS JOIN content c ON c.id = o.content"  # noqa: S608 -- our own words
            " WHERE c.account = ?",
            (number,),
        ).fetchone()
        octets += outlines
        row = self._connection.execute("SELECT bodies_from FROM account WHERE id = ?", (number,)).fetchone()
        since: int = row[0] if row else 0
        if since and octets * _AGAIN_BELOW < limit:
            with self._db.changing():
                self._connection.execute("UPDATE account SET bodies_from = 0 WHERE id = ?", (number,))
            since = 0
        return Kept(octets, since)

    def evict(self, account: AccountName, octets: int) -> int:
        """See ``Writer.evict``."""
        number = self._db.accounts.get(account, 0)
        chosen: list[int] = []
        newest = freed = 0
        oldest = merge(self._candidates(number), self._outlines_to_go(number), key=lambda each: each[1])
        for content, received, size in islice(oldest, _MOST):
            if freed >= octets:
                break
            chosen.append(content)
            newest, freed = received, freed + size
        if chosen:
            packed = numbers(chosen)
            with self._db.changing():
                self._connection.execute(
                    "UPDATE item SET body = 0 WHERE content IN (SELECT value FROM json_each(?))", (packed,)
                )
                for statement in (
                    _ONLY_OUTLINED,
                    "DELETE FROM outline WHERE content IN (SELECT value FROM json_each(?))",
                    "DELETE FROM part WHERE content IN (SELECT value FROM json_each(?))",
                    "DELETE FROM body WHERE content IN (SELECT value FROM json_each(?))",
                    "DELETE FROM rendered WHERE content IN (SELECT value FROM json_each(?))",
                    "UPDATE content SET body = 0, file = '' WHERE id IN (SELECT value FROM json_each(?))",
                ):
                    self._connection.execute(statement, (packed,))
                self._connection.execute(
                    "UPDATE account SET bodies_from = max(bodies_from, ?) WHERE id = ?", (newest + 1, number)
                )
        return freed

    def _candidates(self, account: int) -> Iterator[tuple[int, int, int]]:
        """(content, received, size) of what may go, the oldest first."""
        after = (-(1 << 62), 0, 0, 0)
        while True:
            rows = self._connection.execute(
                candidates_sql(),
                (account, int(Flag.DRAFT), Role.DRAFTS.value, *after, _SCANNED),
            ).fetchall()
            if not rows:
                return
            last, *place, _may = rows[-1]
            after = (*place, last)
            waited_for = self._waited_for([row[0] for row in rows if row[4]])
            for content, received, size, _body, may in rows:
                if may and content not in waited_for:
                    yield content, received, size

    def _outlines_to_go(self, account: int) -> Iterator[tuple[int, int, int]]:
        """(content, received, octets) of outlines that may go with their parts, the oldest first; a cache has few."""
        rows = self._connection.execute(
            f"SELECT c.id, c.received, {_OUTLINE_OCTETS} FROM outline o CROSS JOIN content c ON c.id = o.content"  # noqa: S608 -- our own words
            f" WHERE c.account = ?1 AND {_LIVE} AND NOT {_DRAFT} ORDER BY c.received, c.id",
            (account, int(Flag.DRAFT), Role.DRAFTS.value),
        ).fetchall()
        waited_for = self._waited_for([content for content, _received, _octets in rows])
        yield from (row for row in rows if row[0] not in waited_for)

    def _waited_for(self, contents: list[int]) -> set[int]:
        """Those of which a copy is in an operation that is not done."""
        return {
            content
            for content, item in self._connection.execute(
                "SELECT i.content, i.id FROM json_each(?) j CROSS JOIN item i ON i.content = j.value",
                (numbers(contents),),
            )
            if item in self._pending
        }
