"""What actions on a message have in common: its octets, a program it is given to, the engine, the outbox.

Owns these ways out. Must not know which action goes them.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable
from typing import TYPE_CHECKING

from tui_mail.model.errors import EngineTrouble, NotFound
from tui_mail.model.words import _
from tui_mail.text.safe import block, line, own
from tui_mail.ui.work import apart

if TYPE_CHECKING:
    from tui_mail.link.messages import Done, Request
    from tui_mail.mime.compose.built import Built
    from tui_mail.model.draft import Draft
    from tui_mail.model.ids import AccountName, ItemId, OutboxId
    from tui_mail.model.mail import Item
    from tui_mail.ui.screens.mail import MailScreen


def on_item(screen: MailScreen, act: Callable[[Item], None]) -> Callable[[int | None], None]:
    """A handler that does ``act`` with the message in the reader."""

    def handler(_count: int | None) -> None:
        item = screen.reader.item if screen.reader_open else None
        if item is None:
            screen.say(own(_("Open a message first.")))
        else:
            act(item)

    return handler


async def raw_of(screen: MailScreen, item: ItemId) -> bytes:
    """The exact bytes of a message. Raises NotFound while they cannot be had."""
    raw = await screen.reading.raw(item)
    if raw is None:
        raise NotFound(_("This message is not here yet; try again when it is."))
    return raw


async def asked_of_engine(screen: MailScreen, request: Request) -> Done:
    """The engine's answer. Raises what it says went wrong, EngineTrouble where there is none."""
    from tui_mail.link.outcome import check

    link = screen.mail_app.link
    if link is None or not link.connected:
        raise EngineTrouble(_("There is no engine to do it with; E says why."))
    return check(await link.ask(request))


async def give(screen: MailScreen, command: list[str], data: bytes, done_words: str) -> None:
    """Run ``command`` with ``data`` on its standard input, and show what it said or that it ended. Raises NotFound."""
    try:
        # In a session of its own: without the terminal, which is drawn on from here alone.
        done = await apart(
            lambda: subprocess.run(command, input=data, capture_output=True, check=False, start_new_session=True)
        )
    except OSError as error:
        reason = error.strerror or str(error)
        raise NotFound(_("{program} cannot be run: {reason}.").format(program=command[0], reason=reason)) from error
    if done.returncode:
        said = done.stderr.decode(errors="replace").strip()
        text = _("{program} ended with {code}: {said}") if said else _("{program} ended with {code} and said nothing.")
        screen.trouble(text.format(program=command[0], code=done.returncode, said=said))
        return
    said = done.stdout.decode(errors="replace").strip("\n")
    if "\n" in said:
        from tui_mail.ui.dialogs.reading import TextScreen

        screen.app.push_screen(TextScreen(line(command[0], 60), block(said)))
    else:
        screen.say(line(f"{command[0]}: {said}" if said else done_words.format(program=command[0]), 300))


def queue(screen: MailScreen, account: AccountName, built: Built, draft: Draft | None = None) -> OutboxId:
    """Put a message that was made here into the outbox, held as any other. Raises StoreError."""
    app = screen.mail_app
    number = screen.data.outbox.queue(account, built, draft=draft, hold=app.settings.send.undo_hold)
    app.wake()
    app.writing.sending(number)
    return number
