"""Files that a person names: why they were not written, and that nothing half-written is left."""

import errno
from pathlib import Path

import pytest

from tui_mail.cli.output import unwritable
from tui_mail.cli.read import _whole
from tui_mail.model.errors import UsageError


def test_a_wrong_name_is_usage_and_a_full_disk_is_not() -> None:
    path = Path("/there/x")
    assert isinstance(unwritable(path, NotADirectoryError(errno.ENOTDIR, "Not a directory")), UsageError)
    full = unwritable(path, OSError(errno.ENOSPC, "No space left on device"))
    assert not isinstance(full, UsageError)
    assert full.text == "/there/x cannot be written: No space left on device."


def test_half_a_file_does_not_stay(tmp_path: Path) -> None:
    path = tmp_path / "part"

    def write() -> None:
        with path.open("xb") as stream, _whole(path):
            stream.write(b"half")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write()
    assert not path.exists()
