"""Selecting a folder on a connection, and the searches that say what is in it.

Owns SELECT, EXAMINE and UID SEARCH. Never CLOSE (it expunges): another folder is simply selected. Must not know cursors.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Protocol

from tui_mail.backends.imap.answers import Answer, Mailbox
from tui_mail.backends.imap.failures import CommandFailed, missing
from tui_mail.backends.imap.folders import Directory
from tui_mail.backends.imap.session import Session
from tui_mail.backends.imap.signin import Profile
from tui_mail.backends.imap.syntax import parse_set, uid_sets
from tui_mail.backends.imap.tokens import Malformed, parse
from tui_mail.model.errors import Gone, Refused
from tui_mail.model.words import _

SEARCH_SLICE = 100_000
"""UIDs asked for in one plain SEARCH, so that its one line stays short."""


@dataclass(frozen=True, slots=True)
class Connection:
    """What a job on a connection's own thread works with."""

    session: Session
    profile: Profile
    directory: Directory


class Turn(Protocol):
    """Whose turn it is on this connection; a long job asks between commands, with none under way."""

    def is_urgent(self) -> bool:
        """True when something more urgent waits."""
        ...

    def breathe(self) -> bool:
        """Let it run; True when another folder may be selected now."""
        ...


def select(
    connection: Connection,
    name: str,
    *,
    writing: bool = False,
    fresh: bool = False,
    behind: Callable[[], None] = lambda: None,
) -> Mailbox:
    """The folder, selected; for reading it is opened read-only. ``fresh``: with the numbers of now. ``behind`` may send
    another command before the answer is awaited.

    Raises Gone when it cannot be opened, Refused when it cannot be written to, Throttled.
    """
    session = connection.session
    wire = connection.directory.wire_name(name)
    box = session.mailbox
    if box is not None and box.name == wire and not fresh and not (writing and box.readonly):
        return box
    command = b"SELECT" if writing else b"EXAMINE"
    argument = connection.directory.argument(name)
    # Until the answer is whole nothing is selected for us, whatever the server thinks.
    session.mailbox = box = Mailbox(wire, readonly=not writing)
    try:
        try:
            tag = session.start(command, argument, *([b"(CONDSTORE)"] if "CONDSTORE" in session.caps else []))
            behind()
            answer = session.finish(tag)
        except CommandFailed as failed:
            if failed.status != "BAD" or "CONDSTORE" not in session.caps:
                raise
            session.forbid(frozenset({"CONDSTORE"}))
            session.mailbox = box = Mailbox(wire, readonly=not writing)
            answer = session.run(command, argument)
    except CommandFailed as failed:
        session.mailbox = None
        raise missing(session.host, failed, name) from failed
    if answer.code == b"READ-ONLY":
        box.readonly = True
    if writing and box.readonly:
        session.mailbox = None
        raise Refused(_("The folder {folder} is read-only on {host}.").format(folder=name, host=session.host))
    return settled(session, box)


def settled(session: Session, box: Mailbox) -> Mailbox:
    """``box``, just selected, with what the server left out, and without what is not to be relied on."""
    if "CONDSTORE" not in session.caps:
        box.highestmodseq = 0
    if not box.uidnext:
        box.uidnext = _highest_uid(session, box) + 1
        box.guessed = True
    box.news = 0
    return box


def select_version(
    connection: Connection, name: str, uidvalidity: int, uids: Iterable[int], *, writing: bool = False
) -> Mailbox:
    """As ``select``, to work on ``uids``; raises Gone when those of ``uidvalidity`` do not mean this folder's messages
    any more.
    """
    box = select(connection, name, writing=writing)
    if box.uidvalidity != uidvalidity:
        raise Gone(_("The server has renumbered the folder {folder}.").format(folder=name))
    beyond = max(uids, default=0) + 1
    if beyond > max(box.uidnext, box.looked):
        # It came after this connection opened the folder, and a command that names it would pass it over without a
        # word until the server has told of it here (RFC 9051, 5.2).
        _look(connection.session)
        box.looked = beyond
    return box


def _look(session: Session) -> None:
    try:
        session.run(b"NOOP")
    except CommandFailed:
        pass  # then what is there is what can be seen


def _highest_uid(session: Session, box: Mailbox) -> int:
    """For servers that do not say UIDNEXT: the UID of the last message, 0 in an empty folder."""
    if not box.exists:
        return 0
    highest = 0
    for response in session.stream(session.start(b"FETCH * (UID)")):
        try:
            items = parse(response.record, response.start)[0]
        except (ValueError, IndexError):
            continue
        if isinstance(items, list) and len(items) == 2 and isinstance(items[1], bytes) and items[1].isdigit():
            highest = max(highest, int(items[1]))
    return highest


def all_uids(session: Session, last: int) -> list[int]:
    """UIDs up to ``last`` that exist, ascending. Raises CommandFailed, Malformed."""
    if last < 1:
        return []
    if "ESEARCH" in session.caps:
        return search(session, b"UID 1:%d" % last)
    found: list[int] = []
    for low in range(1, last + 1, SEARCH_SLICE):
        found += search(session, b"UID %d:%d" % (low, min(last, low + SEARCH_SLICE - 1)))
    return found


def together(connection: Connection, commands: Iterable[Sequence[bytes]]) -> list[Answer]:
    """Run commands that do not depend on each other, several at once where the server bears it.

    Answers may be mixed up among them. Raises CommandFailed of the first that failed, the others being done.
    """
    answers: list[Answer] = []
    failure: CommandFailed | None = None
    for end in connection.session.several(commands, connection.profile.quirks.depth):
        if isinstance(end, Answer):
            answers.append(end)
        else:
            failure = failure or end
    if failure is not None:
        raise failure
    return answers


def present(connection: Connection, uids: Sequence[int]) -> set[int]:
    """Those of ``uids`` that exist in the selected folder. Raises CommandFailed, Malformed."""
    verb = _search_verb(connection.session)
    sets = uid_sets(uids, connection.profile.quirks.line)
    found: set[int] = set()
    for answer in together(connection, ([verb, b"UID " + uid_set] for uid_set, _members in sets)):
        found.update(search_result(answer))
    return found.intersection(uids)


def search(session: Session, criteria: bytes) -> list[int]:
    """UIDs that meet ``criteria`` (ready to be sent), ascending. Raises CommandFailed, Malformed."""
    return search_result(session.run(_search_verb(session), criteria))


def _search_verb(session: Session) -> bytes:
    """Compact answers where the server can (RFC 4731)."""
    return b"UID SEARCH RETURN (ALL)" if "ESEARCH" in session.caps else b"UID SEARCH"


def search_result(answer: Answer) -> list[int]:
    """The UIDs of an answer in either form, ascending. Raises Malformed."""
    found: list[int] = []
    for response in answer.of_kind(b"ESEARCH"):
        tokens = parse(response.record, response.start)
        for name, value in itertools.pairwise(tokens):
            if isinstance(name, bytes) and name.upper() == b"ALL" and isinstance(value, bytes):
                found += parse_set(value)
    for response in answer.of_kind(b"SEARCH"):
        words = response.rest().split()
        if words and words[-1].endswith(b")"):
            words = words[: next((i for i, word in enumerate(words) if word.startswith(b"(")), len(words))]
        if not all(word.isdigit() and len(word) <= 10 for word in words):
            raise Malformed("a SEARCH answer of something else than numbers")
        found += map(int, words)
    in_order = all(one < next_one for one, next_one in itertools.pairwise(found))
    return found if in_order else sorted(set(found))
