"""`config`, `keys` and `doctor` on homes right and wrong; the guide agrees with the program."""

import importlib.util
import re
from pathlib import Path

import pytest

from tests.unit.cli.running import Shell
from tui_mail.cli.debug import DebugLog, redact
from tui_mail.config.actions import ACTIONS
from tui_mail.config.paths import Home
from tui_mail.engine.logs import close_log, open_log


def write(shell: Shell, text: str) -> None:
    (shell.home / "config").mkdir(parents=True, exist_ok=True, mode=0o700)
    (shell.home / "config/config.toml").write_text(text)


class TestConfig:
    def test_paths(self, shell: Shell) -> None:
        places = shell.json("config", "path")
        assert places["config"] == str(shell.home / "config/config.toml")
        assert places["log"] == str(shell.home / "state/engine.log")
        assert not shell.home.exists()

    def test_check_tells_everything_that_is_wrong(self, shell: Shell) -> None:
        write(shell, '[ui]\ntheme = "nothing"\nkeymap = "none"\n')
        (shell.home / "config/themes").mkdir()
        (shell.home / "config/themes/mine.toml").write_text("x = 1")
        (shell.home / "config/accounts").mkdir()
        (shell.home / "config/accounts/work.toml").write_text("email = 5")
        outcome = shell.run("config", "check", "--json")
        assert outcome.code == 2
        assert outcome.document["ok"] is False
        problems = "\n".join(outcome.document["problems"])
        named = f"{shell.home}/config/config.toml: [ui]"
        words = (
            f"{named} theme: there is no 'nothing'",
            f"{named} keymap: there is no 'none'",
            "mine.toml",
            "work.toml",
        )
        for word in words:
            assert word in problems
        assert shell.run("config", "check").err.splitlines() == outcome.document["problems"]

    def test_check_of_nothing_is_right(self, shell: Shell) -> None:
        assert shell.json("config", "check") == {"ok": True, "problems": []}

    def test_show_says_where_values_come_from(self, shell: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
        write(shell, '[ui]\ntheme = "light"\n[keys]\narchive = "e"\n')
        monkeypatch.setenv("TUI_MAIL_UI_MOUSE", "false")
        shown = shell.json("config", "show")
        assert shown["settings"]["ui.theme"] == {"value": "light", "from": str(shell.home / "config/config.toml")}
        assert shown["settings"]["ui.mouse"] == {"value": False, "from": "TUI_MAIL_UI_MOUSE"}
        assert shown["settings"]["ui.threads"] == {"value": True, "from": "default"}
        assert shown["keys"] == {"archive": ["e"]}


class TestTypo:
    @pytest.mark.parametrize("command", [["folders"], ["list", "INBOX"], ["sync"], ["undo"], ["account", "list"]])
    def test_no_command_works_on_half_a_configuration(self, shell: Shell, command: list[str]) -> None:
        write(shell, '[ui]\nthme = "light"\n')
        code, kind, sentence = shell.fails(*command)
        assert (code, kind) == (2, "config")
        assert "config.toml" in sentence
        assert "thme" in sentence
        assert "theme" in sentence.replace("thme", "")

    @pytest.mark.parametrize("command", [["config", "path"], ["status"], ["doctor"]])
    def test_what_helps_to_mend_it_does_work(self, shell: Shell, command: list[str]) -> None:
        write(shell, '[ui]\nthme = "light"\n')
        assert shell.run(*command).code in {0, 1}


class TestKeys:
    def test_every_action_is_listed_with_its_keys(self, shell: Shell) -> None:
        entries = shell.json("keys")
        assert {entry["action"] for entry in entries} == set(ACTIONS)
        assert all(set(entry) == {"action", "keys", "place", "help"} for entry in entries)
        by_name = {entry["action"]: entry for entry in entries}
        assert by_name["archive"] == {"action": "archive", "keys": ["a"], "place": "message", "help": "Archive"}

    def test_overrides_and_other_keymaps(self, shell: Shell) -> None:
        write(shell, '[keys]\narchive = ["e", "ctrl+a"]\n')
        by_name = {entry["action"]: entry["keys"] for entry in shell.json("keys")}
        assert by_name["archive"] == ["e", "ctrl+a"]
        assert by_name["edit-as-new"] == []
        by_name = {entry["action"]: entry["keys"] for entry in shell.json("keys", "--keymap", "mutt")}
        assert by_name["compose"] == ["m"]
        assert shell.fails("keys", "--keymap", "mut")[0] == 2


class TestGuide:
    def test_generated_parts_are_fresh(self) -> None:
        path = Path(__file__).parents[3] / "docs/guide/generate.py"
        spec = importlib.util.spec_from_file_location("generate", path)
        assert spec
        assert spec.loader
        module = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(module)
        assert module.stale(write=False) == [], "run: python docs/guide/generate.py"

    def test_links_lead_somewhere(self) -> None:
        root = Path(__file__).parents[3]
        pages = [*root.glob("*.md"), *(root / "docs").rglob("*.md")]
        assert len(pages) > 6
        for page in pages:
            for target in re.findall(r"\]\(([^)#:]+)(?:#[^)]*)?\)", page.read_text()):
                assert (page.parent / target).exists(), (page, target)

    def test_the_readme_names_commands_that_exist(self) -> None:
        from tui_mail.cli.parser import parse

        text = (Path(__file__).parents[3] / "README.md").read_text()
        lines = [line.strip() for line in text.splitlines() if line.startswith("    tui-mail ")]
        assert len(lines) > 5
        import shlex

        for line in lines:
            parse(shlex.split(line)[1:])


@pytest.mark.parametrize(
    ("text", "secret"),
    [
        ('> A1 LOGIN ada "hunter2 x"', "hunter2"),
        ("A1 LOGIN {3+} ada hunter2", "hunter2"),
        ("AUTHENTICATE PLAIN AGFkYQBodW50ZXIy", "AGFkYQBodW50ZXIy"),
        ("AUTH XOAUTH2 dXNlcj1hZGE", "dXNlcj1hZGE"),
        ("PASS hunter2", "hunter2"),
        ("APOP ada c4c9334bac560ecc979e58001b3e22fb", "c4c9334bac"),
        ("Authorization: Bearer ya29.abc-def", "ya29"),
        ("{'access_token': 'ya29 x', 'b': 1}", "ya29"),
        ("password=hunter2&x=1", "hunter2"),
        ('secret: "hunter2"', "hunter2"),
        ("+ dXNlcj1hZGFAZXhhbXBsZS5vcmcBYXV0aD1CZWFyZXIgeWEyOQEB", "dXNlcj1hZGF"),
    ],
)
def test_the_log_hides_secrets(text: str, secret: str) -> None:
    assert secret in text
    assert secret not in redact(text)


def test_the_log_keeps_what_is_none() -> None:
    text = "* CAPABILITY IMAP4rev1 LOGINDISABLED AUTH=LOGIN AUTH=PLAIN IDLE; 3 messages in INBOX, LOGIN disabled"
    assert redact(text) == text


def test_debug_keeps_a_private_log_of_what_is_done(mail: Shell) -> None:
    import logging

    before = logging.getLogger().handlers[:]
    mail.json("--debug", "sync")
    log = mail.home / "state/debug.log"
    assert log.stat().st_mode & 0o777 == 0o600
    assert "demo: connected" in log.read_text()
    lines = [line for line in log.read_text().splitlines() if "demo: connected" in line]
    assert len(lines) == 1
    wire = logging.getLogger("tui_mail.imap")
    debug = DebugLog(Home.find(str(mail.home), {}))
    handler = open_log(mail.home / "state/engine.log")
    try:
        assert wire.isEnabledFor(logging.DEBUG)  # an engine hosted here keeps less, but not from this log
    finally:
        close_log(handler)
        debug.close()
    assert not wire.isEnabledFor(logging.DEBUG)
    assert logging.getLogger().handlers == before
