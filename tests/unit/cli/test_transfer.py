"""`export` and `import`: the same bytes in both directions, nothing overwritten."""

import contextlib
import mailbox
from pathlib import Path

import pytest

from tests.fakes.messages import make_messages
from tests.unit.cli.running import Shell
from tui_mail.mime.mbox import read_mboxrd, write_mboxrd


def raws(mail: Shell, folder: str) -> set[bytes]:
    from tui_mail.config.paths import Home
    from tui_mail.model.ids import ItemId
    from tui_mail.store.reader import Reader

    reader = Reader(Home.find(str(mail.home), {}))
    try:
        found = [reader.raw(ItemId(item["id"])) for item in mail.json("list", folder, "--limit", "10000")]
    finally:
        reader.close()
    assert None not in found
    return {raw for raw in found if raw is not None}


class TestExport:
    def test_a_maildir_holds_the_stored_bytes(self, mail: Shell, tmp_path: Path) -> None:
        answer = mail.json("export", "INBOX", "--maildir", str(tmp_path / "out"))
        assert answer["missing"] == 0
        files = list((tmp_path / "out/cur").iterdir())
        assert len(files) == answer["messages"] == len(mail.json("list", "INBOX", "--limit", "10000"))
        assert {path.read_bytes() for path in files} == raws(mail, "INBOX")
        unread = sum("S" not in path.name.rpartition(",")[2] for path in files)
        assert unread == next(each["unread"] for each in mail.json("folders") if each["role"] == "inbox")

    def test_an_mbox_reads_back_to_the_same(self, mail: Shell, tmp_path: Path) -> None:
        path = tmp_path / "out.mbox"
        answer = mail.json("export", "INBOX", "--mbox", str(path))
        with path.open("rb") as stream:
            messages = list(read_mboxrd(stream))
        assert len(messages) == answer["messages"]
        assert set(messages) == raws(mail, "INBOX")
        with contextlib.closing(mailbox.mbox(str(path), create=False)) as other:
            assert len(other) >= answer["messages"]
        assert [each.name for each in tmp_path.iterdir() if "part" in each.name] == []

    def test_nothing_is_overwritten(self, mail: Shell, tmp_path: Path) -> None:
        path = tmp_path / "mine"
        path.write_text("precious")
        assert mail.fails("export", "INBOX", "--mbox", str(path))[0] == 2
        assert mail.fails("export", "INBOX", "--maildir", str(path))[0] == 2
        assert mail.fails("export", "INBOX", "--maildir", str(tmp_path))[0] == 2
        assert mail.fails("export", "INBOX", "--mbox", str(tmp_path / "no/such/directory"))[0] == 2
        assert path.read_text() == "precious"


class TestImport:
    @pytest.mark.parametrize("form", ["--mbox", "--maildir"])
    def test_what_was_exported_comes_back(self, mail: Shell, tmp_path: Path, form: str) -> None:
        path = tmp_path / "out"
        mail.json("export", "drafts", form, str(path))
        mail.json("folder", "create", "Back", "--no-engine")
        answer = mail.json("import", str(path), "--folder", "Back", "--now")
        assert isinstance(answer["action"], int)
        assert answer["pending"] == []
        mail.json("sync", "--bodies", "all")
        assert raws(mail, "Back") == raws(mail, "drafts")
        assert len(mail.json("list", "Back")) == len(answer["items"]) > 0

    def test_one_message(self, mail: Shell, tmp_path: Path) -> None:
        path = tmp_path / "one.eml"
        path.write_bytes(b"Subject: hello there\r\nFrom: a@b\r\nMessage-ID: <one@b>\r\n\r\nbody\r\n")
        mail.json("import", str(path), "--folder", "INBOX", "--now")
        mail.json("sync")
        (item,) = mail.json("search", "subject:hello", "subject:there", "folder:INBOX")
        assert item["message_id"] == "one@b"

    def test_an_import_is_one_action_that_can_be_taken_back(self, mail: Shell, tmp_path: Path) -> None:
        path = tmp_path / "many.mbox"
        with path.open("wb") as stream:
            for made in make_messages(1200):
                write_mboxrd(stream, made.raw, "a@example.org", made.received)
        before = len(mail.json("list", "INBOX", "--limit", "10000"))
        answer = mail.json("import", str(path), "--folder", "INBOX", "--no-engine")
        assert len(set(answer["items"])) == len(answer["pending"]) == 1200
        assert len(mail.json("list", "INBOX", "--limit", "10000")) == before + 1200
        assert mail.json("undo", "--no-engine")["action"] == answer["action"]
        assert len(mail.json("list", "INBOX", "--limit", "10000")) == before
        mail.json("sync")
        assert len(mail.json("list", "INBOX", "--limit", "10000")) == before
        assert mail.json("pending") == []

    def test_nothing_is_created_for_a_file_without_mail(self, mail: Shell, tmp_path: Path) -> None:
        mail.json("folder", "delete", "archive", "--yes", "--now")
        (tmp_path / "nothing").write_bytes(b"\n")
        assert mail.fails("import", str(tmp_path / "nothing"), "--folder", "archive")[0] == 2
        assert mail.json("pending") == []
        (tmp_path / "one").write_bytes(b"Subject: one\r\n\r\n")
        assert len(mail.json("import", str(tmp_path / "one"), "--folder", "archive", "--no-engine")["items"]) == 1
        assert len(mail.json("list", "Archive")) == 1

    def test_empty_lines_before_the_first_message(self, mail: Shell, tmp_path: Path) -> None:
        path = tmp_path / "late.mbox"
        path.write_bytes(b"\n\nFrom a@b Thu Jan  1 00:00:00 2026\nSubject: late\n\nx\n\n")
        answer = mail.json("import", str(path), "--folder", "INBOX", "--no-engine")
        assert mail.json("read", str(answer["items"][0]))["subject"] == "late"

    def test_what_is_no_mail_is_told(self, mail: Shell, tmp_path: Path) -> None:
        (tmp_path / "empty").mkdir()
        (tmp_path / "nothing").write_bytes(b"\n")
        (tmp_path / "picture").write_bytes(b"\x89PNG\r\n\x1a\n" + bytes(range(256)))
        for name in ("none", "empty", "nothing", "picture"):
            assert mail.fails("import", str(tmp_path / name), "--folder", "INBOX")[0] == 2
        assert mail.json("pending") == []

    @pytest.mark.parametrize(
        "content",
        [
            b"root:x:0:0:root:/root:/bin/bash\nmail:x:8:8:mail:/var/mail:/usr/sbin/nologin\n",
            b"From here to there\nit is a long way.\n",
            b"note: to do\n\nSubject: not in the header\n",
        ],
    )
    def test_a_text_with_colons_is_no_message(self, mail: Shell, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "text").write_bytes(content)
        code, _kind, sentence = mail.fails("import", str(tmp_path / "text"), "--folder", "INBOX")
        assert code == 2
        assert "neither an mbox file nor a Maildir nor a message" in sentence
        assert mail.json("pending") == []

    @pytest.mark.parametrize(
        "content",
        [
            b"X-Filler: " + b"x" * 9000 + b"\r\nsubject : late\r\n\r\nbody",
            b"Subject: only CR\rTo: a@b\r\rbody",
            b"\xef\xbb\xbfSubject: marked\n\nbody",
            b"From ada@example.org\nSubject: undated\n\nbody\n",
        ],
    )
    def test_odd_messages_are_messages(self, mail: Shell, tmp_path: Path, content: bytes) -> None:
        (tmp_path / "odd").write_bytes(content)
        assert len(mail.json("import", str(tmp_path / "odd"), "--folder", "INBOX", "--no-engine")["items"]) == 1
