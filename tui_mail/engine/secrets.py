"""Passwords and tokens: the system's keyring, a file of our own by explicit choice, or a command.

The only user of keyring. Must not know what a secret is used for. Secrets appear in no log and no error sentence.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING

from tui_mail.backends.secret import SecretSource, Token
from tui_mail.config.accounts import Account, Password
from tui_mail.config.paths import Home, private_directory
from tui_mail.model.errors import ConfigError, NoKeyring, SignInRefused, UsageError
from tui_mail.model.ids import AccountName
from tui_mail.model.words import _

if TYPE_CHECKING:
    from keyring.backend import KeyringBackend

_COMMAND_SECONDS = 120.0
"""A command may ask the person for a passphrase on another screen."""
_LONGEST = 65_536


class Secrets:
    """The secrets of one home."""

    def __init__(self, home: Home) -> None:
        self._home = home
        self._service = "tui-mail" if home.root is None else f"tui-mail:{home.root}"

    def source(self, account: Account) -> SecretSource:
        """What a backend asks when it signs in; blocking. Raises SignInRefused when there is no secret to be had."""
        match account.password:
            case Password.KEYRING:
                return lambda: self._from_keyring(account.name)
            case Password.FILE:
                return lambda: self._from_file(account.name)
            case Password.COMMAND:
                return lambda: _from_command(account.name, account.password_command)
            case Password.TOKEN:
                return lambda: Token(_from_command(account.name, account.token_command))
            case _:
                return lambda: ""

    def save(self, account: AccountName, secret: str, where: str) -> None:
        """Keep a secret in the ``keyring`` or a ``file``. Raises UsageError with what else can be done."""
        if where == "file":
            self._to_file(account, secret)
            return
        ring = real_keyring()
        if ring is None:
            raise NoKeyring(no_keyring_text())
        try:
            ring.set_password(self._service, account, secret)
        except Exception as error:  # every keyring has errors of its own
            raise UsageError(
                _("The keyring did not take the password. Use --save-password file or --password-command.")
            ) from error

    def copy(self, account: Account, name: AccountName) -> None:
        """Keep the secret of ``account`` under another name as well. Raises SignInRefused when it is not to be had."""
        if account.password in (Password.KEYRING, Password.FILE):
            self.save(name, self.source(account)(), account.password.value)

    def forget(self, account: AccountName) -> None:
        """Remove what is kept for an account, wherever it is; nothing there is no error."""
        self._path(account).unlink(missing_ok=True)
        ring = real_keyring()
        if ring is not None:
            # Each keyring has errors of its own, "no such password" among them; there is nothing to be done about any.
            with contextlib.suppress(Exception):
                ring.delete_password(self._service, account)

    def _from_keyring(self, account: AccountName) -> str:
        ring = real_keyring()
        if ring is None:
            raise SignInRefused(no_keyring_text())
        try:
            secret = ring.get_password(self._service, account)
        except Exception as error:  # every keyring has errors of its own
            raise SignInRefused(
                _("The keyring is locked or does not answer: unlock it, or give the password anew.")
            ) from error
        if secret is None:
            raise SignInRefused(_missing(account))
        return secret

    def _from_file(self, account: AccountName) -> str:
        try:
            return self._path(account).read_text()
        except FileNotFoundError:
            raise SignInRefused(_missing(account)) from None
        except (OSError, ValueError) as error:
            raise SignInRefused(
                _("The file with the password of {account} cannot be read: give it anew.").format(account=account)
            ) from error

    def _to_file(self, account: AccountName, secret: str) -> None:
        path = self._path(account)
        private_directory(path.parent)
        fresh = path.with_name(f".{path.name}.new")
        try:
            descriptor = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
            try:
                os.fchmod(descriptor, 0o600)
                os.write(descriptor, secret.encode())
                os.fsync(descriptor)
            finally:
                os.close(descriptor)
            fresh.replace(path)
        except OSError as error:
            raise ConfigError(
                _("{path} cannot be written: {reason}.").format(path=path, reason=error.strerror or error)
            ) from error

    def _path(self, account: AccountName) -> Path:
        return self._home.data / "secrets" / account


def real_keyring() -> KeyringBackend | None:
    """The system's keyring; None where keyring has only back ends that fail or keep nothing."""
    import keyring
    import keyring.backends.fail
    import keyring.backends.null

    try:
        ring = keyring.get_keyring()
        usable = ring.priority > 0
    except Exception:  # a desktop half there raises what it likes: that is no keyring
        return None
    empty = (keyring.backends.fail.Keyring, keyring.backends.null.Keyring)
    return ring if usable and not isinstance(ring, empty) else None


def no_keyring_text() -> str:
    """What to say where there is no keyring."""
    return _(
        "This machine has no keyring: use --password-command, or --save-password file to keep the password in a "
        "file that only you can read."
    )


def _missing(account: AccountName) -> str:
    return _("No password is kept for {account}: give it with `tui-mail account password {account}`.").format(
        account=account
    )


def _from_command(account: AccountName, command: tuple[str, ...]) -> str:
    """The first line that a command prints. It runs without a shell."""
    try:
        done = subprocess.run(
            list(command),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            timeout=_COMMAND_SECONDS,
            check=False,
        )
    except OSError as error:
        raise SignInRefused(
            _("The password command of {account} cannot be run: {reason}.").format(
                account=account, reason=error.strerror or error
            )
        ) from error
    except subprocess.TimeoutExpired as error:
        raise SignInRefused(
            _("The password command of {account} did not end: run it by hand to see why.").format(account=account)
        ) from error
    line = done.stdout[:_LONGEST].split(b"\n", 1)[0].rstrip(b"\r")
    if done.returncode or not line:
        raise SignInRefused(
            _("The password command of {account} gave no password (exit {code}): run it by hand to see why.").format(
                account=account, code=done.returncode
            )
        )
    return line.decode(errors="replace")
