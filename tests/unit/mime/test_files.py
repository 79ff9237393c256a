"""Files: harmless names, mbox and Maildir that give back exactly what was put in."""

from __future__ import annotations

import os
import stat
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.mime.messages import broken
from tui_mail.mime import maildir
from tui_mail.mime.filenames import create_unique, numbered, safe_name, unique_path, write_unique
from tui_mail.mime.mbox import read_dated, read_mboxrd, write_mboxrd
from tui_mail.model.errors import UsageError
from tui_mail.model.flags import Flag


@pytest.mark.parametrize(
    ("name", "safe"),
    [
        ("report.pdf", "report.pdf"),
        ("../../../.bashrc", "bashrc"),
        ("/etc/passwd", "passwd"),
        ("C:\\Windows\\x.exe", "x.exe"),
        ("a\x1b[2Jb.txt", "a_[2Jb.txt"),
        ("a\0.txt\r\nB", "a_.txt B"),
        ("..", "attachment"),
        ("", "attachment"),
        ("dir/", "attachment"),
        ("~/x", "x"),
        ("~root", "root"),
        ("-rf", "rf"),
        ("  .hidden ", "hidden"),
        ("trailing. . .", "trailing"),
        ("invoice\u202efdp.exe", "invoicefdp.exe"),
        ("pay\u200bpal.txt", "paypal.txt"),
        ("a:b*c?.txt", "a_b_c_.txt"),
        ("$(touch x);id.txt", "$(touch x);id.txt"),
        ("NUL.txt", "attachment NUL.txt"),
        ("日本語.txt", "日本語.txt"),
        ("\udc80.txt", "txt"),
        ("a" * 300 + ".pdf", "a" * 196 + ".pdf"),
        ("é" * 300 + ".pdf", "é" * 98 + ".pdf"),
    ],
)
def test_safe_names(name: str, safe: str) -> None:
    assert safe_name(name) == safe


@given(st.one_of(st.text(max_size=300), st.text("./\\-~ \x00a\u202e", max_size=30)))
def test_any_name_is_harmless(name: str) -> None:
    safe = safe_name(name)
    assert 0 < len(safe.encode()) <= 200
    assert safe not in {".", ".."}
    assert not set(safe) & set("/\\\0\n\r\x1b\u202e")
    assert safe[0] not in ".-~ "
    assert safe[-1] not in ". "
    assert safe_name(safe) == safe


def test_files_are_created_and_never_overwritten(tmp_path: Path) -> None:
    target = tmp_path / "outside"
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "a (2).txt").symlink_to(target)
    made = []
    for number in range(3):
        shown = unique_path(tmp_path / "in", "../a.txt")
        path, file = create_unique(tmp_path / "in", "../a.txt")
        with file:
            file.write(b"%d" % number)
        assert path == shown
        made.append(path.name)
    assert made == ["a.txt", "a (3).txt", "a (4).txt"]
    assert not target.exists()
    assert (tmp_path / "in" / "a.txt").read_bytes() == b"0"
    assert stat.S_IMODE((tmp_path / "in" / "a.txt").stat().st_mode) == 0o600
    assert numbered(".x", 2) == ".x (2)"


def test_what_is_not_written_whole_is_not_left_there(tmp_path: Path) -> None:
    assert write_unique(tmp_path, "whole", b"x" * 100).read_bytes() == b"x" * 100
    full: Any = "no octets, and so the write fails half-way, as on a full disk"
    with pytest.raises(TypeError):
        write_unique(tmp_path, "half", full)
    assert [path.name for path in tmp_path.iterdir()] == ["whole"]


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="none"):
        create_unique(tmp_path / "none", "a")


FROMS = st.sampled_from(
    [
        b"From ",
        b">From ",
        b">>From x\n",
        b"\n",
        b"\r\n",
        b"From a Mon Nov 23 09:41:00 2026\n",
        b"x",
        b"\r",
        b"From: a\n",
    ]
)
contents = st.one_of(st.binary(max_size=60), broken, st.lists(FROMS, max_size=12).map(b"".join))


@given(st.lists(contents, max_size=5))
def test_mbox_gives_back_every_byte(messages: list[bytes]) -> None:
    file = BytesIO()
    for raw in messages:
        write_mboxrd(file, raw, "a@b.c", 1795423260)
    file.seek(0)
    assert list(read_dated(file)) == [(raw, 1795423260) for raw in messages]


@given(contents)
def test_any_file_is_read_as_mbox(raw: bytes) -> None:
    found = b"".join(read_mboxrd(BytesIO(raw)))
    assert len(found) <= len(raw)


def test_mbox_is_what_others_expect() -> None:
    file = BytesIO()
    write_mboxrd(file, b"Subject: x\n\nFrom here\n>From there\n", "a b\n@c", 0)
    assert file.getvalue() == b"From ab@c Thu Jan  1 00:00:00 1970\nSubject: x\n\n>From here\n>>From there\n\n"


def test_mbox_of_other_programs() -> None:
    raw = (
        b"From a@b.c Mon Nov 23 09:41:00 2026\r\nSubject: 1\r\n\r\nFrom what I know,\r\n>From is quoted\r\n\r\n"
        b"From - Tue, 24 Nov 2026 09:41:00 +0100\r\nSubject: 2\r\n\r\ntext\r\n\r\n"
        b"From damaged line\r\nSubject: 3\r\n\r\ntext\r\n"
    )
    found = list(read_dated(BytesIO(raw)))
    assert [message for message, _when in found] == [
        b"Subject: 1\r\n\r\nFrom what I know,\r\nFrom is quoted\r\n",
        b"Subject: 2\r\n\r\ntext\r\n",
        b"Subject: 3\r\n\r\ntext\r",
    ]
    assert [when for _message, when in found] == [1795426860, 1795509660, None]


def test_a_single_message_and_an_empty_file() -> None:
    assert list(read_mboxrd(BytesIO(b"Subject: x\n\ntext\n"))) == [b"Subject: x\n\ntext\n"]
    assert list(read_mboxrd(BytesIO(b""))) == []
    assert list(read_mboxrd(BytesIO(b"\n\n"))) == []


def test_long_lines_and_long_messages() -> None:
    raw = b">" * 1_048_576 + b"From x\n" + b"y" * 3_000_000
    file = BytesIO()
    write_mboxrd(file, raw, "", 0)
    file.seek(0)
    assert list(read_mboxrd(file)) == [raw]
    with pytest.raises(UsageError, match="too long"):
        list(read_dated(BytesIO(b"From a Mon Nov 23 09:41:00 2026\n" + b"x\n" * 1000), max_message=100))


def test_maildir_gives_back_bytes_flags_and_times(tmp_path: Path) -> None:
    box = tmp_path / "box"
    wanted = [
        (b"Subject: 1\r\n\r\nFrom x", Flag.SEEN | Flag.FLAGGED, 1795423260),
        (b"\0\xff", Flag.NONE, 1795423261),
        (b"", Flag.ANSWERED, 0),
    ]
    for raw, flags, received in wanted:
        path = maildir.write(box, raw, flags, received)
        assert path.read_bytes() == raw
    assert sorted(maildir.read(box), key=lambda found: found[2]) == sorted(wanted, key=lambda found: found[2])
    assert not list((box / "tmp").iterdir())
    assert {stat.S_IMODE(path.stat().st_mode) for path in (box / "cur").iterdir()} == {0o600}


def test_maildir_passes_over_what_is_no_message(tmp_path: Path) -> None:
    box = tmp_path / "box"
    maildir.write(box, b"x", Flag.JUNK, 5)
    (box / "new" / "1.a:2,Sz").write_bytes(b"y")
    (box / "new" / ".dot").write_bytes(b"z")
    (box / "new" / "link").symlink_to(tmp_path / "elsewhere")
    (box / "cur" / "folder").mkdir()
    os.mkfifo(box / "cur" / "pipe")
    assert sorted((raw, flags) for raw, flags, _received in maildir.read(box)) == [(b"x", Flag.NONE), (b"y", Flag.SEEN)]
    with pytest.raises(UsageError, match="no Maildir"):
        list(maildir.read(tmp_path))
