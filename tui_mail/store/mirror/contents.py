"""What copies of one message share: recognising it, and writing its row, its conversation and its search text.

Owns ``content`` and the header text in ``search``. Must not know folders or UIDs.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from tui_mail.store.mirror.arrival import CONTENT_COLUMNS, WORD_COLUMNS, Arrival, content_row, word_row
from tui_mail.store.mirror.searchrow import draw_rows
from tui_mail.store.mirror.threads import Threads, salt
from tui_mail.store.tables.changes import Changes
from tui_mail.store.tables.maildb import MailDb, numbers

_INSERT_CONTENT = (
    f"INSERT INTO content (id, account, match_key, subject_hash, search_row, {CONTENT_COLUMNS},"  # noqa: S608 -- our own names
    f" attachments, snippet, body, file) VALUES (?, ?, ?, ?, ?{', ?' * len(CONTENT_COLUMNS.split(','))}, NULL, '', 0, '')"
)
_INSERT_WORDS = (
    f"INSERT INTO search (rowid, {WORD_COLUMNS}, body, file)"  # noqa: S608 -- our own names
    f" VALUES (?{', ?' * len(WORD_COLUMNS.split(','))}, '', '')"
)

_READ = ("header_hash", "date", "subject", "senders", "recipients", "cc", "bcc", "sender_key", "subject_key", "list_id")
"""Columns of ``content`` that only show what stands in the header."""
_READ_COLUMNS = ", ".join(f"c.{name}" for name in _READ)
_CORRECT = f"UPDATE content SET {', '.join(f'{name} = ?' for name in _READ)} WHERE id = ?"  # noqa: S608 -- our own names


@dataclass(slots=True)
class Match:
    """The content that an arrival is a copy of."""

    content: int
    existing: bool
    """False: a new content, to be written."""
    key: int = 0
    """``content.match_key``."""
    attached: int = 0
    thread: int = 0
    body: int = 0


class Contents:
    """Recognises and writes contents for a page at a time, within a transaction."""

    def __init__(self, db: MailDb) -> None:
        self._db = db
        self._connection = db.connection
        self._threads = Threads(db)

    def match(self, account: int, arrivals: Sequence[Arrival]) -> list[Match]:
        """By strong id; else by fingerprint, INTERNALDATE and the hash of all fetched header fields."""
        db = self._db
        by_strong: dict[str, Match] = {}
        by_print: dict[tuple[bytes, bytes, int], Match] = {}
        keys = [arrival.print_key for arrival in arrivals]
        keys.extend([arrival.strong_key for arrival in arrivals if arrival.strong_id])
        for (
            content,
            owner,
            strong_id,
            fingerprint,
            header_hash,
            received,
            mixed,
            attachments,
            body,
        ) in self._connection.execute(
            "SELECT c.id, c.account, c.strong_id, c.fingerprint, c.header_hash, c.received, c.mixed,"
            " c.attachments, c.body FROM json_each(?) j CROSS JOIN content c ON c.match_key = j.value",
            (numbers(keys),),
        ):
            if owner == account:
                attached = mixed if attachments is None else int(attachments > 0)
                found = Match(content, existing=True, attached=attached, body=int(body > 0))
                if strong_id:
                    by_strong[strong_id] = found
                else:
                    by_print[fingerprint, header_hash, received] = found
        matches = []
        for arrival in arrivals:
            strong_id = arrival.strong_id
            identity = (arrival.fingerprint, arrival.header_hash, arrival.received)
            match = by_strong.get(strong_id) if strong_id else by_print.get(identity)
            if match is None and strong_id:
                # Made here (an appended draft) and seen on the server for the first time.
                match = by_print.pop(identity, None)
                if match is not None:
                    self._name(match.content, arrival)
                    by_strong[strong_id] = match
            if match is None:
                key = arrival.strong_key if strong_id else arrival.print_key
                match = Match(db.next_content, False, key, int(arrival.mixed))
                db.next_content += 1
                if strong_id:
                    by_strong[strong_id] = match
                else:
                    by_print[identity] = match
            matches.append(match)
        return matches

    def _name(self, content: int, arrival: Arrival) -> None:
        self._connection.execute(
            "UPDATE content SET strong_id = ?, match_key = ? WHERE id = ?",
            (arrival.strong_id, arrival.strong_key, content),
        )

    def write(self, account: int, arrivals: Sequence[Arrival], matches: Sequence[Match], changes: Changes) -> None:
        """Give every match its thread and write the contents that are new. Arrivals are oldest first."""
        threads = self._threads.assign(account, arrivals, changes)
        written: set[int] = set()
        fresh: list[tuple[Match, Arrival]] = []
        for arrival, match, thread in zip(arrivals, matches, threads, strict=True):
            match.thread = thread
            if not match.existing and match.content not in written:
                written.add(match.content)
                fresh.append((match, arrival))
        # Newest first: row numbers of the index ascend, as it likes them.
        fresh.reverse()
        rows = self.search_rows([arrival.received for _match, arrival in fresh])
        different = salt(account)
        contents = [
            (
                match.content,
                account,
                match.key,
                None if arrival.subject_hash is None else arrival.subject_hash ^ different,
                row,
                *content_row(arrival),
            )
            for (match, arrival), row in zip(fresh, rows, strict=True)
        ]
        # Ascending numbers fill the pages of a table; descending ones leave them half empty.
        contents.reverse()
        self._connection.executemany(_INSERT_CONTENT, contents)
        self._connection.executemany(
            _INSERT_WORDS, [(row, *word_row(arrival)) for (_match, arrival), row in zip(fresh, rows, strict=True)]
        )

    def correct(self, again: Mapping[int, Arrival]) -> list[int]:
        """What the headers of these contents say, where something else was read from them before; those changed.

        Only of the same message by its fingerprint; its conversation, its body and what was indexed of that stay.
        """
        found = self._connection.execute(
            f"SELECT c.id, c.fingerprint, c.attachments, c.received, {_READ_COLUMNS}"  # noqa: S608 -- our own names
            " FROM json_each(?) j CROSS JOIN content c ON c.id = j.value",
            (numbers(again),),
        ).fetchall()
        corrected: list[int] = []
        for content, fingerprint, attachments, received, *before in found:
            arrival = again[content]
            now = [getattr(arrival, name) for name in _READ]
            if fingerprint != arrival.fingerprint or before == now:
                continue
            self._connection.execute(_CORRECT, (*now, content))
            if attachments is None:  # nothing of its body is in the index, which cannot be changed but only replaced
                (row,) = self.search_rows([received])
                self._connection.execute(_INSERT_WORDS, (row, *word_row(arrival)))
                self._connection.execute("UPDATE content SET search_row = ? WHERE id = ?", (row, content))
            corrected.append(content)
        return corrected

    def search_rows(self, received: Sequence[int]) -> list[int]:
        """Free rows in the index for texts of these dates, newest first."""
        db = self._db
        number = db.next_text
        db.next_text += len(received)
        taken: set[int] = set()
        while True:
            rows = draw_rows(received, number, set(taken))
            occupied = self._connection.execute(
                "SELECT c.search_row FROM json_each(?) j CROSS JOIN content c ON c.search_row = j.value",
                (numbers(rows),),
            ).fetchall()
            if not occupied:
                return rows
            taken.update(row for (row,) in occupied)
