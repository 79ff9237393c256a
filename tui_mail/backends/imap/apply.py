"""Operations on messages: flags, move, copy, expunge; and messages added. Safe to repeat, or told apart when repeated.

Owns the order of steps that keeps two copies rather than none (a copy is confirmed before anything is removed) and the
rule that only named UIDs are ever expunged. Must not know the journal.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import BinaryIO

from tui_mail.backends.imap import fetch
from tui_mail.backends.imap.answers import Answer, Mailbox
from tui_mail.backends.imap.failures import CommandFailed, refusal
from tui_mail.backends.imap.labels import way_out
from tui_mail.backends.imap.lines import WireLines
from tui_mail.backends.imap.mailbox import Connection, Turn, present, select, select_version, together
from tui_mail.backends.imap.syntax import flag_words, format_date, parse_set, uid_sets
from tui_mail.backends.imap.tokens import number
from tui_mail.model.errors import TuiMailError
from tui_mail.model.flags import Flag
from tui_mail.model.remote import Appended, ChangeKind, RemoteOperation, RemoteResult
from tui_mail.model.words import _

BATCH = 1000
"""Messages in one command, so that something more urgent waits a second at most."""
_TRIES = 3
"""How often a command is said that fails because of what another program removes at that moment."""
_IDENTITY = b"(UID RFC822.SIZE BODY.PEEK[HEADER.FIELDS (MESSAGE-ID DATE FROM SUBJECT)])"
_MESSAGE_ID = re.compile(rb"^message-id:(.*(?:\r?\n[ \t].*)*)", re.IGNORECASE | re.MULTILINE)


@dataclass(slots=True)
class Progress:
    """What became of the messages so far."""

    done: list[int] = field(default_factory=list)
    gone: list[int] = field(default_factory=list)
    target_uidvalidity: int = 0
    target_uids: dict[int, int] = field(default_factory=dict)

    def result(self) -> RemoteResult:
        return RemoteResult(tuple(self.done), tuple(self.gone), self.target_uidvalidity, self.target_uids)

    def note_copies(self, answer: Answer) -> None:
        """COPYUID (RFC 4315): where each message went."""
        for argument in answer.codes(b"COPYUID"):
            try:
                version, sources, targets = argument.split()
                pairs = dict(zip(parse_set(sources), parse_set(targets), strict=True))
                self.target_uidvalidity = number(version)
            except ValueError:
                continue  # then the copies are found when the target is read
            self.target_uids.update(pairs)


def apply(connection: Connection, operation: RemoteOperation, turn: Turn) -> RemoteResult:
    """Carry out ``operation``. Raises Gone (folder, or renumbered), Refused, Throttled, Unreachable."""
    try:
        return _KINDS[operation.kind](connection, operation, turn).result()
    except CommandFailed as failed:
        raise not_changed(connection, operation, failed) from failed


def not_changed(connection: Connection, operation: RemoteOperation, failed: CommandFailed) -> TuiMailError:
    """Why ``operation`` was not carried out."""
    # Which of two folders is in the way the server does not tell.
    what = (
        _("Messages of {folder} could not be put into {target}")
        if operation.kind in {ChangeKind.MOVE, ChangeKind.COPY}
        else _("{folder} could not be changed")
    )
    return refusal(connection.session.host, failed, what.format(folder=operation.folder, target=operation.target))


def _batches(
    connection: Connection, operation: RemoteOperation, turn: Turn, *, writing: bool = True
) -> Iterator[tuple[bytes, list[int], Mailbox]]:
    """UID sets to work on, the folder selected and its UIDVALIDITY checked before each."""
    uids = sorted(set(operation.uids))
    for start in range(0, len(uids), BATCH):
        for uid_set, members in uid_sets(uids[start : start + BATCH], connection.profile.quirks.line):
            turn.breathe()
            box = select_version(connection, operation.folder, operation.uidvalidity, members, writing=writing)
            yield uid_set, members, box


def _flags(connection: Connection, operation: RemoteOperation, turn: Turn) -> Progress:
    progress = Progress()
    for uid_set, members, box in _batches(connection, operation, turn):
        # Before and not after: what is seen by now, the commands that follow see as well.
        _split(connection, members, progress)
        together(connection, [[b"UID STORE", uid_set, *stored] for stored in stores(operation, box)])
    return progress


def stores(operation: RemoteOperation, box: Mailbox) -> list[tuple[bytes, bytes]]:
    """The last two arguments of each UID STORE that ``operation`` takes. Raises Refused."""
    add = flag_words(operation.add, operation.add_keywords)
    remove = flag_words(operation.remove, operation.remove_keywords, every_spelling=True)
    pairs = ((b"+FLAGS.SILENT", _storable(add, box)), (b"-FLAGS.SILENT", _storable(remove, box)))
    return [(sign, b"(" + b" ".join(words) + b")") for sign, words in pairs if words]


def _storable(words: list[bytes], box: Mailbox) -> list[bytes]:
    """Without the keywords that this folder cannot keep: those stay local."""
    if box.permanent is None or b"\\*" in box.permanent:
        return words
    return [word for word in words if word.upper() in box.permanent]


def _split(connection: Connection, members: Sequence[int], progress: Progress) -> None:
    here = present(connection, members)
    progress.done += [uid for uid in members if uid in here]
    progress.gone += [uid for uid in members if uid not in here]


def _expunge(connection: Connection, operation: RemoteOperation, turn: Turn) -> Progress:
    progress = Progress()
    trash = way_out(connection, operation.folder)
    for uid_set, members, _box in _batches(connection, operation, turn):
        if trash:
            _remove_by_trash(connection, uid_set, trash)
        else:
            _remove(connection, uid_set)
        progress.done += members
    return progress


def _remove_by_trash(connection: Connection, uid_set: bytes, trash: str) -> None:
    """Move these to the trash and expunge them there; those whose place there is not told stay in it."""
    moved = Progress()
    moved.note_copies(connection.session.run(b"UID MOVE", uid_set, connection.directory.argument(trash)))
    for copies, members in uid_sets(moved.target_uids.values(), connection.profile.quirks.line):
        select_version(connection, trash, moved.target_uidvalidity, members, writing=True)
        _remove(connection, copies)


def _remove(connection: Connection, uid_set: bytes) -> None:
    """Expunge exactly these; a server that cannot (no UIDPLUS) keeps them, marked as deleted."""
    session = connection.session
    # One after the other: a server may run commands side by side.
    session.run(b"UID STORE", uid_set, b"+FLAGS.SILENT", b"(\\Deleted)")
    if "UIDPLUS" in session.caps:
        session.run(b"UID EXPUNGE", uid_set)


def _move(connection: Connection, operation: RemoteOperation, turn: Turn) -> Progress:
    if operation.target == operation.folder:
        return Progress(done=list(operation.uids))
    session, progress = connection.session, Progress()
    repeated = operation.target_uidnext > 0
    if "MOVE" not in session.caps:
        return _move_by_copy(connection, operation, turn)
    target = connection.directory.argument(operation.target)
    for _set, members, _box in _batches(connection, operation, turn):
        moved = _carry(connection, b"UID MOVE", members, target, progress)
        progress.done += sorted(moved)
        # The first try may have moved what is not here any more: then the target has it.
        (progress.done if repeated else progress.gone).extend(uid for uid in members if uid not in moved)
    return progress


def _move_by_copy(connection: Connection, operation: RemoteOperation, turn: Turn) -> Progress:
    """Copy, then remove what is certain to be copied."""
    progress = _copy(connection, operation, turn)
    for start in range(0, len(progress.done), BATCH):
        for uid_set, members in uid_sets(progress.done[start : start + BATCH], connection.profile.quirks.line):
            turn.breathe()
            select_version(connection, operation.folder, operation.uidvalidity, members, writing=True)
            _remove(connection, uid_set)
    if operation.target_uidnext:
        progress.done += progress.gone
        progress.gone = []
    return progress


def _copy(connection: Connection, operation: RemoteOperation, turn: Turn) -> Progress:
    """On a repeated try, what the target already has since ``target_uidnext`` is not copied again."""
    progress = Progress()
    copied: dict[int, int] = {}
    if operation.target_uidnext:
        copied = _copied_before(connection, operation, turn, progress)
    target = connection.directory.argument(operation.target)
    for _set, members, _box in _batches(connection, operation, turn, writing=False):
        fresh = _carry(connection, b"UID COPY", [uid for uid in members if uid not in copied], target, progress)
        progress.done += [uid for uid in members if uid in fresh or uid in copied]
        progress.gone += [uid for uid in members if uid not in fresh and uid not in copied]
    progress.target_uids.update({uid: copy for uid, copy in copied.items() if uid in set(progress.done)})
    return progress


def _carry(connection: Connection, verb: bytes, uids: Sequence[int], target: bytes, progress: Progress) -> set[int]:
    """COPY or MOVE those of ``uids`` that exist; which that were.

    Another program may take some away meanwhile. A server then does without them, and COPYUID tells; or it refuses the
    whole command (EXPUNGEISSUED, RFC 5530), which is said again for those that are left.
    """
    session, line = connection.session, connection.profile.quirks.line
    carried: set[int] = set()
    tries = 0
    while True:
        try:
            for uid_set, some in uid_sets(present(connection, uids) - carried, line):
                progress.note_copies(session.run(verb, uid_set, target))
                named = progress.target_uids.keys() & set(some)
                # Without COPYUID, what is still there after a copy was there to be copied.
                carried |= named or (present(connection, some) if verb == b"UID COPY" else set(some))
        except CommandFailed as failed:
            tries += 1
            if failed.code != "EXPUNGEISSUED" or tries == _TRIES:
                raise
            session.run(b"NOOP")
        else:
            return carried


def _copied_before(
    connection: Connection, operation: RemoteOperation, turn: Turn, progress: Progress
) -> dict[int, int]:
    """Source UID to target UID of what an earlier try copied: same size, Message-ID, Date, From and Subject."""
    box = select(connection, operation.target, fresh=True)
    candidates: dict[bytes, list[int]] = defaultdict(list)
    if box.uidnext > operation.target_uidnext or box.guessed:
        for uid, identity in _identities(connection, b"%d:*" % operation.target_uidnext):
            if uid >= operation.target_uidnext:
                candidates[identity].append(uid)
    if not candidates:
        return {}
    progress.target_uidvalidity = box.uidvalidity
    here: dict[int, bytes] = {}
    for uid_set, _members, _box in _batches(connection, operation, turn, writing=False):
        here.update(_identities(connection, uid_set))
    # What a move has removed already has its copy among the candidates: it vouches for no equal message still here.
    moved = len(operation.uids) - len(here) if operation.kind is ChangeKind.MOVE else 0
    spare = sum(map(len, candidates.values())) - moved
    found: dict[int, int] = {}
    for uid, identity in here.items():
        if candidates.get(identity) and len(found) < spare:
            found[uid] = candidates[identity].pop(0)
    return found


def _identities(connection: Connection, uid_set: bytes) -> list[tuple[int, bytes]]:
    session = connection.session
    found: dict[int, bytes] = {}
    for message in fetch.headers(session, session.start(b"UID FETCH", uid_set, _IDENTITY)):
        if not isinstance(message, fetch.Broken):
            found[message.uid] = b"%d\n%s" % (message.size, b"\n".join(sorted(message.header.split(b"\r\n"))))
    return sorted(found.items())


_KINDS: dict[ChangeKind, Callable[[Connection, RemoteOperation, Turn], Progress]] = {
    ChangeKind.FLAGS: _flags,
    ChangeKind.MOVE: _move,
    ChangeKind.COPY: _copy,
    ChangeKind.EXPUNGE: _expunge,
}


# -- append


def append(
    connection: Connection,
    folder: str,
    source: BinaryIO,
    size: int,
    flags: tuple[Flag, tuple[str, ...]],
    received: int,
) -> Appended:
    """Add a message. Raises Refused, Throttled, Unreachable; after Unreachable it may or may not be there."""
    session, box = connection.session, connection.session.mailbox
    if box is not None and box.readonly and box.name == connection.directory.wire_name(folder):
        select(connection, folder, writing=True)  # Courier adds nothing to a folder that is open for reading
    words = [word for word in flag_words(*flags) if connection.profile.quirks.keywords or word.startswith(b"\\")]
    command = b"APPEND %s (%s)" % (connection.directory.argument(folder), b" ".join(words))
    if received:
        command += b" " + format_date(received)
    try:
        lines = WireLines(source)
        answer = session.finish(session.start_upload(command, lines, max(size, lines.size)))
    except CommandFailed as failed:
        raise refusal(
            session.host, failed, _("The message could not be put into {folder}").format(folder=folder)
        ) from failed
    for value in answer.codes(b"APPENDUID"):
        try:
            uidvalidity, uid = map(number, value.split())
        except ValueError:
            continue  # then it is found when the folder is read
        return Appended(uidvalidity, uid)
    return Appended()


def find_appended(connection: Connection, folder: str, message_id: str, uidnext: int) -> Appended | None:
    """By FETCH and not by SEARCH, which some servers answer from an index that lags. Raises Gone."""
    box = select(connection, folder, fresh=True)
    session = connection.session
    wanted = message_id.strip().encode("utf-8", "replace")
    found = 0
    try:
        for uid, header in _message_ids(connection, b"%d:*" % max(uidnext, 1)):
            if uid >= uidnext and header == wanted:
                found = max(found, uid)
    except CommandFailed as failed:
        raise refusal(session.host, failed, _("{folder} could not be searched").format(folder=folder)) from failed
    return Appended(box.uidvalidity, found) if found else None


def _message_ids(connection: Connection, uid_set: bytes) -> list[tuple[int, bytes]]:
    session = connection.session
    found: list[tuple[int, bytes]] = []
    items = b"(UID BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])"
    for message in fetch.headers(session, session.start(b"UID FETCH", uid_set, items)):
        if not isinstance(message, fetch.Broken):
            match = _MESSAGE_ID.search(message.header)
            found.append((message.uid, b" ".join(match[1].split()) if match else b""))
    return found
