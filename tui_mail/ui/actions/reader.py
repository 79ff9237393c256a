"""Actions in the reader: scrolling, next and previous message, find, headers, HTML or plain, source, links, pipe.

Owns which method of the pane a key calls, and the dialogs about the message shown. Must not know how the pane draws.
"""

from __future__ import annotations

import shlex
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

from tui_mail.model.errors import NotFound
from tui_mail.model.ids import ItemId
from tui_mail.model.words import _
from tui_mail.text.safe import SafeText, own
from tui_mail.ui.actions.giving import give, raw_of
from tui_mail.ui.work import start

if TYPE_CHECKING:
    from tui_mail.mime.rendered import PartInfo
    from tui_mail.ui.reader.pane import ReaderPane
    from tui_mail.ui.screens.mail import MailScreen


class ReaderKeys:
    """Handlers; a count is so many lines, pages, hits or messages."""

    def __init__(self, screen: MailScreen) -> None:
        self._screen = screen

    @property
    def _pane(self) -> ReaderPane:
        return self._screen.reader

    def table(self) -> dict[str, Callable[[int | None], None]]:
        return {
            "scroll-down": lambda count: self._scroll(self._pane.line_down(count or 1)),
            "scroll-up": lambda count: self._scroll(self._pane.line_up(count or 1)),
            "scroll-page-down": self._page_down,
            "scroll-page-up": lambda count: self._scroll(self._pane.page_up(count or 1)),
            "scroll-half-page-down": lambda count: self._scroll(self._pane.half_page_down(count or 1)),
            "scroll-half-page-up": lambda count: self._scroll(self._pane.half_page_up(count or 1)),
            "scroll-top": lambda _count: self._scroll(self._pane.home()),
            "scroll-bottom": lambda _count: self._scroll(self._pane.end()),
            "next-message": lambda count: self._step(count or 1),
            "previous-message": lambda count: self._step(-(count or 1)),
            "conversation": lambda _count: self._screen.reading.turn_conversation(),
            "open-message": lambda _count: self._pane.turn_message(),
            "open-all": lambda _count: self._pane.turn_messages(),
            "scroll-right": lambda count: self._scroll(self._pane.shift(count or 1)),
            "scroll-left": lambda count: self._scroll(self._pane.shift(-(count or 1))),
            "find": lambda _count: self._find(),
            "next-hit": lambda count: self._hit(count or 1),
            "previous-hit": lambda count: self._hit(-(count or 1)),
            "all-headers": lambda _count: self._pane.toggle_headers(),
            "html-or-plain": lambda _count: self._pane.toggle_html(),
            "source": lambda _count: self._pane.toggle_source(),
            "quotes": lambda _count: self._pane.toggle_quotes(),
            "links": lambda _count: show_links(self._screen),
            "attachments": lambda _count: self._attachments(),
            "pipe": lambda _count: self._pipe(),
            "get-rest": lambda _count: self._screen.local_mail.get_rest(),
        }

    # Scrolling and stepping

    def _scroll(self, moved: bool) -> None:
        """The pane has moved as far as it could; nothing more to say."""

    def _page_down(self, count: int | None) -> None:
        if not self._pane.page_down(count or 1) and not self._pane.begins:
            self._screen.reading.step(1, beyond=True)

    def _step(self, count: int) -> None:
        for _time in range(abs(count)):
            self._screen.reading.step(1 if count > 0 else -1)

    def _find(self) -> None:
        from tui_mail.ui.dialogs.question import Prompt

        def typed(text: SafeText | None) -> None:
            if text is not None:
                self._pane.find(text)

        words = _("Find in this conversation") if self._pane.is_conversation else _("Find in this message")
        self._screen.app.push_screen(Prompt(own(words)), typed)

    def _hit(self, step: int) -> None:
        if not self._pane.find_next(step):
            key = self._screen.key_of("find")
            self._screen.say(own(_("Nothing is looked for; {key} finds.").format(key=key)))

    # Dialogs about the message

    def _attachments(self) -> None:
        from tui_mail.ui.dialogs.attachments import AttachmentPicker
        from tui_mail.ui.programs import opener_of, save_folder

        parts, item = self._pane.attachments(), self._pane.item
        if not parts or item is None:
            self._screen.say(own(_("This message has no attachments.")))
            return

        settings = self._screen.mail_app.settings
        reading = self._screen.reading

        async def load(part: str) -> bytes:
            return await reading.part(item.id, part)

        async def read(part: PartInfo) -> SafeText:
            return await reading.part_text(item.id, part)

        picker = AttachmentPicker(parts, load, folder=save_folder(settings), command=opener_of(settings), read=read)

        def ended(text: SafeText | None) -> None:
            reading.told_progress = None
            reading.renew(item)  # parts may have come
            _told(self._screen, text)

        reading.told_progress = picker.progress
        self._screen.app.push_screen(picker, ended)

    # Pipe

    def _pipe(self) -> None:
        from tui_mail.ui.dialogs.question import Prompt

        item = self._pane.item
        if item is None:
            return

        def typed(text: SafeText | None) -> None:
            if text:
                start(self._screen, partial(self._give, item.id, text), "pipe", self._screen.failed)

        more = own(_("A program and its arguments; it is run without a shell and gets the raw message."))
        self._screen.app.push_screen(Prompt(own(_("Give the message to")), more=more), typed)

    async def _give(self, item: ItemId, command: str) -> None:
        raw = await raw_of(self._screen, item)
        try:
            words = shlex.split(command)
        except ValueError as error:
            raise NotFound(_("This is not a command: {reason}.").format(reason=error)) from error
        if words:
            await give(self._screen, words, raw, _("Given to {program}"))


def show_links(screen: MailScreen, current: int = 0) -> None:
    """Show the links of the message in the reader, the cursor on ``current``."""
    from tui_mail.ui.dialogs.links import LinkPicker
    from tui_mail.ui.programs import browser_of

    links = screen.reader.links()
    if screen.reader.begins:
        screen.say(own(_("The rest of the message is still being read; try again in a moment.")))
    elif links:
        screen.app.push_screen(
            LinkPicker(
                links,
                current=current,
                compose=screen.mail_app.writing.compose,
                command=browser_of(screen.mail_app.settings),
            ),
            lambda text: _told(screen, text),
        )
    else:
        screen.say(own(_("This message has no links.")))


def _told(screen: MailScreen, text: SafeText | None) -> None:
    """What a dialog did, when it did something."""
    if text:
        screen.say(text)
