"""The files of accounts: one each under config/accounts, written by the program; config.toml overrides.

Owns these files and what overrides them. Must not know what an account is made of: ``config.accounts`` does.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tui_mail.config import files, options
from tui_mail.config.accounts import Account, check_name, consistent, from_table, to_table
from tui_mail.config.paths import Home, private_directory
from tui_mail.model.errors import ConfigError
from tui_mail.model.words import _

_HEADER = _(
    "Written by tui-mail, and rewritten by `tui-mail account edit`.\n"
    'What you change by hand belongs into config.toml, under [account."{name}"]: it overrides what stands here.'
)


def load_accounts(home: Home) -> tuple[Account, ...]:
    """Every account, by name, with the overrides of config.toml. Raises ConfigError on the first bad file."""
    where = str(home.config_file)
    written = files.read_table(home.config_file) or {}
    overrides = options.table(written.get("account", {}), where, "account")
    tables = load_account_files(home)
    for name in overrides:
        if name not in tables:
            raise options.unknown(f"{where}: [account]", name, tables)
    accounts = []
    for name, (path, table) in sorted(tables.items()):
        accounts.append(from_table(table, str(path)))  # a wrong file is told apart from a wrong override
        if name in overrides:
            section = f"account.{name}"
            merged = _merged(table, options.table(overrides[name], where, section), f"{where}: [{section}]")
            accounts[-1] = from_table(merged, f"{where}: [{section}]")
    return tuple(accounts)


def load_account_files(home: Home) -> dict[str, tuple[Path, dict[str, Any]]]:
    """Account name to its file and what stands in it, unchecked but for TOML and name. Raises ConfigError."""
    found: dict[str, tuple[Path, dict[str, Any]]] = {}
    try:
        paths = sorted(path for path in home.accounts_dir.iterdir() if path.suffix == ".toml" and path.name[0] != ".")
    except FileNotFoundError:
        return found
    except OSError as error:
        raise ConfigError(
            _("{path} cannot be read: {reason}.").format(path=home.accounts_dir, reason=error.strerror or error)
        ) from error
    for path in paths:
        table = files.read_table(path)
        if table is None:
            continue  # removed by another process since the directory was read
        if table.get("name", path.stem) != path.stem:
            raise ConfigError(_('{path}: name is "{name}", as the file is called.').format(path=path, name=path.stem))
        found[path.stem] = path, {**table, "name": path.stem}
    return found


def save_account(home: Home, account: Account) -> None:
    """Write the account's file. Raises ConfigError."""
    private_directory(home.accounts_dir, tighten=False)
    path = home.accounts_dir / f"{check_name(account.name)}.toml"
    table = to_table(consistent(account, str(path)))
    files.write_table(path, table, _HEADER.format(name=account.name))


def remove_account(home: Home, name: str) -> None:
    """Remove the account's file; one that is not there is no error. Raises ConfigError."""
    path = home.accounts_dir / f"{check_name(name)}.toml"
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise ConfigError(
            _("{path} cannot be removed: {reason}.").format(path=path, reason=error.strerror or error)
        ) from error


def _merged(table: Mapping[str, Any], override: Mapping[str, Any], where: str) -> dict[str, Any]:
    merged = dict(table)
    for key, value in override.items():
        if key == "name":
            raise ConfigError(_("{where}: name cannot be overridden.").format(where=where))
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = {**merged[key], **value} if both else value
    if "password" not in override and ("password_command" in override or "token_command" in override):
        merged["password"] = "command" if "password_command" in override else "token"
    return merged
