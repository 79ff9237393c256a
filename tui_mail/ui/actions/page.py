"""Actions on the page of a message: a harmless copy of it in a browser, and its images on other machines, fetched once.

Owns what is asked before and said after. Must not know the network: images are asked of the engine.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tui_mail.model.errors import NotFound
from tui_mail.model.words import _, ngettext
from tui_mail.text.safe import line, own
from tui_mail.ui.actions.giving import asked_of_engine, on_item, raw_of
from tui_mail.ui.work import Work, apart, start

if TYPE_CHECKING:
    from tui_mail.model.mail import Item
    from tui_mail.ui.screens.mail import MailScreen

_HOSTS_SHOWN = 8


class PageKeys:
    """Handlers; counts mean nothing here."""

    def __init__(self, screen: MailScreen) -> None:
        self._screen = screen

    def table(self) -> dict[str, Callable[[int | None], None]]:
        return {
            "browser": on_item(self._screen, self._browser),
            "images": on_item(self._screen, lambda item: self._work(partial(self._ask_for_images, item))),
        }

    def _work(self, work: Work) -> None:
        start(self._screen, work, "page", self._screen.failed)

    # The page in a browser

    def _browser(self, item: Item) -> None:
        from tui_mail.ui.dialogs.menu import Menu
        from tui_mail.ui.programs import browser_of

        command = browser_of(self._screen.mail_app.settings)
        rendered = self._screen.reader.rendered
        if rendered is not None and not rendered.has_html:
            self._screen.say(own(_("This message is plain text only.")))
            return
        if not command:
            self._screen.trouble(_("There is no browser here to open it in: see [programs] browser."))
            return
        ways = [own(_("Without anything from other machines"))]
        if rendered is None or rendered.begins or rendered.remote_images > rendered.pixels:
            ways.append(own(_("With images from other machines, which learn of it")))

        def chosen(number: int | None) -> None:
            if number is not None:
                self._work(partial(self._open_page, item, command, remote=number == 1))

        self._screen.app.push_screen(
            Menu(own(_("Open the page in a browser, without scripts and forms")), ways), chosen
        )

    async def _open_page(self, item: Item, command: list[str], *, remote: bool) -> None:
        from tui_mail.ui.dialogs import opener
        from tui_mail.ui.dialogs.attachments import write_private

        raw = await raw_of(self._screen, item.id)

        def made() -> Path:
            from tui_mail.mime.html_worker import HtmlWorker
            from tui_mail.mime.webpage import web_page

            with HtmlWorker() as worker:
                page = web_page(raw, worker, remote=remote)
            return write_private("message.html", page)

        try:
            path = await apart(made)
        except OSError as error:
            reason = error.strerror or str(error)
            raise NotFound(_("The page could not be written: {reason}.").format(reason=reason)) from error
        why = opener.open_file(path, command)
        if why:
            self._screen.trouble(why)
        else:
            self._screen.say(own(_("Opened in a browser; the file goes when this window ends")))

    # Images on other machines

    async def _ask_for_images(self, item: Item) -> None:
        from tui_mail.link.messages import Pictures
        from tui_mail.ui.dialogs.question import Question

        result = (await asked_of_engine(self._screen, Pictures(0, item.id))).result
        count, hosts = int(result["count"]), [str(host) for host in result["hosts"]]
        if not count:
            self._screen.say(own(_("This message has no images on other machines that could be fetched.")))
            return
        names = ", ".join(hosts[:_HOSTS_SHOWN]) + (" …" if len(hosts) > _HOSTS_SHOWN else "")
        text = ngettext("Fetch {n} image once?", "Fetch {n} images once?", count).format(n=count)
        more = line(
            _("From {hosts}. They learn that this message is read, when, and from which network.").format(hosts=names),
            900,
        )
        question = Question(own(text), yes=own(_("fetches")), more=more)
        self._screen.app.push_screen(
            question, lambda answer: self._work(partial(self._fetch_images, item)) if answer else None
        )

    async def _fetch_images(self, item: Item) -> None:
        from tui_mail.link.messages import Pictures
        from tui_mail.ui.dialogs import opener

        self._screen.say(own(_("Fetching images …")))
        try:
            folder = opener.private_folder()
        except OSError as error:
            raise NotFound(_("There is no room for them: {reason}.").format(reason=error.strerror or error)) from error
        result = (await asked_of_engine(self._screen, Pictures(0, item.id, str(folder)))).result
        saved = [Path(path) for path in result["saved"]]
        trouble = [str(text) for text in result["trouble"]]
        text = ngettext("Fetched {n} image", "Fetched {n} images", len(saved)).format(n=len(saved))
        said = line(" · ".join([*([text] if saved else []), *trouble[:1]]) or text, 300)
        self._screen.say(said, trouble=bool(trouble))
        for each in trouble:
            self._screen.connection.say("pictures", each)
        if saved:
            self._show_images(saved)

    def _show_images(self, saved: list[Path]) -> None:
        """A terminal draws no pictures: they are files to open or to save."""
        from tui_mail.mime.rendered import PartInfo
        from tui_mail.ui.dialogs.attachments import AttachmentPicker
        from tui_mail.ui.programs import opener_of, save_folder

        settings = self._screen.mail_app.settings
        parts = []
        for path in saved:
            kind = {"jpg": "image/jpeg"}.get(path.suffix[1:], f"image/{path.suffix[1:]}")
            parts.append(PartInfo(str(path), kind, line(path.name, 200), path.stat().st_size, "inline", True))

        async def load(path: str) -> bytes:
            return await apart(Path(path).read_bytes)

        picker = AttachmentPicker(
            parts,
            load,
            folder=save_folder(settings),
            command=opener_of(settings),
            title=own(_("Images that were fetched")),
        )
        self._screen.app.push_screen(picker, lambda text: self._screen.say(text) if text else None)
