"""What is typed into the account form, turned into an account.

Owns the checks and guesses that need no server. Must not know widgets, nor keep the secret longer than it is asked.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass, field

from tui_mail.config.accounts import Account, Kind, Password, check_name, from_table, to_table
from tui_mail.config.paths import expanded
from tui_mail.config.servers import Security, Server, is_loopback, parse_server
from tui_mail.model.errors import ConfigError
from tui_mail.model.ids import AccountName
from tui_mail.model.words import _

DEFAULT_PORTS = {
    Kind.IMAP: {Security.TLS: 993, Security.STARTTLS: 143, Security.NONE: 143},
    Kind.POP3: {Security.TLS: 995, Security.STARTTLS: 110, Security.NONE: 110},
}
"""RFC 8314, RFC 9051, RFC 1939."""


_PREFIXES = {Kind.IMAP: "imap", Kind.POP3: "pop"}


class Incomplete(ConfigError):
    """Something has to be typed or changed first; ``field`` names where."""

    def __init__(self, text: str, where: str) -> None:
        super().__init__(text)
        self.where = where


@dataclass(frozen=True, slots=True)
class Typed:
    """The form as it stands. ``secret`` is shown nowhere."""

    email: str = ""
    from_name: str = ""
    kind: Kind = Kind.IMAP
    host: str = ""
    port: str = ""
    security: Security = Security.TLS
    user: str = ""
    secret: str = field(default="", repr=False)
    command: str = ""
    keep: Password = Password.KEYRING
    ca_file: str = ""
    leave: str = "always"
    """Of POP3: how long mail stays on the server (``Account.leave``)."""


def guessed_host(email: str, kind: Kind = Kind.IMAP) -> str:
    """The name most providers give their server; empty while ``email`` has no domain."""
    domain = email.rpartition("@")[2].strip().lower()
    return f"{_PREFIXES[kind]}.{domain}" if "." in domain.strip(".") and " " not in domain else ""


def account_of(typed: Typed, taken: Collection[str]) -> Account:
    """The account meant. Raises Incomplete with one plain sentence; ``taken`` are the names there are."""
    local, at, domain = typed.email.rpartition("@")
    if not at or not local or not domain or " " in typed.email:
        raise Incomplete(_("An address looks like ada@example.org."), "email")
    if typed.email in taken:
        raise Incomplete(_("There is an account called {name} already.").format(name=typed.email), "email")
    if not typed.host:
        often = _PREFIXES[typed.kind]
        text = _("Which server holds the mail? Its name is often {often}. and what follows the @.").format(often=often)
        raise Incomplete(text, "host")
    if not typed.secret and not typed.command:
        raise Incomplete(_("Type the password, or a command that prints it."), "secret")
    if typed.secret and typed.command:
        raise Incomplete(_("Either the password or a command that prints it, not both."), "command")
    server = _server(typed)
    table = to_table(
        Account(
            name=_named(typed.email),
            email=typed.email,
            from_name=typed.from_name,
            user=typed.user,
            imap=server if typed.kind is Kind.IMAP else None,
            pop3=server if typed.kind is Kind.POP3 else None,
            password=typed.keep,
            leave=typed.leave if typed.kind is Kind.POP3 else "always",
            kind=typed.kind,
        )
    )
    if typed.command:
        table["password"] = Password.COMMAND.value
        table["password_command"] = typed.command
    try:
        return from_table(table, _("This account"))
    except ConfigError as error:
        raise Incomplete(error.text, "command" if typed.command else "email") from error


def _named(email: str) -> AccountName:
    try:
        return check_name(email)
    except ConfigError as error:
        raise Incomplete(error.text, "email") from error


def _server(typed: Typed) -> Server:
    if typed.port and not (typed.port.isascii() and typed.port.isdigit() and 0 < int(typed.port) < 65536):
        raise Incomplete(_("A port is a number from 1 to 65535."), "port")
    if typed.security is Security.NONE and not is_loopback(typed.host):
        raise Incomplete(
            _("Without encryption everyone on the way can read your password: choose TLS or STARTTLS."), "security"
        )
    ca_file = ""
    if typed.ca_file:
        path = expanded(typed.ca_file).absolute()
        if not path.is_file():
            raise Incomplete(_("There is no file {path}.").format(path=path), "ca_file")
        ca_file = str(path)
    port = int(typed.port) if typed.port else DEFAULT_PORTS[typed.kind][typed.security]
    host = f"[{typed.host}]" if typed.host.count(":") > 1 and not typed.host.startswith("[") else typed.host
    try:
        return parse_server(typed.kind.value, f"{host}:{port}", security=typed.security, ca_file=ca_file)
    except ConfigError as error:
        raise Incomplete(error.text, "host") from error


def where_to_look(kind: str) -> str:
    """The field a person should look at after an error of that kind (``model.errors``)."""
    return {"sign-in": "secret", "unreachable": "host", "stalled": "host", "certificate": "ca_file"}.get(kind, "host")
