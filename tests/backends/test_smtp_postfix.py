"""Sending through a real mail server to real mailboxes, looked at by a client of the standard library."""

from __future__ import annotations

import contextlib
import email
import time
from collections.abc import AsyncIterator

import pytest

from tests.backends.test_smtp_sender import nothing
from tests.conftest import Mailbox
from tests.e2e.independent import Login, signed_in
from tests.fakes.faultproxy import Cut, FaultProxy
from tests.fakes.postfix import Postfix
from tui_mail.backends.protocol import MailSender
from tui_mail.backends.secret import Token
from tui_mail.backends.smtp.sender import SmtpSender
from tui_mail.config.servers import Server
from tui_mail.model.errors import RecipientsDeferred, RecipientsRefused, Refused, SignInRefused, Unreachable
from tui_mail.model.remote import Outgoing

pytestmark = pytest.mark.postfix


@pytest.fixture
def ada(dovecot: Mailbox) -> Mailbox:
    return made(dovecot)


@pytest.fixture
def grace(dovecot: Mailbox) -> Mailbox:
    return made(Mailbox.fresh(dovecot.server))


def made(mailbox: Mailbox) -> Mailbox:
    """A mailbox that is there before the first delivery: two that make it at once stand in each other's way."""
    with signed_in(mailbox.login) as client:
        client.select("INBOX")
    return mailbox


@contextlib.asynccontextmanager
async def sending(postfix: Postfix, mailbox: Mailbox, port: int = 0) -> AsyncIterator[MailSender]:
    where = postfix.smtp
    sender = SmtpSender(
        Server(where.host, port or where.port, where.security, where.ca_file), mailbox.user, lambda: postfix.password
    )
    try:
        yield sender
    finally:
        await sender.close()


def letter(postfix: Postfix, sender: Mailbox, *recipients: str, text: bytes = b"hello\r\n") -> Outgoing:
    origin = postfix.address(sender.user)
    raw = (
        b"From: %s\r\nSubject: x\r\nDate: Thu, 26 Nov 2026 00:00:00 +0000\r\nMessage-ID: <1@x>\r\n\r\n"
        % origin.encode()
    )
    return Outgoing(origin, recipients, raw + text, "1@x")


def arrived(login: Login, count: int) -> list[bytes]:
    """The messages of an inbox, when there are ``count``; a server for sending takes its time."""
    deadline = time.monotonic() + 30
    with signed_in(login) as client:
        while True:
            status, found = client.select("INBOX", readonly=True)  # refused while the first delivery makes it
            if status == "OK" and int(found[0] or b"0") >= count:
                break
            assert time.monotonic() < deadline, f"nothing arrived in {login.user}"
            time.sleep(0.05)
        _status, data = client.fetch("1:*", "(BODY.PEEK[])")
    return [part[1] for part in data if isinstance(part, tuple)]


async def test_messages_arrive_in_another_mailbox_as_they_were(postfix: Postfix, ada: Mailbox, grace: Mailbox) -> None:
    texts = [b".dot\r\n..dots\r\n.\r\nFrom here\r\n", b"second\r\n"]
    async with sending(postfix, ada) as sender:
        assert await sender.connect() == postfix.limit
        for text in texts:
            receipt = await sender.send(letter(postfix, ada, postfix.address(grace.user), text=text), nothing)
            assert receipt.reply.code == 250
            assert receipt.reply.text.startswith("Ok: queued as ")
            assert receipt.reply.text.rpartition(" ")[2] in postfix.log()
    messages = arrived(grace.login, 2)
    assert sorted(raw.partition(b"\r\n\r\n")[2] for raw in messages) == sorted(texts)
    message = email.message_from_bytes(messages[0])
    assert message["Return-Path"] == f"<{postfix.address(ada.user)}>"
    assert "[127.0.0.1]" in message["Received"]


async def test_a_long_message_arrives_whole_and_a_longer_one_is_not_begun(
    postfix: Postfix, ada: Mailbox, grace: Mailbox
) -> None:
    text = b"".join(b"%09d " % number + b"x" * 60 + b"\r\n" for number in range(100_000))
    async with sending(postfix, ada) as sender:
        await sender.send(letter(postfix, ada, postfix.address(grace.user), text=text), nothing)
        with pytest.raises(Refused, match=r"9\.8 MB at most"):
            await sender.send(letter(postfix, ada, postfix.address(grace.user), text=text * 2), nothing)
    (raw,) = arrived(grace.login, 1)
    assert raw.partition(b"\r\n\r\n")[2] == text


async def test_a_connection_cut_in_a_body_delivers_nothing_and_the_next_try_once(
    postfix: Postfix, ada: Mailbox, grace: Mailbox
) -> None:
    message = letter(postfix, ada, postfix.address(grace.user), text=b"0123456789abcdef\r\n" * 200_000)
    with FaultProxy(postfix.port, Cut(direction="up", after=1_000_000, connection=0)) as proxy:
        async with sending(postfix, ada, proxy.port) as sender:
            with pytest.raises(Unreachable):
                await sender.send(message, nothing)
            await sender.send(message, nothing)
        assert proxy.connections == 2
    assert len(arrived(grace.login, 1)) == 1


async def test_who_is_refused_or_put_off_keeps_everybody_from_getting_it(
    postfix: Postfix, ada: Mailbox, grace: Mailbox
) -> None:
    target = postfix.address(grace.user)
    async with sending(postfix, ada) as sender:
        with pytest.raises(RecipientsRefused) as refused:
            await sender.send(letter(postfix, ada, target, "nobody@example.org", "later@example.org"), nothing)
        with pytest.raises(RecipientsDeferred) as deferred:
            await sender.send(letter(postfix, ada, target, "later@example.org"), nothing)
        await sender.send(letter(postfix, ada, target, text=b"the only one\r\n"), nothing)
    assert list(refused.value.replies) == ["nobody@example.org"]
    assert refused.value.replies["nobody@example.org"].startswith("550 5.1.1 ")
    assert list(deferred.value.replies) == ["later@example.org"]
    assert [raw.partition(b"\r\n\r\n")[2] for raw in arrived(grace.login, 1)] == [b"the only one\r\n"]


async def test_more_recipients_than_it_takes_are_sent_in_two_parts(postfix: Postfix, ada: Mailbox) -> None:
    everybody = tuple(postfix.address(f"{ada.user}+{number}") for number in range(postfix.most_recipients + 10))
    async with sending(postfix, ada) as sender:
        with pytest.raises(RecipientsDeferred) as caught:
            await sender.send(letter(postfix, ada, *everybody), nothing)
        room = caught.value.room
        assert room == postfix.most_recipients
        for part in (everybody[:room], everybody[room:]):
            receipt = await sender.send(letter(postfix, ada, *part), nothing)
            assert receipt.recipients == part
    assert len(arrived(ada.login, len(everybody))) == len(everybody)


async def test_what_cannot_be_delivered_comes_back(postfix: Postfix, ada: Mailbox) -> None:
    async with sending(postfix, ada) as sender:
        await sender.send(letter(postfix, ada, "x@elsewhere.example"), nothing)
    (raw,) = arrived(ada.login, 1)
    report = email.message_from_bytes(raw)
    assert report.get_content_type() == "multipart/report"
    assert b"no mail leaves this machine" in raw


async def test_a_wrong_password_and_a_token(postfix: Postfix, ada: Mailbox, grace: Mailbox) -> None:
    wrong = SmtpSender(postfix.smtp, ada.user, lambda: "wrong")
    with pytest.raises(SignInRefused, match="Check the user name and the password"):
        await wrong.connect()
    token = Token(ada.server.token(ada.user))
    sender = SmtpSender(postfix.smtp, ada.user, lambda: token)
    await sender.send(letter(postfix, ada, postfix.address(grace.user)), nothing)
    await sender.close()
    assert len(arrived(grace.login, 1)) == 1
