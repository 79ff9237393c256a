"""What copies of one message share: recognising it, and writing its row, its conversation and its search text.

Owns ``content`` and the header text in ``search``. Must not know folders or UIDs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from tui_mail.store.changes import Changes
from tui_mail.store.maildb import MailDb, numbers
from tui_mail.store.results import Arrival
from tui_mail.store.rows import KEY_LENGTH, base_subject, encode_addresses, is_reply, sender_key
from tui_mail.store.searchrow import draw_rows
from tui_mail.store.threads import Newcomer, Threads, key
from tui_mail.text.fold import index_text


@dataclass(slots=True)
class Match:
    """The content that an arrival is a copy of."""

    content: int
    existing: bool
    """False: a new content, to be written."""
    key: int = 0
    """``content.match_key``."""
    thread: int = 0
    attached: int = 0
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
        keys = [_print_key(arrival.fingerprint) for arrival in arrivals]
        strong = {
            arrival.new.strong_id: key(account, "s", arrival.new.strong_id)
            for arrival in arrivals
            if arrival.new.strong_id
        }
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
            (numbers([*keys, *strong.values()]),),
        ):
            if owner == account:
                attached = mixed if attachments is None else int(attachments > 0)
                found = Match(content, existing=True, attached=attached, body=int(body > 0))
                if strong_id:
                    by_strong[strong_id] = found
                else:
                    by_print[fingerprint, header_hash, received] = found
        matches = []
        for arrival, print_key in zip(arrivals, keys, strict=True):
            new = arrival.new
            identity = (arrival.fingerprint, arrival.header_hash, new.received)
            match = by_strong.get(new.strong_id) if new.strong_id else by_print.get(identity)
            if match is None and new.strong_id:
                # Made here (an appended draft) and seen on the server for the first time.
                match = by_print.pop(identity, None)
                if match is not None:
                    self._name(match.content, account, new.strong_id)
                    by_strong[new.strong_id] = match
            if match is None:
                match = Match(db.next_content, existing=False, attached=int(arrival.envelope.mixed))
                match.key = strong[new.strong_id] if new.strong_id else print_key
                db.next_content += 1
                if new.strong_id:
                    by_strong[new.strong_id] = match
                else:
                    by_print[identity] = match
            matches.append(match)
        return matches

    def _name(self, content: int, account: int, strong_id: str) -> None:
        self._connection.execute(
            "UPDATE content SET strong_id = ?, match_key = ? WHERE id = ?",
            (strong_id, key(account, "s", strong_id), content),
        )

    def write(self, account: int, arrivals: Sequence[Arrival], matches: Sequence[Match], changes: Changes) -> None:
        """Give every match its thread and write the contents that are new. Arrivals are oldest first."""
        written: set[int] = set()
        fresh: list[tuple[Arrival, Match, Newcomer]] = []
        newcomers: list[Newcomer] = []
        for arrival, match in zip(arrivals, matches, strict=True):
            newcomer = newcomer_of(account, arrival)
            newcomers.append(newcomer)
            if not match.existing and match.content not in written:
                written.add(match.content)
                fresh.append((arrival, match, newcomer))
        self._threads.assign(account, newcomers, changes)
        for match, newcomer in zip(matches, newcomers, strict=True):
            match.thread = newcomer.thread
        # Newest first: row numbers of the index ascend, as it likes them.
        fresh.reverse()
        rows = self.search_rows([arrival.new.received for arrival, _match, _newcomer in fresh])
        contents = []
        texts = []
        for (arrival, match, newcomer), row in zip(fresh, rows, strict=True):
            new, envelope = arrival.new, arrival.envelope
            senders = encode_addresses(envelope.from_) if envelope.from_ else ""
            recipients = encode_addresses(envelope.to) if envelope.to else ""
            cc = encode_addresses(envelope.cc) if envelope.cc else ""
            bcc = encode_addresses(envelope.bcc) if envelope.bcc else ""
            subject = envelope.subject
            contents.append(
                (
                    match.content, account, match.key, new.strong_id, arrival.fingerprint, arrival.header_hash, new.received, new.size, envelope.date, subject,
                    senders, recipients, cc, bcc, envelope.list_id, envelope.message_id, sender_key(envelope.from_),
                    newcomer.base[:KEY_LENGTH], newcomer.subject_hash, newcomer.reply, envelope.mixed, row,
                )
            )  # fmt: skip
            if cc or bcc:
                recipients = f"{recipients}\n{cc}\n{bcc}"
            texts.append(
                (row, _indexed(senders), _indexed(recipients), _indexed(cc), _indexed(subject), envelope.list_id)
            )
        self._connection.executemany(
            "INSERT INTO content (id, account, match_key, strong_id, fingerprint, header_hash, received, size, date,"
            " subject, senders, recipients, cc, bcc, list_id, message_id, sender_key, subject_key, subject_hash, reply,"
            " mixed, attachments, snippet, body, file, search_row) VALUES"
            " (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, NULL, '', 0, '', ?)",
            # Ascending numbers fill the pages of a table; descending ones leave them half empty.
            reversed(contents),
        )
        self._connection.executemany(
            "INSERT INTO search (rowid, senders, recipients, cc, subject, body, list, file)"
            " VALUES (?, ?, ?, ?, ?, '', ?, '')",
            texts,
        )

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


def newcomer_of(account: int, arrival: Arrival) -> Newcomer:
    """A message on its way to its conversation."""
    envelope, new = arrival.envelope, arrival.new
    base = base_subject(envelope.subject)
    alone = not envelope.references and not envelope.in_reply_to and not new.thread_id and base
    return Newcomer(
        envelope=envelope,
        fingerprint=arrival.fingerprint,
        received=new.received,
        server_thread=new.thread_id,
        base=base,
        subject_hash=key(account, "b", base) if alone else None,
        reply=bool(alone) and is_reply(envelope.subject),
    )


def _print_key(fingerprint: bytes) -> int:
    return int.from_bytes(fingerprint[:8], "little", signed=True)


def _indexed(text: str) -> str:
    # The index folds the case of ASCII by itself.
    return text if text.isascii() else index_text(text)
