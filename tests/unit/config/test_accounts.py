"""Accounts: what a file may say, servers and ports, overrides of the person."""

import stat
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_mail.config import files
from tui_mail.config.accountfiles import load_accounts, remove_account, save_account
from tui_mail.config.accounts import Account, Kind, Password, check_name, from_table, identities, to_table
from tui_mail.config.files import write_table
from tui_mail.config.paths import Home
from tui_mail.config.servers import PROTOCOLS, Security, Server, is_loopback, parse_server
from tui_mail.model.errors import ConfigError
from tui_mail.model.ids import AccountName

WORK = Account(
    AccountName("work"),
    "ada@example.org",
    from_name='Ada "A" Løvelace',
    user="ada",
    imap=Server("imap.example.org", 993),
    smtp=Server("::1", 25, Security.NONE, "/etc/ca.pem"),
    password=Password.COMMAND,
    password_command=("pass", "show", "my mail"),
    folders=("INBOX", "Lists/kernel"),
    left_out=("Old",),
    since=365,
    body_days=30,
    body_size=64,
    cache=500,
    bodies="all",
    aliases=("Countess <ada@example.com>", "ada@example.net"),
    save_sent="always",
    formerly=("job",),
)


@pytest.fixture
def home(tmp_path: Path) -> Home:
    found = Home.find(str(tmp_path), {})
    found.create()
    return found


def test_an_account_writes_as_its_address_and_its_aliases() -> None:
    assert [(one.name, one.address) for one in identities(WORK)] == [
        ('Ada "A" Løvelace', "ada@example.org"),
        ("Countess", "ada@example.com"),
        ('Ada "A" Løvelace', "ada@example.net"),
    ]


@pytest.mark.parametrize("alias", ["Ada", "Ada <ada>", "a@b <c@d>", "<a@b", "a@b\nBcc: c@d", ""])
def test_an_alias_is_an_address(alias: str) -> None:
    with pytest.raises(ConfigError, match="aliases"):
        from_table({**to_table(WORK), "aliases": [alias]})


class TestServer:
    @pytest.mark.parametrize(
        ("protocol", "text", "security", "expected"),
        [
            ("imap", "h", None, ("h", 993, "tls")),
            ("imap", "h", Security.STARTTLS, ("h", 143, "starttls")),
            ("imap", "h:143", None, ("h", 143, "starttls")),
            ("imap", "h:1143", None, ("h", 1143, "tls")),
            ("imap", "h:143", Security.TLS, ("h", 143, "tls")),
            ("pop3", "h", None, ("h", 995, "tls")),
            ("pop3", "h:110", None, ("h", 110, "starttls")),
            ("smtp", "h", None, ("h", 465, "tls")),
            ("smtp", "h:587", None, ("h", 587, "starttls")),
            ("smtp", "[2001:db8::1]:465", None, ("2001:db8::1", 465, "tls")),
            ("imap", "localhost:10143", Security.NONE, ("localhost", 10143, "none")),
        ],
    )
    def test_a_port_implies_security_and_the_other_way(
        self, protocol: str, text: str, security: Security | None, expected: tuple[str, int, str]
    ) -> None:
        server = parse_server(protocol, text, security=security)
        assert (server.host, server.port, server.security.value) == expected

    @pytest.mark.parametrize(
        "text", ["", " ", "h:", "h:x", "h:0", "h:65536", "a b", "imaps://h", "u@h", "[::1", "h:1:2"]
    )
    def test_what_is_no_server_is_refused(self, text: str) -> None:
        with pytest.raises(ConfigError):
            parse_server("imap", text)

    def test_plain_text_needs_consent_but_not_to_this_machine(self) -> None:
        with pytest.raises(ConfigError, match="allow-plaintext"):
            parse_server("imap", "mail.example.org", security=Security.NONE)
        assert parse_server("imap", "mail.example.org", security=Security.NONE, allow_plaintext=True).allow_plaintext
        for host in ("localhost", "127.0.0.1", "[::1]", "127.1.2.3"):
            assert parse_server("imap", host, security=Security.NONE).security is Security.NONE
        assert not is_loopback("localhost.example.org")
        assert not is_loopback("128.0.0.1")


class TestTable:
    def test_it_reads_back_to_the_same(self) -> None:
        assert from_table(to_table(WORK)) == WORK

    @given(
        email=st.emails(),
        from_name=st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=20),
        protocol=st.sampled_from(PROTOCOLS),
        port=st.integers(1, 65535),
        security=st.sampled_from([Security.TLS, Security.STARTTLS]),
        command=st.lists(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0")), min_size=1),
    )
    def test_any_account_survives_its_file(
        self, tmp_path_factory: pytest.TempPathFactory, email: str, from_name: str, protocol: str, port: int,
        security: Security, command: list[str],
    ) -> None:  # fmt: skip
        home = Home.find(str(tmp_path_factory.mktemp("home")), {})
        home.create()
        servers: dict[str, Any] = {"imap": Server("h", 993), protocol: Server("h", port, security)}
        kind = Kind.IMAP
        if protocol == "pop3":
            del servers["imap"]
            kind = Kind.POP3
        account = Account(
            AccountName("a"), email, from_name, email, **servers, kind=kind,
            password=Password.TOKEN, token_command=tuple(command),
        )  # fmt: skip
        save_account(home, account)
        assert load_accounts(home) == (account,)

    @pytest.mark.parametrize(
        ("change", "words"),
        [
            ({"emial": "x"}, "did you mean email"),
            ({"email": "nobody"}, "email"),
            ({"name": "a/b"}, "cannot name an account"),
            ({"user": "a\nb"}, "user"),
            ({"kind": "exchange"}, '"imap", "pop3", "demo"'),
            ({"password": "plain"}, '"keyring"'),
            ({"password": "command", "password_command": []}, "password_command is missing"),
            ({"bodies": "some"}, '"recent"'),
            ({"since": -1}, "since is a whole number from 0"),
            ({"cache": "much"}, "cache is a whole number"),
            ({"body_days": True}, "body_days is a whole number"),
            ({"body_size": 0}, "body_size is a whole number from 1"),
            ({"left_out": "Old"}, "left_out is a list"),
            ({"folders": "INBOX"}, "folders is a list"),
            ({"imap": {}}, "host"),
            ({"imap": {"host": "h", "port": "993"}}, "port"),
            ({"imap": {"host": "h", "port": 993, "tls": True}}, "tls"),
            ({"imap": {"host": "h", "port": 993, "security": "ssl"}}, '"starttls"'),
            ({"imap": {"host": "h", "port": 143, "security": "none"}}, "without encryption"),
            ({"imap": {"host": "h", "port": 993, "ca_file": "ca.pem"}}, "absolute"),
            ({"imap": 5}, "[imap]"),
            ({"pop3": {"host": "h", "port": 995}}, "not both"),
        ],
    )
    def test_what_is_wrong_is_named(self, change: dict[str, Any], words: str) -> None:
        with pytest.raises(ConfigError) as caught:
            from_table({**to_table(WORK), **change}, "work.toml")
        assert words in caught.value.text

    def test_the_user_is_the_address_unless_said(self) -> None:
        table = to_table(WORK)
        del table["user"]
        assert from_table(table).user == WORK.email

    def test_a_command_may_be_one_text(self) -> None:
        assert from_table({**to_table(WORK), "password_command": "pass 'a b'"}).password_command == ("pass", "a b")


class TestFiles:
    def test_a_file_is_private_and_says_whose_it_is(self, home: Home) -> None:
        save_account(home, WORK)
        path = home.accounts_dir / "work.toml"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert path.read_text().startswith("# Written by tui-mail")
        assert '[account."work"]' in path.read_text()
        assert [each.name for each in home.accounts_dir.iterdir()] == ["work.toml"]

    def test_the_person_overrides(self, home: Home) -> None:
        save_account(home, WORK)
        home.config_file.write_text('[account.work]\nbodies = "none"\ntoken_command = "tok"\nimap = { port = 1993 }\n')
        (account,) = load_accounts(home)
        assert account.bodies == "none"
        assert account.imap == Server("imap.example.org", 1993)
        assert account.password is Password.TOKEN
        assert from_table(to_table(WORK)).bodies == "all"

    @pytest.mark.parametrize(
        ("text", "words"),
        [
            ('[account.wrok]\nbodies = "none"', "did you mean work"),
            ('[account.work]\nname = "x"', "name cannot be overridden"),
            ('[account.work]\nformerly = ["x"]', "formerly cannot be overridden"),
            ('[account.work]\nbodis = "x"', "[account.work]: there is no 'bodis'; did you mean bodies"),
            ("account = 5", "[account]"),
            ("[account]\nwork = 5", "account.work"),
        ],
    )
    def test_a_wrong_override_is_told_apart_from_a_wrong_file(self, home: Home, text: str, words: str) -> None:
        save_account(home, WORK)
        home.config_file.write_text(text)
        with pytest.raises(ConfigError) as caught:
            load_accounts(home)
        assert str(home.config_file) in caught.value.text
        assert words in caught.value.text

    def test_a_file_under_another_name_is_refused(self, home: Home) -> None:
        save_account(home, WORK)
        (home.accounts_dir / "work.toml").rename(home.accounts_dir / "play.toml")
        with pytest.raises(ConfigError, match=r"play\.toml"):
            load_accounts(home)

    def test_saving_and_removing(self, home: Home) -> None:
        save_account(home, WORK)
        assert load_accounts(home) == (WORK,)
        remove_account(home, "work")
        remove_account(home, "work")
        assert load_accounts(home) == ()

    def test_no_home_is_no_account(self, tmp_path: Path) -> None:
        assert load_accounts(Home.find(str(tmp_path / "none"), {})) == ()


@pytest.mark.parametrize(
    "name", ["", ".", "..", ".hidden", "a/b", "a:b", "a\\b", " a", "a\n", "a\x1b[2J", "a\u202eb", "x" * 201]
)
def test_names_that_would_be_paths_or_lies_are_refused(name: str) -> None:
    with pytest.raises(ConfigError):
        check_name(name)


@given(st.text())
def test_a_name_that_is_taken_is_one_file_in_the_directory(name: str) -> None:
    try:
        check_name(name)
    except ConfigError:
        return
    path = Path("/accounts") / f"{name}.toml"
    assert path.parent == Path("/accounts")
    assert path.stem == name


def test_who_delivers_to_a_former_name_is_not_taken_along(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new account takes the name, and the program ends in the middle."""
    pop3 = {"email": "a@example.org", "pop3": {"host": "pop.example.org", "port": 995, "security": "tls"}}
    for name, more in (("new", {"formerly": ["old"]}), ("zoe", {"deliver_to": "new"})):
        save_account(home, from_table({"name": name, **pop3, **more}))
    path = home.accounts_dir / "zoe.toml"
    path.write_text(path.read_text().replace('"new"', '"old"'))
    written: list[str] = []

    def end(path: Path, table: Mapping[str, Any], header: str) -> None:
        if written:
            raise KeyboardInterrupt
        written.append(path.name)
        write_table(path, table, header)

    with monkeypatch.context() as patch:
        patch.setattr(files, "write_table", end)
        with pytest.raises(KeyboardInterrupt):
            save_account(home, from_table({"name": "old", **pop3}))
    save_account(home, from_table({"name": "old", **pop3}))
    assert {each.name: each.deliver_to for each in load_accounts(home)} == {"new": "", "old": "", "zoe": "new"}
