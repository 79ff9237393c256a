"""Bringing back what ``store.upkeep.backup`` copied.

Owns the order: files, then keep.db in one step; mail.db is made anew from it and from the servers. What was here before
is set aside with its files, as a directory that can be brought back like a backup, never overwritten. The caller holds
the engine lock. Must not know who asked for it.
"""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
import uuid
from dataclasses import dataclass
from pathlib import Path

from tui_mail.config.accountfiles import former_names, load_account_files
from tui_mail.config.paths import Home
from tui_mail.model.clock import Clock
from tui_mail.model.errors import StoreDamaged, StoreNewer, UsageError
from tui_mail.model.words import _
from tui_mail.store.disk.files import KEEP, newest_version, prepare, unused
from tui_mail.store.disk.rawfiles import RawFiles, fsync
from tui_mail.store.disk.sqlite import create_private, translated
from tui_mail.store.upkeep.backup import Copied, config_files, copy_files, is_backup, mark, read_copy, write_file

_HOLDS = ("operation", "draft", "outbox", "local_item", "pop_message")


@dataclass(frozen=True, slots=True)
class Restored:
    """What was brought back."""

    copied: Copied
    accounts: tuple[str, ...]
    """Those whose files were put back."""
    aside: Path | None
    """The directory in which keep.db and the files are that were here."""
    unsent: int
    """Messages that waited to be sent: nobody knows whether they were, so a person decides."""


def restore(home: Home, directory: Path, clock: Clock, *, replace: bool) -> Restored:
    """Bring back everything of a backup. ``replace``: also where there is mail here; that is set aside.

    Raises UsageError, StoreError and its kinds; nothing is changed then.
    """
    if not is_backup(directory):
        raise UsageError(_("{path} holds no backup made by `tui-mail backup`.").format(path=directory))
    source = directory / "keep.db"
    _check_sound(source)
    if not replace and _holds_something(home):
        raise UsageError(
            _("There is mail here already: say --replace to set it aside, or bring it back into another --home.")
        )
    home.create()
    with translated(home.data):
        fresh = home.keep_db.with_name(".keep.db.restored")
        unsent = _copy_keep(source, fresh)
        files = _copy_raw(directory / "raw", home.raw_dir.with_name(".raw.restored"))
        # mail.db first: with another keep.db it would be believed where it is wrong.
        for suffix in ("", "-wal", "-shm"):
            home.mail_db.with_name(f"{home.mail_db.name}{suffix}").unlink(missing_ok=True)
        aside = _set_aside(home, clock)
        files.rename(home.raw_dir)
        fresh.replace(home.keep_db)
        fsync(home.data)
    prepare(home, clock)  # a backup may be older than this program
    messages, names = read_copy(home.keep_db)
    missing = names - RawFiles(home).names()
    accounts = _bring_config(home, directory / "config")
    return Restored(Copied(messages, len(names) - len(missing), len(missing)), accounts, aside, unsent)


def _check_sound(path: Path) -> None:
    with translated(path), contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as copy:
        (version,) = copy.execute("PRAGMA user_version").fetchone()
        sound = copy.execute("PRAGMA integrity_check(1)").fetchone()[0] == "ok"
    if version > newest_version(KEEP):
        raise StoreNewer(_("{path} was written by a newer tui-mail: install that version again.").format(path=path))
    if not sound:
        raise StoreDamaged(_("{path} is damaged: use another backup.").format(path=path))


def _holds_something(home: Home) -> bool:
    if not home.keep_db.exists():
        return False
    path = home.keep_db
    with translated(path), contextlib.closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as keep:
        tables = {name for (name,) in keep.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
        return any(
            keep.execute(f"SELECT 1 FROM {table} LIMIT 1").fetchone()  # noqa: S608 -- our own names
            for table in tables.intersection(_HOLDS)
        )


def _copy_keep(source: Path, fresh: Path) -> int:
    """Copy keep.db beside its place, as another file than any there was; how many messages waited to be sent."""
    fresh.unlink(missing_ok=True)
    create_private(fresh)
    with (
        contextlib.closing(sqlite3.connect(f"{source.absolute().as_uri()}?mode=ro", uri=True)) as old,
        contextlib.closing(sqlite3.connect(fresh, isolation_level=None)) as new,
    ):
        old.backup(new)
        new.execute("PRAGMA journal_mode=DELETE")
        new.execute("BEGIN IMMEDIATE")
        new.execute("UPDATE keep SET uuid = ?", (uuid.uuid4().hex,))
        # They may have been sent since: nothing is sent twice.
        unsent = new.execute(
            "UPDATE outbox SET state = 'ambiguous', error = ?, error_kind = 'ambiguous', held = 0"
            " WHERE state IN ('queued', 'sending', 'committing')",
            (_("It waited to be sent when the backup was made. Look whether it was sent since."),),
        ).rowcount
        new.execute("COMMIT")
    return unsent


def _copy_raw(source: Path, fresh: Path) -> Path:
    """Copy the files beside their place; what an earlier try left there is made anew."""
    if fresh.exists():
        shutil.rmtree(fresh)
    fresh.mkdir(mode=0o700)
    kept = RawFiles(source)
    copy_files(kept, RawFiles(fresh), sorted(kept.names()))
    return fresh


def _set_aside(home: Home, clock: Clock) -> Path | None:
    """Move keep.db and the files that are here into a directory of their own; None when there are none.

    The files go with it: nothing else names them any more, and in their old place they would be removed after a day.
    """
    if not home.keep_db.exists() and not any(home.raw_dir.iterdir()):
        home.raw_dir.rmdir()
        return None
    aside = unused(home.data / "before-restore", clock)
    aside.mkdir(mode=0o700)
    # The -wal belongs to the file by its name; left behind it would be replayed into the new one.
    for suffix in ("-wal", "-shm", ""):
        moved = Path(f"{home.keep_db}{suffix}")
        if moved.exists():
            moved.rename(aside / moved.name)
    home.raw_dir.rename(aside / "raw")
    # What cannot be read is kept as well, but there is nothing to bring back from it.
    with contextlib.suppress(sqlite3.Error):
        mark(aside, clock, read_copy(aside / "keep.db")[0])
    return aside


def _bring_config(home: Home, source: Path) -> tuple[str, ...]:
    """Put back the files of configuration that are not here; the accounts among them.

    An account that has another name since is here: its mail comes back under the one it has now.
    """
    accounts = []
    former = former_names(load_account_files(home))
    for relative in config_files(source):
        target = home.config / relative
        if target.exists() or (relative.parent.name == "accounts" and relative.stem in former):
            continue
        write_file(target, (source / relative).read_bytes())
        if relative.parent.name == "accounts":
            accounts.append(relative.stem)
    return tuple(accounts)
