"""The messages below a directory, whatever they are kept in: files of one message, mbox files, Maildirs.

A file is taken for mail by what it holds, since test corpora call their files anything: fields from its first line on, two
of those that mail has among them.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tui_mail.mime.mbox import read_dated

LARGEST = 30_000_000
_KNOWN = re.compile(
    rb"^(from|date|subject|received|message-id|mime-version|return-path|delivered-to|to|content-type)[ \t]*:",
    re.IGNORECASE | re.MULTILINE,
)
_FIELD = re.compile(rb"[!-9;-~]{1,76}[ \t]*:").match
_MBOX = re.compile(rb"From \S.{0,100}\d\d:\d\d").match
_EMPTY_LINE = re.compile(rb"\r?\n\r?\n")
# Programs, documents and catalogues of translations that happen to begin with fields.
_NO_MAIL = frozenset(
    "c h cc cpp hh py pl pm rb go rs js ts java po pot md rst html htm xml css el am in ac m4 sh lua json yaml yml desktop ui "
    "png gif svg texi 1 2 3 4 5 6 7 8 9 php t pod cfg conf patch diff ics vcf sql tex".split()
)


@dataclass(frozen=True, slots=True)
class Found:
    """One message. ``where``: its file, and for an mbox its number."""

    corpus: str
    """The first directory below the one that was given."""
    where: str
    raw: bytes


def messages(directories: list[Path]) -> Iterator[Found]:
    """Every message once, by its octets, in the order of the paths."""
    known: set[bytes] = set()
    for directory in directories:
        for path in _files(directory):
            relative = path.relative_to(directory)
            corpus = relative.parts[0] if len(relative.parts) > 1 else directory.name
            for number, raw in enumerate(split(path.read_bytes()), start=1):
                digest = hashlib.sha256(raw).digest()
                if digest not in known:
                    known.add(digest)
                    yield Found(corpus, f"{relative}#{number}", raw)


def _files(directory: Path) -> Iterator[Path]:
    for place, folders, names in os.walk(directory):
        folders.sort()
        for name in sorted(names):
            path = Path(place, name)
            if is_mail(path):
                yield path


def is_mail(path: Path) -> bool:
    """True for a plain file that holds a message or several."""
    if path.suffix[1:].lower() in _NO_MAIL or path.is_symlink() or not path.is_file():
        return False
    if not 20 <= path.stat().st_size <= LARGEST:
        return False
    with path.open("rb") as file:
        head = file.read(20_000)
    if head.startswith(b"From "):
        head = head.partition(b"\n")[2]
    head = _EMPTY_LINE.split(head, maxsplit=1)[0]
    lines = [line for line in head.split(b"\n") if line and not line[:1].isspace()]
    odd = sum(_FIELD(line) is None for line in lines)
    if not lines or _FIELD(lines[0]) is None or odd > max(1, len(lines) // 10):
        return False
    return len({name.lower() for name in _KNOWN.findall(head)}) >= 2


def split(data: bytes) -> list[bytes]:
    """The messages of a file; how an mbox is split is not what is compared, so that ours does it."""
    if not _MBOX(data):
        return [data.partition(b"\n")[2] if data.startswith(b"From ") else data]
    return [raw for raw, _received in read_dated(io.BytesIO(data)) if raw.strip()]
