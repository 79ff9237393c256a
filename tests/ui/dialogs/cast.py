"""Every dialog, filled with one string wherever it takes one: what tests of all dialogs are parametrised over."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.ui import samples
from tui_mail.config.actions import Place
from tui_mail.config.keymaps import load_keymap
from tui_mail.config.paths import Home
from tui_mail.link.messages import Done, Request, State, Trouble
from tui_mail.mime.rendered import Link, PartInfo
from tui_mail.model.ids import AccountName, FolderId, OperationId
from tui_mail.model.mail import Folder
from tui_mail.model.operation import Operation, OperationKind, OperationState
from tui_mail.text import safe
from tui_mail.ui.compose.attach import AttachDialog
from tui_mail.ui.compose.waiting import Waiting
from tui_mail.ui.dialogs.account_form import AccountForm, WelcomeScreen
from tui_mail.ui.dialogs.attachments import AttachmentPicker
from tui_mail.ui.dialogs.base import Dialog
from tui_mail.ui.dialogs.links import LinkPicker
from tui_mail.ui.dialogs.menu import Menu
from tui_mail.ui.dialogs.question import Prompt, Question
from tui_mail.ui.dialogs.reading import HelpScreen, TextScreen, TroubleScreen
from tui_mail.ui.dialogs.search_pick import Command, FolderPicker, PaletteScreen
from tui_mail.ui.dialogs.troubles import trouble_pieces

KEYMAP = load_keymap("default", {}, Home.find("/nonexistent", {}))


def folder(path: str, number: int = 1, *, account: str = "work", unread: int = 0) -> Folder:
    return Folder(
        FolderId(number),
        AccountName(account),
        path,
        None,
        True,
        True,
        total=9,
        unread=unread,
        last_sync=None,
        complete=True,
    )


def link(url: str, text: str = "here", number: int = 1) -> Link:
    from tui_mail.mime.links import host

    return Link(number, url, safe.line(text), safe.line(host(url)))


async def refusing(request: Request) -> Done:
    return Done(request.id, ok=False, kind="sign-in", text="The server refused the password.")


async def bytes_of(part: str) -> bytes:
    return b"%PDF-1.4 " + part.encode()


def _troubles(text: str) -> TroubleScreen:
    states = [State(text, "error", text), State("work", "online")]
    operation = Operation(
        OperationId(1),
        AccountName(text),
        OperationKind.MOVE,
        (),
        target=FolderId(1),
        path=text,
        state=OperationState.RETRY,
        error=text,
        created=1,
    )
    troubles = [Trouble(text, "refused", text)]
    return TroubleScreen(trouble_pieces(states, [operation], troubles, {FolderId(1): text}, samples.NOW))


CAST: dict[str, Callable[[str], Dialog[Any]]] = {
    "question": lambda text: Question(safe.line(text), more=safe.line(text), yes=safe.line(text), no=safe.line(text)),
    "prompt": lambda text: Prompt(safe.line(text), safe.line(text), more=safe.line(text)),
    "menu": lambda text: Menu(safe.line(text), [safe.line(text)] * 3),
    "folders": lambda text: FolderPicker([folder(text), folder(text, 2, account=text)], safe.line(text)),
    "palette": lambda text: PaletteScreen([Command("a", safe.line(text), safe.line(text))] * 3),
    "links": lambda text: LinkPicker([link(f"https://example.org/{text}", text), link(text, text, 2)], command=[]),
    "attachments": lambda text: AttachmentPicker([PartInfo("2", text, safe.line(text), 10, "", True)], bytes_of),
    "text": lambda text: TextScreen(safe.line(text), safe.block(text)),
    "troubles": _troubles,
    "waiting": lambda text: Waiting(safe.line(text), asyncio.Event().wait),
    "attach": lambda _text: AttachDialog(Path("/nonexistent")),
    "help": lambda _text: HelpScreen(KEYMAP, list(Place)),
    "account": lambda _text: AccountForm(refusing),
    "welcome": lambda _text: WelcomeScreen(),
}
"""Those at the end take no words from outside."""

HOSTILE = [
    "A\x1b[2J\x1b]0;pwn\x07B",
    "\x1b]52;c;ZXZpbA==\x1b\\x\x9d52;c;ZQ==\x9c",
    "\x1b]8;;https://evil\x1b\\bank\x1b]8;;\x1b\\ \x9b31m \x85 \x00 \x7f",
    "invoice\u202efdp.exe \u2066x\u2069 \u200bzero\u034f \U000e0041tag",
    "a" + "\u0301" * 200 + " 👨‍👩‍👧 \udc80 a\u2028b 漢字",
    "[/] [/foo] [bold]x [@click=app.quit]x[/] [link=https://x]y[/link] \\[ [ $var [0] x",
    "line\nline\r\nline\ttab",
    "x" * 5_000,
    "漢" * 3_000,
    "",
]
