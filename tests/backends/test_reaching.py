"""What a person reads when a server cannot be reached: whole sentences that say what to do."""

from __future__ import annotations

import socket
import ssl

import pytest

from tests.fakes.scripted_imap import ScriptedImap, Wire
from tui_mail.backends.imap.failures import CommandFailed, sentence
from tui_mail.backends.imap.signin import sign_in
from tui_mail.backends.imap.transport import Timeouts
from tui_mail.backends.reaching import not_reached, tls_context, tls_failed
from tui_mail.config.servers import Security, Server
from tui_mail.model.errors import ConfigError, SignInRefused, Stalled, Unreachable


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ConnectionRefusedError(111, "Connection refused"), Unreachable),
        (OSError(113, "No route to host"), Unreachable),
        (socket.gaierror(-2, "Name or service not known"), Unreachable),
        (TimeoutError(), Stalled),
        (UnicodeError("label empty or too long"), Unreachable),
    ],
)
def test_every_reason_is_a_sentence_with_advice(error: Exception, kind: type[Unreachable]) -> None:
    found = not_reached(Server("mail.example.org", 993), error)
    assert type(found) is kind
    assert found.text.endswith(".")
    assert "mail.example.org" in found.text
    assert "Check" in found.text


@pytest.mark.parametrize(
    "error", [ssl.SSLEOFError(8, "EOF occurred"), ssl.SSLZeroReturnError(6, "closed"), OSError(104)]
)
def test_a_link_that_is_cut_while_it_is_being_encrypted_is_no_doubt_about_the_server(error: OSError) -> None:
    found = tls_failed(Server("mail.example.org", 993), error, lambda: "")
    assert type(found) is Unreachable
    assert found.text.endswith(".")
    assert "mail.example.org" in found.text


def test_a_file_of_certificates_that_is_not_there_is_told() -> None:
    with pytest.raises(ConfigError, match=r"No such file.*--ca-file\.$"):
        tls_context(Server("mail.example.org", 993, ca_file="/nowhere/ca.pem"))


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("no", "no."),
        ("No!", "No!"),
        ("", "it gave no reason."),
        (
            "Quota exceeded (mailbox for user is full) (0.001 + 0.000 + 0.001 secs).",
            "Quota exceeded (mailbox for user is full).",
        ),
        ("Permission denied (0.001 + 0.000 secs).", "Permission denied."),
        ("Wait (10 secs).", "Wait (10 secs)."),
    ],
)
def test_the_words_of_a_server_end(words: str, shown: str) -> None:
    assert sentence(CommandFailed("NO", "", words)) == shown


def test_a_refused_sign_in_says_what_to_check() -> None:
    def script(wire: Wire) -> None:
        wire.greet()
        wire.answer("AUTHENTICATE PLAIN", end="NO [AUTHENTICATIONFAILED] bad credentials")

    with ScriptedImap(script) as server, pytest.raises(SignInRefused) as caught:
        sign_in(Server("127.0.0.1", server.port, Security.NONE), "ada", lambda: "wrong", Timeouts())
    assert caught.value.text == (
        "127.0.0.1 refused the sign-in of ada. Check the user name and the password. It says: bad credentials."
    )
