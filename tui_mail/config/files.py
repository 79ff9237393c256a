"""Reading and writing small TOML files: private, whole or not at all, with errors that name the file.

Owns the atomic write. Must not know what the tables mean.
"""

from __future__ import annotations

import contextlib
import os
import tempfile
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tui_mail.model.errors import ConfigError
from tui_mail.model.words import _

_LIMIT = 1_000_000
"""Octets read of one file; configuration is small, and a device file would never end."""


def read_table(path: Path) -> dict[str, Any] | None:
    """The tables of a TOML file; None when there is no such file. Raises ConfigError on anything else."""
    try:
        with path.open("rb") as stream:
            data = stream.read(_LIMIT + 1)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ConfigError(
            _("{path} cannot be read: {reason}.").format(path=path, reason=error.strerror or error)
        ) from error
    if len(data) > _LIMIT:
        raise ConfigError(_("{path} is too large to be a configuration file.").format(path=path))
    try:
        return tomllib.loads(data.decode())
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigError(_("{path} is not valid TOML: {reason}.").format(path=path, reason=error)) from error
    except RecursionError as error:
        raise ConfigError(_("{path} nests too deeply.").format(path=path)) from error


def write_table(path: Path, table: Mapping[str, Any], header: str) -> None:
    """Write ``table`` as TOML below the comment ``header`` (lines without ``#``). Mode 0600, replaced in one step."""
    import tomli_w

    comment = "".join(f"# {line}\n" if line else "#\n" for line in header.splitlines())
    write_private(path, (comment + "\n" + tomli_w.dumps(table)).encode())


def write_private(path: Path, data: bytes) -> None:
    """Replace ``path`` by ``data``, mode 0600: after a crash the old or the new bytes stand there, never a mixture.

    Raises ConfigError.
    """
    try:
        handle, name = tempfile.mkstemp(prefix=f".{path.name[:80]}.", dir=path.parent)
        try:
            with os.fdopen(handle, "wb") as stream:
                stream.write(data)
                stream.flush()
                os.fsync(stream.fileno())
            Path(name).replace(path)
        except BaseException:
            with contextlib.suppress(OSError):  # the first error is the one to tell
                Path(name).unlink()
            raise
        sync_directory(path.parent)
    except OSError as error:
        raise ConfigError(
            _("{path} cannot be written: {reason}.").format(path=path, reason=error.strerror or error)
        ) from error


def sync_directory(path: Path) -> None:
    """The names in a directory are on the disk on return. Raises OSError."""
    directory = os.open(path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(directory)
    finally:
        os.close(directory)
