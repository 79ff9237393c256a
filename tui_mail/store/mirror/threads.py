"""Which conversation a message belongs to, whatever the order in which messages arrive.

A conversation is a connected part of a graph that does not depend on the order: messages are joined by every
Message-ID they carry or refer to (seen or not), by the server's own thread id where it gives one, and, for a reply
that carries no References, with messages of the same subject between the same people within sixty days. Owns
``message_id``, ``thread_alias`` and ``server_thread``. Must not know folders.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

from tui_mail.store.mirror.arrival import Arrival, hashed
from tui_mail.store.tables.changes import Changes
from tui_mail.store.tables.maildb import MailDb, numbers
from tui_mail.store.tables.rows import decode_addresses

SUBJECT_WINDOW = 60 * 24 * 3600
_MOST_CANDIDATES = 200
_MOST_PEOPLE = 20


@cache
def salt(account: int) -> int:
    """Makes ``arrival.hashed`` values of one account (by exclusive or) different from those of any other."""
    return hashed("a", str(account))


def key(account: int, kind: str, text: str) -> int:
    """64 bits that stand for a text of an account."""
    return hashed(kind, text) ^ salt(account)


class Threads:
    """Finds conversations for a page of messages at a time, within one transaction."""

    def __init__(self, db: MailDb) -> None:
        self._db = db

    def assign(self, account: int, newcomers: Sequence[Arrival], changes: Changes) -> list[int]:
        """The thread of each newcomer; conversations that turn out to be one are joined."""
        return _Page(self._db, account, changes).assign(newcomers)


class _Page:
    """The work on one page: union-find over thread numbers, database rows only at the end."""

    def __init__(self, db: MailDb, account: int, changes: Changes) -> None:
        self._db = db
        self._connection = db.connection
        self._account = account
        self._changes = changes
        self._first_new = db.next_thread
        self._parent: dict[int, int] = {}
        self._known: dict[int, int] = {}
        self._server: dict[int, str] = {}

    def assign(self, newcomers: Sequence[Arrival]) -> list[int]:
        different = salt(self._account)
        keys = [[node ^ different for node in one.nodes] for one in newcomers]
        self._look_up(keys)
        known = self._known
        fresh: dict[int, int] = {}
        threads = []
        for one, own in zip(newcomers, keys, strict=True):
            thread = self._named(own, one.thread_id) if one.thread_id else self._referred(own)
            for node in own:
                if node not in known:
                    known[node] = fresh[node] = thread
            threads.append(thread)
        self._by_subject(newcomers, threads)
        if self._parent:
            self._settle()
            threads = [self._find(thread) for thread in threads]
            fresh = {node: self._find(thread) for node, thread in fresh.items()}
        # Sorted: neighbours in the table are written together.
        self._connection.executemany("INSERT INTO message_id (hash, thread) VALUES (?, ?)", sorted(fresh.items()))
        named = {thread: one.thread_id for one, thread in zip(newcomers, threads, strict=True) if one.thread_id}
        if named:
            self._connection.executemany(
                "INSERT OR IGNORE INTO server_thread (thread, name) VALUES (?, ?)", list(named.items())
            )
        return threads

    def _referred(self, own: Sequence[int]) -> int:
        """The thread of a message by what it carries and refers to."""
        known = self._known
        thread = 0
        for node in own:
            found = known.get(node)
            if found is None:
                continue
            if found in self._parent:
                found = self._find(found)
            if thread == 0:
                thread = found
            elif found != thread:
                thread = self._join(thread, found)
        return thread or self._new()

    def _named(self, own: Sequence[int], name: str) -> int:
        """The thread of a message that the server has put into one; its own id leads there where it led nowhere."""
        threads = [self._find(self._known[hashed]) if hashed in self._known else 0 for hashed in own]
        named, referred = threads[0], (threads[1] if len(threads) > 1 else 0)
        if referred and referred != named and self._server_name(referred):
            referred = 0
        if named and referred and named != referred:
            return self._join(named, referred)
        thread = named or referred or self._new()
        self._server[thread] = name
        return thread

    def _new(self) -> int:
        thread = self._db.next_thread
        self._db.next_thread += 1
        return thread

    def _look_up(self, keys: Sequence[Sequence[int]]) -> None:
        wanted = {node for own in keys for node in own}
        thread = self._db.thread
        for node, found in self._connection.execute(
            "SELECT m.hash, m.thread FROM json_each(?) j CROSS JOIN message_id m ON m.hash = j.value",
            (numbers(sorted(wanted)),),
        ):
            self._known[node] = thread(found)

    def _find(self, thread: int) -> int:
        parent = self._parent
        while thread in parent:
            thread = parent[thread]
        return thread

    def _join(self, one: int, other: int) -> int:
        """Make two threads one, unless the server has named both; the answer is the thread to go on with."""
        if self._server_name(one) and self._server_name(other):
            return one
        # Which of the two is kept is settled at the end, when sizes are known.
        low, high = min(one, other), max(one, other)
        self._parent[high] = low
        name = self._server.get(one) or self._server.get(other)
        if name:
            self._server[low] = name
        return low

    def _server_name(self, thread: int) -> str:
        name = self._server.get(thread)
        if name is None:
            row = None
            if thread < self._first_new:
                row = self._connection.execute("SELECT name FROM server_thread WHERE thread = ?", (thread,)).fetchone()
            name = self._server[thread] = row[0] if row else ""
        return name

    def _by_subject(self, newcomers: Sequence[Arrival], threads: Sequence[int]) -> None:
        """Join replies that lack References with what they seem to answer."""
        different = salt(self._account)
        waiting: dict[int, list[tuple[Arrival, int]]] = {}
        replied: set[int] = set()
        for one, thread in zip(newcomers, threads, strict=True):
            if one.subject_hash is not None:
                hashed = one.subject_hash ^ different
                waiting.setdefault(hashed, []).append((one, thread))
                if one.reply:
                    replied.add(hashed)
        if not waiting:
            return
        answered = list(replied)
        for hashed in answered:
            self._join_pairs([_Candidate.of(*one) for one in waiting[hashed]])
        # A reply looks among all of its subject, anything else among the replies: few have neither.
        sources = (("content_reply", "AND c.reply = 1", list(waiting)), ("content_subject", "", answered))
        for index, condition, hashes in sources:
            if not hashes:
                continue
            stored: dict[int, list[_Candidate]] = {}
            for hashed, received, senders, recipients, copies, reply, thread in self._connection.execute(
                "SELECT c.subject_hash, c.received, c.senders, c.recipients, c.cc, c.reply,"  # noqa: S608 -- our own names
                " (SELECT i.thread FROM item i WHERE i.content = c.id LIMIT 1)"
                f" FROM json_each(?) j CROSS JOIN content c INDEXED BY {index}"
                f" ON c.subject_hash = j.value {condition}",
                (numbers(hashes),),
            ):
                if thread is not None:
                    stored.setdefault(hashed, []).append(
                        _Candidate.make(received, senders, recipients, copies, bool(reply), self._db.thread(thread))
                    )
            for hashed, candidates in stored.items():
                self._join_pairs(candidates[:_MOST_CANDIDATES], [_Candidate.of(*one) for one in waiting[hashed]])

    def _join_pairs(self, some: Sequence[_Candidate], others: Sequence[_Candidate] | None = None) -> None:
        for at, one in enumerate(some):
            for other in some[at + 1 :] if others is None else others:
                if one.goes_with(other):
                    first, second = self._find(one.thread), self._find(other.thread)
                    if first != second:
                        self._join(first, second)

    def _settle(self) -> None:
        """Choose what joined threads are called, and relabel what is stored under another number."""
        groups: dict[int, set[int]] = {}
        for thread in self._parent:
            groups.setdefault(self._find(thread), set()).add(thread)
        for root, members in groups.items():
            members.add(root)
            stored = [thread for thread in members if thread < self._first_new]
            winner = max(stored, key=lambda thread: (self._size(thread), -thread)) if stored else root
            for thread in members:
                self._parent[thread] = winner
            del self._parent[winner]
            for thread in stored:
                if thread != winner:
                    self._relabel(thread, winner)

    def _size(self, thread: int) -> int:
        size: int = self._connection.execute("SELECT count(*) FROM item WHERE thread = ?", (thread,)).fetchone()[0]
        return size

    def _relabel(self, loser: int, winner: int) -> None:
        connection, changes = self._connection, self._changes
        for (folder,) in connection.execute("SELECT DISTINCT folder FROM item WHERE thread = ?", (loser,)).fetchall():
            changes.recount(folder, loser)
            changes.recount(folder, winner)
        connection.execute("UPDATE item SET thread = ? WHERE thread = ?", (winner, loser))
        connection.execute("UPDATE OR IGNORE server_thread SET thread = ? WHERE thread = ?", (winner, loser))
        connection.execute("INSERT OR REPLACE INTO thread_alias (thread, into_thread) VALUES (?, ?)", (loser, winner))
        self._db.aliases[loser] = winner


@dataclass(frozen=True, slots=True)
class _Candidate:
    """What the rule about subjects looks at; the subjects are equal already."""

    received: int
    pairs: frozenset[frozenset[str]]
    """Who wrote to whom, in either direction."""
    reply: bool
    thread: int

    @classmethod
    def make(cls, received: int, senders: str, recipients: str, copies: str, reply: bool, thread: int) -> _Candidate:
        """Addresses are encoded ones."""
        people = (decode_addresses(recipients) + decode_addresses(copies))[:_MOST_PEOPLE]
        readers = [one.address.casefold() for one in people]
        writers = [one.address.casefold() for one in decode_addresses(senders)]
        pairs = frozenset(frozenset({writer, reader}) for writer in writers for reader in readers)
        return cls(received, pairs, reply, thread)

    @classmethod
    def of(cls, one: Arrival, thread: int) -> _Candidate:
        return cls.make(one.received, one.senders, one.recipients, one.cc, one.reply, thread)

    def goes_with(self, other: _Candidate) -> bool:
        """The same for both and independent of anything else: that is what makes the order of arrival indifferent."""
        return (
            (self.reply or other.reply)
            and abs(self.received - other.received) <= SUBJECT_WINDOW
            and not self.pairs.isdisjoint(other.pairs)
        )
