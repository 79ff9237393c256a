"""Who is at the other end of a unix socket, and where the socket's own file stands.

Owns the system calls that differ between Linux and macOS. Must not know messages.
"""

from __future__ import annotations

import os
import socket
import stat
import struct
import sys
from pathlib import Path

from tui_mail.model.errors import EngineTrouble
from tui_mail.model.words import _

_PATH_LIMIT = 103
"""Octets of a socket's path that every system takes (sun_path of macOS is 104 with its NUL)."""

_SOL_LOCAL = 0
_LOCAL_PEERCRED = 1
_XUCRED = struct.Struct("=IIh")
"""The head of macOS's struct xucred: version, user id, number of groups."""


def peer_uid(connection: socket.socket) -> int:
    """The user id of the process that connected. Raises OSError where the system does not say."""
    if sys.platform == "darwin":
        data = connection.getsockopt(_SOL_LOCAL, _LOCAL_PEERCRED, 128)
        return int(_XUCRED.unpack_from(data)[1])
    data = connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, struct.calcsize("3i"))
    return int(struct.unpack("3i", data)[1])


def is_ours(connection: socket.socket) -> bool:
    """True when the other end runs as the same user; false also where nobody can tell."""
    try:
        return peer_uid(connection) == os.getuid()
    except OSError:
        return False


def listen(path: Path) -> socket.socket:
    """A listening socket at ``path``, mode 0600; a file left by a dead engine is replaced (the caller has the lock).

    Raises EngineTrouble when the path is too long or something that is no socket stands there.
    """
    if len(os.fsencode(path)) > _PATH_LIMIT:
        raise EngineTrouble(
            _("The path of the engine's socket is too long ({path}): choose a shorter --home.").format(path=path)
        )
    try:
        found = path.lstat()
    except FileNotFoundError:
        pass  # the usual case: the last engine took its socket away
    else:
        if not stat.S_ISSOCK(found.st_mode):
            raise EngineTrouble(_("{path} is in the way of the engine's socket: move it away.").format(path=path))
        path.unlink()
    listener = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        listener.bind(os.fspath(path))
        path.chmod(0o600)
        listener.listen(64)
        listener.setblocking(False)
    except OSError as error:
        listener.close()
        raise EngineTrouble(
            _("The engine's socket {path} cannot be made: {reason}.").format(path=path, reason=error.strerror or error)
        ) from error
    return listener


def remove(path: Path, inode: int) -> None:
    """Take our socket's file away, unless another stands there by now."""
    try:
        if path.lstat().st_ino == inode:
            path.unlink()
    except FileNotFoundError:
        pass  # somebody tidied up before us
