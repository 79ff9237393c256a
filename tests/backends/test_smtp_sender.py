"""Sending over SMTP: what is said to the server, what each of its answers means, and how long a connection lives."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable

import pytest

from tests.fakes.certificates import Authority
from tests.fakes.scripted_smtp import PASSWORD, TOKEN, USER, Accepted, Act, ScriptedSmtp
from tui_mail.backends.protocol import MailSender
from tui_mail.backends.secret import Token
from tui_mail.backends.smtp import sender as sender_module
from tui_mail.backends.smtp.connection import Connection
from tui_mail.backends.smtp.sender import SmtpSender
from tui_mail.backends.smtp.signin import Patience
from tui_mail.config.servers import Security, Server
from tui_mail.model.errors import (
    RecipientsDeferred,
    RecipientsRefused,
    Refused,
    SignInRefused,
    Stalled,
    Throttled,
    TuiMailError,
    Unreachable,
)
from tui_mail.model.remote import Outgoing, Receipt, Reply

RAW = b"From: ada@example.org\r\nSubject: hello\r\n\r\n.one\r\n..two\r\nthree.\r\n.\r\nend\r\n"


def a_message(*recipients: str, raw: bytes = RAW) -> Outgoing:
    return Outgoing("ada@example.org", recipients or ("grace@example.com",), raw, "1@example.org")


async def nothing() -> None:
    """What is committed is of no interest."""


def connection_of(sender: MailSender) -> Connection:
    assert isinstance(sender, SmtpSender)
    assert sender._connection is not None
    return sender._connection


async def until(true: Callable[[], bool]) -> None:
    """Wait for what the loop hears of the server."""
    async with asyncio.timeout(30):
        while not true():
            await asyncio.sleep(0.01)
    await asyncio.sleep(0.01)  # who was told by it knows as well


@contextlib.asynccontextmanager
async def sending_to(
    server: ScriptedSmtp,
    security: Security = Security.NONE,
    *,
    ca_file: str = "",
    secret: str = PASSWORD,
    patience: Patience | None = None,
) -> AsyncIterator[MailSender]:
    """A sender for ``server``, closed at the end."""
    where = Server("127.0.0.1", server.port, security, ca_file)
    sender = SmtpSender(where, USER, lambda: secret, patience or Patience())
    try:
        yield sender
    finally:
        await sender.close()


def assert_told(error: TuiMailError) -> None:
    """One plain sentence, without the secret."""
    assert error.text.endswith((".", "!", "?"))
    assert error.text.isprintable()
    assert PASSWORD not in error.text


async def test_one_message_is_said_exactly_so() -> None:
    with ScriptedSmtp() as server:
        committed: list[int] = []

        async def commit() -> None:
            committed.append(len(server.accepted))

        async with sending_to(server) as sender:
            assert await sender.connect() == 50_000_000
            receipt = await sender.send(a_message("grace@example.com", "x@b.example"), commit)
        assert server.talks == [
            [
                "EHLO [127.0.0.1]",
                "AUTH PLAIN AGFkYQBodW50ZXIy",
                "RSET",
                f"MAIL FROM:<ada@example.org> SIZE={len(RAW)}",
                "RCPT TO:<grace@example.com>",
                "RCPT TO:<x@b.example>",
                "DATA",
                "QUIT",
            ]
        ]
        assert receipt == Receipt(Reply(250, "2.0.0", "Ok: queued as 4F1"), ("grace@example.com", "x@b.example"))
        assert str(receipt.reply) == "250 2.0.0 Ok: queued as 4F1"
        assert committed == [0], "asked once, before the dot"
        assert server.bodies == [bytearray(RAW.replace(b"\r\n.", b"\r\n.."))]
        assert server.accepted == [Accepted("ada@example.org", ("grace@example.com", "x@b.example"), RAW)]


async def test_size_is_not_told_where_it_is_not_asked_for() -> None:
    with ScriptedSmtp(extensions=("PIPELINING",)) as server:
        async with sending_to(server) as sender:
            assert await sender.connect() == 0
            await sender.send(a_message(raw=b"Subject: no end of the last line\r\n\r\nx"), nothing)
        assert "MAIL FROM:<ada@example.org>" in server.talks[0]
        assert server.accepted[0].raw.endswith(b"\r\n\r\nx\r\n")


@pytest.mark.parametrize(
    ("security", "secret", "mechanisms", "says"),
    [
        (Security.TLS, PASSWORD, "CRAM-MD5 LOGIN PLAIN", "AUTH PLAIN "),
        (Security.TLS, PASSWORD, "CRAM-MD5 LOGIN", "AUTH LOGIN "),
        (Security.STARTTLS, PASSWORD, "CRAM-MD5", "AUTH CRAM-MD5"),
        (Security.NONE, PASSWORD, "PLAIN LOGIN CRAM-MD5", "AUTH CRAM-MD5"),
        (Security.NONE, PASSWORD, "LOGIN", "AUTH LOGIN "),
        (Security.TLS, Token(TOKEN), "PLAIN XOAUTH2", "AUTH XOAUTH2 "),
    ],
)
async def test_a_message_through_each_kind_of_security_and_sign_in(
    authority: Authority, security: Security, secret: str, mechanisms: str, says: str
) -> None:
    context = authority.server_context("sending", "IP:127.0.0.1")
    with ScriptedSmtp(
        tls=context if security is Security.TLS else None,
        starttls=context if security is Security.STARTTLS else None,
        mechanisms=mechanisms,
    ) as server:
        async with sending_to(server, security, ca_file=str(authority.ca_file), secret=secret) as sender:
            await sender.send(a_message(raw=RAW * 5_000), nothing)
        assert next(line for line in server.talks[0] if line.startswith("AUTH")).startswith(says)
        assert server.verbs.count("AUTH") == 1
        assert [message.raw for message in server.accepted] == [RAW * 5_000]


@pytest.mark.parametrize("mechanisms", ["PLAIN LOGIN CRAM-MD5", "PLAIN LOGIN", "LOGIN", "XOAUTH2"])
async def test_a_wrong_secret_is_said_once(mechanisms: str) -> None:
    secret = Token("old") if mechanisms == "XOAUTH2" else "wrong"
    with ScriptedSmtp(mechanisms=mechanisms) as server:
        async with sending_to(server, secret=secret) as sender:
            with pytest.raises(SignInRefused, match=r"Check the user name and the password.*535 5\.7\.8") as caught:
                await sender.connect()
        assert_told(caught.value)
        assert server.verbs.count("AUTH") == 1


async def test_a_connection_serves_many_messages() -> None:
    with ScriptedSmtp() as server:
        async with sending_to(server) as sender:
            await sender.connect()
            await sender.connect()
            for number in range(3):
                await sender.send(a_message(raw=b"Subject: %d\r\n\r\n" % number), nothing)
        assert [message.raw for message in server.accepted] == [b"Subject: %d\r\n\r\n" % n for n in range(3)]
        (talk,) = server.talks
        verbs = [line.partition(" ")[0] for line in talk]
        assert verbs == ["EHLO", "AUTH", "NOOP", *["RSET", "MAIL", "RCPT", "DATA"] * 3, "QUIT"]


async def test_a_connection_that_served_enough_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender_module, "MESSAGES", 2)
    with ScriptedSmtp() as server:
        async with sending_to(server) as sender:
            for _each in range(5):
                await sender.send(a_message(), nothing)
        assert [sum(line == "DATA" for line in talk) for talk in server.talks] == [2, 2, 1]
        assert [talk[-1] for talk in server.talks] == ["QUIT"] * 3


async def test_a_connection_that_nobody_uses_is_left(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sender_module, "IDLE_SECONDS", 0.0)
    with ScriptedSmtp() as server:
        async with sending_to(server) as sender:
            await sender.send(a_message(), nothing)
            await asyncio.to_thread(server.settle)
            monkeypatch.setattr(sender_module, "IDLE_SECONDS", 60.0)
            await sender.send(a_message(), nothing)
            await sender.send(a_message(), nothing)
        assert [sum(line == "DATA" for line in talk) for talk in server.talks] == [1, 2]


@pytest.mark.parametrize("answer", [Act.CLOSE, Act.RESET, Act.SILENT, "421 4.4.2 idle too long", "250-never\r\nwhat"])
@pytest.mark.parametrize("step", ["rset", "noop"])
async def test_a_connection_that_died_while_it_rested_is_made_anew(answer: str | Act, step: str) -> None:
    with ScriptedSmtp({step: [answer, "250 2.0.0 Ok"]}) as server:
        silent = answer in (Act.SILENT, "250-never\r\nwhat")
        async with sending_to(server, patience=Patience(connect=1.0) if silent else Patience()) as sender:
            await sender.connect()
            if step == "noop":
                assert await sender.connect() == 50_000_000
            receipt = await sender.send(a_message(), nothing)
        assert receipt.reply.code == 250
        assert len(server.talks) == 2
        assert len(server.accepted) == 1


async def test_a_recipient_refused_for_good_means_that_nobody_gets_it() -> None:
    def rcpt(line: str) -> str:
        if "nobody" in line:
            return "550-5.1.1 No such user;\n550 5.1.1 see https://example.org"
        return "450 4.2.0 greylisted" if "grey" in line else "250 Ok"

    recipients = ("nobody1@x.example", "grace@example.com", "grey@x.example", "nobody2@x.example")
    with ScriptedSmtp(rcpt=rcpt) as server:
        async with sending_to(server) as sender:
            with pytest.raises(RecipientsRefused) as caught:
                await sender.send(a_message(*recipients), nothing)
            assert server.verbs.count("RCPT") == 4
            assert server.verbs[-1] == "RSET"
            await sender.send(a_message(), nothing)
        assert len(server.talks) == 1
        assert [message.recipients for message in server.accepted] == [("grace@example.com",)]
    assert caught.value.replies == dict.fromkeys(
        ("nobody1@x.example", "nobody2@x.example"), "550 5.1.1 No such user; see https://example.org"
    )
    assert "nobody1@x.example, nobody2@x.example. It says: 550 5.1.1 No such user" in caught.value.text
    assert_told(caught.value)


async def test_a_recipient_to_be_tried_later_means_that_nobody_gets_it_now() -> None:
    with ScriptedSmtp(rcpt=["250 Ok", "451 4.7.1 greylisted, come back", "250 Ok"]) as server:
        async with sending_to(server) as sender:
            with pytest.raises(
                RecipientsDeferred, match=r"grey@x\.example right now.*451 4\.7\.1 greylisted"
            ) as caught:
                await sender.send(a_message("a@x.example", "grey@x.example", "c@x.example"), nothing)
        assert server.verbs[-2:] == ["RSET", "QUIT"]
        assert not server.bodies
    assert caught.value.replies == {"grey@x.example": "451 4.7.1 greylisted, come back"}
    assert caught.value.room == 0
    assert caught.value.seconds > 0
    assert_told(caught.value)


@pytest.mark.parametrize(
    "answer",
    ["452 4.5.3 Error: too many recipients", "452 Too many recipients", "552 5.5.3 enough", "550 too many recipients"],
)
async def test_too_many_recipients_say_how_many_there_may_be(answer: str) -> None:
    taken: list[str] = []

    def rcpt(line: str) -> str:
        taken.append(line)
        return answer if len(taken) > 100 else "250 Ok"

    many = tuple(f"u{number}@example.com" for number in range(150))
    with ScriptedSmtp(rcpt=rcpt) as server:
        async with sending_to(server) as sender:
            with pytest.raises(RecipientsDeferred) as caught:
                await sender.send(a_message(*many), nothing)
            assert caught.value.room == 100
            assert len(taken) == 101, "the others are not asked for"
            taken.clear()
            await sender.send(a_message(*many[:100]), nothing)
        assert [message.recipients for message in server.accepted] == [many[:100]]


@pytest.mark.parametrize(
    ("answers", "kind"),
    [
        (["452 4.5.3 too many recipients"], RecipientsDeferred),  # the first one: something else is the matter
        (["250 Ok", "452 4.3.1 no space on the disk"], RecipientsDeferred),
        (["250 Ok", "552 5.2.2 mailbox full"], RecipientsRefused),
        (["450 4.2.0 greylisted", "250 Ok", "452 4.5.3 too many recipients"], RecipientsDeferred),
    ],
)
async def test_no_room_is_promised_where_more_is_wrong(answers: list[str], kind: type[TuiMailError]) -> None:
    with ScriptedSmtp(rcpt=[*answers]) as server:
        async with sending_to(server) as sender:
            with pytest.raises(kind) as caught:
                await sender.send(a_message("a@x.example", "b@x.example", "c@x.example"), nothing)
    assert getattr(caught.value, "room", 0) == 0


@pytest.mark.parametrize("end", [Act.CLOSE, "421 4.7.0 too many errors"])
async def test_a_server_that_hangs_up_over_a_wrong_address_has_refused_it(end: str | Act) -> None:
    with ScriptedSmtp(rcpt=["550 5.1.1 no such user", end]) as server:
        async with sending_to(server) as sender:
            with pytest.raises(RecipientsRefused) as caught:
                await sender.send(a_message("nobody@x.example", "grace@example.com"), nothing)
    assert list(caught.value.replies) == ["nobody@x.example"]


async def test_one_address_is_named_once() -> None:
    with ScriptedSmtp() as server:
        async with sending_to(server) as sender:
            await sender.send(a_message("a@x.example", "b@x.example", "a@x.example"), nothing)
        assert server.accepted[0].recipients == ("a@x.example", "b@x.example")


async def test_a_message_larger_than_the_server_takes_is_not_begun() -> None:
    with ScriptedSmtp(extensions=("SIZE 10240",)) as server:
        async with sending_to(server) as sender:
            with pytest.raises(Refused, match=r"it has 25 KB, and 127\.0\.0\.1 takes 10 KB at most") as caught:
                await sender.send(a_message(raw=RAW * 370), nothing)
            assert await sender.connect() == 10_240
            await sender.send(a_message(), nothing)
        assert_told(caught.value)
        assert server.verbs.count("MAIL") == 1


async def test_a_message_a_little_too_large_is_told_so() -> None:
    with ScriptedSmtp(extensions=("SIZE 100000",)) as server:
        async with sending_to(server) as sender:
            with pytest.raises(Refused, match=r"has 100,002 B, and .* takes 100,000 B at most"):
                await sender.send(a_message(raw=b"x" * 100_000), nothing)
            await sender.send(a_message(raw=b"x" * 99_998), nothing)


@pytest.mark.parametrize("size", ["", "0", "many", "-5", "10240 x"])
async def test_a_limit_that_cannot_be_read_is_none(size: str) -> None:
    with ScriptedSmtp(extensions=(f"SIZE {size}".strip(),)) as server:
        async with sending_to(server) as sender:
            assert await sender.connect() == 0
            await sender.send(a_message(), nothing)


@pytest.mark.parametrize("step", ["mail", "rcpt", "data", "dot"])
@pytest.mark.parametrize(
    ("answer", "kind"),
    [("452 4.3.1 disk full", Throttled), ("554 5.7.1 spam", Refused), ("421 4.3.2 shutting down", Throttled)],
)
async def test_a_refusal_is_told_and_the_next_message_goes_out(
    step: str, answer: str, kind: type[TuiMailError]
) -> None:
    with ScriptedSmtp({step: [answer, "354 go on" if step == "data" else "250 Ok"]}) as server:
        async with sending_to(server) as sender:
            with pytest.raises(kind, match=answer) as caught:
                await sender.send(a_message(), nothing)
            assert_told(caught.value)
            await sender.send(a_message(), nothing)
        assert len(server.accepted) == 1
        if not answer.startswith("421"):
            assert len(server.talks) == 1
            assert server.verbs.count("RSET") == 2, "after the refusal, and before the next message"


async def test_a_server_that_gives_no_reason() -> None:
    with ScriptedSmtp(dot="554") as server:
        async with sending_to(server) as sender:
            with pytest.raises(Refused, match=r"554 \(it gave no reason\)\."):
                await sender.send(a_message(), nothing)


async def test_words_of_the_server_are_shown_as_what_they_are() -> None:
    with ScriptedSmtp(mail="550 5.7.1 \x1b[31mno\x07 \u202eevil" + "x" * 2_000) as server:
        async with sending_to(server) as sender:
            with pytest.raises(Refused, match=r"550 5\.7\.1 \[31mno   evilx") as caught:
                await sender.send(a_message(), nothing)
    assert_told(caught.value)
    assert len(caught.value.text) < 500


@pytest.mark.parametrize("greeting", ["554 5.3.2 no mail today", "421 4.3.2 too busy"])
async def test_a_server_that_wants_no_connection_says_nothing_about_the_message(greeting: str) -> None:
    with ScriptedSmtp(greeting=greeting) as server:
        async with sending_to(server) as sender:
            with pytest.raises(Throttled):
                await sender.send(a_message(), nothing)
            with pytest.raises(Refused if greeting.startswith("5") else Throttled):
                await sender.connect()


async def test_what_commit_raises_ends_the_transaction_before_the_dot() -> None:
    with ScriptedSmtp() as server:

        async def refuse() -> None:
            raise OSError("the disk is full")

        async with sending_to(server) as sender:
            with pytest.raises(OSError, match="the disk is full"):
                await sender.send(a_message(), refuse)
            await asyncio.to_thread(server.settle)
            assert server.accepted == []
            assert server.bodies == [bytearray(RAW.replace(b"\r\n.", b"\r\n.."))], "all but the dot was there"
            await sender.send(a_message(), nothing)
        assert len(server.accepted) == 1


async def test_a_connection_lost_while_committing_is_no_riddle() -> None:
    with ScriptedSmtp(body=Act.CLOSE, body_after=len(RAW)) as server:

        async def commit() -> None:
            await until(lambda: not connection_of(sender).alive)

        async with sending_to(server) as sender:
            with pytest.raises((Throttled, Unreachable), match="was lost"):
                await sender.send(a_message(), commit)
        assert server.accepted == []


@pytest.mark.parametrize("size", [len(RAW), 8_000_000])
@pytest.mark.parametrize(
    ("answer", "kind"),
    [("552 5.3.4 too large", Refused), ("451 4.3.0 disk full", Throttled), ("250 2.0.0 thanks", Unreachable)],
)
async def test_a_server_that_answers_before_the_end_never_gets_the_dot(
    answer: str, kind: type[TuiMailError], size: int
) -> None:
    raw = RAW * (size // len(RAW))
    with ScriptedSmtp(body=answer, body_after=len(RAW)) as server:

        async def commit() -> None:
            waiter = connection_of(sender).protocol._response_waiter
            await until(lambda: waiter is None or waiter.done())

        async with sending_to(server) as sender:
            with pytest.raises(kind if size > len(RAW) else (kind, Throttled)):
                await sender.send(a_message(raw=raw), commit)
            await asyncio.to_thread(server.settle)
        assert server.accepted == []


async def test_messages_at_once_go_one_after_the_other() -> None:
    with ScriptedSmtp() as server:
        async with sending_to(server) as sender:
            messages = [a_message(raw=b"Subject: %d\r\n\r\n" % number) for number in range(4)]
            await asyncio.gather(*(sender.send(message, nothing) for message in messages))
        assert [message.raw for message in server.accepted] == [message.raw for message in messages]
        assert len(server.talks) == 1


async def test_closing_gives_up_the_message_under_way() -> None:
    with ScriptedSmtp(body=Act.SILENT, body_after=1_000) as server:
        async with sending_to(server) as sender:
            sending = asyncio.create_task(sender.send(a_message(raw=RAW * 300_000), nothing))
            await asyncio.to_thread(server.wait, lambda: bool(server.bodies and server.bodies[0]))
            await sender.close()
            with pytest.raises(Unreachable):
                await sending
            await asyncio.to_thread(server.settle)
        assert server.accepted == []


async def test_closing_while_it_signs_in_ends_that() -> None:
    with ScriptedSmtp(ehlo=Act.SILENT) as server:
        async with sending_to(server, patience=Patience(answer=1.0)) as sender:
            connecting = asyncio.create_task(sender.connect())
            await asyncio.to_thread(server.wait, lambda: server.open == 1)
            await sender.close()
            with pytest.raises(Stalled):
                await connecting
    with ScriptedSmtp() as server:
        asked, go_on = asyncio.Event(), asyncio.Event()
        loop = asyncio.get_running_loop()

        def secret() -> str:
            loop.call_soon_threadsafe(asked.set)
            asyncio.run_coroutine_threadsafe(go_on.wait(), loop).result(60)
            return PASSWORD

        sender = SmtpSender(Server("127.0.0.1", server.port, Security.NONE), USER, secret)
        connecting = asyncio.create_task(sender.connect())
        await asked.wait()
        await sender.close()
        go_on.set()
        with pytest.raises(Unreachable):
            await connecting
        await asyncio.to_thread(server.settle)
        await sender.close()
