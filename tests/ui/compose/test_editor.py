"""The text in a program of the person's own: whatever that program does, no text is lost and no terminal broken."""

from __future__ import annotations

import signal
import stat
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from textual.app import SuspendNotSupported

from tui_mail.model.errors import UsageError
from tui_mail.ui.compose.editor import FALLBACKS, command, edit

TEXT = "Dear Joan,\n\nyes.\n"


@contextmanager
def aside() -> Iterator[None]:
    """As ``App.suspend``: an error inside would leave the terminal as it is."""
    yield
    restored.append(True)


restored: list[bool] = []


@pytest.fixture(autouse=True)
def _nothing_restored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    restored.clear()
    (tmp_path / "tmp").mkdir()
    monkeypatch.setenv("TMPDIR", str(tmp_path / "tmp"))
    monkeypatch.setattr("tempfile.tempdir", None)


def left(tmp_path: Path) -> list[Path]:
    return [path for path in (tmp_path / "tmp").rglob("*") if path.is_file()]


def script(tmp_path: Path, body: str) -> list[str]:
    """A program that edits the file it is given."""
    path = tmp_path / "editor.py"
    path.write_text(f"import os, sys, pathlib, signal\nfile = pathlib.Path(sys.argv[-1])\n{body}\n")
    return [sys.executable, str(path)]


class TestWhichProgram:
    def test_visual_comes_before_editor(self) -> None:
        assert command({"VISUAL": "emacs -nw", "EDITOR": "ed"}) == ["emacs", "-nw"]
        assert command({"VISUAL": " ", "EDITOR": "'my ed' --wait"}) == ["my ed", "--wait"]

    def test_it_is_never_given_to_a_shell(self) -> None:
        assert command({"EDITOR": "vi; rm -rf $HOME"}) == ["vi;", "rm", "-rf", "$HOME"]

    def test_without_a_wish_one_that_is_here(self, tmp_path: Path) -> None:
        (tmp_path / "vi").write_text("#!/bin/sh\n")
        (tmp_path / "vi").chmod(0o755)
        assert command({"PATH": str(tmp_path)}) == ["vi"]
        assert FALLBACKS[0] == "nano"

    @pytest.mark.parametrize(
        ("environ", "words"), [({"PATH": "/nonexistent"}, "set $EDITOR"), ({"VISUAL": "'"}, "$VISUAL")]
    )
    def test_none_is_a_sentence(self, environ: dict[str, str], words: str) -> None:
        with pytest.raises(UsageError) as caught:
            command(environ)
        assert words in caught.value.text


def test_what_it_wrote_is_the_text(tmp_path: Path) -> None:
    done = edit(TEXT, script(tmp_path, "file.write_text(file.read_text() + 'Ada\\n')"), aside)
    assert done.text == TEXT + "Ada\n"
    assert not done.trouble
    assert not left(tmp_path)
    assert restored


def test_the_file_is_private_and_called_like_mail(tmp_path: Path) -> None:
    words = script(
        tmp_path,
        "mode = lambda p: oct(p.stat().st_mode & 0o777)\nfile.write_text(mode(file) + mode(file.parent) + file.name)",
    )
    done = edit(TEXT, words, aside)
    assert done.text is not None
    assert done.text.strip() == "0o6000o700message.eml"


def test_nothing_changed_is_said(tmp_path: Path) -> None:
    done = edit("no line end", script(tmp_path, "os.utime(file, (1, 1))"), aside)
    assert (done.text, done.trouble) == (None, False)
    assert "Nothing was changed" in done.said


def test_a_last_line_end_that_editors_add_is_no_change_of_its_own(tmp_path: Path) -> None:
    done = edit("a", script(tmp_path, "file.write_text('b\\n')"), aside)
    assert done.text == "b"


def test_a_new_file_in_its_place_counts(tmp_path: Path) -> None:
    done = edit(
        TEXT, script(tmp_path, "new = file.with_suffix('.new')\nnew.write_text('new')\nos.replace(new, file)"), aside
    )
    assert done.text is not None
    assert done.text.startswith("new")


@pytest.mark.parametrize(
    ("octets", "text"),
    [(b"a\r\nb\r\n", "a\nb\n"), ("ünï\n".encode("latin-1"), "ünï\n"), ("漢\n".encode(), "漢\n"), (b"", "")],
)
def test_line_ends_and_charsets_of_others_are_read(tmp_path: Path, octets: bytes, text: str) -> None:
    done = edit(TEXT, script(tmp_path, f"file.write_bytes({octets!r})"), aside)
    assert done.text == text


def test_a_bad_end_keeps_the_text_and_what_was_written(tmp_path: Path) -> None:
    done = edit(TEXT, script(tmp_path, "file.write_text('half')\nsys.exit(3)"), aside)
    assert done.text is None
    assert done.trouble
    assert "ended with 3" in done.said
    (kept,) = left(tmp_path)
    assert str(kept) in done.said
    assert kept.read_text() == "half"
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600


def test_a_bad_end_without_a_change_leaves_nothing_behind(tmp_path: Path) -> None:
    done = edit(TEXT, script(tmp_path, "os.kill(os.getpid(), signal.SIGKILL)"), aside)
    assert done.text is None
    assert "as it was" in done.said
    assert not left(tmp_path)
    assert restored


def test_more_than_a_letter_is_kept_and_not_cut(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tui_mail.ui.compose.editor.LARGEST", 100)
    done = edit(TEXT, script(tmp_path, "file.write_text('x' * 101)"), aside)
    assert done.text is None
    (kept,) = left(tmp_path)
    assert str(kept) in done.said


def test_a_file_that_is_gone_keeps_the_text(tmp_path: Path) -> None:
    done = edit(TEXT, script(tmp_path, "file.unlink()"), aside)
    assert (done.text, done.trouble) == (None, True)


def test_a_program_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    done = edit(TEXT, ["/nonexistent/vi"], aside)
    assert done.text is None
    assert "vi cannot be run" in done.said
    assert restored
    assert not left(tmp_path)


def test_a_terminal_that_cannot_be_given_away_is_a_sentence(tmp_path: Path) -> None:
    @contextmanager
    def stuck() -> Iterator[None]:
        if restored == []:
            raise SuspendNotSupported("not here")
        yield

    done = edit(TEXT, script(tmp_path, ""), stuck)
    assert (done.text, done.trouble) == (None, True)
    assert not left(tmp_path)


def test_a_terminal_that_does_not_come_back_loses_no_text(tmp_path: Path) -> None:
    @contextmanager
    def broken() -> Iterator[None]:
        yield
        raise OSError("the terminal is gone")

    done = edit(TEXT, script(tmp_path, "file.write_text('new')"), broken)
    (kept,) = left(tmp_path)
    assert kept.read_text() == "new"
    assert str(kept) in done.said
    assert "the terminal is gone" in done.said


def test_keys_that_interrupt_belong_to_the_editor(tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT)
    words = script(
        tmp_path,
        "os.kill(os.getppid(), signal.SIGINT)\nassert signal.getsignal(signal.SIGINT) is signal.default_int_handler\nfile.write_text('x')",
    )
    assert edit(TEXT, words, aside).text is not None
    assert signal.getsignal(signal.SIGINT) is before
