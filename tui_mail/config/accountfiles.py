"""The files of accounts: one each under config/accounts, written by the program; config.toml overrides.

Owns these files, their names, and what overrides them. Must not know what an account is made of: ``config.accounts`` does.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from tui_mail.config import files, options, values
from tui_mail.config.accounts import Account, check_name, consistent, from_table, to_table
from tui_mail.config.paths import Home, private_directory
from tui_mail.model.errors import ConfigError, NotFound, UsageError
from tui_mail.model.ids import AccountName
from tui_mail.model.words import _

_HEADER = _(
    "Written by tui-mail, and rewritten by `tui-mail account edit`.\n"
    'What you change by hand belongs into config.toml, under [account."{name}"]: it overrides what stands here.'
)


def load_accounts(home: Home) -> tuple[Account, ...]:
    """Every account, by name, with the overrides of config.toml. Raises ConfigError on the first bad file."""
    where = str(home.config_file)
    written = files.read_table(home.config_file) or {}
    tables = load_account_files(home)
    former = former_names(tables)
    overrides = _overrides(options.table(written.get("account", {}), where, "account"), tables, former, where)
    accounts = []
    for name, (path, table) in sorted(tables.items()):
        accounts.append(from_table(table, str(path)))  # a wrong file is told apart from a wrong override
        if name in overrides:
            section = f"account.{overrides[name][0]}"
            merged = _merged(table, options.table(overrides[name][1], where, section), f"{where}: [{section}]")
            merged = {**merged, **_owner(merged, former)}
            accounts[-1] = from_table(merged, f"{where}: [{section}]")
    return tuple(accounts)


def load_account_files(home: Home) -> dict[str, tuple[Path, dict[str, Any]]]:
    """Account name to its file and what stands in it, unchecked but for TOML and names. Raises ConfigError."""
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
    former = former_names(found)
    return {name: (path, {**table, **_owner(table, former)}) for name, (path, table) in found.items()}


def former_names(tables: Mapping[str, tuple[Path, Mapping[str, Any]]]) -> dict[str, AccountName]:
    """What accounts were called before, with what they are called now; no name that an account has.

    ``tables`` are those of ``load_account_files``. Raises ConfigError.
    """
    return {
        old: AccountName(name)
        for name, (path, table) in tables.items()
        for old in values.texts(table, "formerly", str(path))
        if old not in tables
    }


def current_name(home: Home, name: AccountName) -> AccountName:
    """What the account is called now that was called ``name`` at some time. Raises ConfigError."""
    return former_names(load_account_files(home)).get(name, name)


def save_account(home: Home, account: Account) -> None:
    """Write the account's file; a name that another had before is this one's from now on. Raises ConfigError."""
    private_directory(home.accounts_dir, tighten=False)
    path = _path(home, account.name)
    if not path.exists():
        _release(home, account.name)
    table = to_table(consistent(account, str(path)))
    files.write_table(path, table, _HEADER.format(name=account.name))


def check_free(home: Home, name: str, old: str = "") -> AccountName:
    """``name`` if an account may have it: a new one, or the one called ``old``. Raises UsageError, ConfigError."""
    check_name(name)
    tables = load_account_files(home)
    for each in tables:
        if each.casefold() == name.casefold() and each == old:
            raise UsageError(
                _("{name} and {old} differ in case alone, and not every disk tells that apart: choose another.").format(
                    name=name, old=old
                )
            )
        if each.casefold() == name.casefold():
            raise UsageError(
                _("There is an account {name} already: change it with `tui-mail account edit`.").format(name=each)
            )
    now = former_names(tables).get(name, AccountName(old))
    if now != old and name in overridden(home):
        raise UsageError(
            _(
                '{path} has a section [account."{name}"] for the account that is called {now} now: rename it first.'
            ).format(path=home.config_file, name=name, now=now)
        )
    return AccountName(name)


def overridden(home: Home) -> set[str]:
    """The names that sections of config.toml give to accounts. Raises ConfigError."""
    written = files.read_table(home.config_file) or {}
    return set(options.table(written.get("account", {}), str(home.config_file), "account"))


def rename_account(home: Home, old: AccountName, new: AccountName) -> None:
    """Give an account's file another name, in one step: after a crash it is there once, under the one or the other.

    The file says what the account was called before. Raises UsageError, ConfigError, NotFound.
    """
    check_free(home, new, old)
    tables = load_account_files(home)
    if old not in tables:
        raise NotFound(_("The account {name} has no file any more.").format(name=old))
    path, table = tables[old]
    formerly = tuple(each for each in values.texts(table, "formerly", str(path)) if each not in (old, new))
    account = dataclasses.replace(from_table(table, str(path)), formerly=(*formerly, old))
    _release(home, new)
    written = to_table(account)
    del written["name"]  # for it is the file's that changes
    files.write_table(path, written, _HEADER.format(name=new))
    target = _path(home, new)
    try:
        path.rename(target)
        files.sync_directory(target.parent)
    except OSError as error:
        raise ConfigError(
            _("{path} cannot be renamed: {reason}.").format(path=path, reason=error.strerror or error)
        ) from error
    save_account(home, dataclasses.replace(account, name=new))
    for name, (other, guest) in tables.items():
        if guest.get("deliver_to") == old and name != old:
            save_account(home, from_table({**guest, "deliver_to": new}, str(other)))


def _release(home: Home, name: str) -> None:
    """Another account is given ``name`` now: whose it was before does not go by it any more."""
    tables = load_account_files(home)
    if name not in former_names(tables):
        return
    # Who delivers into its inbox may still say so by this name: as it is read it stands under the other. They come first,
    # as long as that can be known.
    for path, table in sorted(tables.values(), key=lambda each: name in each[1].get("formerly", ())):
        if table.get("deliver_to") or name in table.get("formerly", ()):
            account = from_table(table, str(path))
            formerly = tuple(each for each in account.formerly if each != name)
            save_account(home, dataclasses.replace(account, formerly=formerly))


def _path(home: Home, name: str) -> Path:
    return home.accounts_dir / f"{check_name(name)}.toml"


def remove_account(home: Home, name: str) -> None:
    """Remove the account's file; one that is not there is no error. Raises ConfigError."""
    path = _path(home, name)
    try:
        path.unlink(missing_ok=True)
    except OSError as error:
        raise ConfigError(
            _("{path} cannot be removed: {reason}.").format(path=path, reason=error.strerror or error)
        ) from error


def _overrides(
    written: Mapping[str, Any],
    tables: Mapping[str, tuple[Path, Mapping[str, Any]]],
    former: Mapping[str, AccountName],
    where: str,
) -> dict[str, tuple[str, Any]]:
    """Account name to the name and the content of the section that overrides it. Raises ConfigError."""
    found: dict[str, tuple[str, Any]] = {}
    for name, section in written.items():
        now = former.get(name, name)
        if now not in tables:
            raise options.unknown(f"{where}: [account]", name, tables)
        if now in found:
            raise ConfigError(
                _('{where}: [account."{one}"] and [account."{other}"] are one account: keep one section.').format(
                    where=where, one=found[now][0], other=name
                )
            )
        found[now] = name, section
    return found


def _owner(table: Mapping[str, Any], former: Mapping[str, AccountName]) -> dict[str, Any]:
    """``deliver_to`` by the name that this account has now; empty where the table says that already, or nothing."""
    owner = table.get("deliver_to")
    return {"deliver_to": former[owner]} if isinstance(owner, str) and owner in former else {}


def _merged(table: Mapping[str, Any], override: Mapping[str, Any], where: str) -> dict[str, Any]:
    merged = dict(table)
    for key, value in override.items():
        if key in ("name", "formerly"):
            raise ConfigError(_("{where}: {key} cannot be overridden.").format(where=where, key=key))
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = {**merged[key], **value} if both else value
    if "password" not in override and ("password_command" in override or "token_command" in override):
        merged["password"] = "command" if "password_command" in override else "token"
    return merged
