"""The list of folders, with status in one round trip where the server can (RFC 5258, 5819, 6154).

Owns LIST, LSUB, STATUS and NAMESPACE answers and the map from names to what the server calls them. Must not know what
a folder holds.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace

from tui_mail.backends.imap import names, roles
from tui_mail.backends.imap.answers import Answer, Untagged
from tui_mail.backends.imap.failures import CommandFailed, missing, refusal
from tui_mail.backends.imap.names import Namespace
from tui_mail.backends.imap.session import Session
from tui_mail.backends.imap.syntax import raw
from tui_mail.backends.imap.tokens import Malformed, Token, identity_of, number, pairs, parse
from tui_mail.model.errors import Refused, TuiMailError
from tui_mail.model.mail import Role
from tui_mail.model.remote import FolderStatus, RemoteFolder
from tui_mail.model.words import _

Numbers = tuple[FolderStatus | None, str]
"""What STATUS says of a folder, and its MAILBOXID."""
_ROOT = b'LIST "" ""'


@dataclass(frozen=True, slots=True)
class Listed:
    """One LIST response. ``attributes`` in upper case."""

    wire: bytes
    name: str
    delimiter: str
    attributes: frozenset[bytes]

    @property
    def selectable(self) -> bool:
        return not self.attributes & {b"\\NOSELECT", b"\\NONEXISTENT"}


@dataclass(slots=True)
class Directory:
    """What is remembered of the account's folders between calls; lost without harm."""

    namespace: Namespace | None = None
    wire: dict[str, bytes] = field(default_factory=dict)
    by_path: dict[str, str] = field(default_factory=dict)
    delimiters: dict[str, str] = field(default_factory=dict)
    """Name to what separates it from the names of folders in it; namespaces may differ in that."""
    by_role: dict[Role, str] = field(default_factory=dict)
    told: dict[str, FolderStatus] = field(default_factory=dict)
    """The numbers of a folder when the list was read last, by name, where that told."""
    mistakes: dict[str, int] = field(default_factory=dict)
    """How often what the server said of a folder with QRESYNC was wrong, by name."""

    def argument(self, name: str) -> bytes:
        """The folder as an argument of a command."""
        return names.mailbox(self.wire_name(name))

    def wire_name(self, name: str) -> bytes:
        return self.wire.get(name) or names.encode(name)

    def name_for(self, path: str) -> str:
        """The name of a folder that is to be made at a display path: within the folder that lies above it, whichever
        namespace that is in, else in the personal one. Raises Refused.
        """
        above = path.rpartition("/")[0]
        while above:
            parent = self.by_path.get(above)
            delimiter = self.delimiters.get(parent or "")
            if parent is not None and delimiter:
                return names.child_name(parent, delimiter, path[len(above) + 1 :])
            above = above.rpartition("/")[0]
        return names.server_name(path, self.namespace or Namespace())


def list_folders(session: Session, directory: Directory, depth: int = 1) -> list[RemoteFolder]:
    """Every folder, with its status where LIST brings it: one round trip where ``depth`` commands may be under way."""
    listing = _Listing(session, directory, depth)
    listed, subscribed, statuses = listing.read()
    usable = [entry for entry in listed if _exists(entry, listed)]
    folders = _present(usable, subscribed, statuses, directory.namespace or Namespace())
    directory.wire = {entry.name: entry.wire for entry in usable}
    directory.by_path = {folder.path: folder.name for folder in folders}
    directory.delimiters = {entry.name: entry.delimiter for entry in usable}
    directory.by_role = {folder.role: folder.name for folder in folders if folder.role is not None}
    directory.told = {folder.name: folder.status for folder in folders if folder.status is not None}
    return folders


def personal_namespace(session: Session) -> Namespace:
    """The first personal namespace; without the extension, an empty prefix and the delimiter of LIST "" ""."""
    for command in _namespace_commands(session):
        try:
            found = _namespace_in([session.run(command)])
        except CommandFailed:
            continue
        if found is not None:
            return found
    return Namespace()  # a server without either has one level


def _namespace_commands(session: Session) -> list[bytes]:
    return [b"NAMESPACE", _ROOT] if "NAMESPACE" in session.caps else [_ROOT]


def _namespace_in(answers: Iterable[Answer]) -> Namespace | None:
    """What answers to NAMESPACE or to LIST of the root say; None when that is nothing."""
    answers = list(answers)
    for answer in answers:
        for response in answer.of_kind(b"NAMESPACE"):
            found = _namespace(response)
            if found is not None:
                return found
    entries = [_listed(response, allow_empty=True) for answer in answers for response in answer.of_kind(b"LIST")]
    # The root's own line, else any folder's: one delimiter is rarely not everybody's.
    for entry in sorted((entry for entry in entries if entry is not None), key=lambda entry: bool(entry.wire)):
        if entry.delimiter or not entry.wire:
            return Namespace("", entry.delimiter)
    return None


def folder_status(session: Session, directory: Directory, name: str) -> FolderStatus:
    """STATUS of one folder. Raises Gone, Throttled."""
    if session.mailbox is not None and session.mailbox.name == directory.wire_name(name):
        _look_again(session)
    try:
        answer = session.run(b"STATUS", directory.argument(name), b"(" + _status_items(session) + b")")
    except CommandFailed as failed:
        raise missing(session.host, failed, name) from failed
    for _wire, (status, _identity) in _statuses(answer):
        return status
    return FolderStatus()


def find(session: Session, directory: Directory, name: str) -> Listed | None:
    """The folder of this exact name, if LIST has it."""
    wire = directory.wire_name(name)
    # The wildcards of LIST cannot be quoted: what they match beside the name is left out here.
    for response in session.run(b'LIST ""', names.mailbox(wire)).of_kind(b"LIST"):
        entry = _listed(response)
        if entry is not None and entry.wire == wire and b"\\NONEXISTENT" not in entry.attributes:
            return entry
    return None


def present_one(entry: Listed, namespace: Namespace, *, subscribed: bool) -> RemoteFolder:
    return replace(_present([entry], {entry.wire} if subscribed else set(), {}, namespace)[0])


def _look_again(session: Session) -> None:
    """STATUS of the selected folder may be as old as the last look at it (Dovecot): look now.

    A round trip of its own: with another command right behind it, Dovecot looks only after that one.
    """
    if session.mailbox is not None:
        try:
            session.run(b"NOOP")
        except CommandFailed:
            pass  # then the numbers are old


# -- LIST


@dataclass(slots=True)
class _Listing:
    """One reading of the whole list, with what has to be known for it."""

    session: Session
    directory: Directory
    depth: int

    def read(self) -> tuple[list[Listed], set[bytes] | None, dict[bytes, Numbers]]:
        """The folders, those subscribed to (None: the server knows no subscriptions) and their numbers."""
        session = self.session
        while "LIST-EXTENDED" in session.caps:
            wanted = [b"SUBSCRIBED", *([b"SPECIAL-USE"] if "SPECIAL-USE" in session.caps else [])]
            counting = "LIST-STATUS" in session.caps
            if counting:
                _look_again(session)
                identity = b" MAILBOXID" if "OBJECTID" in session.caps else b""
                wanted.append(b"STATUS (" + _status_items(session) + identity + b")")
            (end,), answers = self._ask([b'LIST "" "*" RETURN (' + b" ".join(wanted) + b")"])
            if isinstance(end, Answer):
                listed = entries(response for answer in answers for response in answer.of_kind(b"LIST"))
                subscribed = {entry.wire for entry in listed if b"\\SUBSCRIBED" in entry.attributes}
                return listed, subscribed, dict(status for answer in answers for status in _statuses(answer))
            if end.status == "NO":
                raise self._refused(end)
            # Offered and not understood: with less, in the end the plain way.
            session.forbid(frozenset({"LIST-STATUS" if counting else "LIST-EXTENDED"}))
        (everything, subscriptions), answers = self._ask([b'LIST "" "*"', b'LSUB "" "*"'])
        if not isinstance(everything, Answer):
            raise self._refused(everything)
        listed = entries(response for answer in answers for response in answer.of_kind(b"LIST"))
        if not isinstance(subscriptions, Answer):
            return listed, None, {}
        subscribed = {
            entry.wire for entry in entries(response for answer in answers for response in answer.of_kind(b"LSUB"))
        }
        return listed, subscribed, {}

    def _ask(self, commands: list[bytes]) -> tuple[list[Answer | CommandFailed], list[Answer]]:
        """What became of ``commands``, and all answers; with the namespace, if that is not known yet."""
        session, directory = self.session, self.directory
        before = _namespace_commands(session)[:1] if directory.namespace is None else []
        ends = session.several([[command] for command in [*before, *commands]], self.depth)
        answers = [end for end in ends if isinstance(end, Answer)]
        if directory.namespace is None:
            directory.namespace = _namespace_in(answers) or personal_namespace(session)
        return ends[len(before) :], answers

    def _refused(self, failed: CommandFailed) -> TuiMailError:
        return refusal(self.session.host, failed, _("The folders could not be listed"))


def entries(responses: Iterable[Untagged]) -> list[Listed]:
    """What responses to LIST or LSUB name, each once."""
    found: dict[bytes, Listed] = {}
    for response in responses:
        entry = _listed(response)
        if entry is None:
            continue
        before = found.get(entry.wire)
        found[entry.wire] = entry if before is None else replace(entry, attributes=entry.attributes | before.attributes)
    return list(found.values())


def _listed(response: Untagged, *, allow_empty: bool = False) -> Listed | None:
    """None for a folder that could never be named in a command, or a response that cannot be read."""
    try:
        attributes, delimiter, wire = parse(response.record, response.start)[:3]
        if not isinstance(attributes, list) or not isinstance(wire, bytes) or not (wire or allow_empty):
            return None
        raw(wire)
    except (ValueError, Refused):
        return None
    words = frozenset(word.upper() for word in attributes if isinstance(word, bytes))
    if wire.upper() == b"INBOX":
        wire = b"INBOX"
    spelt = names.decode(delimiter) if isinstance(delimiter, bytes) else ""
    return Listed(wire, names.decode(wire), spelt, words)


def _exists(entry: Listed, listed: list[Listed]) -> bool:
    """A name that is only subscribed or only a level counts when there is something below it."""
    if b"\\NONEXISTENT" not in entry.attributes:
        return True
    branch = entry.wire + entry.delimiter.encode()
    return bool(entry.delimiter) and any(other.wire.startswith(branch) for other in listed)


def _present(
    listed: list[Listed], subscribed: set[bytes] | None, statuses: dict[bytes, Numbers], namespace: Namespace
) -> list[RemoteFolder]:
    paths: list[str] = []
    taken: set[str] = set()
    for entry in listed:
        path = wanted = names.display_path(entry.name, entry.delimiter, namespace.prefix)
        attempt = 1
        while path in taken:  # two names of the server that look the same
            attempt += 1
            path = f"{wanted} ({attempt})"
        taken.add(path)
        paths.append(path)
    given = roles.assign(
        [(path, entry.attributes, entry.selectable) for path, entry in zip(paths, listed, strict=True)]
    )
    nothing: Numbers = (None, "")
    return [
        RemoteFolder(
            name=entry.name,
            path=path,
            role=role,
            selectable=entry.selectable,
            subscribed=subscribed is None or entry.wire in subscribed or path == "INBOX",
            status=statuses.get(entry.wire, nothing)[0],
            identity=statuses.get(entry.wire, nothing)[1],
        )
        for entry, path, role in zip(listed, paths, given, strict=True)
    ]


# -- STATUS


def _status_items(session: Session) -> bytes:
    items = b"MESSAGES UNSEEN UIDNEXT UIDVALIDITY"
    return items + b" HIGHESTMODSEQ" if "CONDSTORE" in session.caps else items


def _statuses(answer: Answer) -> list[tuple[bytes, tuple[FolderStatus, str]]]:
    found: list[tuple[bytes, tuple[FolderStatus, str]]] = []
    for response in answer.of_kind(b"STATUS"):
        try:
            wire, items = parse(response.record, response.start)[:2]
            if not isinstance(wire, bytes) or not isinstance(items, list):
                continue
            values = pairs(items)
        except ValueError:
            continue  # a status that cannot be read is as good as none
        status = FolderStatus(
            total=_value(values, b"MESSAGES"),
            unread=_value(values, b"UNSEEN"),
            uidvalidity=_value(values, b"UIDVALIDITY"),
            uidnext=_value(values, b"UIDNEXT"),
            highestmodseq=_value(values, b"HIGHESTMODSEQ"),
        )
        found.append((b"INBOX" if wire.upper() == b"INBOX" else wire, (status, identity_of(values, b"MAILBOXID"))))
    return found


def _value(values: dict[bytes, Token], name: bytes) -> int | None:
    try:
        return number(values.get(name))
    except Malformed:
        return None


def _namespace(response: Untagged) -> Namespace | None:
    try:
        personal = parse(response.record, response.start)[0]
    except (ValueError, IndexError):
        return None
    if not isinstance(personal, list) or not personal or not isinstance(personal[0], list) or len(personal[0]) < 2:
        return None
    prefix, delimiter = personal[0][:2]
    if not isinstance(prefix, bytes):
        return None
    return Namespace(names.decode(prefix), names.decode(delimiter) if isinstance(delimiter, bytes) else "")
