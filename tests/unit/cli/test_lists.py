"""`folders`, `list`, `search`, `read`: the shapes of the contract, and nothing that reaches a terminal raw."""

import re
import unicodedata
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.running import Shell
from tui_mail.cli.practice import prepare_demo_home
from tui_mail.config.paths import Home

ITEM = "id content account folder uid subject from to date received size flags thread attachments message_id".split()
READ = [*ITEM, *"cc bcc reply_to in_reply_to references text parts authentication warnings".split()]
INSTANT = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ").fullmatch


def controls(text: str) -> set[str]:
    return {character for character in text if unicodedata.category(character) in {"Cc", "Cs"}} - {"\n"}


def is_item(item: dict[str, Any]) -> None:
    assert list(item)[: len(ITEM)] == ITEM
    assert isinstance(item["id"], int)
    assert isinstance(item["content"], int)
    assert isinstance(item["thread"], int)
    assert isinstance(item["uid"], int)
    assert item["account"] == "demo"
    assert INSTANT(item["received"])
    assert item["date"] is None or INSTANT(item["date"])
    for people in (item["from"], item["to"]):
        assert all(list(each) == ["name", "address"] for each in people)
    assert item["attachments"] is None or isinstance(item["attachments"], int)
    assert not item["message_id"].startswith("<")


class TestHowFarBack:
    def test_older_mail_is_counted_and_fetched_on_request(self, shell: Shell) -> None:
        prepare_demo_home(Home.find(str(shell.home), {}))
        (shell.home / "config/config.toml").write_text("[account.demo]\nsince = 7\n")
        shell.json("sync", "--bodies", "none")

        def inbox() -> tuple[int, int]:
            (folder,) = [each for each in shell.json("folders") if each["role"] == "inbox"]
            assert folder["total"] == len(shell.json("list", "INBOX", "--limit", "10000"))
            return folder["total"], folder["older"]

        few, older = inbox()
        assert min(few, older) > 0
        outcome = shell.run("list", "INBOX", "--limit", "10000")
        assert f"{older} older messages are on the server: `tui-mail sync --folder INBOX --older`" in outcome.err
        shell.json("sync", "--folder", "INBOX", "--older")
        more, left = inbox()
        assert few < more
        assert left < older
        shell.json("sync", "--folder", "INBOX", "--whole")
        assert inbox() == (few + older, 0)
        assert shell.run("list", "INBOX", "--limit", "10000").err == ""


class TestFolders:
    def test_the_shape(self, mail: Shell) -> None:
        folders = mail.json("folders")
        for folder in folders:
            assert list(folder) == ["account", "name", "role", "total", "unread", "last_sync", "older"]
            assert folder["last_sync"] is None or INSTANT(folder["last_sync"])
        by_role = {folder["role"]: folder for folder in folders if folder["role"]}
        assert by_role["inbox"]["name"] == "INBOX"
        assert {"inbox", "sent", "drafts", "trash", "junk", "archive"} >= set(by_role) - {"all", "flagged"}
        assert by_role["inbox"]["total"] > by_role["inbox"]["unread"] > 0

    def test_an_account_is_chosen_or_unknown(self, mail: Shell) -> None:
        assert mail.json("folders", "--account", "demo") == mail.json("folders")
        code, _, sentence = mail.fails("folders", "--account", "nobody")
        assert code == 2
        assert "demo" in sentence

    def test_nothing_is_here_before_anything_was_added(self, shell: Shell) -> None:
        assert shell.json("folders") == []
        assert shell.json("pending") == []
        assert shell.json("account", "list") == []
        assert shell.fails("list", "INBOX")[:2] == (1, "not-found")
        assert shell.fails("sync")[0] == 2


class TestList:
    def test_newest_first(self, mail: Shell) -> None:
        items = mail.json("list", "INBOX", "--limit", "10000")
        for item in items:
            is_item(item)
            assert list(item) == ITEM
            assert item["folder"] == "INBOX"
        order = [(item["received"], item["id"]) for item in items]
        assert order == sorted(order, reverse=True)
        inbox = next(folder for folder in mail.json("folders") if folder["role"] == "inbox")
        assert len(items) == inbox["total"]
        assert sum("seen" not in item["flags"] for item in items) == inbox["unread"]
        assert mail.json("list", "INBOX") == items[:100]
        assert mail.json("list", "INBOX", "--limit", "3") == items[:3]

    def test_a_folder_has_several_names(self, mail: Shell) -> None:
        expected = mail.json("list", "INBOX", "--limit", "5")
        for name in ("inbox", "demo:INBOX", "demo:inbox"):
            assert mail.json("list", name, "--limit", "5") == expected

    def test_threads_are_the_same_items_together(self, mail: Shell) -> None:
        apart = mail.json("list", "INBOX", "--limit", "10000")
        together = mail.json("list", "INBOX", "--limit", "10000", "--threads")
        assert sorted(item["id"] for item in together) == sorted(item["id"] for item in apart)
        runs = [
            item["thread"] for at, item in enumerate(together) if not at or item["thread"] != together[at - 1]["thread"]
        ]
        assert len(runs) == len(set(runs)) < len(apart)
        for limit in (1, 7, 20):
            few = mail.json("list", "INBOX", "--threads", "--limit", str(limit))
            assert sorted(item["id"] for item in few) == sorted(item["id"] for item in apart[:limit])

    def test_a_terminal_is_safe_from_odd_mail(self, mail: Shell) -> None:
        out = "".join(mail.run("list", each["name"], "--limit", "10000").out for each in mail.json("folders"))
        assert len(out.splitlines()) > 300
        assert not controls(out)
        assert "\u202e" not in out


class TestSearch:
    def test_hits_are_items(self, mail: Shell) -> None:
        items = mail.json("search", "is:unread", "--limit", "5")
        assert len(items) == 5
        for item in items:
            is_item(item)
            assert "seen" not in item["flags"]
        items = mail.json("list", "INBOX")
        subject = next(word for item in items for word in re.findall(r"\b[a-z]{5,}\b", item["subject"]))
        found = mail.json("search", f"subject:{subject}", "folder:INBOX", "--limit", "10000")
        assert {item["folder"] for item in found} == {"INBOX"}
        assert all(subject in item["subject"].lower() for item in found)

    def test_no_hit_is_no_error(self, mail: Shell) -> None:
        assert mail.json("search", "xyzzyplugh") == []
        outcome = mail.run("search", "xyzzyplugh")
        assert (outcome.code, outcome.out) == (0, "")

    def test_a_query_that_cannot_be_read_points_at_the_place(self, mail: Shell) -> None:
        outcome = mail.run("search", "--json", "a (b")
        assert outcome.code == 2
        error = outcome.document["error"]
        assert error["kind"] == "query"
        assert 0 <= error["position"] <= 4
        assert "character" in outcome.sentence

    @pytest.mark.parametrize("words", [["zebra -x (b"], ["zebra", "-x", "(b"], ["  zebra", " (b"]])
    def test_the_place_is_that_of_what_was_typed(self, mail: Shell, words: list[str]) -> None:
        position = mail.json("search", *words, code=2)["error"]["position"]
        assert " ".join(words)[position] == "("

    def test_a_word_with_a_dash_is_no_option(self, mail: Shell) -> None:
        read = mail.json("search", "folder:INBOX", "is:read")
        assert read == mail.json("search", "folder:INBOX", "-is:unread")
        assert mail.json("search", "-is:unread", "--limit", "5") == mail.json("search", "is:read", "--limit", "5")
        assert mail.json("search", "--", "-is:unread", "folder:INBOX") == read


class TestRead:
    def test_the_shape(self, mail: Shell) -> None:
        for item in mail.json("list", "INBOX", "--limit", "30"):
            read = mail.json("read", str(item["id"]))
            assert list(read) == READ
            assert {key: read[key] for key in ITEM} == item
            assert not controls(read["text"])
            assert list(read["authentication"]) == ["spf", "dkim", "dmarc", "by"]
            for part in read["parts"]:
                assert list(part) == ["id", "type", "name", "size", "disposition"]
            for warning in read["warnings"]:
                assert list(warning) == ["kind", "text"]

    def test_a_body_fetched_for_it_says_what_is_attached(self, shell: Shell) -> None:
        prepare_demo_home(Home.find(str(shell.home), {}))
        shell.json("sync", "--bodies", "none")
        item = next(each for each in shell.json("list", "INBOX") if each["subject"].startswith("Faktura"))
        assert item["attachments"] is None
        read = shell.json("read", str(item["id"]))
        assert read["attachments"] == sum(part["disposition"] == "attachment" for part in read["parts"]) > 0

    def test_it_does_not_mark_as_read(self, mail: Shell) -> None:
        (item,) = mail.json("search", "is:unread", "--limit", "1")
        mail.run("read", str(item["id"]))
        assert mail.json("read", str(item["id"]))["flags"] == item["flags"]
        assert mail.json("pending") == []

    def test_forms(self, mail: Shell) -> None:
        (item,) = mail.json("search", "from:grace", "--limit", "1")
        number = str(item["id"])
        raw = mail.run("read", number, "--raw").out
        assert raw.encode()[:1000].count(b"\n") > 3
        assert item["message_id"] in raw
        headers = mail.run("read", number, "--headers").out
        assert f"Subject: {item['subject']}" in headers
        text = mail.run("read", number, "--text").out
        assert mail.json("read", number)["text"].strip() == text.strip()
        whole = mail.run("read", number).out
        assert whole.index(item["subject"]) < whole.index(text.strip()[:20])

    def test_a_part_goes_to_a_new_file_only(self, mail: Shell, tmp_path: Path) -> None:
        (item,) = mail.json("search", "has:attachment", "--limit", "1")
        parts = mail.json("read", str(item["id"]))["parts"]
        part = next(part for part in parts if part["disposition"] == "attachment")
        target = tmp_path / "part"
        answer = mail.json("read", str(item["id"]), "--part", part["id"], "--output", str(target))
        assert answer == {"id": item["id"], "part": part["id"], "path": str(target), "size": part["size"]}
        assert target.stat().st_size == part["size"]
        code, _, sentence = mail.fails("read", str(item["id"]), "--part", part["id"], "--output", str(target))
        assert code == 2
        assert "exists" in sentence
        assert mail.fails("read", str(item["id"]), "--part", "99", "--output", f"{target}2")[0] == 1

    def test_what_does_not_go_together_is_told(self, mail: Shell) -> None:
        for arguments in (["--raw"], ["--headers"], ["--html"], ["--part", "1"]):
            assert mail.fails("read", "1", *arguments)[0] == 2
        assert mail.run("read", "1", "--output", "x").code == 2

    @pytest.mark.parametrize("number", ["999999", "1000000000000"])
    def test_an_unknown_number_is_one(self, mail: Shell, number: str) -> None:
        assert mail.fails("read", number)[:2] == (1, "not-found")
