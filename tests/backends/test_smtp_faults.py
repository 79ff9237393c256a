"""Whatever happens to a message on its way: it is delivered at most once, and what is told about it is true."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from tests.backends.test_smtp_sender import RAW, a_message, assert_told
from tests.fakes.certificates import Authority
from tests.fakes.faultproxy import Cut, FaultProxy, Refuse, Replace, Stall, Swallow, Trickle
from tests.fakes.scripted_smtp import PASSWORD, USER, Act, Answer, ScriptedSmtp
from tui_mail.backends.smtp.sender import SmtpSender
from tui_mail.backends.smtp.signin import Patience
from tui_mail.config.servers import Security, Server
from tui_mail.model.errors import (
    CertificateRefused,
    OutcomeUnknown,
    Refused,
    SignInRefused,
    Stalled,
    Throttled,
    TuiMailError,
    Unreachable,
)
from tui_mail.model.remote import Receipt

PATIENT = Patience()
IMPATIENT = Patience(connect=30, answer=0.3, envelope=0.3, progress=0.3, verdict=0.3)
"""For a server that says nothing any more, where any step may count as that one; a busy machine is silent as well."""
LONG = b"Subject: long\r\n\r\n" + b"0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef\r\n" * 272_727
"""18 MB."""


@dataclass
class Tried:
    """What became of one attempt."""

    receipt: Receipt | None
    error: TuiMailError | None
    commits: int


async def attempt(server: Server, raw: bytes = RAW, patience: Patience = PATIENT) -> Tried:
    """Try once to send ``raw``."""
    sender = SmtpSender(server, USER, lambda: PASSWORD, patience)
    commits = 0

    async def commit() -> None:
        nonlocal commits
        commits += 1

    receipt, error = None, None
    try:
        receipt = await sender.send(a_message(raw=raw), commit)
    except TuiMailError as failure:
        error = failure
    finally:
        await sender.close()
    return Tried(receipt, error, commits)


def assert_true(tried: Tried, server: ScriptedSmtp) -> None:
    """What was told fits what the server got, once all that was on its way has come in."""
    server.settle()
    delivered = len(server.accepted)
    assert delivered <= 1
    assert tried.commits <= 1
    if tried.receipt is not None:
        assert delivered == tried.commits == 1
    elif isinstance(tried.error, OutcomeUnknown):
        assert tried.commits == 1, "without commit nothing is unknown"
    else:
        again_or_never = (Unreachable, Throttled, Refused, SignInRefused, CertificateRefused)
        assert isinstance(tried.error, again_or_never)
        assert delivered == 0
    if tried.error is not None:
        assert_told(tried.error)
    if tried.commits == 0:
        assert delivered == 0, "never before it was written down"


def here(port: int, security: Security = Security.NONE, ca_file: str = "") -> Server:
    return Server("127.0.0.1", port, security, ca_file)


ANSWERS: list[Answer] = [
    Act.CLOSE,
    Act.RESET,
    Act.SILENT,
    "421 4.3.2 shutting down",
    "450 4.2.0 later",
    "550 5.7.1 never",
    "250 2.0.0 Ok",
    "354 go on",
    "what?",
    "",
    "999 strange",
    "250-and so on",
    "\x00\xff",
    "2" * 9_000,
]
ENDLESS = (Act.SILENT, "250-and so on")
"""Those without an end."""
STEPS = ("greeting", "ehlo", "auth", "mail", "rcpt", "data", "body", "dot")


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda answer: str(answer)[:12])
@pytest.mark.parametrize("step", STEPS)
async def test_whatever_a_server_does_at_a_step(step: str, answer: Answer) -> None:
    with ScriptedSmtp({step: answer}, body_after=len(RAW) // 2) as server:
        tried = await attempt(here(server.port), patience=IMPATIENT if answer in ENDLESS else PATIENT)
        await asyncio.to_thread(assert_true, tried, server)
        if step not in {"body", "dot"}:
            assert tried.commits == 0 or tried.receipt is not None


@pytest.mark.parametrize("answer", [*ANSWERS[:6], "what?"], ids=lambda answer: str(answer)[:12])
@pytest.mark.parametrize("step", ["starttls", "auth", "rcpt", "data", "body", "dot"])
async def test_whatever_a_server_does_at_a_step_below_tls(authority: Authority, step: str, answer: Answer) -> None:
    context = authority.server_context("faults", "IP:127.0.0.1")
    with ScriptedSmtp({step: answer}, body_after=len(RAW) // 2, starttls=context) as server:
        patience = IMPATIENT if answer in ENDLESS else PATIENT
        tried = await attempt(here(server.port, Security.STARTTLS, str(authority.ca_file)), patience=patience)
        await asyncio.to_thread(assert_true, tried, server)


@pytest.mark.parametrize(
    ("answer", "kind"),
    [
        (Act.CLOSE, OutcomeUnknown),
        (Act.RESET, OutcomeUnknown),
        (Act.SILENT, OutcomeUnknown),
        ("what?", OutcomeUnknown),
        ("354 go on", OutcomeUnknown),
        ("450 4.2.0 later", Throttled),
        ("550 5.7.1 never", Refused),
    ],
)
async def test_an_answer_to_the_dot_that_is_none_leaves_it_open(answer: Answer, kind: type[TuiMailError]) -> None:
    with ScriptedSmtp(dot=answer) as server:
        patience = replace(PATIENT, verdict=0.3) if answer is Act.SILENT else PATIENT
        tried = await attempt(here(server.port), patience=patience)
        assert type(tried.error) is kind
        await asyncio.to_thread(assert_true, tried, server)


END = b"\r\n.\r\n"
MIDDLE = 6_000_000
PROXIED: list[tuple[Any, ...]] = [
    ("refused", [Refuse(connections=9)], 0),
    ("cut in the greeting", [Cut(after=10)], 0),
    ("cut after the sign-in", [Cut(match=b"235 ")], 0),
    ("reset before the sign-in is answered", [Cut(before=b"235 ", reset=True)], 0),
    ("cut before MAIL", [Cut(direction="up", before=b"MAIL")], 0),
    ("cut after RCPT", [Cut(direction="up", match=b"RCPT TO")], 0),
    ("cut before 354", [Cut(before=b"354 ")], 0),
    ("reset after 354", [Cut(match=b"354 ", reset=True)], 0),
    ("cut in the body", [Cut(direction="up", after=MIDDLE)], 0),
    ("reset in the body", [Cut(direction="up", after=MIDDLE, reset=True)], 0),
    ("stalled in the body", [Stall(direction="up", after=MIDDLE)], 0, "progress"),
    ("silent after RCPT", [Stall(direction="up", match=b"RCPT TO")], 0, "envelope"),
    ("answers stalled after 354", [Stall(match=b"354 go on\r\n")], 1, "verdict"),
    ("cut before the dot", [Cut(direction="up", before=END)], 1),
    ("cut after the dot", [Cut(direction="up", match=END)], 1),
    ("reset after the dot", [Cut(direction="up", match=END, reset=True)], 1),
    ("stalled before the dot", [Stall(direction="up", match=b"last line")], 1, "verdict"),
    ("the answer swallowed", [Swallow(match=b"250 2.0.0 Ok: queued")], 1, "verdict"),
    ("the answer cut", [Cut(before=b"250 2.0.0 Ok: queued")], 1),
    ("the answer reset", [Cut(match=b"250 2.0.0 Ok: q", reset=True)], 1),
    ("a stutter", [Stall(direction="up", after=MIDDLE, seconds=0.1)], 1),
    ("trickling answers", [Trickle(chunk=1)], 1),
    ("another protocol", [Replace(match=b"220 mx", by=b"* OK")], 0),
    ("a slow link", [Trickle(direction="up", chunk=300_000, pause=0.002)], 1),
]


@pytest.mark.parametrize("case", PROXIED, ids=[case[0] for case in PROXIED])
async def test_whatever_happens_on_the_way(case: Sequence[Any]) -> None:
    _name, rules, commits, *stalls = case
    raw = LONG + b"last line\r\n"
    with ScriptedSmtp() as server, FaultProxy(server.port, *rules) as proxy:
        tried = await attempt(here(proxy.port), raw, replace(PATIENT, **dict.fromkeys(stalls, 1.0)))
        await asyncio.to_thread(proxy.drop)
        await asyncio.to_thread(assert_true, tried, server)
        assert tried.commits == commits
        if tried.receipt is not None:
            assert server.accepted[0].raw == raw


async def test_the_lost_answer_means_sent_and_not_known() -> None:
    """Sent again, the message would arrive twice."""
    with ScriptedSmtp() as server, FaultProxy(server.port, Swallow(match=b"250 2.0.0 Ok: queued")) as proxy:
        tried = await attempt(here(proxy.port), patience=replace(PATIENT, verdict=0.3))
        assert isinstance(tried.error, OutcomeUnknown)
        await asyncio.to_thread(proxy.drop)
        await asyncio.to_thread(assert_true, tried, server)
        assert len(server.accepted) == 1


@pytest.mark.parametrize("security", list(Security))
async def test_cancelled_in_the_middle_of_a_body_it_never_arrives(authority: Authority, security: Security) -> None:
    """The stock library would flush the rest of the 18 MB, dot included, while it reports a failure."""
    context = authority.server_context("cancelled", "IP:127.0.0.1")
    tls = context if security is Security.TLS else None
    starttls = context if security is Security.STARTTLS else None
    with ScriptedSmtp(body=Act.SILENT, body_after=1_000_000, tls=tls, starttls=starttls) as server:
        where = here(server.port, security, "" if security is Security.NONE else str(authority.ca_file))
        commits: list[bool] = []

        async def commit() -> None:
            commits.append(True)

        sender = SmtpSender(where, USER, lambda: PASSWORD)
        sending = asyncio.create_task(sender.send(a_message(raw=LONG), commit))
        await asyncio.to_thread(server.wait, lambda: bool(server.bodies) and len(server.bodies[0]) >= 1_000_000)
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        await asyncio.to_thread(server.settle)  # the server reads whatever was on its way
        assert commits == []
        assert server.accepted == []
        assert len(server.bodies[0]) < len(LONG)
        await sender.close()


@pytest.mark.parametrize("security", list(Security))
async def test_a_server_that_takes_no_more_has_stalled(authority: Authority, security: Security) -> None:
    context = authority.server_context("stalled", "IP:127.0.0.1")
    tls = context if security is Security.TLS else None
    starttls = context if security is Security.STARTTLS else None
    with ScriptedSmtp(body=Act.SILENT, body_after=1_000_000, tls=tls, starttls=starttls) as server:
        where = here(server.port, security, "" if security is Security.NONE else str(authority.ca_file))
        tried = await attempt(where, LONG, replace(PATIENT, progress=1.0))
        assert isinstance(tried.error, Stalled)
        assert tried.commits == 0
        await asyncio.to_thread(assert_true, tried, server)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells what its kernel still holds")
@pytest.mark.parametrize("size", [60_000, 170_000])
@pytest.mark.parametrize("security", [Security.NONE, Security.TLS])
async def test_nothing_is_written_down_while_the_body_is_on_this_side(
    authority: Authority, security: Security, size: int
) -> None:
    """The server takes a little and then no more; what is left fits into the buffers here."""
    context = authority.server_context("taking", "IP:127.0.0.1") if security is Security.TLS else None
    with ScriptedSmtp(body=Act.SILENT, body_after=1_000, tls=context) as server:
        server.take_little()
        where = here(server.port, security, "" if context is None else str(authority.ca_file))
        tried = await attempt(where, LONG[:size] + b"\r\n", replace(PATIENT, progress=1.0))
        assert isinstance(tried.error, Stalled)
        assert tried.commits == 0
        await asyncio.to_thread(assert_true, tried, server)


async def test_cancelled_while_it_is_written_down_it_is_not_sent() -> None:
    with ScriptedSmtp() as server:
        begun = asyncio.Event()

        async def commit() -> None:
            begun.set()
            await asyncio.Event().wait()

        sender = SmtpSender(here(server.port), USER, lambda: PASSWORD)
        sending = asyncio.create_task(sender.send(a_message(), commit))
        await begun.wait()
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        await asyncio.to_thread(server.settle)
        assert server.accepted == []
        await sender.close()


async def test_cancelled_after_the_dot_only_commit_tells_of_it() -> None:
    with ScriptedSmtp(dot=Act.SILENT) as server:
        commits: list[bool] = []

        async def commit() -> None:
            commits.append(True)

        sender = SmtpSender(here(server.port), USER, lambda: PASSWORD)
        sending = asyncio.create_task(sender.send(a_message(), commit))
        await asyncio.to_thread(server.wait, lambda: bool(server.accepted))
        sending.cancel()
        with pytest.raises(asyncio.CancelledError):
            await sending
        assert commits == [True]
        await asyncio.to_thread(server.settle)
        await sender.close()


@pytest.mark.parametrize("when", [0.0, 0.001, 0.003, 0.01, 0.03, 0.1])
async def test_cancelled_at_any_moment(when: float) -> None:
    """Wherever it is met, the server has nothing that was not written down, and the next message goes out."""
    with ScriptedSmtp() as server:
        commits: list[bool] = []

        async def commit() -> None:
            commits.append(True)

        sender = SmtpSender(here(server.port), USER, lambda: PASSWORD)
        sending = asyncio.create_task(sender.send(a_message(raw=LONG[:4_000_000] + b"\r\n"), commit))
        await asyncio.sleep(when)
        sending.cancel()
        with contextlib.suppress(asyncio.CancelledError):
            await sending
        if sending.cancelled():
            await asyncio.to_thread(server.settle)
        assert len(server.accepted) <= len(commits)
        before = len(server.accepted)
        await sender.send(a_message(), commit)
        assert len(server.accepted) == before + 1
        await sender.close()
