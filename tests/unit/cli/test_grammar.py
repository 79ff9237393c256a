"""The grammar: options before and after, errors as one sentence, quiet pipes, light start."""

import argparse
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.unit.cli.running import Shell, process
from tui_mail.cli import lists
from tui_mail.cli.context import Context
from tui_mail.cli.main import main
from tui_mail.cli.parser import parse


class TestOptions:
    @pytest.mark.parametrize(
        "arguments",
        [
            ["--home", "H", "--account", "A", "--json", "folder", "create", "P"],
            ["folder", "--home", "H", "--account", "A", "--json", "create", "P"],
            ["folder", "create", "P", "--home", "H", "--account", "A", "--json"],
            ["--json", "folder", "--home", "H", "create", "--account", "A", "P"],
        ],
    )
    def test_global_options_stand_before_and_after(self, arguments: list[str]) -> None:
        args = parse(arguments)
        assert (args.home, args.account, args.json, args.debug) == ("H", "A", True, False)

    def test_the_last_one_counts(self) -> None:
        assert parse(["--home", "A", "folders", "--home", "B"]).home == "B"

    def test_options_are_not_abbreviated(self, shell: Shell) -> None:
        code, kind, _ = shell.fails("list", "INBOX", "--lim", "5")
        assert (code, kind) == (2, "usage")


class TestErrors:
    @pytest.mark.parametrize(
        ("arguments", "words"),
        [
            (["lst"], "did you mean list"),
            (["folder"], "a command is missing"),
            (["list"], "FOLDER"),
            (["list", "INBOX", "--limit", "0"], "--limit: 0 is not a whole number from 1 on"),
            (["search", "x", "--limit", "-1"], "--limit: -1 is not a whole number from 1 on"),
            (["account", "edit", "x", "--largest", "-1"], "--largest: -1 is not a whole number from 0 on"),
            (["account", "edit", "x", "--cache", "9" * 5_000], "--cache: 999999"),
            (["account", "edit", "x", "--leave", "-3"], "--leave: -3 is none of always, a number of days"),
            (["mark", "1"], "--read"),
            (["mark", "x", "--read"], "x"),
            (["mark", "1", "--read", "--unread"], "not allowed with"),
            (["archive", "1", "--now", "--no-engine"], "not allowed with"),
            (["read", "99999999999999999999"], "99999999999999999999"),
            (["--home", ""], "--home"),
        ],
    )
    def test_usage_is_one_sentence_and_two(self, shell: Shell, arguments: list[str], words: str) -> None:
        code, kind, sentence = shell.fails(*arguments)
        assert code == 2
        assert kind in {"usage", "config"}
        assert words.lower() in sentence.lower()
        assert not sentence.startswith("Argument")

    def test_nothing_goes_to_standard_output_without_json(self, shell: Shell) -> None:
        outcome = shell.run("lst")
        assert outcome.out == ""
        assert len(outcome.err.splitlines()) == 1

    def test_a_bad_configuration_is_two_everywhere(self, shell: Shell) -> None:
        (shell.home / "config").mkdir(parents=True)
        (shell.home / "config/config.toml").write_text("[ui]\nthem = 1\n")
        for arguments in (["keys"], ["config", "show"]):
            code, kind, sentence = shell.fails(*arguments)
            assert (code, kind) == (2, "config")
            assert "config.toml" in sentence

    def test_a_bug_is_a_sentence_and_a_private_log(self, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        def broken(*_arguments: object) -> None:
            raise ZeroDivisionError("password=hunter2")

        monkeypatch.setattr("tui_mail.config.keymaps.load_keymap", broken)
        code, kind, sentence = shell.fails("keys")
        assert (code, kind) == (1, "failed")
        log = shell.home / "state/debug.log"
        assert str(log) in sentence
        assert "ZeroDivisionError" in log.read_text()
        assert "hunter2" not in log.read_text()
        assert log.stat().st_mode & 0o777 == 0o600

    @pytest.mark.parametrize(
        ("error", "kind", "words"),
        [
            (OSError(28, "No space left on device"), "disk-full", "free some space"),
            (PermissionError(13, "Permission denied", "/there"), "failed", "/there cannot be used: Permission denied."),
        ],
    )
    def test_a_disk_that_takes_nothing_is_no_bug(
        self, shell: Shell, monkeypatch: pytest.MonkeyPatch, error: OSError, kind: str, words: str
    ) -> None:
        def run(_context: Context, _args: argparse.Namespace) -> int:
            raise error

        monkeypatch.setattr(lists, "folders", run)
        code, told, sentence = shell.fails("folders")
        assert (code, told) == (1, kind)
        assert words in sentence
        assert not (shell.home / "state/debug.log").exists()

    def test_an_interrupt_is_130_and_quiet(self, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        def interrupted(*_arguments: object) -> None:
            raise KeyboardInterrupt

        monkeypatch.setattr("tui_mail.config.keymaps.load_keymap", interrupted)
        outcome = shell.run("keys")
        assert (outcome.code, outcome.out, outcome.err) == (130, "", "")


class TestTerminal:
    @pytest.mark.parametrize("arguments", [[], ["demo"]])
    def test_without_a_terminal_the_screen_does_not_open(self, tmp_path: Path, arguments: list[str]) -> None:
        outcome = process("--home", str(tmp_path / "home"), *arguments)
        assert outcome.code == 2
        assert outcome.out == ""
        assert "terminal" in outcome.sentence
        assert not (tmp_path / "home").exists()


class TestPipes:
    def test_a_closed_pipe_is_quiet(self, tmp_path: Path) -> None:
        done = subprocess.run(
            f"'{sys.executable}' -m tui_mail --home '{tmp_path}' keys --json | head -c 10 >/dev/null; "
            'echo "${PIPESTATUS[0]}"',
            shell=True, executable="/bin/bash", capture_output=True, text=True, timeout=60, check=True,
        )  # fmt: skip
        assert done.stderr == ""
        assert done.stdout.strip() == "0"

    def test_an_interrupted_process_says_nothing(self, tmp_path: Path) -> None:
        code = (
            "import os, signal, sys\n"
            "import tui_mail.config.keymaps as keymaps\n"
            "keymaps.load_keymap = lambda *_: os.kill(os.getpid(), signal.SIGINT)\n"
            "from tui_mail.cli.main import main\n"
            f"sys.exit(main(['--home', {str(tmp_path)!r}, 'keys']))\n"
        )
        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, timeout=60, check=False)
        assert (done.returncode, done.stdout, done.stderr) == (130, "", "")

    @pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
    @pytest.mark.parametrize("arguments", [["keys"], ["keys", "--json"], ["list", "x", "--json"]])
    def test_output_that_cannot_be_written_is_told(self, tmp_path: Path, arguments: list[str]) -> None:
        with Path("/dev/full").open("wb") as full:
            done = subprocess.run(
                [sys.executable, "-m", "tui_mail", "--home", str(tmp_path), *arguments],
                stdout=full, stderr=subprocess.PIPE, text=True, check=False,
            )  # fmt: skip
        assert done.returncode == 1
        (sentence,) = done.stderr.splitlines()
        assert "Traceback" not in sentence
        assert arguments[0] == "list" or "could not be written" in sentence

    @pytest.mark.parametrize("closed", ["<&-", ">&-", "2>&-", "<&- >&- 2>&-"])
    def test_closed_streams_harm_nobody(self, tmp_path: Path, closed: str) -> None:
        command = f'"{sys.executable}" -m tui_mail --home "{tmp_path}" folders --json {closed}'
        done = subprocess.run(["/bin/sh", "-c", command], capture_output=True, text=True, check=False)
        assert (done.returncode, done.stderr) == (0, "")
        assert done.stdout == ("" if ">&-" in closed.replace("2>&-", "") else "[]\n")

    def test_output_is_utf_8_whatever_the_locale(self, tmp_path: Path) -> None:
        environ = {**os.environ, "LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}
        (tmp_path / "config/keymaps").mkdir(parents=True)
        (tmp_path / "config/config.toml").write_text('[keys]\narchive = "é"\n')
        done = subprocess.run(
            [sys.executable, "-m", "tui_mail", "--home", str(tmp_path), "keys"],
            capture_output=True, env=environ, timeout=60, check=True,
        )  # fmt: skip
        assert "é" in done.stdout.decode()


def test_version_and_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("tui-mail 0.")
    assert main(["account", "add", "--help"]) == 0
    assert "--password-command" in capsys.readouterr().out


def test_files_are_private_whatever_the_umask(shell: Shell) -> None:
    earlier = os.umask(0)
    try:
        shell.run("--debug", "keys")
    finally:
        os.umask(earlier)
    for path in (shell.home, *shell.home.rglob("*")):
        assert not path.stat().st_mode & 0o077, path


def test_signals_are_not_left_changed() -> None:
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
