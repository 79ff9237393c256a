"""Commands that write: shown at once, taken back, carried out by an engine, partly done."""

from typing import Any

import pytest

from tests.unit.cli.running import Shell
from tui_mail.config.paths import Home
from tui_mail.link.lock import EngineLock
from tui_mail.model.clock import FrozenClock
from tui_mail.model.flags import Flag
from tui_mail.model.ids import AccountName
from tui_mail.model.remote import FlagChange, Page
from tui_mail.store.writer import Writer

ACTION = ["action", "items", "pending"]


def inbox(mail: Shell, count: int = 3) -> list[dict[str, Any]]:
    items: list[dict[str, Any]] = mail.json("list", "INBOX", "--limit", str(count))
    return items


def folder(mail: Shell, name: str) -> dict[str, Any] | None:
    return next((each for each in mail.json("folders") if name in {each["name"], each["role"]}), None)


def here(mail: Shell, name: str) -> set[int]:
    return {item["id"] for item in mail.json("list", name, "--limit", "10000")}


class TestMark:
    def test_it_shows_at_once_and_is_undone(self, mail: Shell) -> None:
        unread = folder(mail, "INBOX")
        assert unread
        (item,) = mail.json("search", "is:unread", "folder:INBOX", "--limit", "1")
        answer = mail.json("mark", str(item["id"]), "--read", "--no-engine")
        assert list(answer) == ACTION
        assert answer["items"] == [item["id"]]
        assert isinstance(answer["action"], int)
        (operation,) = mail.json("pending")
        assert answer["pending"] == [operation["id"]]
        assert mail.json("read", str(item["id"]))["flags"] == [*item["flags"], "seen"]
        after = folder(mail, "INBOX")
        assert after
        assert after["unread"] == unread["unread"] - 1
        undone = mail.json("undo", "--no-engine")
        assert undone["items"] == [item["id"]]
        assert mail.json("read", str(item["id"]))["flags"] == item["flags"]
        assert folder(mail, "INBOX") == unread
        mail.json("redo", "--no-engine")
        assert "seen" in mail.json("read", str(item["id"]))["flags"]

    def test_what_is_so_already_changes_nothing(self, mail: Shell) -> None:
        (item,) = mail.json("search", "is:read", "--limit", "1")
        assert mail.json("mark", str(item["id"]), "--read", "--no-engine") == {
            "action": None,
            "items": [],
            "pending": [],
        }
        assert mail.run("mark", str(item["id"]), "--read", "--no-engine").out == "Nothing to change.\n"

    def test_the_same_again_waits_for_what_the_first_one_wrote(self, mail: Shell) -> None:
        number = str(inbox(mail, 1)[0]["id"])
        first = mail.json("mark", number, "--flag", "--no-engine")
        assert first["pending"]
        again = mail.json("mark", number, "--flag", "--no-engine")
        assert again == {"action": None, "items": [], "pending": first["pending"]}
        waited = mail.json("mark", number, "--flag", "--now")
        assert waited == {"action": None, "items": [], "pending": []}
        assert mail.json("pending") == []

    def test_stars(self, mail: Shell) -> None:
        number = str(inbox(mail, 1)[0]["id"])
        mail.json("mark", number, "--flag", "--no-engine")
        assert "flagged" in mail.json("read", number)["flags"]
        mail.json("mark", number, "--unflag", "--no-engine")
        assert "flagged" not in mail.json("read", number)["flags"]


class TestWords:
    def test_a_person_reads_what_was_done(self, mail: Shell) -> None:
        first, second = (str(item["id"]) for item in inbox(mail, 2))
        for arguments, words in (
            (["archive", first, second], "2 messages moved to Archive."),
            (["undo"], "Taken back: 2 messages moved to Archive."),
            (["redo"], "2 messages moved to Archive."),
            (["mark", first, "--flag"], "1 message starred."),
            (["copy", first, "Travel"], "1 message copied to Travel."),
            (["delete", first, "--forever"], "1 message deleted for ever."),
            (["folder", "create", "New"], "Folder New created."),
            (["folder", "rename", "New", "Newer"], "Folder renamed to Newer."),
            (["undo"], "Taken back: Folder renamed to Newer."),
            (["folder", "unsubscribe", "New"], "No longer subscribed to New."),
            (["folder", "subscribe", "New"], "Subscribed to New."),
            (["folder", "delete", "New", "--yes"], "Folder New deleted."),
            (["folder", "create", "Travel"], "Nothing to change."),
        ):
            outcome = mail.run(*arguments, "--no-engine")
            assert (outcome.code, outcome.out) == (0, f"{words}\n"), arguments


@pytest.mark.parametrize(("command", "words"), [("undo", "nothing to undo"), ("redo", "nothing to do again")])
def test_nothing_to_take_back_or_to_do_again(shell: Shell, mail: Shell, command: str, words: str) -> None:
    for empty in (shell, mail):  # without a store, and in one where nothing was done
        code, _kind, sentence = empty.fails(command, "--no-engine")
        assert code == 1
        assert words in sentence


class TestMove:
    def test_archive_keeps_the_number(self, mail: Shell) -> None:
        items = [item["id"] for item in inbox(mail)]
        before = folder(mail, "INBOX")
        answer = mail.json("archive", *map(str, items), "--no-engine")
        assert sorted(answer["items"]) == sorted(items)
        assert not here(mail, "INBOX") & set(items)
        assert here(mail, "archive") >= set(items)
        after = folder(mail, "INBOX")
        assert before
        assert after
        assert after["total"] == before["total"] - 3
        mail.json("undo", "--no-engine")
        assert here(mail, "INBOX") >= set(items)
        assert folder(mail, "INBOX") == before

    def test_undo_goes_many_steps_back(self, mail: Shell) -> None:
        before = here(mail, "INBOX")
        for item in inbox(mail, 4):
            mail.json("archive", str(item["id"]), "--no-engine")
        for _ in range(4):
            mail.json("undo", "--no-engine")
        assert here(mail, "INBOX") == before
        assert mail.fails("undo")[:2] == (1, "nothing-to-undo")

    def test_copy_is_a_new_item_of_the_same_content(self, mail: Shell) -> None:
        (item,) = inbox(mail, 1)
        mail.json("folder", "create", "Copies", "--no-engine")
        mail.json("copy", str(item["id"]), "Copies", "--now")
        (copy,) = mail.json("list", "Copies")
        assert copy["id"] != item["id"]
        assert copy["content"] == item["content"]
        assert item["id"] in here(mail, "INBOX")

    def test_unknown_folders_and_other_accounts(self, mail: Shell) -> None:
        number = str(inbox(mail, 1)[0]["id"])
        assert mail.fails("move", number, "Nowhere")[:2] == (1, "not-found")
        (mail.home / "config/accounts/other.toml").write_text('email = "o@example.org"\nkind = "demo"\n')
        code, _, sentence = mail.fails("move", number, "other:INBOX")
        assert code == 2
        assert "demo" in sentence

    def test_one_of_several_unknown_is_partly_done(self, mail: Shell) -> None:
        (item,) = inbox(mail, 1)
        outcome = mail.run("--json", "archive", str(item["id"]), "999999", "--no-engine")
        assert outcome.code == 6
        assert outcome.document["items"] == [item["id"]]
        assert outcome.document["error"]["kind"] == "partly"
        assert "999999" in outcome.sentence
        assert mail.fails("archive", "999999")[:2] == (1, "not-found")

    @pytest.mark.parametrize("words", ["archive 1", "delete 1", "delete 1 --forever", "mark 1 --read", "move 1 trash"])
    def test_in_a_home_without_mail_every_number_is_unknown(self, shell: Shell, words: str) -> None:
        assert shell.fails(*words.split())[:2] == (1, "not-found")


class TestDelete:
    def test_to_trash_then_for_ever(self, mail: Shell) -> None:
        number = inbox(mail, 1)[0]["id"]
        mail.json("delete", str(number), "--no-engine")
        assert number in here(mail, "trash")
        mail.json("delete", str(number), "--now")
        assert number not in here(mail, "trash")
        assert mail.fails("read", str(number))[0] == 1
        assert mail.json("pending") == []
        assert mail.fails("undo")[0] == 1

    def test_forever_from_anywhere(self, mail: Shell) -> None:
        number = inbox(mail, 1)[0]["id"]
        mail.json("delete", str(number), "--forever", "--no-engine")
        assert number not in here(mail, "INBOX") | here(mail, "trash")

    def test_some_here_some_in_the_trash(self, mail: Shell) -> None:
        first, second = (item["id"] for item in inbox(mail, 2))
        mail.json("delete", str(first), "--no-engine")
        answer = mail.json("delete", str(first), str(second), "--no-engine")
        assert sorted(answer["items"]) == sorted([first, second])
        assert len(answer["pending"]) == 2
        assert second in here(mail, "trash")
        assert first not in here(mail, "trash")
        mail.json("undo", "--no-engine")
        assert second in here(mail, "INBOX")


class TestDeletedElsewhere:
    def test_the_mark_is_shown_and_taken_away(self, mail: Shell) -> None:
        (item,) = inbox(mail, 1)
        home = Home.find(str(mail.home), {})
        writer = Writer(home, FrozenClock(1_780_000_000))
        (folder,) = [each for each in writer.server_folders(AccountName("demo")) if each.path == "INBOX"]
        change = FlagChange(item["uid"], Flag.DELETED, ())
        writer.put_page(folder.id, Page(folder.uidvalidity, folder.cursor, flags=[change]), ())
        writer.close()
        assert "deleted" in inbox(mail, 1)[0]["flags"]
        assert "(marked as deleted)" in mail.run("list", "INBOX", "--limit", "1").out
        answer = mail.json("mark", str(item["id"]), "--undelete", "--no-engine")
        assert answer["items"] == [item["id"]]
        assert "deleted" not in inbox(mail, 1)[0]["flags"]
        mail.json("undo", "--no-engine")
        assert "deleted" in inbox(mail, 1)[0]["flags"]
        assert mail.run("mark", str(item["id"]), "--undelete").out == "1 message no longer marked as deleted.\n"


class TestEngine:
    def test_now_waits_for_the_server_and_leaves_nothing(self, mail: Shell) -> None:
        numbers = [item["id"] for item in inbox(mail)]
        answer = mail.json("archive", *map(str, numbers), "--now")
        assert answer["pending"] == []
        assert mail.json("pending") == []
        items = [item for item in mail.json("list", "archive", "--limit", "1000") if item["id"] in numbers]
        assert len(items) == 3
        assert all(isinstance(item["uid"], int) for item in items)
        assert mail.json("status")["engine"]["running"] is False
        assert mail.json("sync")["accounts"][0]["new"] == 0

    def test_pending_says_what_waits(self, mail: Shell) -> None:
        numbers = [item["id"] for item in inbox(mail, 2)]
        mail.json("archive", *map(str, numbers), "--no-engine")
        (operation,) = mail.json("pending")
        assert list(operation) == "id account kind items target state attempts error created".split()
        assert operation["kind"] == "move"
        assert sorted(operation["items"]) == sorted(numbers)
        assert operation["state"] == "queued"
        assert operation["attempts"] == 0
        assert operation["error"] is None
        out = mail.run("pending").out
        assert "Move 2 messages to Archive" in out
        assert "waits for the engine to start" in out

    def test_what_was_refused_is_tried_again_or_forgotten(self, mail: Shell) -> None:
        for path in ("Old", "Old/below", "One/below", "Two/below"):
            assert mail.run("folder", "create", path, "--now").code == 0
        for name in ("One", "Two"):  # what would come to stand below it is there already
            assert mail.run("folder", "rename", "Old", name, "--now").code == 5
        refused = {operation["id"]: operation["state"] for operation in mail.json("pending")}
        assert list(refused.values()) == ["failed", "failed"]
        first, second = map(str, refused)
        (left,) = mail.json("pending", "--forget", first)
        assert left["id"] == int(second)
        assert mail.fails("pending", "--forget", first)[:2] == (1, "not-found")
        (again,) = mail.json("pending", "--retry", second)
        assert (again["state"], again["error"]) == ("queued", None)
        mail.json("sync", code=0)
        (again,) = mail.json("pending")
        assert again["state"] == "failed"
        outcome = mail.run("pending", "--forget", str(again["id"]), "99999", "--json")
        assert outcome.code == 6
        assert outcome.document == []
        assert "99999" in outcome.sentence

    def test_a_write_starts_an_engine_that_carries_it_out(self, mail: Shell) -> None:
        import time

        number = inbox(mail, 1)[0]["id"]
        mail.json("archive", str(number))
        deadline = time.monotonic() + 30
        while mail.json("pending"):
            assert time.monotonic() < deadline
            time.sleep(0.05)
        status = mail.json("status")
        assert status["engine"]["running"] is True
        assert isinstance(status["engine"]["pid"], int)
        assert [each["name"] for each in status["accounts"]] == ["demo"]
        assert mail.fails("engine")[:2] == (1, "engine-running")
        mail.json("mark", str(number), "--flag", "--now")
        assert mail.json("pending") == []
        assert mail.json("sync")["accounts"][0]["error"] is None
        assert mail.json("engine", "--stop") == {"stopped": True}
        assert mail.json("engine", "--stop") == {"stopped": False}

    def test_an_engine_that_was_just_started_is_in_the_status_and_can_be_stopped(self, mail: Shell) -> None:
        number = inbox(mail, 1)[0]["id"]
        mail.json("mark", str(number), "--flag")
        assert mail.json("status")["engine"]["running"] is True
        assert mail.json("engine", "--stop") == {"stopped": True}
        assert mail.json("status")["engine"] == {"running": False, "pid": None, "version": None, "paused": False}

    def test_one_folder_is_read_anew_and_keeps_its_numbers(self, mail: Shell) -> None:
        before = inbox(mail)
        (account,) = mail.json("sync", "--folder", "INBOX", "--anew")["accounts"]
        assert (account["new"], account["error"]) == (0, None)
        assert inbox(mail) == before
        for option in ("--anew", "--older", "--whole"):
            assert mail.fails("sync", option)[:2] == (2, "usage")
        assert mail.fails("sync", "--folder", "INBOX", "--older", "--whole")[0] == 2

    def test_a_pause_is_kept_and_told(self, mail: Shell) -> None:
        assert mail.json("engine", "--pause") == {"paused": True}
        assert mail.json("status")["engine"]["paused"] is True
        assert "engine --resume" in mail.run("status").out
        assert mail.json("engine", "--resume") == {"paused": False}
        assert mail.json("status")["engine"]["paused"] is False
        (mail.home / "config/config.toml").write_text("[sync]\npaused = true\n")
        outcome = mail.run("engine", "--resume")
        assert "config.toml says otherwise" in outcome.err
        assert mail.json("engine", "--resume") == {"paused": True}

    def test_what_a_server_wants_to_be_read_stands_in_the_status(self, mail: Shell) -> None:
        writer = Writer(Home.find(str(mail.home), {}), FrozenClock(1_780_000_000))
        writer.note_alert(AccountName("demo"), "\x1b[2JYour mailbox is full")
        writer.close()
        assert mail.json("status")["accounts"][0]["alerts"] == ["\x1b[2JYour mailbox is full"]
        assert "demo: the server says: ␛[2JYour mailbox is full" in mail.run("status").out

    def test_an_engine_that_does_not_answer_is_not_said_to_run(self, mail: Shell) -> None:
        with EngineLock(Home.find(str(mail.home), {})):
            assert "but it does not answer" in mail.run("status").out
            assert mail.json("status")["engine"]["version"] is None

    def test_sync_and_status_have_the_shape(self, mail: Shell) -> None:
        (account,) = mail.json("sync")["accounts"]
        assert list(account) == ["name", "state", "new", "done", "sent", "error"]
        assert account["name"] == "demo"
        status = mail.json("status")
        assert status["engine"] == {"running": False, "pid": None, "version": None, "paused": False}
        (account,) = status["accounts"]
        assert list(account) == ["name", "state", "message", "last_sync", "alerts"]
        assert account["state"] == "offline"
        assert account["last_sync"].endswith("Z")
        assert mail.json("sync", "--folder", "INBOX", "--bodies", "none")["accounts"][0]["new"] == 0
        assert mail.run("sync", "--folder", "Nowhere").code != 0


class TestFolders:
    def test_create_rename_delete(self, mail: Shell) -> None:
        assert mail.json("folder", "create", "Projects/2026", "--now")["pending"] == []
        assert folder(mail, "Projects/2026")
        mail.json("folder", "rename", "Projects/2026", "Projects/2027", "--now")
        assert folder(mail, "Projects/2027")
        assert not folder(mail, "Projects/2026")
        code, _, sentence = mail.fails("folder", "delete", "Projects/2027")
        assert code == 2
        assert "--yes" in sentence
        mail.json("folder", "delete", "Projects/2027", "--yes", "--now")
        assert not folder(mail, "Projects/2027")

    @pytest.mark.parametrize("path", ["", "a//b", "/a", "a/", "a\x1bb", " "])
    def test_paths_that_cannot_be(self, mail: Shell, path: str) -> None:
        assert mail.fails("folder", "create", path)[0] == 2

    def test_there_is_one_inbox_however_it_is_spelt(self, mail: Shell) -> None:
        assert mail.json("folder", "create", "inbox", "--no-engine")["action"] is None
        mail.json("folder", "create", "Other", "--no-engine")
        assert mail.fails("folder", "rename", "Other", "Inbox", "--no-engine")[0] == 2
        mail.json("folder", "create", "inbox/below", "--no-engine")
        assert [each["name"] for each in mail.json("folders") if "inbox" in each["name"].lower()] == [
            "INBOX",
            "INBOX/below",
        ]

    def test_subscriptions(self, mail: Shell) -> None:
        mail.json("folder", "unsubscribe", "Archive", "--now")
        mail.json("folder", "subscribe", "Archive", "--now")


class TestRemove:
    def test_what_is_only_here_is_not_lost_without_a_word(self, mail: Shell) -> None:
        mail.json("archive", str(inbox(mail, 1)[0]["id"]), "--no-engine")
        code, _, sentence = mail.fails("account", "remove", "demo")
        assert code == 2
        assert "--yes" in sentence
        mail.json("account", "remove", "demo", "--yes")
        assert mail.json("folders") == []
        assert mail.json("search", "is:unread") == []
