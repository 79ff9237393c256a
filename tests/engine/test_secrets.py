import stat
import sys
from collections.abc import Iterator

import keyring
import keyring.backend
import pytest
from keyring.backends import fail

from tests.unit.link.homes import short_home
from tui_mail.backends.secret import Token
from tui_mail.config.accounts import Account, from_table
from tui_mail.config.paths import Home
from tui_mail.engine.secrets import Secrets, real_keyring
from tui_mail.model.errors import NoKeyring, SignInRefused, UsageError
from tui_mail.model.ids import AccountName

WORK = AccountName("work")


class MemoryRing(keyring.backend.KeyringBackend):
    priority = 1.0

    def __init__(self) -> None:
        super().__init__()  # type: ignore[no-untyped-call]  # keyring's own
        self.kept: dict[tuple[str, str], str] = {}
        self.locked = False

    def get_password(self, service: str, username: str) -> str | None:
        if self.locked:
            raise RuntimeError("locked")
        return self.kept.get((service, username))

    def set_password(self, service: str, username: str, password: str) -> None:
        if self.locked:
            raise RuntimeError("locked")
        self.kept[service, username] = password

    def delete_password(self, service: str, username: str) -> None:
        del self.kept[service, username]


@pytest.fixture
def home() -> Iterator[Home]:
    with short_home() as made:
        yield made


@pytest.fixture
def ring() -> Iterator[MemoryRing]:
    before = keyring.get_keyring()
    made = MemoryRing()
    keyring.set_keyring(made)
    yield made
    keyring.set_keyring(before)


@pytest.fixture
def no_ring() -> Iterator[None]:
    before = keyring.get_keyring()
    keyring.set_keyring(fail.Keyring())  # type: ignore[no-untyped-call]  # keyring's own
    yield
    keyring.set_keyring(before)


def account(**table: object) -> Account:
    return from_table({"name": "work", "email": "ada@example.org", "kind": "demo", **table})


def test_a_keyring_keeps_it(home: Home, ring: MemoryRing) -> None:
    secrets = Secrets(home)
    source = secrets.source(account(password="keyring"))
    with pytest.raises(SignInRefused, match="account password work"):
        source()
    secrets.save(WORK, "hunter2", "keyring")
    assert source() == "hunter2"
    assert list(ring.kept) == [(f"tui-mail:{home.root}", "work")]
    secrets.forget(WORK)
    secrets.forget(WORK)
    with pytest.raises(SignInRefused):
        source()


def test_a_locked_keyring_is_a_sentence_without_the_secret(home: Home, ring: MemoryRing) -> None:
    ring.locked = True
    with pytest.raises(UsageError) as refused:
        Secrets(home).save(WORK, "hunter2", "keyring")
    assert "hunter2" not in refused.value.text
    with pytest.raises(SignInRefused, match="unlock"):
        Secrets(home).source(account(password="keyring"))()


@pytest.mark.usefixtures("no_ring")
def test_without_a_keyring_the_choices_are_named(home: Home) -> None:
    assert real_keyring() is None
    with pytest.raises(NoKeyring, match="--save-password file"):
        Secrets(home).save(WORK, "hunter2", "keyring")
    with pytest.raises(SignInRefused, match="--password-command"):
        Secrets(home).source(account(password="keyring"))()


@pytest.mark.usefixtures("no_ring")
def test_a_file_is_private_and_replaced_whole(home: Home) -> None:
    secrets = Secrets(home)
    source = secrets.source(account(password="file"))
    with pytest.raises(SignInRefused):
        source()
    secrets.save(WORK, "one", "file")
    secrets.save(WORK, "zwei ü", "file")
    assert source() == "zwei ü"
    (kept,) = (home.data / "secrets").iterdir()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert stat.S_IMODE(kept.parent.stat().st_mode) == 0o700
    secrets.forget(WORK)
    with pytest.raises(SignInRefused):
        source()


def test_the_first_line_of_a_command(home: Home) -> None:
    command = [sys.executable, "-c", "print('s3cret\\nmore')"]
    assert Secrets(home).source(account(password_command=command))() == "s3cret"
    token = Secrets(home).source(account(token_command=command))()
    assert isinstance(token, Token)
    assert token == "s3cret"


def test_a_command_gets_no_shell(home: Home) -> None:
    command = [sys.executable, "-c", "import sys; print(sys.argv[1])", "$(echo no); `no` | no"]
    assert Secrets(home).source(account(password_command=command))() == "$(echo no); `no` | no"


@pytest.mark.parametrize(
    "command",
    [
        [sys.executable, "-c", "import sys; print('leak'); sys.exit(3)"],
        [sys.executable, "-c", ""],
        ["/nowhere/at/all"],
    ],
)
def test_a_command_that_fails_is_a_sentence(home: Home, command: list[str]) -> None:
    with pytest.raises(SignInRefused) as refused:
        Secrets(home).source(account(password_command=command))()
    assert "leak" not in refused.value.text
    assert "work" in refused.value.text


def test_no_password_is_an_empty_one(home: Home) -> None:
    assert Secrets(home).source(account(password="none"))() == ""
