"""What kind of disk a directory is on, as far as the system tells, and which kinds cannot hold a home.

SQLite's write-ahead log needs memory that all processes share and locks that hold; between machines a network file
system gives neither (https://sqlite.org/wal.html). Must not know what is stored.
"""

from __future__ import annotations

import re
from pathlib import Path

from tui_mail.model.errors import StoreError
from tui_mail.model.words import _

MOUNTS = Path("/proc/self/mounts")
"""The system's table of file systems (fstab(5)); not there: not Linux, and nothing is told."""

NETWORK = frozenset(
    "nfs nfs4 cifs smb3 smbfs afs ncpfs coda davfs glusterfs fuse.sshfs fuse.glusterfs fuse.rclone fuse.s3fs"
    " fuse.davfs2 fuse.gvfsd-fuse fuse.cephfs-fuse".split()
)
"""File systems of other machines."""
_OCTAL = re.compile(r"\\([0-7]{3})")


def file_system(path: Path) -> str:
    """The type of the file system that holds ``path``, or what there is of it; empty where that cannot be told."""
    try:
        mounts = MOUNTS.read_text(encoding="utf-8", errors="surrogateescape")
    except OSError:
        return ""
    there = existing(path).resolve()
    best, kind = "", ""
    for line in mounts.split("\n"):
        fields = line.split(" ")
        if len(fields) < 3:
            continue
        point = _OCTAL.sub(lambda found: chr(int(found[1], 8)), fields[1])
        # Of two at one place the later one covers the earlier.
        if (there == Path(point) or Path(point) in there.parents) and len(point) >= len(best):
            best, kind = point, fields[2]
    return kind


def existing(path: Path) -> Path:
    """``path``, or the nearest directory above it that is there."""
    return next((each for each in (path, *path.parents) if each.exists()), Path("/"))


def refuse_network(path: Path) -> None:
    """Raise StoreError where ``path`` is on a file system of another machine."""
    kind = file_system(path)
    if kind in NETWORK:
        raise StoreError(
            _(
                "{path} is on a network file system ({kind}), where two programs can damage each other's databases: "
                "keep tui-mail on a disk of this machine, with --home DIR."
            ).format(path=path, kind=kind)
        )
