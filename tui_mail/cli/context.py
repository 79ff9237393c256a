"""What every command is given: the home, the options before the command, and the doors to the store.

Owns when settings, reader and journal are opened (late, and once). Must not know any command.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from tui_mail.cli.output import Output
from tui_mail.config.paths import Home

if TYPE_CHECKING:
    from tui_mail.config.accounts import Account
    from tui_mail.config.settings import Settings
    from tui_mail.model.clock import Clock
    from tui_mail.model.ids import AccountName
    from tui_mail.store.gestures.journal import Journal
    from tui_mail.store.gestures.messages import Gestures
    from tui_mail.store.reader import Reader
    from tui_mail.store.sending.drafts import Drafts
    from tui_mail.store.sending.outbox import Outbox


class Context:
    """One run of the command line."""

    def __init__(
        self,
        home: Home,
        environ: Mapping[str, str],
        account: str | None,
        *,
        json: bool = False,
        debug: bool = False,
        looks_only: bool = False,
    ) -> None:
        self.home = home
        self.environ = environ
        self.account_option = account
        """What ``--account`` said, unchecked."""
        self.json = json
        self.debug = debug
        self.out = Output(json=json)
        self._looks_only = looks_only
        """The command may change nothing, so that a store of an older program stays as it is."""
        self._open: list[Reader | Journal | Drafts | Outbox] = []

    @cached_property
    def settings(self) -> Settings:
        from tui_mail.config.settings import load_settings

        return load_settings(self.home, self.environ)

    @cached_property
    def accounts(self) -> tuple[Account, ...]:
        """Every account of the home. Raises ConfigError."""
        from tui_mail.config.accountfiles import load_accounts

        return load_accounts(self.home)

    @cached_property
    def account(self) -> AccountName | None:
        """The account of ``--account``, checked. Raises UsageError."""
        from tui_mail.cli.names import account_named

        return None if self.account_option is None else account_named(self.accounts, self.account_option)

    @cached_property
    def clock(self) -> Clock:
        """The time of this home; a practice mailbox has one of its own."""
        from tui_mail.cli.practice import clock_of

        return clock_of(self.home)

    @cached_property
    def reader(self) -> Reader:
        from tui_mail.store.reader import Reader

        self._migrate()
        reader = Reader(self.home)
        self._open.append(reader)
        self._settle_names(reader)
        return reader

    @cached_property
    def journal(self) -> Journal:
        """Raises StoreError while no engine has made the store."""
        from tui_mail.store.gestures.journal import Journal

        self._migrate()
        journal = Journal(self.home, self.clock)
        self._open.append(journal)
        return journal

    @cached_property
    def gestures(self) -> Gestures:
        from tui_mail.store.gestures.messages import Gestures

        return Gestures(self.reader, self.journal)

    @cached_property
    def drafts(self) -> Drafts:
        from tui_mail.store.sending.drafts import Drafts

        drafts = Drafts(self.home, self.clock, self.reader, self.journal)
        self._open.append(drafts)
        return drafts

    @cached_property
    def outbox(self) -> Outbox:
        from tui_mail.store.sending.outbox import Outbox

        outbox = Outbox(self.home, self.clock, self.reader)
        self._open.append(outbox)
        return outbox

    def _migrate(self) -> None:
        """Bring a store of an older program up to date: read as it is, it would seem to hold less than it does."""
        from tui_mail.store.disk.files import is_older

        if not self._looks_only and is_older(self.home):
            from tui_mail.cli.service import make_store

            make_store(self)

    def _settle_names(self, reader: Reader) -> None:
        """Finish a rename that was cut off: read by the name an account has now, all of its mail would seem to be gone."""
        from tui_mail.config.accountfiles import former_names, load_account_files

        if self._looks_only or not self.home.mail_db.exists():
            return
        former = former_names(load_account_files(self.home))
        if former and any(folder.account in former for folder in reader.folders()):
            from tui_mail.cli.account_work import finish_renames

            finish_renames(self)

    def close(self) -> None:
        """Close what was opened."""
        while self._open:
            self._open.pop().close()
