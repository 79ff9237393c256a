"""``save``, ``verify``, ``images``, ``answer``, ``unsubscribe``: files, words, and mail through the outbox."""

from __future__ import annotations

import email
import email.policy
import stat
from pathlib import Path

from tests.unit.cli.running import Shell
from tests.unit.cli.test_sending import raw
from tui_mail.backends.demo import PERSON_ADDRESS


def number(shell: Shell, *query: str) -> str:
    """The newest message found."""
    found = shell.json("search", *query, "--limit", "1")
    assert found, query
    return str(found[0]["id"])


class TestSave:
    def test_the_exact_bytes_and_never_over_a_file(self, mail: Shell, tmp_path: Path) -> None:
        item = number(mail, "list:letters")
        original = mail.run("read", item, "--raw", "--output", str(tmp_path / "raw"))
        assert original.code == 0
        paths = [Path(mail.json("save", item, "--to", str(tmp_path))["saved"][0]) for _time in range(2)]
        assert paths[0] != paths[1]
        for path in paths:
            assert path.parent == tmp_path
            assert path.suffix == ".eml"
            assert path.read_bytes() == (tmp_path / "raw").read_bytes()
            assert stat.S_IMODE(path.stat().st_mode) == 0o600

    def test_text_and_attachments(self, mail: Shell, tmp_path: Path) -> None:
        item = number(mail, "has:attachment")
        (text,) = mail.json("save", item, "--text", "--to", str(tmp_path))["saved"]
        assert "\x1b" not in Path(text).read_text()
        known = [part for part in mail.json("read", item)["parts"] if part["disposition"] == "attachment"]
        saved = mail.json("save", item, "--attachments", "--to", str(tmp_path))["saved"]
        assert len(saved) >= len(known) > 0
        assert {Path(path).parent for path in saved} == {tmp_path}

    def test_no_folder_no_message_and_some_messages(self, mail: Shell, tmp_path: Path) -> None:
        item = number(mail, "has:attachment")
        assert mail.fails("save", item, "--to", str(tmp_path / "gone"))[:2] == (2, "usage")
        assert mail.fails("save", "4711", "--to", str(tmp_path))[:2] == (1, "not-found")
        assert len(mail.json("save", item, "4711", "--to", str(tmp_path), code=6)["saved"]) == 1


def test_a_message_nobody_signed_says_so_and_asks_nobody(mail: Shell) -> None:
    document = mail.json("verify", number(mail, "list:letters"))
    assert document["confirmed"] is False
    assert document["signatures"] == []
    assert "no DKIM signature" in document["text"]
    assert "no DKIM signature" in mail.run("verify", str(document["id"])).out


def test_images_are_not_fetched_without_a_yes(mail: Shell, tmp_path: Path) -> None:
    plain = number(mail, "has:attachment")
    assert mail.fails("images", plain, "--to", str(tmp_path / "gone"))[:2] == (2, "usage")
    assert not list(tmp_path.glob("*.png"))


class TestAnswer:
    def test_an_invitation_is_answered_by_mail(self, mail: Shell) -> None:
        item = number(mail, "file:invite.ics")
        done = mail.json("answer", item, "perhaps", "--no-engine")
        assert done["state"] == "queued"
        message = email.message_from_bytes(raw(mail), policy=email.policy.default)
        assert message["From"].addresses[0].addr_spec == PERSON_ADDRESS
        assert message["Subject"].startswith("Tentative: ")
        (calendar,) = [part for part in message.walk() if part.get_content_type() == "text/calendar"]
        assert "PARTSTAT=TENTATIVE" in calendar.get_content().replace("\r\n ", "")

    def test_it_is_read_with_what_the_calendar_says(self, mail: Shell) -> None:
        path = Path(__file__).parents[2] / "data/calendar-request.eml"
        item = mail.json("import", str(path), "--folder", "INBOX", "--no-engine")["items"][0]
        rows = mail.run("read", str(item)).out.split("\n")
        assert "Changed invitation  Compiler review, part 2" in rows
        assert "where  Room 5; second floor" in rows
        assert "who    Grace Hopper invites · accepted: Alan Turing" in rows
        assert not any(row.startswith("Warning:") for row in rows)

    def test_what_is_no_invitation(self, mail: Shell) -> None:
        assert mail.fails("answer", number(mail, "list:letters"), "accept")[:2] == (2, "usage")

    def test_who_is_not_on_the_list_is_told(self, mail: Shell, tmp_path: Path) -> None:
        raw = (Path(__file__).parents[2] / "data/calendar-request.eml").read_bytes()
        (tmp_path / "other.eml").write_bytes(raw.replace(b"me@example.org", b"somebody@example.org"))
        item = mail.json("import", str(tmp_path / "other.eml"), "--folder", "INBOX", "--no-engine")["items"][0]
        done = mail.run("answer", str(item), "decline", "--no-engine")
        assert done.code == 0
        assert "None of your addresses is on its list" in done.err


class TestUnsubscribe:
    def test_the_ways_are_listed_and_the_practice_mailbox_asks_nobody(self, mail: Shell) -> None:
        item = number(mail, "list:letters")
        document = mail.json("unsubscribe", item, "--list")
        assert [way["by"] for way in document["ways"]] == ["one-click", "mailto", "link"]
        assert document["list"].startswith("letters.")
        code, kind, text = mail.fails("unsubscribe", item, "--yes")
        assert (code, kind) == (5, "refused")
        assert "practice mailbox" in text

    def test_by_mail_it_goes_through_the_outbox_and_is_remembered(self, mail: Shell) -> None:
        item = number(mail, "list:letters")
        code, kind, text = mail.fails("unsubscribe", item)
        assert (code, kind) == (2, "usage")
        assert "--yes" in text
        done = mail.json("unsubscribe", item, "--by", "mailto", "--yes", "--no-engine")
        assert done["state"] == "queued"
        message = email.message_from_bytes(raw(mail), policy=email.policy.default)
        assert message["Subject"] == "leave"
        assert message["To"].addresses[0].username == "leave"
        assert "left-list" in [warning["kind"] for warning in mail.json("read", item)["warnings"]]

    def test_a_page_is_named_and_nothing_is_fetched(self, mail: Shell) -> None:
        done = mail.run("unsubscribe", number(mail, "list:letters"), "--by", "link")
        assert done.code == 0
        assert "https://" in done.out

    def test_no_list_no_way(self, mail: Shell) -> None:
        assert mail.fails("unsubscribe", number(mail, "file:invite.ics"))[:2] == (1, "not-found")
