"""Which sender serves which account."""

from __future__ import annotations

from pathlib import Path

import pytest

from tui_mail.backends.demo import DEMO_START
from tui_mail.backends.demo.sender import DemoSender
from tui_mail.backends.smtp.sender import SmtpSender
from tui_mail.config.accounts import Account, Kind
from tui_mail.config.paths import Home
from tui_mail.config.servers import Security, Server
from tui_mail.engine.backends import default_senders
from tui_mail.model.clock import FrozenClock
from tui_mail.model.errors import ConfigError
from tui_mail.model.ids import AccountName


def account(kind: Kind = Kind.IMAP, smtp: Server | None = None) -> Account:
    return Account(AccountName("work"), "ada@example.org", user="ada", smtp=smtp, kind=kind)


async def test_each_kind_has_its_sender(tmp_path: Path) -> None:
    make = default_senders(Home.find(str(tmp_path), {}), FrozenClock(DEMO_START))
    assert isinstance(make(account(Kind.DEMO), str), DemoSender)
    smtp = Server("localhost", 25, Security.NONE)
    assert isinstance(make(account(smtp=smtp), str), SmtpSender)
    assert isinstance(make(account(Kind.POP3, smtp), str), SmtpSender)
    with pytest.raises(ConfigError, match=r"`tui-mail account edit work --smtp HOST`\.$"):
        make(account(), str)
