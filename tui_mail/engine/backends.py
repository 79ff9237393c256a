"""Which backend and which sender serve which kind of account.

Owns the choice and the place of the practice mailbox. Must not know what a backend does.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

from tui_mail.backends.protocol import MailBackend, MailSender
from tui_mail.backends.secret import SecretSource
from tui_mail.config.accountfiles import load_accounts
from tui_mail.config.accounts import Account, Kind
from tui_mail.config.paths import Home
from tui_mail.model.clock import Clock
from tui_mail.model.errors import ConfigError
from tui_mail.model.words import _

BackendFactory = Callable[[Account, SecretSource, Callable[[str], None]], MailBackend]
"""(account, where its secret comes from, what to do with the server's alerts) -> backend, not yet connected."""

SenderFactory = Callable[[Account, SecretSource], MailSender]
"""(account, where its secret comes from) -> sender, not yet connected. Raises ConfigError for one that cannot send."""


def default_backends(home: Home, clock: Clock, *, alone: bool = False) -> BackendFactory:
    """The factory for real accounts; raises ConfigError for a kind that has no backend. ``alone``: only one thing at a
    time will be asked of each.
    """

    def make(account: Account, secret: SecretSource, on_alert: Callable[[str], None]) -> MailBackend:
        if account.kind is Kind.DEMO:
            from tui_mail.backends.demo.backend import DemoBackend

            return DemoBackend(demo_directory(home, account), clock)
        if account.kind is Kind.IMAP and account.imap is not None:
            from tui_mail.backends.imap.backend import ImapBackend

            log = home.state / f"imap-{account.name}.log" if os.environ.get("TUI_MAIL_PROTOCOL_LOG") else None
            return ImapBackend(account.imap, account.user, secret, alone=alone, on_alert=on_alert, protocol_log=log)
        if account.kind is Kind.POP3 and account.pop3 is not None:
            from tui_mail.engine.local.pop3 import Pop3Backend

            _check_owner(home, account)
            return Pop3Backend(home, account, secret, clock)
        raise ConfigError(_("{account}: there is no server to read mail from.").format(account=account.name))

    return make


def default_senders(home: Home, clock: Clock) -> SenderFactory:
    """The factory for real accounts; raises ConfigError for one that has no server for sending."""

    def make(account: Account, secret: SecretSource) -> MailSender:
        if account.kind is Kind.DEMO:
            from tui_mail.backends.demo.sender import DemoSender

            return DemoSender(demo_directory(home, account), clock, account.email)
        if account.smtp is not None:
            from tui_mail.backends.smtp.sender import SmtpSender

            return SmtpSender(account.smtp, account.user, secret)
        raise ConfigError(
            _(
                "{account} has no server for sending: add one with `tui-mail account edit {account} --smtp HOST`."
            ).format(account=account.name)
        )

    return make


def _check_owner(home: Home, account: Account) -> None:
    """Raises ConfigError where the account whose inbox the mail goes to has none."""
    if not account.deliver_to:
        return
    owner = next((each for each in load_accounts(home) if each.name == account.owner), None)
    if owner is None or owner.kind is not Kind.POP3 or owner.deliver_to:
        raise ConfigError(
            _("{account}: deliver_to names {owner}, which is no POP3 account with an inbox of its own.").format(
                account=account.name, owner=account.owner
            )
        )


def demo_directory(home: Home, account: Account) -> Path:
    """Where the practice mailbox of an account keeps its files."""
    return home.data / "practice" / account.name
