"""A Gmail in memory: one heap of messages, folders that are labels on it, and what MOVE and EXPUNGE mean there.

Owns the heap, over the scripted server. Knows just the commands that our backend sends, and answers BAD to any other.
"""

from __future__ import annotations

import re
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from tests.fakes.scripted_imap import Wire

CAPS = (
    "IMAP4rev1 UNSELECT IDLE NAMESPACE QUOTA ID X-GM-EXT-1 UIDPLUS ENABLE MOVE CONDSTORE ESEARCH LIST-EXTENDED "
    "LIST-STATUS LITERAL- SPECIAL-USE APPENDLIMIT=35651584 SASL-IR AUTH=PLAIN AUTH=XOAUTH2"
)
ALL, TRASH, SPAM, DRAFTS = "[Gmail]/All Mail", "[Gmail]/Trash", "[Gmail]/Spam", "[Gmail]/Drafts"
_SPECIAL = {
    ALL: "\\All", TRASH: "\\Trash", SPAM: "\\Junk", DRAFTS: "\\Drafts", "[Gmail]/Sent Mail": "\\Sent",
    "[Gmail]/Starred": "\\Flagged", "[Gmail]/Important": "\\Important",
}  # fmt: skip
_UIDVALIDITY = 11


@dataclass
class Message:
    """One message of the heap; ``uids`` says in which folders it is, and as what."""

    number: int
    raw: bytes
    uids: dict[str, int] = field(default_factory=dict)
    flags: set[str] = field(default_factory=set)
    modseq: int = 1

    @property
    def header(self) -> bytes:
        return self.raw.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"


class Gmail:
    """Give ``script`` to a ``ScriptedImap``; every connection sees the same mailbox."""

    def __init__(self, *labels: str) -> None:
        self.messages: list[Message] = []
        self.folders = dict.fromkeys(("INBOX", *_SPECIAL, *labels), 1)
        """Name to UIDNEXT."""
        self.modseq = 1
        self.copyuid = True
        self._made = 0
        self._lock = threading.Lock()

    # -- the heap

    def arrive(self, raw: bytes, *labels: str) -> Message:
        with self._lock:
            self._made += 1
            message = Message(1_800_000_000_000_000_000 + self._made, raw)
            self.messages.append(message)
            self._into(message, ALL)
            for label in labels:
                self._into(message, label)
            return message

    def labels(self, message: Message) -> set[str]:
        return set(message.uids)

    def _into(self, message: Message, folder: str) -> int:
        self.modseq += 1
        message.modseq = self.modseq
        if folder not in message.uids:
            message.uids[folder] = self.folders[folder]
            self.folders[folder] += 1
        if folder in {TRASH, SPAM}:
            message.uids = {folder: message.uids[folder]}
        return message.uids[folder]

    def _out_of(self, message: Message, folder: str) -> None:
        """EXPUNGE: of a label only the label, of the trash the message."""
        self.modseq += 1
        message.uids.pop(folder, None)
        if not message.uids:
            self.messages.remove(message)

    def _move(self, message: Message, source: str, target: str) -> int:
        uid = self._into(message, target)
        if source in message.uids and source not in {ALL, target}:
            del message.uids[source]
            if source in {TRASH, SPAM}:
                self._into(message, ALL)
        return uid

    def _in(self, folder: str) -> list[Message]:
        return sorted((one for one in self.messages if folder in one.uids), key=lambda one: one.uids[folder])

    # -- the wire

    def script(self, wire: Wire) -> None:
        wire.sign_in(CAPS)
        folder = ""
        commands: list[tuple[str, Callable[[str, str], Iterator[bytes | str]]]] = [
            ("NAMESPACE", lambda _folder, _rest: iter(['* NAMESPACE (("" "/")) NIL NIL'])),
            ("LIST", self._list), ("UID FETCH", self._fetch), ("FETCH", self._newest), ("UID SEARCH", self._search),
            ("UID STORE", self._store), ("UID MOVE", self._moved), ("UID COPY", self._copied),
            ("UID EXPUNGE", self._expunge), ("STATUS", self._status), ("NOOP", lambda _folder, _rest: iter([])),
        ]  # fmt: skip
        while True:
            tag, command = wire.command()
            if command == "LOGOUT":
                wire.send("* BYE bye", f"{tag} OK done")
                return
            with self._lock:
                if match := re.match(r"(SELECT|EXAMINE) (?:\"(.*?)\"|(\S+))", command):
                    folder = match[2] or match[3]
                    lines = list(self._select(folder))
                    end = f"OK [READ-{'WRITE' if match[1] == 'SELECT' else 'ONLY'}] done"
                else:
                    answer = next((function for start, function in commands if command.startswith(start)), None)
                    lines = list(answer(folder, command)) if answer else []
                    end = "OK done" if answer else "BAD unknown here"
            wire.send(*lines, f"{tag} {end}")

    def _select(self, folder: str) -> Iterator[bytes | str]:
        yield f"* {len(self._in(folder))} EXISTS"
        yield f"* OK [UIDVALIDITY {_UIDVALIDITY}] ok"
        yield f"* OK [UIDNEXT {self.folders[folder]}] ok"
        yield f"* OK [HIGHESTMODSEQ {self.modseq}] ok"
        yield "* OK [PERMANENTFLAGS (\\Answered \\Flagged \\Draft \\Deleted \\Seen \\*)] ok"

    def _list(self, _folder: str, _rest: str) -> Iterator[bytes | str]:
        yield '* LIST (\\HasChildren \\NonExistent) "/" "[Gmail]"'
        for name in self.folders:
            yield f'* LIST (\\HasNoChildren \\Subscribed {_SPECIAL.get(name, "")}) "/" "{name}"'
        for name in self.folders:
            yield self._numbers(name)

    def _status(self, _folder: str, rest: str) -> Iterator[bytes | str]:
        yield self._numbers(rest.partition(" ")[2].rpartition(" (")[0].strip('"'))

    def _numbers(self, name: str) -> str:
        here = self._in(name)
        unseen = len([one for one in here if "\\Seen" not in one.flags])
        return (
            f'* STATUS "{name}" (MESSAGES {len(here)} UNSEEN {unseen} UIDNEXT {self.folders[name]} '
            f"UIDVALIDITY {_UIDVALIDITY} HIGHESTMODSEQ {self.modseq})"
        )

    def _named(self, folder: str, uid_set: str) -> list[Message]:
        found = []
        for word in uid_set.split(","):
            low, colon, high = word.partition(":")
            last = int(high) if colon and high != "*" else 1 << 32 if colon else int(low)
            found += [one for one in self._in(folder) if int(low) <= one.uids[folder] <= last]
        return found

    def _newest(self, folder: str, rest: str) -> Iterator[bytes | str]:
        first = int(re.sub(r"\D.*", "", rest.split()[1]))
        for one in self._in(folder)[first - 1 :]:
            yield self._response(folder, one, rest)

    def _fetch(self, folder: str, rest: str) -> Iterator[bytes | str]:
        since = re.search(r"CHANGEDSINCE (\d+)", rest)
        for one in self._named(folder, rest.split()[2]):
            if since is None or one.modseq > int(since[1]):
                yield self._response(folder, one, rest)

    def _response(self, folder: str, one: Message, asked: str) -> bytes:
        items = [f"UID {one.uids[folder]}".encode()]
        if "X-GM-THRID" in asked:
            items = [b"X-GM-THRID %d" % (one.number - 7), b"X-GM-MSGID %d" % one.number, *items]
        if "FLAGS" in asked:
            items.append(b"FLAGS (" + " ".join(sorted(one.flags)).encode() + b")")
        if "INTERNALDATE" in asked:
            items += [b'INTERNALDATE "17-Jul-2026 09:44:25 +0000"', b"RFC822.SIZE %d" % len(one.raw)]
        if "HEADER.FIELDS" in asked:
            items.append(b"BODY[HEADER.FIELDS (SUBJECT)] {%d}\r\n%s" % (len(one.header), one.header))
        elif "BODY.PEEK[]" in asked:
            items.append(b"BODY[] {%d}\r\n%s" % (len(one.raw), one.raw))
        return b"* %d FETCH (%s)" % (self._in(folder).index(one) + 1, b" ".join(items))

    def _search(self, folder: str, rest: str) -> Iterator[bytes | str]:
        if raw := re.search(r'X-GM-RAW "(.*)"$', rest):
            found = [one for one in self._in(folder) if raw[1].encode() in one.raw]
        else:
            found = self._named(folder, rest.rsplit(maxsplit=1)[-1])
        uids = ",".join(str(one.uids[folder]) for one in found)
        yield f'* ESEARCH (TAG "x") UID{f" ALL {uids}" if uids else ""}'

    def _store(self, folder: str, rest: str) -> Iterator[bytes | str]:
        _uid, _store, uid_set, sign, words = rest.split(" ", 4)
        for one in self._named(folder, uid_set):
            self.modseq += 1
            one.modseq = self.modseq
            flags = set(words.strip("()").split())
            one.flags = one.flags | flags if sign.startswith("+") else one.flags - flags
        yield from ()

    def _moved(self, folder: str, rest: str) -> Iterator[bytes | str]:
        yield from self._placed(folder, rest, self._move)

    def _copied(self, folder: str, rest: str) -> Iterator[bytes | str]:
        yield from self._placed(folder, rest, lambda message, _source, target: self._into(message, target))

    def _placed(self, folder: str, rest: str, place: Callable[[Message, str, str], int]) -> Iterator[bytes | str]:
        match = re.match(r"UID \w+ (\S+) (?:\"(.*)\"|(\S+))", rest)
        assert match
        messages = self._named(folder, match[1])
        sources = [str(one.uids[folder]) for one in messages]
        targets = [str(place(one, folder, match[2] or match[3])) for one in messages]
        if self.copyuid:
            yield f"* OK [COPYUID {_UIDVALIDITY} {','.join(sources)} {','.join(targets)}] done"

    def _expunge(self, folder: str, rest: str) -> Iterator[bytes | str]:
        for one in self._named(folder, rest.split()[2]):
            if "\\Deleted" in one.flags:
                one.flags.discard("\\Deleted")
                self._out_of(one, folder)
        yield from ()
