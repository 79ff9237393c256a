"""The practice mailbox as a server for sending: what arrives, what goes nowhere, what is refused."""

from __future__ import annotations

import email
from pathlib import Path

import pytest

from tui_mail.backends.demo import DEMO_START, PERSON_ADDRESS
from tui_mail.backends.demo.backend import DemoBackend
from tui_mail.backends.demo.sender import LIMIT, DemoSender
from tui_mail.backends.protocol import MailSender
from tui_mail.model.clock import FrozenClock
from tui_mail.model.errors import RecipientsRefused, Refused, Throttled
from tui_mail.model.remote import Outgoing

RAW = b"From: ada@example.org\r\nTo: x@example.com\r\nSubject: hello\r\nMessage-ID: <1@example.org>\r\n\r\n.dot\r\n"


class Commit:
    """Counts how often it was asked."""

    def __init__(self) -> None:
        self.times = 0

    async def __call__(self) -> None:
        self.times += 1


def to(*recipients: str, raw: bytes = RAW) -> Outgoing:
    return Outgoing(PERSON_ADDRESS, recipients, raw, "1@example.org")


@pytest.fixture
def backend(tmp_path: Path) -> DemoBackend:
    return DemoBackend(tmp_path / "mail", FrozenClock(DEMO_START + 60))


@pytest.fixture
def sender(tmp_path: Path) -> MailSender:
    return DemoSender(tmp_path / "mail", FrozenClock(DEMO_START + 60), PERSON_ADDRESS)


async def inbox(backend: DemoBackend) -> list[bytes]:
    await backend.connect()
    box = backend._mailbox.box("INBOX")
    return [backend._mailbox.read(message) for message in box.messages.values()]


@pytest.mark.parametrize("address", [PERSON_ADDRESS, "Ada@Example.ORG", "ada+lists@example.org"])
async def test_what_is_sent_to_oneself_arrives(backend: DemoBackend, sender: MailSender, address: str) -> None:
    before = await inbox(backend)
    commit = Commit()
    assert await sender.connect() == LIMIT
    receipt = await sender.send(to("grace@example.com", address), commit)
    assert (receipt.reply.code, receipt.recipients, commit.times) == (250, ("grace@example.com", address), 1)
    after = await inbox(backend)
    assert len(after) == len(before) + 1
    assert after[-1].endswith(RAW)
    message = email.message_from_bytes(after[-1])
    assert message["Return-Path"] == f"<{PERSON_ADDRESS}>"
    assert address in message["Received"]
    assert "19 Nov 2026 10:01:00" in message["Received"]
    await sender.close()


async def test_a_window_that_waits_hears_of_it(backend: DemoBackend, sender: MailSender) -> None:
    await inbox(backend)
    assert await backend.wait("INBOX", 0) is False
    await sender.send(to(PERSON_ADDRESS), Commit())
    assert await backend.wait("INBOX", 5) is True


async def test_mail_for_others_goes_nowhere(backend: DemoBackend, sender: MailSender) -> None:
    before = await inbox(backend)
    receipt = await sender.send(to("grace@example.com"), Commit())
    assert receipt.reply.code == 250
    assert await inbox(backend) == before


async def test_one_domain_refuses_and_then_nobody_gets_it(backend: DemoBackend, sender: MailSender) -> None:
    before = await inbox(backend)
    commit = Commit()
    with pytest.raises(RecipientsRefused, match=r"refuses nobody@refused\.example\. It says: 550") as caught:
        await sender.send(to(PERSON_ADDRESS, "nobody@refused.example"), commit)
    assert caught.value.replies == {"nobody@refused.example": "550 5.1.1 No such user here"}
    assert commit.times == 0
    assert await inbox(backend) == before


async def test_what_no_server_takes_is_refused_here_too(backend: DemoBackend, sender: MailSender) -> None:
    before = await inbox(backend)
    commit = Commit()
    with pytest.raises(Refused, match=r"30 MB.*25 MB"):
        await sender.send(to(PERSON_ADDRESS, raw=RAW + b"x" * (30 * 1024 * 1024)), commit)
    with pytest.raises(RecipientsRefused):
        await sender.send(to("ada@example.org\r\nX: y"), commit)
    assert commit.times == 0
    assert await inbox(backend) == before


async def test_what_commit_raises_ends_it(backend: DemoBackend, sender: MailSender) -> None:
    before = await inbox(backend)

    async def refuse() -> None:
        raise OSError("disk")

    with pytest.raises(OSError, match="disk"):
        await sender.send(to(PERSON_ADDRESS), refuse)
    assert await inbox(backend) == before


async def test_files_that_fail_after_commit_are_no_riddle(
    backend: DemoBackend, sender: MailSender, tmp_path: Path
) -> None:
    await inbox(backend)

    async def break_it() -> None:
        (tmp_path / "mail" / "index.json.new").mkdir()

    with pytest.raises(Throttled, match="practice mailbox"):
        await sender.send(to(PERSON_ADDRESS), break_it)
