"""Adding an account: only what worked is saved, secrets go nowhere else, failures are plain sentences."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui.stage import Stage, painted
from tui_mail.config.accounts import Kind, Password, from_table
from tui_mail.config.servers import Security, Server
from tui_mail.link.messages import Done, Request, SaveAccount, TryAccount
from tui_mail.model.errors import EngineTrouble
from tui_mail.ui.dialogs.account_data import Incomplete, Typed, account_of, guessed_host
from tui_mail.ui.dialogs.account_form import AccountForm, WelcomeScreen
from tui_mail.ui.dialogs.choice import Choice
from tui_mail.ui.dialogs.words import Field

GOOD = Typed(email="ada@example.org", host="imap.example.org", secret="s3cret")


class Engine:
    """Answers as told, and remembers what it was asked."""

    def __init__(self, *answers: Done | Exception) -> None:
        self.answers = list(answers)
        self.asked: list[Request] = []
        self.hold = asyncio.Event()
        self.hold.set()

    async def __call__(self, request: Request) -> Done:
        self.asked.append(request)
        await self.hold.wait()
        answer = self.answers.pop(0)
        if isinstance(answer, Exception):
            raise answer
        return answer


def fill(app: Stage, **values: str) -> None:
    for name, value in values.items():
        app.screen.query_one(f"#{name}", Field).value = value


async def submit(app: Stage, press: Callable[..., object]) -> None:
    await press("enter")  # type: ignore[misc]
    await app.workers.wait_for_complete()


async def test_a_login_that_works_is_saved_with_its_secret() -> None:
    engine = Engine(Done(1), Done(2))
    app = Stage()
    answers: list[object] = []
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(AccountForm(engine), answers.append)
        await pilot.pause()
        fill(app, email="ada@example.org", from_name="Ada", secret="s3cret")
        await pilot.press("tab", "tab")
        assert app.screen.query_one("#host", Field).value == "imap.example.org"
        await submit(app, pilot.press)
        await pilot.pause()
    assert answers == ["ada@example.org"]
    tried, saved = engine.asked
    assert isinstance(tried, TryAccount)
    assert isinstance(saved, SaveAccount)
    assert tried.account == saved.account
    account = from_table(tried.account)
    assert account.imap == Server("imap.example.org", 993, Security.TLS)
    assert (account.email, account.from_name, account.user) == ("ada@example.org", "Ada", "ada@example.org")
    assert (saved.secret, saved.where) == ("s3cret", "keyring")
    assert "s3cret" not in str(tried.account)


async def test_a_refused_login_saves_nothing_and_says_why() -> None:
    engine = Engine(Done(1, ok=False, kind="sign-in", text="The server refused the password\x1b[2J."))
    app = Stage()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(AccountForm(engine))
        await pilot.pause()
        fill(app, email="ada@example.org", host="imap.example.org", secret="s3cret")
        await submit(app, pilot.press)
        await pilot.pause()
        assert "The server refused the password␛[2J." in painted(app)
        assert app.focused is app.screen.query_one("#secret")
        assert "s3cret" not in painted(app)
    assert [type(request) for request in engine.asked] == [TryAccount]


async def test_without_a_keyring_the_other_place_is_asked_for() -> None:
    engine = Engine(Done(1), Done(2, ok=False, kind="no-keyring", text="Use --save-password."), Done(3), Done(4))
    app = Stage()
    answers: list[object] = []
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(AccountForm(engine), answers.append)
        await pilot.pause()
        fill(app, email="ada@example.org", host="h.example", secret="s3cret")
        await submit(app, pilot.press)
        await pilot.pause()
        assert "keep the password in a private file" in painted(app)
        assert "--save" not in painted(app)
        await pilot.press("right")
        await submit(app, pilot.press)
        await pilot.pause()
    assert answers == ["ada@example.org"]
    saved = engine.asked[-1]
    assert isinstance(saved, SaveAccount)
    assert saved.where == "file"


async def test_no_engine_is_a_sentence() -> None:
    app = Stage()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(AccountForm(Engine(EngineTrouble("The engine has ended."))))
        await pilot.pause()
        fill(app, email="ada@example.org", host="h.example", secret="x")
        await submit(app, pilot.press)
        await pilot.pause()
        assert "The engine has ended." in painted(app)


async def test_esc_takes_a_try_back_first() -> None:
    engine = Engine(Done(1))
    engine.hold.clear()
    app = Stage()
    answers: list[object] = []
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(AccountForm(engine), answers.append)
        await pilot.pause()
        fill(app, email="ada@example.org", host="h.example", secret="x")
        await pilot.press("enter")
        assert "Signing in to h.example" in painted(app)
        await pilot.press("enter")
        assert len(engine.asked) == 1
        await pilot.press("escape")
        assert "Stopped" in painted(app)
        assert not answers
        await pilot.press("escape")
    assert answers == [None]


async def test_no_worker_describes_the_secret() -> None:
    engine = Engine(Done(1))
    engine.hold.clear()
    app = Stage()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(AccountForm(engine))
        await pilot.pause()
        fill(app, email="ada@example.org", host="h.example", secret="s3cret")
        await pilot.press("enter")
        assert list(app.workers)
        assert all("s3cret" not in f"{worker!r} {worker.description}" for worker in app.workers)
        assert "s3cret" not in repr(engine.asked)
        await pilot.press("escape")


async def test_security_changes_the_port_that_is_offered() -> None:
    app = Stage()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(AccountForm(Engine()))
        await pilot.pause()
        app.screen.query_one("#security").focus()
        await pilot.press("right")
        assert app.screen.query_one("#port", Field).placeholder == "143"
        assert "○ TLS   ● STARTTLS" in painted(app)


async def test_welcome_ends_in_what_was_chosen() -> None:
    for keys, answer in ((("enter",), "add"), (("j", "enter"), "demo"), (("q",), None)):
        app = Stage()
        answers: list[object] = []
        async with app.run_test(size=(60, 20)) as pilot:
            await app.push_screen(WelcomeScreen(), answers.append)
            await pilot.press(*keys)
        assert answers == [answer]


@pytest.mark.parametrize(
    ("changes", "where"),
    [
        ({"email": ""}, "email"),
        ({"email": "ada"}, "email"),
        ({"email": "ada@"}, "email"),
        ({"email": "a/b@example.org"}, "email"),
        ({"host": ""}, "host"),
        ({"host": "imap example"}, "host"),
        ({"host": "imap.example.org/x"}, "host"),
        ({"port": "0"}, "port"),
        ({"port": "99999"}, "port"),
        ({"port": "٣"}, "port"),
        ({"secret": ""}, "secret"),
        ({"command": "pass mail"}, "command"),
        ({"secret": "", "command": "pass 'mail"}, "command"),
        ({"security": Security.NONE}, "security"),
        ({"ca_file": "/nonexistent.pem"}, "ca_file"),
    ],
)
def test_what_is_missing_or_wrong(changes: dict[str, object], where: str) -> None:
    typed = Typed(**{**{name: getattr(GOOD, name) for name in GOOD.__slots__}, **changes})
    with pytest.raises(Incomplete) as caught:
        account_of(typed, ())
    assert caught.value.where == where
    assert caught.value.text.endswith((".", "?"))


def test_names_are_not_taken_twice() -> None:
    with pytest.raises(Incomplete, match="already"):
        account_of(GOOD, {"ada@example.org"})


def test_a_command_a_certificate_and_loopback(tmp_path: Path) -> None:
    pem = tmp_path / "ca.pem"
    pem.write_text("x")
    typed = Typed(
        email="ada@example.org",
        host="127.0.0.1",
        port="1143",
        security=Security.NONE,
        user="ada",
        command="pass show 'my mail'",
        ca_file=str(pem),
    )
    account = account_of(typed, ())
    assert account.imap == Server("127.0.0.1", 1143, Security.NONE, str(pem))
    assert account.password is Password.COMMAND
    assert account.password_command == ("pass", "show", "my mail")
    assert account.user == "ada"
    assert account_of(Typed(email="a@b.example", host="::1", secret="x"), ()).imap == Server("::1", 993)


@given(st.text(max_size=40))
def test_guessing_never_fails(text: str) -> None:
    guess = guessed_host(text)
    assert not guess or guess.startswith("imap.")


def test_guesses() -> None:
    assert guessed_host("ada@Example.org") == "imap.example.org"
    assert guessed_host("ada@localhost") == ""
    assert guessed_host("ada") == ""


async def test_a_pop3_account_with_what_becomes_of_mail_on_the_server() -> None:
    engine = Engine(Done(1), Done(2))
    app = Stage()
    async with app.run_test(size=(80, 24)) as pilot:
        await app.push_screen(AccountForm(engine))
        await pilot.pause()
        fill(app, email="ada@example.org", secret="x")
        await pilot.press("tab", "tab")
        assert "On the server" not in painted(app)
        await pilot.press("right")
        await pilot.pause()
        assert "● POP3" in painted(app)
        assert app.screen.query_one("#host", Field).value == "pop.example.org"
        assert app.screen.query_one("#port", Field).placeholder == "995"
        assert "On the server" in painted(app)
        app.screen.query_one("#leave", Choice).choose(1)
        await submit(app, pilot.press)
        await pilot.pause()
    tried = engine.asked[0]
    assert isinstance(tried, TryAccount)
    account = from_table(tried.account)
    assert (account.kind, account.imap, account.leave) == (Kind.POP3, None, "until-deleted")
    assert account.pop3 == Server("pop.example.org", 995, Security.TLS)


def test_a_pop3_account_says_what_is_missing() -> None:
    with pytest.raises(Incomplete, match=r"often pop\."):
        account_of(Typed(email="ada@example.org", kind=Kind.POP3, secret="x"), ())
    typed = Typed(email="a@b.example", kind=Kind.POP3, host="h", secret="x", security=Security.STARTTLS)
    assert account_of(typed, ()).pop3 == Server("h", 110, Security.STARTTLS)
