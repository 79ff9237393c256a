"""``send`` and ``outbox``: what may be sent, how it is answered, and the exit codes scripts rely on."""

from __future__ import annotations

import email
import email.policy
import io
import sys
from pathlib import Path

import pytest

from tests.fakes.scripted_smtp import PASSWORD, USER, ScriptedSmtp
from tests.unit.cli.running import Shell
from tui_mail.backends.demo import PERSON_ADDRESS
from tui_mail.config.accountfiles import save_account
from tui_mail.config.accounts import from_table
from tui_mail.config.paths import Home

ARGUMENTS = ("--to", "Grace Hopper <grace@example.org>", "--subject", "Minutes", "--body", "As promised.")


def raw(shell: Shell, number: int = 0) -> bytes:
    """The octets of a message in the outbox, as they are frozen."""
    from tui_mail.cli.context import Context

    context = Context(Home.find(str(shell.home), {}), {}, None)
    try:
        message = context.outbox.messages(ended=True)[number]
        return (context.home.raw_dir / message.raw).read_bytes()
    finally:
        context.close()


def test_a_message_of_options_is_queued_and_held(mail: Shell, tmp_path: Path) -> None:
    (tmp_path / "minutes.txt").write_bytes(b"\x00\xffbytes")
    done = mail.run(
        "--json", "send", *ARGUMENTS, "--cc", "alan@example.org", "--cc", "ada@example.org", "--bcc", "eve@example.org",
        "--attach", str(tmp_path / "minutes.txt"), "--no-engine",
    )  # fmt: skip
    assert done.code == 0
    assert set(done.document) == {"id", "state"}
    assert done.document["state"] == "queued"
    (listed,) = mail.run("--json", "outbox").document
    assert set(listed) == {"id", "state", "to", "subject", "attempts", "error", "not_before"}
    assert listed["to"] == [{"name": "Grace Hopper", "address": "grace@example.org"}]
    assert (listed["subject"], listed["attempts"], listed["error"]) == ("Minutes", 0, None)
    assert listed["not_before"].endswith("Z")
    message = email.message_from_bytes(raw(mail), policy=email.policy.default)
    assert message["Cc"] == "alan@example.org, ada@example.org"
    assert message["From"].addresses[0].addr_spec == PERSON_ADDRESS
    assert message["Bcc"] is None
    assert b"eve" not in raw(mail)
    (attachment,) = message.iter_attachments()
    assert attachment.get_content() == b"\x00\xffbytes" or attachment.get_payload(decode=True) == b"\x00\xffbytes"


def test_undo_takes_it_back_and_it_is_a_draft(mail: Shell) -> None:
    sent = mail.run("--json", "send", *ARGUMENTS, "--no-engine").document
    undone = mail.run("--json", "undo", "--no-engine")
    assert undone.code == 0
    assert [(each["id"], each["state"]) for each in mail.run("--json", "outbox", "list").document] == [
        (sent["id"], "cancelled")
    ]
    assert mail.run("--json", "list", "drafts").document[0]["subject"] == "Minutes"
    again = mail.run("outbox", "cancel", str(sent["id"]), "--no-engine")
    assert again.code == 2
    assert "Drafts" in again.sentence
    mail.run("--json", "sync")
    drafts = [item for item in mail.run("--json", "list", "drafts").document if item["subject"] == "Minutes"]
    assert [item["flags"] for item in drafts] == [["seen", "draft"]]


def test_sending_now_arrives_and_leaves_a_copy(mail: Shell) -> None:
    before = len(mail.run("--json", "list", "INBOX", "--limit", "1000").document)
    done = mail.run("--json", "send", "--to", PERSON_ADDRESS, "--subject", "To me", "--body", "Hello", "--now")
    assert (done.code, done.document["state"]) == (0, "sent")
    mail.run("--json", "sync")
    inbox = mail.run("--json", "list", "INBOX", "--limit", "1000").document
    assert len(inbox) == before + 1
    assert inbox[0]["subject"] == "To me"
    assert inbox[0]["flags"] == []
    (copy,) = [item for item in mail.run("--json", "list", "sent").document if item["subject"] == "To me"]
    assert copy["flags"] == ["seen"]
    assert copy["message_id"] == inbox[0]["message_id"]
    assert mail.run("--json", "pending").document == []


def test_a_refused_recipient_is_exit_5_and_nothing_is_sent(mail: Shell) -> None:
    done = mail.run("--json", "send", "--to", f"{PERSON_ADDRESS}, nobody@refused.example", "--subject", "x", "--now")
    assert done.code == 5
    assert done.document["state"] == "failed"
    assert done.document["error"]["kind"] == "recipients-refused"
    mail.run("--json", "sync")
    assert "x" not in [item["subject"] for item in mail.run("--json", "list", "INBOX").document]


def test_a_message_whose_copy_waits_was_sent_all_the_same(shell: Shell) -> None:
    with ScriptedSmtp() as server:
        shell.json(
            "account", "add", "ada@example.org", "--user", USER, "--password-command", f"echo {PASSWORD}", "--no-check",
            "--imap", "127.0.0.1:1", "--smtp", f"127.0.0.1:{server.port}", "--security", "none",
        )  # fmt: skip
        done = shell.run("--json", "send", *ARGUMENTS, "--now")
    assert [message.recipients for message in server.accepted] == [("grace@example.org",)]
    assert (done.code, done.document) == (0, {"id": 1, "state": "sent"})
    assert "was sent" in done.sentence
    assert "127.0.0.1" in done.sentence


def test_a_whole_message_is_sent_as_it_is(mail: Shell, tmp_path: Path) -> None:
    path = tmp_path / "letter.eml"
    path.write_bytes(
        f"From: {PERSON_ADDRESS}\nTo: grace@example.org\nBcc: eve@example.org\nSubject: Hi\n\nBody\n.dot\n".encode()
    )
    done = mail.run("--json", "send", str(path), "--no-engine")
    assert done.code == 0
    frozen = raw(mail)
    assert b"\r\n\r\nBody\r\n.dot\r\n" in frozen
    assert b"eve" not in frozen
    assert b"Message-ID: <" in frozen


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("send",), "FILE"),
        (("send", "letter.eml", "--to", "a@b.example"), "not both"),
        (("send", "/no/such/file"), "/no/such/file"),
        (("send", "--to", "nobody", "--subject", "x"), "nobody"),
        (("send", "--subject", "x"), "fill in To"),
        (("send", "--to", "a@b.example", "--attach", "/no/such/file"), "/no/such/file"),
        (("send", "--to", "a@b.example", "--from", "stranger@example.org"), "stranger@example.org"),
        (("outbox", "cancel", "99"), "99"),
    ],
)
def test_what_cannot_be_sent_is_said_in_a_sentence(mail: Shell, arguments: tuple[str, ...], says: str) -> None:
    done = mail.run(*arguments)
    assert done.code in {1, 2}
    assert says in done.sentence
    assert mail.run("--json", "outbox").document == []


def test_from_chooses_the_account_and_is_needed_where_there_are_two(shell: Shell) -> None:
    home = Home.find(str(shell.home), {})
    home.create()
    imap = {"host": "127.0.0.1", "port": 1, "security": "tls"}
    for name, aliases in (("one", []), ("two", ["Second <second@example.com>"])):
        save_account(
            home,
            from_table(
                {"name": name, "email": f"{name}@example.org", "imap": imap, "password": "none", "aliases": aliases}
            ),
        )
    done = shell.run("send", *ARGUMENTS, "--no-engine")
    assert done.code == 2
    assert "second@example.com" in done.sentence
    assert shell.run("--account", "two", "send", *ARGUMENTS, "--no-engine").code == 0
    assert shell.run("send", *ARGUMENTS, "--from", "second@example.com", "--no-engine").code == 0
    assert b"From: Second <second@example.com>" in raw(shell, 1)
    assert len(shell.run("--json", "--account", "two", "outbox").document) == 2
    assert shell.run("--json", "--account", "one", "outbox").document == []
    removed = shell.run("account", "remove", "two")
    assert removed.code == 2
    assert "2 messages not yet sent" in removed.sentence


def test_octets_that_are_no_text_are_not_sent(mail: Shell, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    broken = b"caf\xe9".decode("utf-8", "surrogateescape")
    for option in ("--subject", "--body", "--to", "--from"):
        code, _kind, sentence = mail.fails("send", "--to", "grace@example.org", option, broken)
        assert (code, "caf\ufffd is not in UTF-8" in sentence) == (2, True)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(b"caf\xe9"), encoding="utf-8"))
    code, _kind, sentence = mail.fails("send", "--to", "grace@example.org", "--body", "-")
    assert (code, "standard input is not in UTF-8" in sentence) == (2, True)
    assert mail.json("outbox") == []
    path = tmp_path / b"caf\xe9.txt".decode("utf-8", "surrogateescape")
    path.write_text("the name of a file may be any octets")
    assert mail.json("send", "--to", "grace@example.org", "--attach", str(path), "--no-engine")["state"] == "queued"
