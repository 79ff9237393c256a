"""What every test gets: a home of its own, no secret of the person who runs it, and mail servers on loopback."""

from __future__ import annotations

import os
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from tests.e2e.independent import Login
from tests.fakes import dovecot as dovecot_server_of
from tests.fakes import postfix as postfix_of
from tests.fakes import substitute_smtp as substitute_of
from tests.fakes.certificates import Authority, make_authority
from tests.fakes.dovecot import Dovecot
from tests.fakes.postfix import Postfix
from tui_mail.config.servers import Security, Server
from tui_mail.mime import html_worker

# Machines are busy: no example is wrong for being slow. The same examples each time, so that what fails in one run fails
# in the next; ``--hypothesis-profile=searching`` looks for others.
settings.register_profile("searching", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.register_profile("unhurried", settings.get_profile("searching"), derandomize=True)
settings.load_profile("unhurried")

# No page is given up for being slow, where a test does not ask for that.
html_worker.SECONDS = 60.0

# Before anything imports keyring, in this process and in those that tests start.
os.environ["PYTHON_KEYRING_BACKEND"] = "keyring.backends.fail.Keyring"


@pytest.fixture(autouse=True)
def _cut_off(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test reads or writes the home, the settings, the keyring or the desktop of whoever runs it."""
    home = tmp_path_factory.mktemp("person")
    for name in ("XDG_CONFIG_HOME", "XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_RUNTIME_DIR"):
        monkeypatch.delenv(name, raising=False)
    # Where tests run side by side these are set, and a program would take them for the size of its terminal.
    for name in ("COLUMNS", "LINES"):
        monkeypatch.delenv(name, raising=False)
    for name in ("TUI_MAIL_HOME", "DBUS_SESSION_BUS_ADDRESS", "DISPLAY", "WAYLAND_DISPLAY", "SSH_AUTH_SOCK"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(home))


@dataclass(frozen=True, slots=True)
class Mailbox:
    """An empty mailbox that no other test uses."""

    server: Dovecot
    user: str

    @classmethod
    def fresh(cls, server: Dovecot) -> Mailbox:
        return cls(server, f"u{uuid.uuid4().hex[:12]}")

    @property
    def login(self) -> Login:
        return Login(self.server.host, self.server.imaps, self.user, self.server.password, self.server.ca_file)

    def imap(self, port: int = 0, security: Security = Security.TLS) -> Server:
        """The account's server, at ``port`` or where ``security`` implies."""
        own = self.server.imaps if security is Security.TLS else self.server.imap
        return Server(self.server.host, port or own, security, str(self.server.ca_file))

    def adm(self, command: str, *arguments: str, stdin: bytes = b"") -> str:
        """doveadm COMMAND -u USER ARGUMENTS; a command of two words is written with a space."""
        return self.server.adm(*command.split(), "-u", self.user, *arguments, stdin=stdin)


@pytest.fixture(scope="session")
def dovecot_server() -> Iterator[Dovecot]:
    """One server for the whole run; take ``dovecot`` for a mailbox on it."""
    if reason := dovecot_server_of.missing():
        pytest.skip(reason)
    server = dovecot_server_of.start()
    yield server
    dovecot_server_of.stop(server)


@pytest.fixture
def dovecot(dovecot_server: Dovecot) -> Mailbox:
    return Mailbox.fresh(dovecot_server)


@pytest.fixture(scope="session")
def postfix(dovecot_server: Dovecot) -> Iterator[Postfix]:
    """A server for sending, for the whole run: whoever has a mailbox on the Dovecot may send, and gets mail there."""
    if reason := postfix_of.missing():
        pytest.skip(reason)
    server = postfix_of.start(dovecot_server)
    yield server
    postfix_of.stop(server)


@pytest.fixture(scope="session")
def substitute(dovecot_server: Dovecot) -> Iterator[Postfix]:
    """As ``postfix``, by a server of the test's own, where Postfix cannot run."""
    server = substitute_of.start(dovecot_server)
    yield server
    substitute_of.stop(server)


@pytest.fixture
def imap_login(dovecot: Mailbox) -> Login:
    return dovecot.login


@pytest.fixture(scope="session")
def authority(tmp_path_factory: pytest.TempPathFactory) -> Authority:
    """A certificate authority for servers of a test's own."""
    return make_authority(tmp_path_factory.mktemp("authority") / Path("ca"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """What did not run as it should is said, not only counted."""
    if reason := postfix_of.missing():
        terminalreporter.write_line(f"Postfix did not run ({reason}): aiosmtpd took its place for one test.")
