"""Adding an account: a form that tries the login and saves only what worked; and the first screen of all.

Owns ``AccountForm`` and ``WelcomeScreen``. Must not reach a server: requests go to the engine by a callable.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Iterable
from functools import partial
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.widget import Widget
from textual.widgets import Input
from textual.worker import Worker

from tui_mail.config.accounts import Account, Kind, Password, to_table
from tui_mail.config.servers import Security
from tui_mail.link.messages import Done, Request, SaveAccount, TryAccount
from tui_mail.model.errors import NoKeyring, TuiMailError
from tui_mail.model.ids import AccountName
from tui_mail.model.words import _
from tui_mail.text import safe
from tui_mail.text.safe import SafeText, own
from tui_mail.ui.dialogs.account_data import (
    DEFAULT_PORTS,
    Incomplete,
    Typed,
    account_of,
    guessed_host,
    where_to_look,
)
from tui_mail.ui.dialogs.base import Dialog, PickDialog, closing, keys_line
from tui_mail.ui.dialogs.choice import Choice
from tui_mail.ui.dialogs.menu import LETTER_KEYS
from tui_mail.ui.dialogs.view import Entry, Pick
from tui_mail.ui.dialogs.words import Field, Words

Ask = Callable[[Request], Awaitable[Done]]
"""Sends a request to the engine and waits for its end. Raises TuiMailError when there is no engine."""

_SECURITIES = (Security.TLS, Security.STARTTLS, Security.NONE)
_KEEPS = (Password.KEYRING, Password.FILE)
_KINDS = (Kind.IMAP, Kind.POP3)
_LEAVES = ("always", "until-deleted", "never")


class AccountForm(Dialog[AccountName]):
    """Ends in the name of the account that was saved; ``taken`` are the names there are already."""

    DEFAULT_CSS = """
    AccountForm, AccountForm:ansi { background: $mail-background; }
    AccountForm #form { height: auto; margin-top: 1; }
    AccountForm .row { height: 1; }
    AccountForm .row.-gap { margin-top: 1; }
    AccountForm .label { width: 18; color: $mail-muted; }
    AccountForm #port { width: 8; }
    AccountForm #state { margin-top: 1; min-height: 2; }
    AccountForm.-pop3 .row.-gap { margin-top: 0; }
    AccountForm.-low #form { margin-top: 0; }
    AccountForm.-low .row.-gap { margin-top: 0; }
    AccountForm.-low #state { margin-top: 0; }
    AccountForm.-narrow .label { width: 15; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [Binding("enter", "submit", show=False, id="account.submit")]

    def __init__(self, ask: Ask, taken: Collection[str] = ()) -> None:
        super().__init__(
            own(_("Add an account")),
            keys_line(("tab", _("goes on")), ("enter", _("signs in")), closing()),
        )
        self._ask = ask
        self._taken = taken
        self._trying: Worker[None] | None = None

    def content(self) -> Iterable[Widget]:
        securities = Choice([own("TLS"), own("STARTTLS"), own(_("none"))], id="security")
        leaves = Choice([own(_("stays")), own(_("until deleted here")), own(_("goes"))], id="leave")
        keeps = Choice([own(_("system keyring")), own(_("private file"))], id="keep")
        yield Vertical(
            _row(_("Email address"), Field(id="email")),
            _row(_("Your name"), Field(id="from_name")),
            _row(_("Protocol"), Choice([own("IMAP"), own("POP3")], id="kind"), gap=True),
            _row(_("Server"), Field(id="host")),
            _row(_("Port"), Field(id="port", placeholder=own("993"))),
            _row(_("Encryption"), securities),
            _row(_("User"), Field(id="user", placeholder=own(_("the address")))),
            _row(_("Password"), Field(id="secret", password=True)),
            _row(_("or a command"), Field(id="command", placeholder=own(_("one that prints it, such as: pass mail")))),
            _row(_("Keep it in"), keeps),
            _row(_("CA file"), Field(id="ca_file", placeholder=own(_("only for a server with its own authority")))),
            _row(_("On the server"), leaves, id="leaving"),
            id="form",
        )
        yield Words(own(""), id="state")

    def on_mount(self) -> None:
        self.query_one("#leaving").display = False
        self._field("email").focus()

    def typed(self) -> Typed:
        """The form as it stands."""
        texts = {
            name: str(self._field(name).typed)
            for name in ("email", "from_name", "host", "port", "user", "command", "ca_file")
        }
        return Typed(
            **texts,
            secret=self._field("secret").value,
            security=_SECURITIES[self.query_one("#security", Choice).chosen],
            keep=_KEEPS[self.query_one("#keep", Choice).chosen],
            kind=_KINDS[self.query_one("#kind", Choice).chosen],
            leave=_LEAVES[self.query_one("#leave", Choice).chosen],
        )

    def action_close(self) -> None:
        """Esc takes a try back first, then leaves."""
        if self._trying is not None and self._trying.is_running:
            self._trying.cancel()
            self._state(own(_("Stopped. Nothing was saved.")))
        else:
            self.dismiss(None)

    @on(Input.Blurred, "#email")
    def _guess(self) -> None:
        host = self._field("host")
        email, kind = self._field("email").typed, self.typed().kind
        other = next(each for each in _KINDS if each is not kind)
        if host.value in {"", guessed_host(email, other)}:
            host.value = safe.line(guessed_host(email, kind))

    @on(Choice.Changed, "#kind")
    def _kind(self) -> None:
        pop3 = self.typed().kind is Kind.POP3
        self.query_one("#leaving").display = pop3
        self.set_class(pop3, "-pop3")
        self._guess()
        self._port()

    @on(Choice.Changed, "#security")
    def _port(self) -> None:
        typed = self.typed()
        self._field("port").placeholder = str(DEFAULT_PORTS[typed.kind][typed.security])

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_submit()

    def action_submit(self) -> None:
        """Try the account as it stands; from any row, also one that is chosen and not typed."""
        if self._trying is not None and self._trying.is_running:
            return
        self._guess()
        typed = self.typed()
        try:
            account = account_of(typed, self._taken)
        except Incomplete as error:
            self._fail(error.text, error.where)
            return
        self._trying = self.begin(partial(self._try, account), "account")

    async def _try(self, account: Account) -> None:
        """Sign in, then save. The secret is read from its field, so that no worker's description holds it."""
        server = account.imap or account.pop3
        host = safe.line(server.host if server else "", 200)
        self._state(SafeText(_("Signing in to {host} …").replace("{host}", host)))
        table = to_table(account)
        secret = self._field("secret").value
        where = account.password.value if account.password in _KEEPS else ""
        try:
            done = await self._ask(TryAccount(id=0, account=table, secret=secret))
            if done.ok:
                self._state(own(_("Signed in. Saving …")))
                done = await self._ask(SaveAccount(id=0, account=table, secret=secret, where=where))
        except TuiMailError as error:
            self._fail(error.text, "host")
            return
        if done.ok:
            self.dismiss(account.name)
        elif done.kind == NoKeyring.kind:
            words = _(
                "This machine has no keyring: keep the password in a private file, or give a command that prints it."
            )
            self._fail(words, "keep")
        else:
            self._fail(done.text, where_to_look(done.kind))

    def _fail(self, text: str, where: str) -> None:
        self._state(safe.line(text, 600), warning=True)
        self.query_one(f"#{where}").focus()

    def _state(self, text: SafeText, *, warning: bool = False) -> None:
        words = self.query_one("#state", Words)
        words.set_class(warning, "-warning")
        words.say(text)

    def _field(self, name: str) -> Field:
        return self.query_one(f"#{name}", Field)


class WelcomeScreen(PickDialog[str]):
    """The first screen when there is no account: ends in "add", "demo", or None to leave."""

    DEFAULT_CSS = """
    WelcomeScreen, WelcomeScreen:ansi { background: $mail-background; align: center middle; }
    WelcomeScreen #panel { margin: 0; }
    WelcomeScreen Pick { margin-top: 1; }
    """
    BINDINGS: ClassVar = LETTER_KEYS
    ANSWERS: ClassVar[tuple[str, ...]] = ("add", "demo")

    def __init__(self) -> None:
        super().__init__(own("tui-mail"), keys_line(("enter", _("chooses")), ("q", _("leaves"))))
        self.add_class("-small")

    def content(self) -> Iterable[Widget]:
        yield Words(own(_("There is no account here yet.")), classes="-muted")
        yield Pick(
            [
                Entry(own(_("Add an account")), note=own(_("address, server, password"))),
                Entry(own(_("Open the practice mailbox")), note=own(_("no account, no network"))),
            ]
        )

    def chosen(self, number: int) -> None:
        self.dismiss(self.ANSWERS[number])


def _row(label: str, widget: Widget, *, gap: bool = False, id: str | None = None) -> Horizontal:  # noqa: A002 -- the name Textual gives it
    return Horizontal(Words(own(label), classes="label"), widget, classes="row -gap" if gap else "row", id=id)
