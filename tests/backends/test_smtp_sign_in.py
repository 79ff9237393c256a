"""Signing in to a server for sending: mechanisms, encryption that is never given up, and what a person reads."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import Callable

import pytest

from tests.conftest import Mailbox
from tests.fakes.certificates import Authority
from tests.fakes.scripted_imap import Script, ScriptedImap, Wire
from tui_mail.backends.secret import Token
from tui_mail.backends.smtp.signin import signed_in
from tui_mail.config.servers import Security, Server
from tui_mail.model.errors import (
    CertificateRefused,
    ConfigError,
    Refused,
    SignInRefused,
    Throttled,
    TuiMailError,
    Unreachable,
)


def sign_in(server: Server, user: str = "ada", secret: str = "hunter2") -> None:
    async def run() -> None:
        async with signed_in(server, user, lambda: secret):
            pass

    asyncio.run(run())


def offering(*extensions: str, answers: dict[str, str] | None = None) -> Script:
    """A server with these extensions that answers commands by their first words; what has no answer gets 500."""

    def script(wire: Wire) -> None:
        wire.send("220 ready")
        while True:
            line = wire.line().decode()
            if line.startswith("EHLO"):
                lines = ["here", *extensions]
                wire.send(*[f"250-{each}" for each in lines[:-1]], f"250 {lines[-1]}")
                continue
            if line == "QUIT":
                wire.send("221 bye")
                return
            found = next((answer for start, answer in (answers or {}).items() if line.startswith(start)), "500 what?")
            wire.send(found)

    return script


def here(server: ScriptedImap, security: Security = Security.NONE) -> Server:
    return Server("127.0.0.1", server.port, security)


def test_plain_is_said_once_and_nothing_tells_the_name_of_the_machine() -> None:
    with ScriptedImap(offering("AUTH LOGIN PLAIN", answers={"AUTH": "235 welcome"})) as server:
        sign_in(here(server))
    ehlo, auth, leave = server.received
    assert ehlo == b"EHLO [127.0.0.1]"
    assert base64.b64decode(auth.removeprefix(b"AUTH PLAIN ")) == b"\0ada\0hunter2"
    assert leave == b"QUIT"


def test_login_where_there_is_no_plain() -> None:
    answers = {
        f"AUTH LOGIN {base64.b64encode(b'ada').decode()}": "334 UGFzc3dvcmQ6",
        base64.b64encode(b"hunter2").decode(): "235 welcome",
    }
    with ScriptedImap(offering("AUTH LOGIN", answers=answers)) as server:
        sign_in(here(server))


def test_a_token_goes_as_xoauth2_and_never_as_a_password() -> None:
    with ScriptedImap(offering("AUTH PLAIN XOAUTH2", answers={"AUTH XOAUTH2": "235 welcome"})) as server:
        sign_in(here(server), secret=Token("abc"))
    with ScriptedImap(offering("AUTH PLAIN")) as server, pytest.raises(SignInRefused, match="token"):
        sign_in(here(server), secret=Token("abc"))
    assert not any(line.startswith(b"AUTH") for line in server.received)


@pytest.mark.parametrize(
    ("answer", "kind", "words"),
    [
        ("535 5.7.8 bad credentials", SignInRefused, "Check the user name and the password"),
        ("454 4.7.0 temporary", Throttled, "right now"),
    ],
)
def test_a_refusal_is_told(answer: str, kind: type[TuiMailError], words: str) -> None:
    with (
        ScriptedImap(offering("AUTH PLAIN", answers={"AUTH": answer})) as server,
        pytest.raises(kind, match=words) as caught,
    ):
        sign_in(here(server))
    assert caught.value.text.endswith(".")
    assert "hunter2" not in caught.value.text


def test_a_server_on_this_machine_may_offer_no_sign_in() -> None:
    with ScriptedImap(offering("8BITMIME")) as server:
        sign_in(here(server))


def test_without_starttls_no_password_is_said() -> None:
    for script in (offering("AUTH PLAIN"), offering("AUTH PLAIN", "STARTTLS", answers={"STARTTLS": "454 not now"})):
        with ScriptedImap(script) as server, pytest.raises(CertificateRefused, match="STARTTLS"):
            sign_in(here(server, Security.STARTTLS))
        assert not any(line.startswith(b"AUTH") for line in server.received)


def test_no_password_in_clear_to_another_machine() -> None:
    with pytest.raises(ConfigError, match="in clear"):
        sign_in(Server("mail.example.org", 25, Security.NONE))


def test_a_certificate_of_nobody_is_refused(authority: Authority) -> None:
    context = authority.server_context("smtp", "IP:127.0.0.1")
    with ScriptedImap(offering("AUTH PLAIN"), tls=context) as server, pytest.raises(CertificateRefused) as caught:
        sign_in(here(server, Security.TLS))
    assert "not trusted" in caught.value.text
    trusted = Server("127.0.0.1", 0, Security.TLS, str(authority.ca_file))
    with ScriptedImap(offering("AUTH PLAIN", answers={"AUTH": "235 ok"}), tls=context) as server:
        sign_in(Server("127.0.0.1", server.port, trusted.security, trusted.ca_file))


def test_what_came_before_encryption_is_forgotten(authority: Authority) -> None:
    context = authority.server_context("starttls", "IP:127.0.0.1")

    def script(wire: Wire) -> None:
        wire.send("220 ready")
        wire.line()
        wire.send("250-here", "250-AUTH PLAIN", "250 STARTTLS")
        assert wire.line() == b"STARTTLS"
        # What stands behind the answer was put there by somebody in between.
        wire.send("220 go\r\n250-here\r\n250 AUTH PLAIN")
        wire.start_tls(context)
        assert wire.line().startswith(b"EHLO")
        wire.send("250-here", "250 AUTH LOGIN")
        assert wire.line().startswith(b"AUTH LOGIN")
        wire.send("535 no")
        wire.line()

    with ScriptedImap(script) as server, pytest.raises(SignInRefused):
        sign_in(Server("127.0.0.1", server.port, Security.STARTTLS, str(authority.ca_file)))


def _greets(line: str) -> Callable[[Wire], None]:
    def script(wire: Wire) -> None:
        wire.send(line)

    return script


@pytest.mark.parametrize(
    ("greeting", "kind"),
    [("* OK IMAP4rev1 ready", Unreachable), ("421 too busy", Throttled), ("554 go away", Refused)],
)
def test_a_greeting_that_is_no_welcome(greeting: str, kind: type[TuiMailError]) -> None:
    with ScriptedImap(_greets(greeting)) as server, pytest.raises(kind) as caught:
        sign_in(here(server))
    assert caught.value.text.endswith(".")


def test_nothing_there_and_another_protocol_there() -> None:
    with ScriptedImap(_greets("220 ready")) as server:
        port = server.port
    with pytest.raises(Unreachable, match=r"nothing answers there.*Check the port"):
        sign_in(Server("127.0.0.1", port, Security.NONE))
    with ScriptedImap(_greets("220 ready")) as server, pytest.raises(CertificateRefused, match="does not speak TLS"):
        sign_in(here(server, Security.TLS))


@pytest.mark.dovecot
@pytest.mark.parametrize("security", [Security.TLS, Security.STARTTLS])
def test_a_real_server(dovecot: Mailbox, security: Security) -> None:
    port = dovecot.server.submissions if security is Security.TLS else dovecot.server.submission
    server = Server(dovecot.server.host, port, security, str(dovecot.server.ca_file))
    sign_in(server, dovecot.user, dovecot.server.password)
    with pytest.raises(SignInRefused):
        sign_in(server, dovecot.user, "wrong")
    sign_in(server, dovecot.user, Token(dovecot.server.token(dovecot.user)))
