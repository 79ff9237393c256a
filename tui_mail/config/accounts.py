"""What an account is, as a value and as the table of its file.

Owns what the parts of an account may be and how they fit together. Must not know where its file is
(``config.accountfiles`` does), the secrets themselves (only where they are kept), nor how to connect.
"""

from __future__ import annotations

import dataclasses
import enum
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tui_mail.config import options, values
from tui_mail.config.servers import PROTOCOLS, Server, server_from_table, server_to_table
from tui_mail.model.draft import Identity
from tui_mail.model.errors import ConfigError
from tui_mail.model.ids import AccountName
from tui_mail.model.words import _


class Kind(enum.StrEnum):
    """What kind of server holds the mail."""

    IMAP = "imap"
    POP3 = "pop3"
    DEMO = "demo"


class Password(enum.StrEnum):
    """Where the secret comes from."""

    KEYRING = "keyring"
    FILE = "file"
    COMMAND = "command"
    TOKEN = "token"  # noqa: S105 -- the word, not a secret
    """``token_command`` prints an OAuth 2.0 access token."""
    NONE = "none"


BODIES = ("none", "recent", "all")
SAVE_SENT = ("auto", "always", "never")
LEAVE = ("always", "days", "until-deleted", "never")


@dataclass(frozen=True, slots=True)
class Account:
    """One account as it is in force."""

    name: AccountName
    email: str
    from_name: str = ""
    user: str = ""
    """What to sign in as; ``from_table`` fills it with ``email``."""
    imap: Server | None = None
    pop3: Server | None = None
    smtp: Server | None = None
    password: Password = Password.KEYRING
    password_command: tuple[str, ...] = ()
    """A program and its arguments, run without a shell; the first line it prints is the password."""
    token_command: tuple[str, ...] = ()
    """Likewise for an access token."""
    authserv_id: str = ""
    """Whose Authentication-Results are believed (RFC 8601); empty: nobody's."""
    bodies: str = ""
    """none, recent, all; empty: as the setting sync.bodies says."""
    folders: tuple[str, ...] = ()
    """The display paths that are synchronised; empty: all that can be selected."""
    left_out: tuple[str, ...] = ()
    """Display paths that are not synchronised, whatever ``folders`` says; they are fetched when somebody opens them."""
    since: int = 0
    """Days: older mail stays on the server until somebody asks for it; 0: everything is brought here."""
    body_days: int = 90
    """Bodies "recent" are those of so many days …"""
    body_size: int = 256
    """… and of at most so many KiB each."""
    cache: int = 0
    """MB of bodies kept here, the newest; 0: no limit."""
    aliases: tuple[str, ...] = ()
    """Other addresses the person writes from, ``Ada <ada@example.com>``; without a name ``from_name`` stands for it."""
    save_sent: str = "auto"
    """Whether a copy of what is sent is put into Sent from here: auto (unless the server does it), always, never."""
    leave: str = "always"
    """How long POP3 mail stays on the server once it is here: always, days (``leave_days``), until-deleted (here), never."""
    leave_days: int = 14
    largest: int = 0
    """KiB: of larger POP3 messages only the header is fetched until somebody wants the rest; 0: all come whole."""
    deliver_to: str = ""
    """The POP3 account whose inbox the mail goes to; empty: its own."""
    formerly: tuple[str, ...] = ()
    """What it was called before, the latest last: whoever still comes with such a name means this account."""
    kind: Kind = Kind.IMAP

    @property
    def owner(self) -> AccountName:
        """The account whose folders its mail is in."""
        return AccountName(self.deliver_to) if self.deliver_to else self.name


_ALIAS = re.compile(r"(?:(?P<name>[^<>@\x00-\x1f]*)<(?P<address>[^<>@\s]+@[^<>@\s]+)>|(?P<bare>[^<>@\s]+@[^<>@\s]+))")
_TEXTS = ("name", "email", "from_name", "user", "authserv_id", "deliver_to")
_NUMBERS = {
    "since": (0, 36_500),
    "body_days": (1, 36_500),
    "body_size": (1, 1_000_000),
    "cache": (0, 10_000_000),
    "leave_days": (1, 36_500),
    "largest": (0, 250_000),
}
"""The least and the most that a number may be; their defaults are those of ``Account``."""
_KEYS = (
    *_TEXTS,
    "kind",
    "password",
    "password_command",
    "token_command",
    "bodies",
    "folders",
    "left_out",
    *_NUMBERS,
    "aliases",
    "save_sent",
    "leave",
    "formerly",
    *PROTOCOLS,
)


def check_name(name: str) -> AccountName:
    """``name`` if it can name an account (and its file). Raises ConfigError."""
    wrong = (
        not name
        or name != name.strip()
        or name.startswith(".")
        or any(character in ":/\\" or unicodedata.category(character).startswith("C") for character in name)
        or len(name.encode()) > 200
    )
    if wrong:
        raise ConfigError(
            _("{name} cannot name an account: no : or /, no dot at the start, at most 200 bytes.").format(
                name=options.shown(name)
            )
        )
    return AccountName(name)


def from_table(table: Mapping[str, Any], where: str = "account") -> Account:
    """The account of a table, as ``to_table`` makes it. Raises ConfigError; the sentence starts with ``where``."""
    for key in table:
        if key not in _KEYS:
            raise options.unknown(where, key, _KEYS)
    texts = {key: values.text(table, key, where) for key in _TEXTS}
    if "@" not in texts["email"]:
        raise ConfigError(_("{where}: email is an address such as ada@example.org.").format(where=where))
    servers = {
        protocol: server_from_table(options.table(table[protocol], where, protocol), f"{where}: [{protocol}]")
        for protocol in PROTOCOLS
        if protocol in table
    }
    commands = {key: values.command(table, key, where) for key in ("password_command", "token_command")}
    default = "command" if commands["password_command"] else "token" if commands["token_command"] else "keyring"
    account = Account(
        name=check_name(texts["name"]),
        email=texts["email"],
        from_name=texts["from_name"],
        user=texts["user"] or texts["email"],
        imap=servers.get("imap"),
        pop3=servers.get("pop3"),
        smtp=servers.get("smtp"),
        password=Password(values.choice(table, "password", [each.value for each in Password], default, where)),
        password_command=commands["password_command"],
        token_command=commands["token_command"],
        authserv_id=texts["authserv_id"],
        bodies=values.choice(table, "bodies", list(BODIES), "", where),
        folders=values.texts(table, "folders", where),
        left_out=values.texts(table, "left_out", where),
        **{key: values.number(table, key, where, _default(key), *_NUMBERS[key]) for key in _NUMBERS},
        aliases=_aliases(table, where),
        save_sent=values.choice(table, "save_sent", list(SAVE_SENT), "auto", where),
        leave=values.choice(table, "leave", list(LEAVE), "always", where),
        deliver_to=texts["deliver_to"],
        formerly=values.texts(table, "formerly", where),
        kind=Kind(values.choice(table, "kind", [each.value for each in Kind], _kind(servers), where)),
    )
    return consistent(account, where)


def to_table(account: Account) -> dict[str, Any]:
    """What ``from_table`` reads back to the same; what is empty is left out."""
    table: dict[str, Any] = {key: getattr(account, key) for key in _TEXTS if getattr(account, key)}
    table["kind"] = account.kind.value
    table["password"] = account.password.value
    if account.bodies:
        table["bodies"] = account.bodies
    if account.save_sent != "auto":
        table["save_sent"] = account.save_sent
    if account.leave != "always":
        table["leave"] = account.leave
    for key in _NUMBERS:
        if getattr(account, key) != _default(key):
            table[key] = getattr(account, key)
    for key in ("password_command", "token_command", "folders", "left_out", "aliases", "formerly"):
        if getattr(account, key):
            table[key] = list(getattr(account, key))
    for protocol in PROTOCOLS:
        server: Server | None = getattr(account, protocol)
        if server is not None:
            table[protocol] = server_to_table(server)
    return table


def identities(account: Account) -> tuple[Identity, ...]:
    """Who the account's owner may write as, the main address first."""
    found = [Identity(account.name, account.from_name, account.email)]
    for alias in account.aliases:
        match = _ALIAS.fullmatch(alias)
        assert match is not None  # checked when the account was read
        name = (match["name"] or "").strip().strip('"') or account.from_name
        found.append(Identity(account.name, name, match["address"] or match["bare"]))
    return tuple(found)


def consistent(account: Account, where: str) -> Account:
    """``account``, or ConfigError where its parts do not fit together."""
    if account.password is Password.COMMAND and not account.password_command:
        raise ConfigError(_("{where}: password_command is missing.").format(where=where))
    if account.password is Password.TOKEN and not account.token_command:
        raise ConfigError(_("{where}: token_command is missing.").format(where=where))
    if account.imap and account.pop3:
        raise ConfigError(_("{where}: mail comes over imap or over pop3, not both.").format(where=where))
    if account.kind is Kind.IMAP and account.imap is None:
        raise ConfigError(_("{where}: the table [imap] with host and port is missing.").format(where=where))
    if account.kind is Kind.POP3 and account.pop3 is None:
        raise ConfigError(_("{where}: the table [pop3] with host and port is missing.").format(where=where))
    if account.deliver_to and account.kind is not Kind.POP3:
        raise ConfigError(_("{where}: deliver_to is for accounts that read over pop3.").format(where=where))
    if account.deliver_to == account.name:
        raise ConfigError(_("{where}: deliver_to names another account.").format(where=where))
    return account


def _kind(servers: Mapping[str, Server]) -> str:
    return Kind.POP3 if "pop3" in servers else Kind.IMAP


def _aliases(table: Mapping[str, Any], where: str) -> tuple[str, ...]:
    aliases = values.texts(table, "aliases", where)
    for alias in aliases:
        if _ALIAS.fullmatch(alias) is None:
            raise ConfigError(
                _("{where}: {alias} in aliases is not an address such as Ada <ada@example.org>.").format(
                    where=where, alias=options.shown(alias)
                )
            )
    return aliases


def _default(key: str) -> int:
    found = next(each.default for each in dataclasses.fields(Account) if each.name == key)
    assert isinstance(found, int)
    return found
