"""Which conversation a message belongs to, whatever the order in which messages arrive.

A conversation is a connected part of a graph that does not depend on the order: messages are joined by every
Message-ID they carry or refer to (seen or not), by the server's own thread id where it gives one, and, for a reply
that carries no References, with messages of the same subject between the same people within sixty days. Owns
``message_id``, ``thread_alias`` and ``server_thread``. Must not know folders.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from struct import Struct

from tui_mail.model.mail import Address, Envelope
from tui_mail.store.changes import Changes
from tui_mail.store.maildb import MailDb, numbers
from tui_mail.store.rows import decode_addresses

SUBJECT_WINDOW = 60 * 24 * 3600
_MOST_REFERENCES = 100
_MOST_CANDIDATES = 200
_MOST_PEOPLE = 20
_UNPACK = Struct("<q").unpack


def key(account: int, kind: str, text: str) -> int:
    """64 bits that stand for a text of an account; ``kind`` keeps different sorts of text apart."""
    digest = blake2b(f"{account}{kind}{text}".encode("utf-8", "surrogatepass"), digest_size=8).digest()
    found: int = _UNPACK(digest)[0]
    return found


@dataclass(slots=True)
class Newcomer:
    """A message that looks for its conversation."""

    envelope: Envelope
    fingerprint: bytes
    received: int
    server_thread: str
    base: str
    """The subject without Re and the like, folded."""
    subject_hash: int | None
    """None when it has References or no subject."""
    reply: bool
    thread: int = 0
    """The answer."""


class Threads:
    """Finds conversations for a page of messages at a time, within one transaction."""

    def __init__(self, db: MailDb) -> None:
        self._db = db

    def assign(self, account: int, newcomers: Sequence[Newcomer], changes: Changes) -> None:
        """Give each newcomer its thread; conversations that turn out to be one are joined."""
        page = _Page(self._db, account, changes)
        page.assign(newcomers)


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

    def assign(self, newcomers: Sequence[Newcomer]) -> None:
        keys = [self._keys(one) for one in newcomers]
        self._look_up(keys)
        known = self._known
        fresh: dict[int, int] = {}
        for one, own in zip(newcomers, keys, strict=True):
            thread = self._named(own, one.server_thread) if one.server_thread else self._referred(own)
            for hashed in own:
                if hashed not in known:
                    known[hashed] = fresh[hashed] = thread
            one.thread = thread
        self._by_subject(newcomers)
        if self._parent:
            self._settle()
            for one in newcomers:
                one.thread = self._find(one.thread)
            fresh = {hashed: self._find(thread) for hashed, thread in fresh.items()}
        # Sorted: neighbours in the table are written together.
        self._connection.executemany("INSERT INTO message_id (hash, thread) VALUES (?, ?)", sorted(fresh.items()))
        named = {one.thread: one.server_thread for one in newcomers if one.server_thread}
        if named:
            self._connection.executemany(
                "INSERT OR IGNORE INTO server_thread (thread, name) VALUES (?, ?)", list(named.items())
            )

    def _referred(self, own: Sequence[int]) -> int:
        """The thread of a message by what it carries and refers to."""
        known = self._known
        thread = 0
        for hashed in own:
            found = known.get(hashed)
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

    def _keys(self, one: Newcomer) -> list[int]:
        """The nodes of the graph that the message hangs on."""
        envelope = one.envelope
        account = self._account
        if one.server_thread:
            # The server knows better than References; the message's own id lets others find its conversation.
            named = [key(account, "t", one.server_thread)]
            if envelope.message_id:
                named.append(key(account, "m", envelope.message_id))
            return named
        # Without a Message-ID, copies of it still belong together.
        own = [
            key(account, "m", envelope.message_id) if envelope.message_id else key(account, "f", one.fingerprint.hex())
        ]
        if envelope.references:
            own.extend([key(account, "m", reference) for reference in envelope.references[-_MOST_REFERENCES:]])
        if envelope.in_reply_to and envelope.in_reply_to not in envelope.references:
            own.append(key(account, "m", envelope.in_reply_to))
        return own

    def _look_up(self, keys: Sequence[Sequence[int]]) -> None:
        wanted = {hashed for own in keys for hashed in own}
        thread = self._db.thread
        for hashed, found in self._connection.execute(
            "SELECT m.hash, m.thread FROM json_each(?) j CROSS JOIN message_id m ON m.hash = j.value",
            (numbers(sorted(wanted)),),
        ):
            self._known[hashed] = thread(found)

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

    def _by_subject(self, newcomers: Sequence[Newcomer]) -> None:
        """Join replies that lack References with what they seem to answer."""
        waiting: dict[int, list[Newcomer]] = {}
        for one in newcomers:
            if one.subject_hash is not None:
                waiting.setdefault(one.subject_hash, []).append(one)
        if not waiting:
            return
        answered = [hashed for hashed, ones in waiting.items() if any(one.reply for one in ones)]
        for hashed in answered:
            self._join_pairs([_Candidate.of(one) for one in waiting[hashed]])
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
                    people = [decode_addresses(text) for text in (senders, recipients, copies)]
                    stored.setdefault(hashed, []).append(
                        _Candidate.make(
                            received, people[0], people[1] + people[2], bool(reply), self._db.thread(thread)
                        )
                    )
            for hashed, candidates in stored.items():
                self._join_pairs(candidates[:_MOST_CANDIDATES], [_Candidate.of(one) for one in waiting[hashed]])

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
        connection.execute("UPDATE item SET thread = ?, rev = ? WHERE thread = ?", (winner, changes.rev, loser))
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
    def make(
        cls, received: int, senders: Iterable[Address], recipients: Sequence[Address], reply: bool, thread: int
    ) -> _Candidate:
        readers = [one.address.casefold() for one in recipients[:_MOST_PEOPLE]]
        pairs = frozenset(frozenset({one.address.casefold(), reader}) for one in senders for reader in readers)
        return cls(received, pairs, reply, thread)

    @classmethod
    def of(cls, one: Newcomer) -> _Candidate:
        return cls.make(one.received, one.envelope.from_, one.envelope.to + one.envelope.cc, one.reply, one.thread)

    def goes_with(self, other: _Candidate) -> bool:
        """The same for both and independent of anything else: that is what makes the order of arrival indifferent."""
        return (
            (self.reply or other.reply)
            and abs(self.received - other.received) <= SUBJECT_WINDOW
            and not self.pairs.isdisjoint(other.pairs)
        )
