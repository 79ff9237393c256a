"""Actions on the message that is read: save, print, copy from it, check its signature, answer its invitation.

Owns what is asked before and said after. Must not know the network: what needs it is asked of the engine.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tui_mail.config.paths import expanded
from tui_mail.model.errors import NotFound, TuiMailError
from tui_mail.model.words import _
from tui_mail.text.safe import SafeText, line, own
from tui_mail.ui.actions.giving import asked_of_engine, give, on_item, raw_of
from tui_mail.ui.work import Work, apart, start

if TYPE_CHECKING:
    from tui_mail.mime.compose.answers import Asked
    from tui_mail.model.mail import Item
    from tui_mail.ui.screens.mail import MailScreen


class MessageKeys:
    """Handlers; counts mean nothing here."""

    def __init__(self, screen: MailScreen) -> None:
        self._screen = screen

    def table(self) -> dict[str, Callable[[int | None], None]]:
        return {
            "save": on_item(self._screen, self._save),
            "print": on_item(self._screen, self._print),
            "copy-from": on_item(self._screen, self._copy),
            "signature": on_item(self._screen, lambda item: self._work(partial(self._signature, item))),
            "answer": on_item(self._screen, lambda item: self._work(partial(self._invitation, item))),
        }

    def _work(self, work: Work) -> None:
        start(self._screen, work, "message", self._screen.failed)

    # Saving

    def _save(self, item: Item) -> None:
        from tui_mail.mime.filenames import unique_path
        from tui_mail.ui.programs import save_folder

        path = unique_path(save_folder(self._screen.mail_app.settings), f"{item.subject[:80] or 'message'}.eml")
        more = own(_("With .txt at its end it gets the text; else the exact message. No file is ever overwritten."))
        self._ask_where(item, line(str(path), 1000), path.name, more)

    def _ask_where(self, item: Item, initial: SafeText, name: str, more: SafeText) -> None:
        from tui_mail.ui.dialogs.question import Prompt

        def answered(typed: SafeText | None) -> None:
            if typed:
                self._work(partial(self._write, item, typed, name))

        self._screen.app.push_screen(Prompt(own(_("Save the message as")), initial, more=more), answered)

    async def _write(self, item: Item, typed: SafeText, name: str) -> None:
        """Write the file; where that cannot be, ask again with what was typed."""
        from tui_mail.ui.dialogs.attachments import failure_words, write

        target = Path(typed)
        folder, target_name = await apart(lambda: placed(target, name))
        data = await raw_of(self._screen, item.id)
        if target_name.lower().endswith(".txt"):
            data = (await self._text(item)).encode()
        try:
            saved = await apart(lambda: write(folder, target_name, data))
        except OSError as error:
            self._ask_where(item, typed, name, line(failure_words(folder, error), 300))
            return
        self._screen.say(line(_("Saved {where}").format(where=saved), 400))

    async def _text(self, item: Item) -> str:
        """Who, to whom, when and what about, then what the reader shows."""
        from tui_mail.text.dates import full_date

        def people(addresses: tuple[object, ...]) -> str:
            return ", ".join(f"{one.name} <{one.address}>" if one.name else one.address for one in addresses)  # type: ignore[attr-defined] # Address

        when = full_date(item.received if item.date is None else item.date, 0, None)
        rows = [
            (_("From:"), people(item.from_)),
            (_("To:"), people(item.to)),
            (_("Cc:"), people(item.cc)),
            (_("Date:"), when),
            (_("Subject:"), item.subject),
        ]
        head = "".join(f"{name} {line(value, 4000)}\n" for name, value in rows if value)
        return f"{head}\n{await self._screen.reading.text(item)}\n"

    # Printing

    def _print(self, item: Item) -> None:
        from tui_mail.ui.dialogs.question import Question
        from tui_mail.ui.programs import printer_of

        command = printer_of(self._screen.mail_app.settings)
        if not command:
            self._screen.trouble(_("Nothing is set to print with: see [programs] printer."))
            return

        async def printed() -> None:
            await give(self._screen, command, (await self._text(item)).encode(), _("Given to {program} to print"))

        question = Question(
            SafeText(_("Print this message with {program}?").replace("{program}", line(" ".join(command), 60))),
            False,
            yes=own(_("prints it")),
        )
        self._screen.app.push_screen(question, lambda answer: self._work(printed) if answer else None)

    # Copying

    def _copy(self, item: Item) -> None:
        from tui_mail.ui.dialogs.clipboard import copy
        from tui_mail.ui.dialogs.menu import Menu

        sender = item.from_[0].address if item.from_ else ""
        rendered = self._screen.reader.rendered
        choices = [
            (_("The sender's address"), sender),
            (_("The Message-ID"), f"<{item.message_id}>" if item.message_id else ""),
            (_("The subject"), item.subject),
            (_("The text"), "" if rendered is None or rendered.begins else rendered.text),
        ]
        there = [(name, text) for name, text in choices if text]
        entries = [
            SafeText(own(name) + ("" if "\n" in text else "  ") + ("" if "\n" in text else line(text, 60)))
            for name, text in there
        ]

        def chosen(number: int | None) -> None:
            if number is not None:
                self._screen.say(copy(self._screen.app, there[number][1]))

        self._screen.app.push_screen(Menu(own(_("Copy")), entries), chosen)

    # The signature

    async def _signature(self, item: Item) -> None:
        from tui_mail.link.messages import CheckSignature
        from tui_mail.mime.signatures import confirms, from_table, verdict_words
        from tui_mail.ui.dialogs.reading import TextScreen

        self._screen.say(own(_("Checking the signature …")))
        result = (await asked_of_engine(self._screen, CheckSignature(0, item.id))).result
        signatures = tuple(from_table(table) for table in result["signatures"])
        rows = verdict_words(signatures)
        self._screen.say(rows[0], trouble=bool(signatures) and not confirms(signatures))
        self._screen.app.push_screen(TextScreen(own(_("Signature")), SafeText("\n".join(rows))))

    # The invitation

    async def _invitation(self, item: Item) -> None:
        from tui_mail.ui.dialogs.menu import Menu

        identities = self._screen.mail_app.identities
        if not identities:
            raise NotFound(_("Add an account first: there is no address to write from."))
        raw = await raw_of(self._screen, item.id)

        def read() -> Asked:
            from tui_mail.mime.compose.answers import asked

            return asked(raw, item.account, identities)

        invitation = await apart(read)
        to, what = line(invitation.organizer.address, 100), line(invitation.what, 80) or _("invitation")
        title = _("Answer {to}: {what}").replace("{to}", to).replace("{what}", what)
        if not invitation.invited:
            me = line(invitation.identity.address, 80)
            title += " · " + _("none of your addresses is on its list; {me} answers").replace("{me}", me)
        ways = [own(_("Accept")), own(_("Perhaps")), own(_("Decline"))]

        def chosen(number: int | None) -> None:
            if number is not None:
                self._answer(invitation, number)

        self._screen.app.push_screen(Menu(SafeText(title), ways), chosen)

    def _answer(self, invitation: Asked, number: int) -> None:
        from tui_mail.mime.compose.answers import ACCEPTED, DECLINED, TENTATIVE, answer
        from tui_mail.ui.actions.giving import queue

        try:
            built = answer(invitation, (ACCEPTED, TENTATIVE, DECLINED)[number], self._screen.mail_app.clock.now())
            queue(self._screen, invitation.identity.account, built)
        except TuiMailError as error:
            self._screen.trouble(error.text)


def placed(target: Path, name: str) -> tuple[Path, str]:
    """The folder and the name that a typed path means; a folder alone takes ``name``."""
    target = expanded(target)
    is_folder = os.path.isdir(target)  # noqa: PTH112 -- Path's own raises for a name that is too long
    return (target, name) if is_folder else (target.parent, target.name)
