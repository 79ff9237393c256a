"""Signing in to a real Dovecot, and to POP3 servers that cannot be trusted: what is said, and what is never sent."""

from __future__ import annotations

import asyncio
import base64
import logging
import socket
import ssl
from dataclasses import replace

import pytest

from tests.conftest import Mailbox
from tests.fakes.certificates import Authority
from tests.fakes.faultproxy import FaultProxy, Replace
from tests.fakes.scripted_imap import ScriptedImap, Wire
from tests.fakes.scripted_pop3 import PASSWORD, TOKEN, USER, ScriptedPop3
from tests.fakes.scripted_smtp import Act
from tui_mail.backends.pop3.capabilities import Capabilities
from tui_mail.backends.pop3.outcomes import Update
from tui_mail.backends.pop3.session import Pop3Session
from tui_mail.backends.pop3.wire import Timeouts
from tui_mail.backends.secret import Token
from tui_mail.config.servers import Security, Server
from tui_mail.model.errors import (
    CertificateRefused,
    ConfigError,
    Refused,
    SignInRefused,
    Stalled,
    Throttled,
    TuiMailError,
    Unreachable,
)

PATIENT = Timeouts(connect=30, stall=30, command=60, update=30, leave=30)
IMPATIENT = replace(PATIENT, stall=1.5)
"""For a server that says nothing any more; a busy machine is silent for moments as well."""


async def try_sign_in(
    server: Server, secret: str = PASSWORD, user: str = USER, timeouts: Timeouts = PATIENT
) -> Capabilities:
    async with await Pop3Session.open(server, user, lambda: secret, timeouts) as session:
        assert (await session.quit()).update is Update.CONFIRMED
        return session.capabilities


def at(port: int, security: Security = Security.NONE, ca_file: str = "") -> Server:
    return Server("127.0.0.1", port, security, ca_file)


def pop3(dovecot: Mailbox, security: Security = Security.TLS, port: int = 0) -> Server:
    own = dovecot.server.pop3s if security is Security.TLS else dovecot.server.pop3
    return Server(dovecot.server.host, port or own, security, str(dovecot.server.ca_file))


@pytest.mark.dovecot
class TestDovecot:
    @pytest.mark.parametrize("security", list(Security))
    async def test_signs_in(self, dovecot: Mailbox, security: Security) -> None:
        caps = await try_sign_in(pop3(dovecot, security), dovecot.server.password, dovecot.user, PATIENT)
        assert caps.pipelining
        assert caps.has("TOP")

    async def test_signs_in_with_a_token(self, dovecot: Mailbox) -> None:
        await try_sign_in(pop3(dovecot), Token(dovecot.server.token(dovecot.user)), dovecot.user, PATIENT)

    async def test_an_expired_token_is_refused(self, dovecot: Mailbox) -> None:
        with pytest.raises(SignInRefused):
            await try_sign_in(pop3(dovecot), Token(dovecot.server.token(dovecot.user, -60)), dovecot.user, PATIENT)

    async def test_a_wrong_password_is_refused_in_the_server_s_words(self, dovecot: Mailbox) -> None:
        with pytest.raises(SignInRefused, match="Authentication failed") as caught:
            await try_sign_in(pop3(dovecot), "wrong-one", dovecot.user, PATIENT)
        assert dovecot.user in caught.value.text
        assert "wrong-one" not in caught.value.text

    async def test_user_and_pass_where_the_mechanisms_were_lost_on_the_way(self, dovecot: Mailbox) -> None:
        with FaultProxy(dovecot.server.pop3, Replace(match=b"SASL ", by=b"SAXL ")) as proxy:
            await try_sign_in(at(proxy.port), dovecot.server.password, dovecot.user, PATIENT)
        assert b"PASS secret" in proxy.seen("up")

    async def test_a_certificate_of_no_known_authority_is_refused_with_its_fingerprint(self, dovecot: Mailbox) -> None:
        for security in (Security.TLS, Security.STARTTLS):
            with pytest.raises(CertificateRefused, match=r"signed by itself.*--ca-file.*([0-9A-F]{2}:){31}[0-9A-F]{2}"):
                await try_sign_in(replace(pop3(dovecot, security), ca_file=""), timeouts=PATIENT)

    async def test_tls_to_a_port_in_clear_names_the_port(self, dovecot: Mailbox) -> None:
        with pytest.raises(CertificateRefused, match=str(dovecot.server.pop3)):
            await try_sign_in(pop3(dovecot, port=dovecot.server.pop3), timeouts=PATIENT)

    async def test_clear_to_a_port_in_tls_is_told(self, dovecot: Mailbox) -> None:
        with pytest.raises(Unreachable):
            await try_sign_in(at(dovecot.server.pop3s), timeouts=IMPATIENT)

    @pytest.mark.parametrize("stripped", [b"STLS", b"+OK Begin TLS"])
    async def test_stls_stripped_on_the_way_sends_nothing(self, dovecot: Mailbox, stripped: bytes) -> None:
        """Whether it is the announcement that goes, or the answer that is turned into a refusal."""
        rule = (
            Replace(match=b"STLS", by=b"XTLS", direction="up")
            if stripped == b"STLS"
            else Replace(match=b"+OK Begin TLS", by=b"-ERR no")
        )
        with FaultProxy(dovecot.server.pop3, rule) as proxy:
            server = pop3(dovecot, Security.STARTTLS, proxy.port)
            with pytest.raises(CertificateRefused, match="STLS"):
                await try_sign_in(server, dovecot.server.password, dovecot.user, PATIENT)
        assert proxy.seen("up").split() in ([b"XTLS"], [b"STLS"])


@pytest.fixture(scope="module")
def bad_certificates(authority: Authority) -> dict[str, ssl.SSLContext]:
    """By the words of the refusal."""
    return {
        "another": authority.server_context("pop-other", "DNS:other.example.org", "IP:127.0.0.2"),
        "expired": authority.server_context("pop-old", "IP:127.0.0.1", days=("20200101", "20210101")),
        "not valid yet": authority.server_context("pop-early", "IP:127.0.0.1", days=("20900101", "20910101")),
    }


class TestCertificates:
    @pytest.mark.parametrize("reason", ["another", "expired", "not valid yet"])
    async def test_a_bad_one_is_refused_before_anything_is_said(
        self, bad_certificates: dict[str, ssl.SSLContext], authority: Authority, reason: str
    ) -> None:
        context, trusted = bad_certificates[reason], str(authority.ca_file)
        with ScriptedPop3(tls=context) as server:
            with pytest.raises(CertificateRefused, match=reason):
                await try_sign_in(at(server.port, Security.TLS, trusted), timeouts=PATIENT)
            assert server.received == []
        with ScriptedPop3(starttls=context) as server:
            with pytest.raises(CertificateRefused, match=reason):
                await try_sign_in(at(server.port, Security.STARTTLS, trusted), timeouts=PATIENT)
            assert set(server.received) == {"STLS"}

    async def test_a_good_one_is_accepted(self, authority: Authority) -> None:
        context = authority.server_context("pop-good", "IP:127.0.0.1")
        with ScriptedPop3(tls=context) as server:
            await try_sign_in(at(server.port, Security.TLS, str(authority.ca_file)), timeouts=PATIENT)
        assert server.verbs[:2] == ["CAPA", "AUTH"]


class TestReaching:
    async def test_nobody_listens(self) -> None:
        with socket.socket() as holder:
            holder.bind(("127.0.0.1", 0))
            port = holder.getsockname()[1]
            for host in ("127.0.0.1", "localhost"):
                with pytest.raises(Unreachable, match=f"port {port}.*nothing answers"):
                    await try_sign_in(Server(host, port, Security.NONE))

    async def test_a_host_that_does_not_exist(self) -> None:
        for host in ("does-not-exist.invalid", "a..b", "x" * 70 + ".example"):
            with pytest.raises(Unreachable):
                await try_sign_in(Server(host, 995))

    async def test_no_password_in_clear_to_another_machine(self) -> None:
        for host in ("mail.example.org", "192.0.2.1", "localhost.example.org"):
            with pytest.raises(ConfigError, match="in clear"):
                await try_sign_in(Server(host, 110, Security.NONE))

    @pytest.mark.parametrize(
        ("greeting", "error", "words"),
        [
            (Act.CLOSE, Unreachable, "at once"),
            (Act.RESET, Unreachable, r"at once|\(Connection reset by peer\)"),
            (Act.SILENT, Stalled, "does not answer"),
            ("* OK IMAP4rev1 ready", Unreachable, "no POP3 server"),
            ("-ERR [SYS/TEMP] later", Throttled, "right now"),
            ("-ERR go away", Unreachable, "go away"),
            ("x" * 100_000, Unreachable, "no POP3 server"),
            (b"+OK no end", Stalled, "does not answer"),
        ],
    )
    async def test_greetings(self, greeting: str | bytes | Act, error: type[TuiMailError], words: str) -> None:
        with ScriptedPop3(greeting=greeting) as server, pytest.raises(error, match=words):
            await try_sign_in(at(server.port), timeouts=IMPATIENT if error is Stalled else PATIENT)
        assert server.received == []

    async def test_a_server_that_drips_is_a_stall_all_the_same(self) -> None:
        def drip(wire: Wire) -> None:
            while True:
                wire.raw(b"+")
                asyncio.run(asyncio.sleep(0.05))

        with ScriptedImap(drip) as scripted, pytest.raises(Stalled):
            await try_sign_in(at(scripted.port), timeouts=IMPATIENT)

    async def test_cancelling_ends_the_connection(self) -> None:
        with ScriptedPop3(capa=Act.SILENT) as server:
            task = asyncio.create_task(try_sign_in(at(server.port), timeouts=PATIENT))
            while server.verbs != ["CAPA"]:
                await asyncio.sleep(0.01)
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await asyncio.to_thread(server.settle)


class TestStls:
    async def test_nothing_said_before_is_believed_after(self, authority: Authority) -> None:
        context = authority.server_context("pop-after", "IP:127.0.0.1")
        with ScriptedPop3(starttls=context) as server:
            await try_sign_in(at(server.port, Security.STARTTLS, str(authority.ca_file)))
        assert server.verbs[:2] == ["STLS", "CAPA"]

    @pytest.mark.parametrize("injected", [b"+OK\r\n", b"-ERR x\r\n", b"x"])
    async def test_what_is_slipped_in_behind_the_answer_ends_it(self, injected: bytes, authority: Authority) -> None:
        with ScriptedPop3(stls=b"+OK go\r\n" + injected) as server, pytest.raises(Unreachable):
            await try_sign_in(at(server.port, Security.STARTTLS, str(authority.ca_file)))
        assert server.received == ["STLS"]

    @pytest.mark.parametrize("answer", ["-ERR what?", "-ERR [SYS/TEMP] later", "+ go", Act.CLOSE, Act.SILENT])
    async def test_anything_but_yes_ends_it(self, answer: str | Act, authority: Authority) -> None:
        timeouts = IMPATIENT if answer is Act.SILENT else PATIENT
        with ScriptedPop3(stls=answer) as server, pytest.raises(Unreachable):
            await try_sign_in(at(server.port, Security.STARTTLS, str(authority.ca_file)), timeouts=timeouts)
        assert server.received == ["STLS"]

    async def test_a_server_that_does_not_go_on_in_tls(self, authority: Authority) -> None:
        with ScriptedPop3(stls="+OK go") as server, pytest.raises(Unreachable):
            await try_sign_in(at(server.port, Security.STARTTLS, str(authority.ca_file)))
        assert server.received[0] == "STLS"
        assert not any("AUTH" in line or "PASS" in line for line in server.received)


class TestMechanisms:
    async def test_plain_waits_until_it_is_asked_and_is_said_once(self) -> None:
        with ScriptedPop3() as server:
            await try_sign_in(at(server.port))
        assert server.verbs == [
            "CAPA",
            "AUTH",
            base64.b64encode(f"\0{USER}\0{PASSWORD}".encode()).decode(),
            "CAPA",
            "QUIT",
        ]

    async def test_a_token_goes_as_xoauth2_and_never_as_a_password(self) -> None:
        with ScriptedPop3() as server:
            await try_sign_in(at(server.port), Token(TOKEN))
        with ScriptedPop3(capabilities=["SASL PLAIN", "USER"]) as server, pytest.raises(SignInRefused, match="token"):
            await try_sign_in(at(server.port), Token(TOKEN))
        assert server.received == ["CAPA"]

    async def test_the_reason_hidden_in_the_last_challenge_is_told(self) -> None:
        with ScriptedPop3() as server, pytest.raises(SignInRefused, match=r"no \(401\)"):
            await try_sign_in(at(server.port), Token("expired"))

    @pytest.mark.parametrize("capabilities", [["USER", "SASL CRAM-MD5"], ["UIDL"], ["USER"]])
    async def test_user_and_pass_where_there_is_nothing_better(self, capabilities: list[str]) -> None:
        with ScriptedPop3(capabilities=capabilities) as server:
            await try_sign_in(at(server.port))
        assert server.received[1:3] == [f"USER {USER}", f"PASS {PASSWORD}"]

    async def test_a_server_that_knows_no_capa(self) -> None:
        with ScriptedPop3(capa="-ERR what?") as server:
            assert not (await try_sign_in(at(server.port))).known
        assert server.verbs == ["CAPA", "USER", "PASS", "CAPA", "QUIT"]

    async def test_no_way_for_a_password(self) -> None:
        with ScriptedPop3(capabilities=["SASL XOAUTH2"]) as server, pytest.raises(SignInRefused, match="no way"):
            await try_sign_in(at(server.port))
        assert server.received == ["CAPA"]

    async def test_a_refused_user_name_keeps_the_password_here(self) -> None:
        with ScriptedPop3(capabilities=["USER"], user="-ERR never heard") as server, pytest.raises(SignInRefused):
            await try_sign_in(at(server.port))
        assert server.verbs == ["CAPA", "USER"]

    async def test_a_server_that_lets_everybody_in_is_not_believed(self) -> None:
        with ScriptedPop3(auth="+OK welcome") as server, pytest.raises(Unreachable):
            await try_sign_in(at(server.port))

    @pytest.mark.parametrize(
        ("answer", "error", "seconds"),
        [
            ("-ERR [AUTH] wrong", SignInRefused, 0),
            ("-ERR wrong", SignInRefused, 0),
            ("-ERR [SYS/PERM] POP is off", Refused, 0),
            ("-ERR [SYS/TEMP] the database is away", Throttled, 60),
            ("-ERR [IN-USE] another session", Throttled, 45),
            ("-ERR [LOGIN-DELAY] too early", Throttled, 120),
            ("what?", Unreachable, 0),
            (Act.CLOSE, Unreachable, 0),
            (Act.SILENT, Stalled, 0),
        ],
    )
    @pytest.mark.parametrize(("way", "step"), [("USER", "pass"), ("SASL PLAIN", "auth")])
    async def test_refusals_are_told_apart_by_what_to_do(
        self, way: str, step: str, answer: str | Act, error: type[TuiMailError], seconds: float
    ) -> None:
        server = ScriptedPop3(capabilities=[way, "LOGIN-DELAY 120"])
        server.steps[step] = answer
        with server, pytest.raises(error) as caught:
            await try_sign_in(at(server.port), timeouts=IMPATIENT if error is Stalled else PATIENT)
        assert PASSWORD not in caught.value.text
        assert caught.value.text.endswith(".")
        if isinstance(caught.value, Throttled):
            assert caught.value.seconds == seconds

    @pytest.mark.parametrize("secret", ["x\r\nDELE 1", "x\nDELE 1", "x\rDELE 1", "x\0y", "x\udc80"])
    @pytest.mark.parametrize("capabilities", [["USER"], ["SASL PLAIN"]])
    async def test_a_secret_that_would_end_its_line_sends_nothing(self, secret: str, capabilities: list[str]) -> None:
        with ScriptedPop3(capabilities=capabilities) as server:
            for user, password in ((USER, secret), (secret, PASSWORD)):
                with pytest.raises(Refused) as caught:
                    await try_sign_in(at(server.port), password, user)
                assert "DELE" not in caught.value.text
        assert server.received == []

    async def test_a_token_with_a_field_of_its_own_sends_nothing(self) -> None:
        with ScriptedPop3() as server, pytest.raises(Refused):
            await try_sign_in(at(server.port), Token("x\1auth=Bearer y"))
        assert server.received == []

    async def test_a_password_in_any_script(self) -> None:
        seen: list[bytes] = []

        def script(wire: Wire) -> None:
            wire.send("+OK")
            assert wire.line() == b"CAPA"
            wire.send("+OK", "SASL PLAIN", ".")
            assert wire.line() == b"AUTH PLAIN"
            wire.send("+ ")
            seen.append(base64.b64decode(wire.line()))
            wire.send("-ERR [AUTH] no")

        with ScriptedImap(script) as scripted, pytest.raises(SignInRefused):
            await try_sign_in(at(scripted.port), "bättery staple 日本")
        assert seen == ["\0ada\0bättery staple 日本".encode()]

    async def test_mail_in_utf8_is_asked_for_where_it_can_be_had(self) -> None:
        for answer in (None, "-ERR no"):
            with ScriptedPop3(capabilities=["SASL PLAIN", "UTF8"], utf8=answer) as server:
                await try_sign_in(at(server.port))
            assert server.verbs[:3] == ["CAPA", "UTF8", "AUTH"]

    async def test_no_secret_in_any_log(self, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.DEBUG):
            for capabilities in (["USER"], ["SASL PLAIN XOAUTH2"]):
                with ScriptedPop3(capabilities=capabilities) as server:
                    await try_sign_in(at(server.port))
                    with pytest.raises(SignInRefused):
                        await try_sign_in(at(server.port), "c0rrect-horse")
            with ScriptedPop3() as server:
                await try_sign_in(at(server.port), Token(TOKEN))
        said = caplog.text
        for secret in (PASSWORD, TOKEN, "c0rrect-horse", base64.b64encode(PASSWORD.encode()).decode()[:8]):
            assert secret not in said

    async def test_a_secret_source_that_fails_is_the_caller_s_error(self) -> None:
        def source() -> str:
            raise SignInRefused("The keyring is locked.")

        with pytest.raises(SignInRefused, match="locked"):
            await Pop3Session.open(at(1), USER, source, PATIENT)
