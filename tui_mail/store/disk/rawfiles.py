"""Raw bytes as files under data/raw, named by hash.

Owns writing them so that a name never stands for half a file. Must not know who refers to them.
"""

from __future__ import annotations

import hashlib
import io
import os
import secrets
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, BinaryIO, Final

from tui_mail.config.paths import Home
from tui_mail.store.disk.sqlite import translated

_BATCH_FILES: Final = 500
_BATCH_OCTETS: Final = 64 << 20
_HEAD: Final = 64 << 10
_ASKING: Final = 4
"""Threads that ask the disk at once: what it is asked for together, a file system confirms together."""
_FEW: Final = 8
"""Files for which these are not worth their start."""


class Landing(io.FileIO):
    """A file that is written as it comes; ``RawFiles.settle`` gives it its name, ``discard`` takes it back."""

    def __init__(self, directory: Path) -> None:
        self.path = directory / f".new-{secrets.token_hex(8)}"
        self.octets = 0
        self.head = bytearray()
        """The first ``_HEAD`` octets."""
        self._digest = hashlib.sha256()
        super().__init__(os.open(self.path, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb")

    def write(self, octets: Any, /) -> int:
        written = super().write(octets)
        self._digest.update(octets[:written])
        if self.octets < _HEAD:
            self.head += octets[: min(written, _HEAD - self.octets)]
        self.octets += written
        return written

    def whole(self, octets: bytes) -> None:
        """Write all of ``octets``."""
        while octets:
            octets = octets[self.write(octets) :]

    @property
    def digest(self) -> str:
        """The name that it will have."""
        return self._digest.hexdigest()

    def discard(self) -> None:
        """Close and remove it."""
        self.close()
        self.path.unlink(missing_ok=True)


class RawFiles:
    """Files named by the SHA-256 of what is in them."""

    def __init__(self, place: Home | Path) -> None:
        """``place`` is a home, or the directory itself: that of a backup."""
        self._directory: Path = place if isinstance(place, Path) else place.raw_dir

    def put(self, raw: bytes) -> str:
        """Write and fsync; returns the name. The same bytes twice are one file."""
        return self.put_stream((raw,))

    def put_stream(self, chunks: Iterable[bytes]) -> str:
        """As ``put``, for bytes that come piece by piece."""
        digest = hashlib.sha256()
        with translated(self._directory):
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            fresh = self._directory / f".new-{secrets.token_hex(8)}"
            descriptor = os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
            try:
                with os.fdopen(descriptor, "wb") as stream:
                    for chunk in chunks:
                        digest.update(chunk)
                        stream.write(chunk)
                    stream.flush()
                    os.fsync(stream.fileno())
                name = digest.hexdigest()
                fresh.replace(self._directory / name)
            except BaseException:
                fresh.unlink(missing_ok=True)
                raise
            fsync(self._directory)
        return name

    def put_all(self, messages: Iterable[bytes]) -> list[str]:
        """As ``put`` for each message, in batches: what is written once is made durable together."""
        names: list[str] = []
        waiting: list[tuple[Path, str]] = []
        with translated(self._directory):
            self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
            try:
                octets = 0
                for raw in messages:
                    name = hashlib.sha256(raw).hexdigest()
                    fresh = self._directory / f".new-{secrets.token_hex(8)}"
                    waiting.append((fresh, name))
                    names.append(name)
                    descriptor = os.open(fresh, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
                    with os.fdopen(descriptor, "wb") as stream:
                        stream.write(raw)
                    octets += len(raw)
                    if len(waiting) >= _BATCH_FILES or octets >= _BATCH_OCTETS:
                        self._settle(waiting)
                        octets = 0
                self._settle(waiting)
            except BaseException:
                for fresh, _name in waiting:
                    fresh.unlink(missing_ok=True)
                raise
        return names

    def landing(self) -> Landing:
        """A new file without a name yet."""
        with translated(self._directory):
            try:
                return Landing(self._directory)
            except FileNotFoundError:
                return Landing(self.directory())

    def directory(self) -> Path:
        """Where the files lie; it is made where it is missing. Raises OSError."""
        self._directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        return self._directory

    def settle(self, landings: Iterable[Landing]) -> None:
        """Give finished files their names; durable on return."""
        finished = list(landings)
        with translated(self._directory):
            for landing in finished:
                landing.close()
            self._settle([(landing.path, landing.digest) for landing in finished])

    def _settle(self, waiting: list[tuple[Path, str]]) -> None:
        """Give finished files their names and forget them; durable on return.

        The disk is asked after all are written: the first time it is asked, it writes most of the batch.
        """
        _fsync_all([fresh for fresh, _name in waiting])
        for fresh, name in waiting:
            fresh.replace(self._directory / name)
        if waiting:
            fsync(self._directory)
        waiting.clear()

    def read(self, name: str) -> bytes | None:
        """The bytes; None when there is no such file."""
        stream = self.open(name)
        if stream is None:
            return None
        with stream:
            return stream.read()

    def has(self, name: str) -> bool:
        """True when there is such a file."""
        return (self._directory / name).is_file()

    def open(self, name: str) -> BinaryIO | None:
        """A stream of the bytes; None when there is no such file."""
        try:
            return (self._directory / name).open("rb")
        except FileNotFoundError:
            return None

    def head(self, name: str, octets: int) -> tuple[bytes, int] | None:
        """The first ``octets`` of a file and its whole size; None when there is no such file."""
        stream = self.open(name)
        if stream is None:
            return None
        with stream:
            return stream.read(octets), os.fstat(stream.fileno()).st_size

    def names(self) -> set[str]:
        """Every file that is there; unfinished ones are left out."""
        if not self._directory.is_dir():
            return set()
        return {path.name for path in self._directory.iterdir() if not path.name.startswith(".")}

    def age(self, name: str, now: float) -> float:
        """Seconds since the file was written; 0 when there is none."""
        try:
            return now - (self._directory / name).stat().st_mtime
        except FileNotFoundError:
            return 0

    def remove(self, name: str) -> None:
        """Remove a file; none there is no error."""
        with translated(self._directory):
            (self._directory / name).unlink(missing_ok=True)

    def remove_unfinished(self, before: float) -> None:
        """Remove what a crash left half written before ``before`` (seconds UTC)."""
        with translated(self._directory):
            for path in self._directory.glob(".new-*"):
                if path.stat().st_mtime < before:
                    path.unlink(missing_ok=True)


def fsync(path: Path) -> None:
    """Make a file, or the names in a directory, durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _fsync_all(paths: Sequence[Path]) -> None:
    """As ``fsync`` for each; raises what one of them raised."""
    if len(paths) <= _FEW:
        _fsync_each(paths)
        return
    from concurrent.futures import ThreadPoolExecutor  # here: who only reads files does without

    with ThreadPoolExecutor(_ASKING, "fsync") as asking:
        for _done in asking.map(_fsync_each, [paths[first::_ASKING] for first in range(_ASKING)]):
            pass  # what one of them raised is raised here


def _fsync_each(paths: Iterable[Path]) -> None:
    for path in paths:
        fsync(path)
