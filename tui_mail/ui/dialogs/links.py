"""The links of a message: where each really leads, to copy or to open after a question that names the host.

Owns ``LinkPicker``. Must not fetch anything.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import ClassVar
from urllib.parse import urlsplit

from textual.binding import Binding, BindingType
from textual.widget import Widget

from tui_mail.mime.links import misleads
from tui_mail.mime.rendered import Link
from tui_mail.model.words import _
from tui_mail.text import safe
from tui_mail.text.hosts import poses
from tui_mail.text.safe import SafeText, own
from tui_mail.ui.dialogs import clipboard, opener
from tui_mail.ui.dialogs.base import PickDialog, closing, keys_line
from tui_mail.ui.dialogs.menu import LETTER_KEYS
from tui_mail.ui.dialogs.question import Question
from tui_mail.ui.dialogs.view import Entry, Pick
from tui_mail.ui.dialogs.words import Words
from tui_mail.ui.reader import hosts
from tui_mail.ui.reader.lines import Role

_DETAIL_LIMIT = 600


class LinkPicker(PickDialog[SafeText]):
    """Shows real hosts; enter opens after a question, c copies. Ends in the sentence of what was done.

    ``compose`` takes a mailto address where the program can write to it. ``command`` is the desktop's opener.
    """

    DEFAULT_CSS = """
    LinkPicker #detail { height: 3; margin-top: 1; color: $mail-muted; }
    LinkPicker #warning { height: auto; min-height: 1; }
    LinkPicker.-low #detail { height: 2; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        *LETTER_KEYS,
        Binding("c", "copy", show=False, id="links.copy"),
        Binding("o", "choose", show=False, id="links.open"),
    ]
    ROOM = 14

    def __init__(
        self,
        links: Sequence[Link],
        *,
        current: int = 0,
        compose: Callable[[str], None] | None = None,
        command: list[str] | None = None,
        run: opener.Start = opener.start,
    ) -> None:
        super().__init__(own(_("Links")), keys_line(("enter", _("opens")), ("c", _("copies")), closing()))
        self.links = list(links)
        self.current = current
        self._write_to = compose
        self._command = opener.program() if command is None else command
        self._run = run

    def content(self) -> Iterable[Widget]:
        pick = Pick([link_entry(link) for link in self.links])
        pick.cursor = min(self.current, len(self.links) - 1)
        yield pick
        yield Words(own(""), id="detail")
        yield Words(own(""), id="warning", classes="-warning")

    def on_mount(self) -> None:
        super().on_mount()
        self._describe()

    def action_move(self, count: int) -> None:
        super().action_move(count)
        self._describe()

    def action_page(self, count: int) -> None:
        super().action_page(count)
        self._describe()

    def chosen(self, number: int) -> None:
        """Open the link; mail addresses are written to, all else goes to the desktop after a question."""
        link = self.links[number]
        why = refusal_words(link.url)
        if why:
            self._warn(own(why))
        elif link.url.startswith("mailto:") and self._write_to is not None:
            self.dismiss(None)
            self._write_to(link.url)
        elif not self._command:
            self._warn(own(_("There is no desktop here to open it in; c copies the address.")))
        else:
            text = SafeText(_("Open {host}?").replace("{host}", hosts.shown_host(hosts.host_of(link.url))))
            more = SafeText("\n".join([safe.line(link.url, _DETAIL_LIMIT), *filter(None, [warning(link)])]))
            self.app.push_screen(Question(text, False, yes=own(_("opens it")), more=more), self._open)

    def action_copy(self) -> None:
        """Copy the address under the cursor."""
        if self.pick.cursor < 0:
            return
        url = self.links[self.pick.cursor].url
        why = clipboard.refused(url)
        if why or "\n" in url:
            self._warn(own(why or _("It holds a line break and was not copied.")))
        else:
            clipboard.copy(self.app, url)
            self.dismiss(SafeText(_("Copied {address}").replace("{address}", safe.line(url, 200))))

    def _open(self, answer: bool | None) -> None:
        if not answer:
            return
        url = self.links[self.pick.cursor].url
        why = opener.open_url(url, self._command, self._run)
        if why:
            self._warn(safe.line(why))
        else:
            self.dismiss(SafeText(_("Opened {host}").replace("{host}", hosts.shown_host(hosts.host_of(url)))))

    def _describe(self) -> None:
        if self.pick.cursor >= 0:
            link = self.links[self.pick.cursor]
            self.query_one("#detail", Words).say(safe.line(link.url, _DETAIL_LIMIT))
            self._warn(warning(link))

    def _warn(self, text: SafeText) -> None:
        self.query_one("#warning", Words).say(text)


def link_entry(link: Link) -> Entry:
    """A row: number, real host, the rest of the address, and the words the message puts on it."""
    host = hosts.host_of(link.url)
    if link.url.startswith("mailto:"):
        shown = safe.line(link.url[7:].partition("?")[0], 80)
    else:
        shown = hosts.shown_host(host) if host else safe.line(link.url, 80)
    words = safe.line(link.text, 80)
    return Entry(
        shown,
        note=_rest(link.url) if host else own(""),
        right=words if words and words != link.url else own(""),
        role=Role.WARNING if warning(link) else Role.TEXT,
        lead=own(str(link.number)),
    )


def warning(link: Link) -> SafeText:
    """What a person should know before going there; empty when nothing is odd."""
    host = hosts.host_of(link.url)
    if hosts.refusal(link.url):
        return own(refusal_words(link.url))
    if misleads(link.text, link.url):
        claimed = hosts.shown_host(hosts.claimed_host(link.text) or safe.line(link.text, 40))
        return SafeText(
            _("The message calls it {claimed}, it leads to {host}.")
            .replace("{claimed}", claimed)
            .replace("{host}", hosts.shown_host(host))
        )
    if poses(host):
        return own(_("Its name mixes alphabets, so letters may not be what they look like."))
    return own("")


def refusal_words(url: str) -> str:
    """Why an address is not opened, as a sentence; empty when it may be."""
    return {
        "": "",
        "scheme": _("Only http, https and mailto addresses are opened; c copies this one."),
        "form": _("This address is not well formed and is not opened; c copies it."),
        "host": _("This address hides where it leads and is not opened; c copies it."),
    }[hosts.refusal(url)]


def _rest(url: str) -> SafeText:
    """What follows the host."""
    try:
        parts = urlsplit(url)
    except ValueError:
        return own("")
    if parts.scheme == "mailto":
        return own(_("mail"))
    rest = parts.path + ("?" + parts.query if parts.query else "")
    return safe.line(rest, 200) if rest != "/" else own("")
