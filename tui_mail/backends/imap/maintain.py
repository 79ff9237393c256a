"""Folders made, renamed, removed and subscribed to; and the server's own search.

Owns that repeating a change does no harm: when the server refuses, its list decides whether the change is already made.
Must not know the journal.
"""

from __future__ import annotations

from tui_mail.backends.imap import folders, names, subscriptions
from tui_mail.backends.imap.failures import CommandFailed, refusal, temporary
from tui_mail.backends.imap.folders import Listed
from tui_mail.backends.imap.mailbox import Connection, search_result, select
from tui_mail.backends.imap.roles import USE
from tui_mail.backends.imap.syntax import Argument, astring
from tui_mail.backends.imap.tokens import Malformed
from tui_mail.model.errors import Gone, Unreachable
from tui_mail.model.mail import Role
from tui_mail.model.remote import FolderChange, FolderChangeKind, RemoteFolder
from tui_mail.model.words import _


def change_folder(connection: Connection, change: FolderChange) -> RemoteFolder | None:
    """Carry out ``change``; the folder as it is then, None when it is deleted. Raises Gone, Refused, Throttled."""
    directory = connection.directory
    if not directory.by_path:
        folders.list_folders(connection.session, directory, connection.profile.quirks.depth)
    name = directory.by_path.get(change.path) or directory.name_for(change.path)
    match change.kind:
        case FolderChangeKind.CREATE:
            _create(connection, change.path, name, change.role)
            subscriptions.subscribe(connection, name)
            return _present(connection, change.path, name, subscribed=True)
        case FolderChangeKind.RENAME:
            new_name = directory.name_for(change.new_path)
            _rename(connection, change, name, new_name)
            found = _found(connection, change.new_path, new_name)
            if name != new_name:
                subscriptions.follow(connection, name, new_name, found.delimiter)
            subscribed = subscriptions.is_subscribed(connection, new_name)
            return _presented(connection, found, subscribed=subscribed)
        case FolderChangeKind.DELETE:
            _delete(connection, change.path, name)
            directory.by_path.pop(change.path, None)
            return None
        case FolderChangeKind.SUBSCRIBE | FolderChangeKind.UNSUBSCRIBE:
            wanted = change.kind is FolderChangeKind.SUBSCRIBE
            command = b"SUBSCRIBE" if wanted else b"UNSUBSCRIBE"
            _try(connection, [command, directory.argument(name)], _("The subscription of {folder} could not be changed"),
                 change.path)  # fmt: skip
            return _present(connection, change.path, name, subscribed=wanted)


def _try(connection: Connection, command: list[Argument], what: str, folder: str) -> None:
    session = connection.session
    try:
        session.run(*command)
    except CommandFailed as failed:
        raise refusal(session.host, failed, what.format(folder=folder)) from failed


def _create(connection: Connection, path: str, name: str, role: Role | None) -> None:
    session, directory = connection.session, connection.directory
    command: list[Argument] = [b"CREATE", directory.argument(name)]
    use = USE.get(role) if role is not None else None
    if use is not None and "CREATE-SPECIAL-USE" in session.caps:
        try:
            session.run(*command, b"(USE (" + use + b"))")
        except CommandFailed:
            pass  # some other folder has that use already: an ordinary one then
        else:
            return
    try:
        session.run(*command)
    except CommandFailed as failed:
        if _is_there(connection, name):
            return
        raise refusal(
            session.host, failed, _("The folder {folder} could not be created").format(folder=path)
        ) from failed


def _rename(connection: Connection, change: FolderChange, name: str, new_name: str) -> None:
    session, directory = connection.session, connection.directory
    if name == new_name:
        return
    _let_go(connection, name)
    try:
        session.run(b"RENAME", directory.argument(name), directory.argument(new_name))
    except CommandFailed as failed:
        if _is_there(connection, name):
            raise refusal(
                session.host, failed, _("The folder {folder} could not be renamed").format(folder=change.path)
            ) from failed
        if not _is_there(connection, new_name):
            raise temporary(session.host, failed) or Gone(
                _("There is no folder {folder} any more.").format(folder=change.path)
            ) from failed
    directory.by_path.pop(change.path, None)


def _delete(connection: Connection, path: str, name: str) -> None:
    session, directory = connection.session, connection.directory
    _let_go(connection, name)
    try:
        session.run(b"DELETE", directory.argument(name))
    except CommandFailed as failed:
        if _is_there(connection, name):
            raise refusal(
                session.host, failed, _("The folder {folder} could not be deleted").format(folder=path)
            ) from failed
    try:
        session.run(b"UNSUBSCRIBE", directory.argument(name))
    except CommandFailed:
        pass  # the subscription of a folder that is gone disturbs nobody


def _let_go(connection: Connection, name: str) -> None:
    """Some servers end the connection that has a folder selected when it goes, or refuse (Courier)."""
    session = connection.session
    if session.mailbox is not None and session.mailbox.name == connection.directory.wire_name(name):
        session.mailbox = None
        if "UNSELECT" in session.caps:
            session.run(b"UNSELECT")
        else:  # CLOSE would expunge
            session.run(b"EXAMINE", b"INBOX")


def _is_there(connection: Connection, name: str) -> bool:
    found = folders.find(connection.session, connection.directory, name)
    return found is not None and b"\\NONEXISTENT" not in found.attributes


def _present(connection: Connection, path: str, name: str, *, subscribed: bool) -> RemoteFolder:
    return _presented(connection, _found(connection, path, name), subscribed=subscribed)


def _found(connection: Connection, path: str, name: str) -> Listed:
    found = folders.find(connection.session, connection.directory, name)
    if found is None:
        raise Gone(_("There is no folder {folder} any more.").format(folder=path))
    return found


def _presented(connection: Connection, found: Listed, *, subscribed: bool) -> RemoteFolder:
    directory = connection.directory
    directory.wire[found.name] = found.wire
    directory.delimiters[found.name] = found.delimiter
    folder = folders.present_one(found, directory.namespace or names.Namespace(), subscribed=subscribed)
    directory.by_path[folder.path] = folder.name
    return folder


# -- search


def search_text(connection: Connection, folder: str, text: str) -> list[int]:
    """UIDs, newest first. Raises Gone, Refused, Throttled."""
    select(connection, folder, fresh=True)
    session = connection.session
    argument = astring(text)
    if "X-GM-EXT-1" in session.caps:
        criteria: list[Argument] = [b"X-GM-RAW", argument]
    else:
        criteria = [b"TEXT", argument]
    if not text.isascii():
        criteria = [b"CHARSET UTF-8", *criteria]
    command = [b"UID SEARCH RETURN (ALL)" if "ESEARCH" in session.caps else b"UID SEARCH"]
    try:
        return search_result(session.run(*command, *criteria, secret=True))[::-1]
    except CommandFailed as failed:
        raise refusal(session.host, failed, _("{folder} could not be searched").format(folder=folder)) from failed
    except Malformed as malformed:
        raise Unreachable(
            _("{host} sent an answer that cannot be read, so the connection was closed.").format(host=session.host)
        ) from malformed
