"""Signing in to a real Dovecot, and to servers that cannot be trusted: what is said, and what is never sent."""

from __future__ import annotations

import asyncio
import base64
import logging
import socket
from dataclasses import replace

import pytest

from tests.conftest import Mailbox
from tests.fakes.certificates import Authority
from tests.fakes.faultproxy import FaultProxy, Replace
from tests.fakes.scripted_imap import ScriptedImap, Wire
from tui_mail.backends.imap.backend import ImapBackend
from tui_mail.backends.imap.transport import Timeouts
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

PATIENT = Timeouts(connect=30, stall=30, command=60, done=30, idle=60, poll=0.1)
IMPATIENT = replace(PATIENT, stall=0.5, done=0.5)
"""For a server that says nothing any more, and nothing else: a busy machine is silent for moments as well."""
SECRET = "c0rrect-horse-bättery"


async def try_connect(server: Server, secret: str = SECRET, user: str = "ada", timeouts: Timeouts = PATIENT) -> str:
    backend = ImapBackend(server, user, lambda: secret, timeouts=timeouts)
    try:
        return (await backend.connect()).server
    finally:
        await backend.close()


def plain(scripted: ScriptedImap) -> Server:
    return Server("127.0.0.1", scripted.port, Security.NONE)


@pytest.mark.dovecot
class TestDovecot:
    async def connect(self, server: Server, secret: str = SECRET, user: str = "ada") -> str:
        return await try_connect(server, secret, user, PATIENT)

    @pytest.mark.parametrize("security", list(Security))
    async def test_signs_in(self, dovecot: Mailbox, security: Security) -> None:
        assert await self.connect(dovecot.imap(security=security), dovecot.server.password) == "Dovecot"

    async def test_a_wrong_password_is_refused_in_the_server_s_words(self, dovecot: Mailbox) -> None:
        with pytest.raises(SignInRefused, match="Authentication failed") as caught:
            await self.connect(dovecot.imap(), "wrong", dovecot.user)
        assert dovecot.user in caught.value.text
        assert "wrong" not in caught.value.text

    async def test_signs_in_with_a_token(self, dovecot: Mailbox) -> None:
        token = Token(dovecot.server.token(dovecot.user))
        assert await self.connect(dovecot.imap(), token, dovecot.user) == "Dovecot"

    async def test_an_expired_token_is_refused(self, dovecot: Mailbox) -> None:
        token = Token(dovecot.server.token(dovecot.user, -60))
        with pytest.raises(SignInRefused):
            await self.connect(dovecot.imap(), token, dovecot.user)

    async def test_a_certificate_of_no_known_authority_is_refused_with_its_fingerprint(self, dovecot: Mailbox) -> None:
        for security in (Security.TLS, Security.STARTTLS):
            with pytest.raises(CertificateRefused, match=r"signed by itself.*--ca-file.*([0-9A-F]{2}:){31}[0-9A-F]{2}"):
                await self.connect(replace(dovecot.imap(security=security), ca_file=""))

    async def test_tls_to_a_port_in_clear_names_the_port(self, dovecot: Mailbox) -> None:
        with pytest.raises(CertificateRefused, match=str(dovecot.server.imap)):
            await self.connect(replace(dovecot.imap(), port=dovecot.server.imap))

    async def test_a_stripped_starttls_sends_no_password(self, dovecot: Mailbox) -> None:
        rules = [
            Replace(match=b" STARTTLS", by=b""),
            Replace(match=b"STARTTLS", by=b"NOPNOPNO", direction="up"),
        ]
        with FaultProxy(dovecot.server.imap, *rules) as proxy:
            with pytest.raises(CertificateRefused, match="STARTTLS"):
                await self.connect(dovecot.imap(proxy.port, Security.STARTTLS))
            assert b"AUTH" not in proxy.seen("up")
            assert b"LOGIN" not in proxy.seen("up")

    async def test_the_protocol_log_holds_no_secret(self, dovecot: Mailbox, caplog: pytest.LogCaptureFixture) -> None:
        with caplog.at_level(logging.DEBUG, "tui_mail.imap"):
            await self.connect(dovecot.imap(), dovecot.server.password, dovecot.user)
        assert "AUTHENTICATE ***" in caplog.text
        for form in (dovecot.server.password, "AHU", "AGFkYQ"):
            assert form not in caplog.text


class TestCertificates:
    @pytest.mark.parametrize(
        ("names", "days", "says"),
        [
            (("DNS:localhost", "IP:127.0.0.1"), ("20200101", "20210101"), "expired.*Check the clock"),
            (("DNS:localhost", "IP:127.0.0.1"), ("20900101", "20910101"), "not valid yet.*Check the clock"),
            (("DNS:mail.example.org",), None, "another.*Check the name"),
            (("DNS:*.org", "DNS:*"), None, "another.*Check the name"),
        ],
    )
    async def test_a_bad_certificate_is_refused(
        self, authority: Authority, names: tuple[str, ...], days: tuple[str, str] | None, says: str
    ) -> None:
        context = authority.server_context("bad", *names, days=days)
        with ScriptedImap(lambda wire: wire.greet(), tls=context) as scripted:
            for host in ("localhost", "127.0.0.1"):
                server = Server(host, scripted.port, Security.TLS, str(authority.ca_file))
                with pytest.raises(CertificateRefused, match=says):
                    await try_connect(server)
        assert not scripted.received

    async def test_a_good_one_of_that_authority_is_accepted(self, authority: Authority) -> None:
        context = authority.server_context("good", "DNS:localhost")
        with ScriptedImap(serve, tls=context) as scripted:
            server = Server("localhost", scripted.port, Security.TLS, str(authority.ca_file))
            assert await try_connect(server) == "ready"

    async def test_a_ca_file_that_is_none_is_a_configuration_error(self, authority: Authority) -> None:
        for path in (authority.directory / "absent.pem", authority.directory / "serial"):
            with pytest.raises(ConfigError, match=str(path)):
                await try_connect(Server("localhost", 1, Security.TLS, str(path)))


def serve(wire: Wire) -> None:
    wire.sign_in()
    wire.until_gone()


class TestPlaintext:
    @pytest.mark.parametrize("host", ["192.0.2.1", "mail.example.org", "localhost.example.org", "127.0.0.1.nip.io"])
    async def test_no_password_in_clear_to_another_machine(self, host: str) -> None:
        with pytest.raises(ConfigError, match="in clear"):
            await try_connect(Server(host, 143, Security.NONE))


class TestGreetings:
    @pytest.mark.parametrize(
        ("greeting", "error", "says"),
        [
            (b"* BYE overloaded\r\n", Unreachable, "overloaded"),
            (b"* BYE [UNAVAILABLE] \x1b[2Jtoo many connections\r\n", Throttled, "too many"),
            (b"HELLO\r\n", Unreachable, "no IMAP server.*Check the name and the port"),
            (b"T0 OK done\r\n", Unreachable, "no IMAP server.*Check the name and the port"),
            (b"\r\n", Unreachable, "no IMAP server.*Check the name and the port"),
            (b'* LIST () "/" EVIL\r\n', Unreachable, "no IMAP server.*Check the name and the port"),
            (b"* PREAUTH [CAPABILITY IMAP4rev1] hi\r\n", CertificateRefused, "Use tls"),
            (b"* preauth hi\r\n", CertificateRefused, "Use tls"),
            (b"+OK POP3 ready\r\n", Unreachable, "no IMAP server.*Check the name and the port"),
            (b"220 smtp\r\n", Unreachable, "no IMAP server.*Check the name and the port"),
            (b"", Unreachable, "closed the connection.*Check the port"),
            (b"* O", Unreachable, "closed the connection.*Check the port"),
            (b"x" * 5_000_000, Unreachable, "cannot be read"),
        ],
    )
    @pytest.mark.parametrize("security", [Security.NONE, Security.STARTTLS])
    async def test_a_bad_greeting_gets_nothing(
        self, greeting: bytes, error: type[TuiMailError], says: str, security: Security
    ) -> None:
        with ScriptedImap(lambda wire: wire.raw(greeting)) as scripted, pytest.raises(error, match=says) as caught:
            await try_connect(replace(plain(scripted), security=security))
        assert not scripted.received
        assert caught.value.text.isprintable()

    async def test_silence_is_a_stall(self) -> None:
        with (
            ScriptedImap(Wire.until_gone) as scripted,
            pytest.raises(Stalled, match=r"127\.0\.0\.1 does not answer.*Check"),
        ):
            await try_connect(plain(scripted), timeouts=IMPATIENT)

    async def test_a_server_that_drips_is_a_stall_all_the_same(self) -> None:
        def drip(wire: Wire) -> None:
            while True:
                wire.raw(b"*")
                asyncio.run(asyncio.sleep(0.05))

        with ScriptedImap(drip) as scripted, pytest.raises(Stalled):
            await try_connect(plain(scripted), timeouts=IMPATIENT)

    async def test_nobody_listens(self) -> None:
        with socket.socket() as holder:
            holder.bind(("127.0.0.1", 0))
            port = holder.getsockname()[1]
            with pytest.raises(Unreachable, match=f"port {port}"):
                await try_connect(Server("127.0.0.1", port, Security.NONE))

    async def test_a_host_that_does_not_exist(self) -> None:
        with pytest.raises(Unreachable, match="does-not-exist"):
            await try_connect(Server("does-not-exist.invalid", 993))


class TestStartTls:
    @pytest.mark.parametrize("answer", ["BAD what", "NO never", "NO [UNAVAILABLE] later"])
    async def test_a_refusal_ends_it(self, answer: str) -> None:
        def script(wire: Wire) -> None:
            wire.greet("IMAP4rev1 AUTH=PLAIN")
            wire.answer("STARTTLS", end=answer)
            wire.until_gone()

        with ScriptedImap(script) as scripted, pytest.raises(CertificateRefused, match="nothing was sent"):
            await try_connect(replace(plain(scripted), security=Security.STARTTLS), timeouts=replace(PATIENT, stall=2))
        assert len(scripted.received) == 1

    async def test_no_answer_ends_it(self) -> None:
        def script(wire: Wire) -> None:
            wire.greet()
            wire.until_gone()

        with ScriptedImap(script) as scripted, pytest.raises(Stalled):
            await try_connect(replace(plain(scripted), security=Security.STARTTLS))
        assert len(scripted.received) == 1

    @pytest.mark.parametrize(
        "injected", [b"* CAPABILITY EVIL\r\n", b"T1 OK welcome\r\n", b'* LIST () "/" EVIL\r\n', b"x"]
    )
    async def test_what_is_slipped_in_behind_the_answer_ends_it(self, injected: bytes, authority: Authority) -> None:
        def script(wire: Wire) -> None:
            wire.greet()
            tag, _rest = wire.expect("STARTTLS")
            wire.raw(f"{tag} OK go\r\n".encode() + injected)
            wire.until_gone()

        with ScriptedImap(script) as scripted:
            server = Server("localhost", scripted.port, Security.STARTTLS, str(authority.ca_file))
            with pytest.raises(Unreachable):
                await try_connect(server)
        assert not any(b"AUTH" in line for line in scripted.received)

    async def test_nothing_said_before_is_believed_after(self, authority: Authority) -> None:
        context = authority.server_context("after", "DNS:localhost")

        def script(wire: Wire) -> None:
            wire.greet("IMAP4rev1 AUTH=PLAIN SASL-IR EVIL")
            tag, _rest = wire.expect("STARTTLS")
            wire.send("* CAPABILITY IMAP4rev1 LOGINDISABLED", '* LIST () "/" EVIL', "* 5 EXISTS", f"{tag} OK go")
            wire.start_tls(context)
            wire.answer("CAPABILITY", "* CAPABILITY IMAP4rev1 AUTH=PLAIN SASL-IR")
            wire.answer("AUTHENTICATE PLAIN", end="OK [CAPABILITY IMAP4rev1] welcome")
            wire.answer("LIST", '* LIST () "/" ""')
            wire.answer("LIST", '* LIST () "/" INBOX')
            wire.answer("LSUB")
            wire.until_gone()

        with ScriptedImap(script) as scripted:
            server = Server("localhost", scripted.port, Security.STARTTLS, str(authority.ca_file))
            backend = ImapBackend(server, "ada", lambda: SECRET, timeouts=PATIENT)
            assert [folder.path for folder in await backend.folders()] == ["INBOX"]
            await backend.close()


class TestMechanisms:
    async def test_without_sasl_ir_the_secret_waits_for_the_server(self) -> None:
        def script(wire: Wire) -> None:
            wire.greet("IMAP4rev1 AUTH=PLAIN")
            tag, rest = wire.expect("AUTHENTICATE PLAIN")
            assert rest == "AUTHENTICATE PLAIN"
            wire.send("+ ")
            assert base64.b64decode(wire.line()) == f"\0ada\0{SECRET}".encode()
            wire.send(f"{tag} OK [CAPABILITY IMAP4rev1] in")
            wire.until_gone()

        with ScriptedImap(script) as scripted:
            await try_connect(plain(scripted))

    async def test_login_where_there_is_nothing_better(self) -> None:
        def script(wire: Wire) -> None:
            wire.greet("IMAP4rev1")
            _tag, rest = wire.expect("LOGIN")
            assert rest.encode("latin-1").decode() == f'LOGIN "ada" {{{len(SECRET.encode())}}}\n{SECRET}'
            wire.send(f"{_tag} OK in")
            wire.answer("CAPABILITY", "* CAPABILITY IMAP4rev1")
            wire.until_gone()

        with ScriptedImap(script) as scripted:
            await try_connect(plain(scripted))

    async def test_login_disabled_is_respected(self) -> None:
        def script(wire: Wire) -> None:
            wire.greet("IMAP4rev1 LOGINDISABLED AUTH=GSSAPI")
            wire.until_gone()

        with ScriptedImap(script) as scripted, pytest.raises(SignInRefused, match="no way to sign in"):
            await try_connect(plain(scripted))
        assert not scripted.received

    async def test_the_reason_hidden_in_the_last_challenge_is_told(self) -> None:
        def script(wire: Wire) -> None:
            wire.greet("IMAP4rev1 SASL-IR AUTH=XOAUTH2")
            tag, _rest = wire.expect("AUTHENTICATE XOAUTH2")
            wire.send("+ eyJzdGF0dXMiOiI0MDEiLCJzY2hlbWVzIjoiYmVhcmVyIn0=")
            assert wire.line() == b""
            wire.send(f"{tag} NO [AUTHENTICATIONFAILED] Invalid credentials")
            wire.until_gone()

        says = r"Invalid credentials \(401\)"
        with ScriptedImap(script) as scripted, pytest.raises(SignInRefused, match=says):
            await try_connect(plain(scripted), Token("expired"))

    @pytest.mark.parametrize(
        ("end", "error"),
        [
            ("NO [AUTHENTICATIONFAILED] wrong", SignInRefused),
            ("NO wrong", SignInRefused),
            ("BAD what", SignInRefused),
            ("NO [UNAVAILABLE] the database is away", Throttled),
            ("NO [LIMIT] Rate limit hit", Throttled),
            ("NO [ALERT] Too many simultaneous connections. (Failure)", Throttled),
            ("BAD User is authenticated but not connected.", Throttled),
            ("NO Request is throttled. Suggested Backoff Time: 299961 milliseconds", Throttled),
        ],
    )
    async def test_refusals_are_told_apart_by_what_to_do(self, end: str, error: type[TuiMailError]) -> None:
        def script(wire: Wire) -> None:
            wire.greet()
            wire.answer("AUTHENTICATE", end=end)
            wire.until_gone()

        with ScriptedImap(script) as scripted, pytest.raises(error) as caught:
            await try_connect(plain(scripted))
        if isinstance(caught.value, Throttled):
            assert 1 <= caught.value.seconds <= 900
            if "299961" in end:
                assert caught.value.seconds == pytest.approx(299.961)

    async def test_a_password_with_a_line_break_sends_nothing(self) -> None:
        def script(wire: Wire) -> None:
            wire.greet("IMAP4rev1")
            wire.until_gone()

        with ScriptedImap(script) as scripted, pytest.raises(Refused):
            await try_connect(plain(scripted), "x\r\nT9 DELETE INBOX")
        assert not scripted.received

    async def test_alerts_reach_the_person(self) -> None:
        def script(wire: Wire) -> None:
            wire.sign_in()
            wire.send("* OK [ALERT] \x1b[2JThe disk is nearly full")
            wire.answer("LIST", '* LIST () "/" ""')
            wire.answer("LIST")
            wire.answer("LSUB", end="OK [ALERT] Second")
            wire.until_gone()

        alerts: list[str] = []
        with ScriptedImap(script) as scripted:
            backend = ImapBackend(plain(scripted), "ada", lambda: SECRET, timeouts=PATIENT, on_alert=alerts.append)
            await backend.folders()
            await backend.close()
        assert alerts == ["\ufffd[2JThe disk is nearly full", "Second"]

    async def test_a_secret_source_that_fails_is_the_caller_s_error(self) -> None:
        def source() -> str:
            raise SignInRefused("The keyring is locked.")

        backend = ImapBackend(Server("127.0.0.1", 1, Security.NONE), "ada", source, timeouts=PATIENT)
        with pytest.raises(SignInRefused, match="locked"):
            await backend.connect()
        await backend.close()
