"""A copy of everything that exists only here, into a directory of the person's choice.

Owns the shape of such a directory: ``keep.db``, the files that it names under ``raw/``, accounts and settings under
``config/``, and ``backup.json``, which makes it one. Made anew over an older one it copies only what is new. Passwords
are not in it, nor what a server has. Safe at any time, also while an engine works. Must not know who asked for it.
"""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from tui_mail.config.paths import Home
from tui_mail.model.clock import Clock
from tui_mail.model.errors import StoreError, UsageError
from tui_mail.model.words import _
from tui_mail.store.disk.files import KEEP, check_version, copy_database
from tui_mail.store.disk.rawfiles import Landing, RawFiles, fsync
from tui_mail.store.disk.sqlite import connect, translated
from tui_mail.store.tables.keepnames import keep_names

MARK: Final = "backup.json"
FORMAT: Final = 1
_TRIES: Final = 3
_BATCH: Final = 200
_CHUNK: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Copied:
    """What a backup holds, or what was brought back from one."""

    messages: int
    """Of local mail."""
    files: int
    missing: int
    """Files that a row names and that are not there, or not what they were."""


def back_up(home: Home, directory: Path, clock: Clock) -> Copied:
    """Copy what is only here. Raises UsageError where ``directory`` holds something else, StoreError."""
    if not home.keep_db.exists():
        raise StoreError(_("There is nothing to keep a copy of yet: {path} does not exist.").format(path=home.keep_db))
    _check_target(directory)
    with translated(directory):
        directory.mkdir(mode=0o700, parents=True, exist_ok=True)
        fresh = directory / ".keep.db.new"
        raw = RawFiles(directory / "raw")
        messages, names, missing = _copy_all(home, fresh, raw)
        _copy_config(home, directory / "config")
        fresh.replace(directory / "keep.db")
        mark(directory, clock, messages)
        for name in raw.names() - names:
            raw.remove(name)
        fsync(directory)
    return Copied(messages, len(names) - len(missing), len(missing))


def _copy_all(home: Home, fresh: Path, raw: RawFiles) -> tuple[int, set[str], set[str]]:
    """keep.db and its files: how many local messages there are, which files they need, and which of these are missing."""
    for attempt in range(_TRIES):
        messages, names = _copy_keep(home, fresh)
        missing = copy_files(RawFiles(home), raw, sorted(names - raw.names()))
        # What was removed between the copy and that of its files is not in the next one.
        if not missing or attempt == _TRIES - 1:
            return messages, names, missing
    raise AssertionError  # there is a last try


def mark(directory: Path, clock: Clock, messages: int) -> None:
    """Say that ``directory`` is a backup, whole, of so many local messages."""
    made = datetime.fromtimestamp(clock.now(), UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    write_file(directory / MARK, json.dumps({"format": FORMAT, "made": made, "messages": messages}).encode())


def is_backup(directory: Path) -> bool:
    """True for a directory that ``back_up`` made, whole."""
    try:
        found = json.loads((directory / MARK).read_bytes())
    except (OSError, ValueError):
        return False
    return isinstance(found, dict) and found.get("format") == FORMAT and (directory / "keep.db").is_file()


def copy_files(source: RawFiles, target: RawFiles, names: Iterable[str]) -> set[str]:
    """Copy files by name, each checked against its name; those that are missing or not what they were."""
    missing: set[str] = set()
    waiting: list[Landing] = []
    try:
        for name in names:
            landing = _copy_file(source, target, name)
            if landing is None:
                missing.add(name)
                continue
            waiting.append(landing)
            if len(waiting) >= _BATCH:
                target.settle(waiting)
                waiting.clear()
        target.settle(waiting)
    except BaseException:
        for landing in waiting:
            landing.discard()
        raise
    return missing


def _copy_file(source: RawFiles, target: RawFiles, name: str) -> Landing | None:
    stream = source.open(name)
    if stream is None:
        return None
    landing = target.landing()
    try:
        with stream:
            while chunk := stream.read(_CHUNK):
                landing.whole(chunk)
    except BaseException:
        landing.discard()
        raise
    landing.close()
    if landing.digest == name:
        return landing
    landing.discard()
    return None


def _check_target(directory: Path) -> None:
    if is_backup(directory) or not directory.exists():
        return
    if not directory.is_dir():
        raise UsageError(
            _("{path} is no directory: name a new one, or one that holds a backup.").format(path=directory)
        )
    # A first one that did not come to its end left nothing but this.
    if {entry.name for entry in directory.iterdir()} - {".keep.db.new", "raw", "config", "keep.db"}:
        raise UsageError(
            _("{path} holds something else: name a new directory, or one that holds a backup.").format(path=directory)
        )


def _copy_keep(home: Home, fresh: Path) -> tuple[int, set[str]]:
    """Copy keep.db as it is now: how many local messages and which files it names."""
    with contextlib.closing(connect(home.keep_db, durable=True, write=False)) as connection:
        if not check_version(connection, KEEP, home.keep_db):
            raise StoreError(
                _("{path} is of an older tui-mail: run tui-mail sync once, which brings it up to date.").format(
                    path=home.keep_db
                )
            )
        copy_database(connection, fresh)
    return read_copy(fresh)


def read_copy(path: Path) -> tuple[int, set[str]]:
    """How many local messages a copy of keep.db holds, and which files it names."""
    with contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
        (messages,) = connection.execute("SELECT count(*) FROM local_item").fetchone()
        return messages, keep_names(connection)


def config_files(config: Path) -> list[Path]:
    """The files of a directory of configuration that a backup holds, relative to it."""
    found = [Path("config.toml")] if (config / "config.toml").is_file() else []
    for name in ("accounts", "themes", "keymaps"):
        found += sorted(path.relative_to(config) for path in (config / name).glob("*.toml") if path.is_file())
    return found


def _copy_config(home: Home, target: Path) -> None:
    present = config_files(home.config)
    for relative in present:
        write_file(target / relative, (home.config / relative).read_bytes())
    for relative in config_files(target):
        if relative not in present:
            (target / relative).unlink()


def write_file(path: Path, data: bytes) -> None:
    """A small private file, whole or as it was before."""
    for parent in (path.parent.parent, path.parent):
        parent.mkdir(mode=0o700, exist_ok=True)
    fresh = path.with_name(f".{path.name}.new")
    fresh.write_bytes(data)
    fresh.chmod(0o600)
    fsync(fresh)
    fresh.replace(path)
    fsync(path.parent)
