"""The parts of a message: save them under safe names, open them with the desktop, never run them.

Owns ``AttachmentPicker``. Must not know where bytes come from: a callable brings them.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, ClassVar, TypeVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from tui_mail.config.paths import expanded
from tui_mail.mime.dangers import macros
from tui_mail.mime.filenames import unique_path, write_unique
from tui_mail.mime.rendered import PartInfo
from tui_mail.model.errors import TuiMailError
from tui_mail.model.words import _, ngettext
from tui_mail.text import safe
from tui_mail.text.safe import SafeText, own
from tui_mail.text.sizes import human_size
from tui_mail.ui.dialogs import opener
from tui_mail.ui.dialogs.base import PickDialog, closing, keys_line
from tui_mail.ui.dialogs.menu import LETTER_KEYS
from tui_mail.ui.dialogs.question import Prompt, Question
from tui_mail.ui.dialogs.view import Entry, Pick
from tui_mail.ui.dialogs.words import Words
from tui_mail.ui.reader.content import size_words
from tui_mail.ui.reader.lines import Role

T = TypeVar("T")
Load = Callable[[str], Awaitable[bytes]]
"""The decoded bytes of a part by its id. Raises TuiMailError."""
ReadText = Callable[[PartInfo], Awaitable[SafeText]]
"""A part as text for the screen. Raises TuiMailError."""
_GROUP = "attachment"
_TEXTS = frozenset(
    """application/json application/xml application/x-patch application/ics application/x-yaml application/toml
    message/rfc822 message/delivery-status""".split()
)


class AttachmentPicker(PickDialog[SafeText]):
    """Shows the parts; enter shows texts in place and opens others, s saves, a saves all. Ends in the sentence of what
    was done.

    ``read`` makes text of a part, where it can be shown in place; ``folder`` is where saving is offered; ``command``
    opens files.
    """

    DEFAULT_CSS = """
    AttachmentPicker #state { margin-top: 1; min-height: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        *LETTER_KEYS,
        Binding("s", "save", show=False, id="attachments.save"),
        Binding("a", "save_all", show=False, id="attachments.save-all"),
        Binding("o", "open", show=False, id="attachments.open"),
        Binding("t", "show", show=False, id="attachments.show"),
    ]
    ROOM = 11

    def __init__(
        self,
        parts: Sequence[PartInfo],
        load: Load,
        *,
        current: int = 0,
        folder: Path | None = None,
        command: list[str] | None = None,
        run: opener.Start = opener.start,
        read: ReadText | None = None,
        title: SafeText | None = None,
    ) -> None:
        shows = (("t", _("shows as text")),) if read is not None else ()
        super().__init__(
            title or own(_("Attachments")),
            keys_line(("enter", _("opens")), *shows, ("s", _("saves")), ("a", _("saves all")), closing()),
        )
        self._read = read
        self._fetching: PartInfo | None = None
        self.parts = list(parts)
        self.current = current
        self._load = load
        self._folder = folder
        self._command = opener.program() if command is None else command
        self._run = run

    def content(self) -> Iterable[Widget]:
        pick = Pick([part_entry(part, number) for number, part in enumerate(self.parts, start=1)])
        pick.cursor = min(self.current, len(self.parts) - 1)
        yield pick
        yield Words(own(""), id="state")

    def chosen(self, number: int) -> None:
        """Show a text in place, and open anything else."""
        part = self.parts[number]
        if self._read is not None and is_text(part) and not opener.executable(part.name, part.type):
            self._work(self._show, part)
        else:
            self._ask_to_open(part)

    def action_open(self) -> None:
        """Open the part under the cursor with a program."""
        if self.pick.cursor >= 0:
            self._ask_to_open(self.parts[self.pick.cursor])

    def action_show(self) -> None:
        """Show the part under the cursor as text, whatever it is: nothing of it runs."""
        if self.pick.cursor >= 0 and self._read is not None:
            self._work(self._show, self.parts[self.pick.cursor])

    def progress(self, done: int, total: int) -> None:
        """How many octets of the message have come, while one waits for a part of it."""
        if self._fetching is not None:
            words = _("Fetching {name} … {done} of {total}; esc stops").replace("{done}", human_size(done))
            words = words.replace("{total}", human_size(total))
            self._say(SafeText(words.replace("{name}", shown_name(self._fetching))))

    def _ask_to_open(self, part: PartInfo) -> None:
        """Open a part, after a question where that could run something; programs are never opened."""
        if opener.executable(part.name, part.type):
            text = SafeText(_("{name} could run something when opened.").replace("{name}", shown_name(part)))
            more = own(_("It is never opened from here.")) if self._read is None else _never()
            question = Question(text, yes=own(_("saves it instead")), more=more)
            self.app.push_screen(question, lambda answer: self._ask_target(part) if answer else None)
        elif not self._command:
            self._say(own(_("There is no desktop here to open it in; s saves it.")), warning=True)
        elif macros(part.name, part.type):
            text = SafeText(_("{name} may hold macros. Open it?").replace("{name}", shown_name(part)))
            more = own(_("Macros are programs. Let none run unless you know who made it and what for."))
            question = Question(text, yes=own(_("opens it")), more=more)
            self.app.push_screen(question, lambda answer: self._work(self._open, part) if answer else None)
        else:
            self._work(self._open, part)

    def action_save(self) -> None:
        """Ask where to save the part under the cursor."""
        if self.pick.cursor >= 0:
            self._ask_target(self.parts[self.pick.cursor])

    def action_save_all(self) -> None:
        """Ask for the folder to save all parts in."""
        if self.parts:
            prompt = Prompt(own(_("Save all attachments in")), safe.line(str(self.folder), 1000))
            self.app.push_screen(prompt, lambda typed: self._save_all(typed) if typed else None)

    @property
    def folder(self) -> Path:
        """Where saving is offered: as given, else the person's folder for downloads."""
        if self._folder is None:
            self._folder = downloads()
        return self._folder

    def _ask_target(self, part: PartInfo) -> None:
        prompt = Prompt(
            SafeText(_("Save {name} as").replace("{name}", shown_name(part))),
            safe.line(str(unique_path(self.folder, part.name)), 1000),
            more=own(_("A file that is there already is never overwritten.")),
        )
        self.app.push_screen(prompt, lambda typed: self._save(part, typed) if typed else None)

    def _save(self, part: PartInfo, typed: SafeText) -> None:
        target = expanded(typed)
        is_folder = os.path.isdir(target)  # noqa: PTH112 -- Path's own raises for a name that is too long
        folder, name = (target, part.name) if is_folder else (target.parent, target.name)
        self._work(self._save_parts, [(part, name)], folder)

    def _save_all(self, typed: SafeText) -> None:
        self._work(self._save_parts, [(part, part.name) for part in self.parts], expanded(typed))

    def _work(self, what: Callable[..., Coroutine[Any, Any, None]], *on: object) -> None:
        self.begin(partial(what, *on), _GROUP)

    async def _save_parts(self, parts: list[tuple[PartInfo, str]], folder: Path) -> None:
        """Fetch and write; the sentence names the file as it is called now."""
        saved: list[Path] = []
        for part, name in parts:
            data = await self._bytes(part)
            if data is None:
                return
            try:
                saved.append(await asyncio.to_thread(write, folder, name, data))
            except OSError as error:
                self._say(safe.line(failure_words(folder, error)), warning=True)
                return
        where = safe.line(str(saved[0] if len(saved) == 1 else folder), 400)
        words = ngettext("Saved {where}", "Saved {count} files in {where}", len(saved)).replace(
            "{count}", str(len(saved))
        )
        self.dismiss(SafeText(words.replace("{where}", where)))

    async def _open(self, part: PartInfo) -> None:
        """Write the part into a private folder of its own and hand it to the desktop."""
        data = await self._bytes(part)
        if data is None:
            return
        try:
            path = await asyncio.to_thread(write_private, part.name, data)
        except OSError as error:
            self._say(safe.line(failure_words(Path(tempfile.gettempdir()), error)), warning=True)
            return
        why = opener.open_file(path, self._command, self._run)
        if why:
            self._say(safe.line(why), warning=True)
        else:
            self.dismiss(SafeText(_("Opened {name}").replace("{name}", shown_name(part))))

    async def _show(self, part: PartInfo) -> None:
        """Show a part as text over the dialog."""
        from tui_mail.ui.dialogs.reading import TextScreen

        assert self._read is not None  # only asked then
        text = await self._came(part, self._read(part))
        if text is not None:
            self._say(own(""))
            self.app.push_screen(TextScreen(shown_name(part), text))

    async def _bytes(self, part: PartInfo) -> bytes | None:
        """The bytes of a part; None after saying why there are none."""
        return await self._came(part, self._load(part.id))

    async def _came(self, part: PartInfo, coming: Awaitable[T]) -> T | None:
        """What is awaited of a part; None after saying why there is nothing."""
        self._fetching = part
        self._say(SafeText(_("Fetching {name} …").replace("{name}", shown_name(part))))
        try:
            came = await coming
        except TuiMailError as error:
            self._say(safe.line(error.text, 600), warning=True)
            return None
        finally:
            self._fetching = None
        self._is_here(part)
        return came

    def _is_here(self, part: PartInfo) -> None:
        if not part.here:
            number = self.parts.index(part)
            self.parts[number] = replace(part, here=True)
            self.pick.replace(number, part_entry(self.parts[number], number + 1))

    def action_close(self) -> None:
        """Stop what is being fetched, and close when nothing is."""
        if self._fetching is None:
            self.dismiss(None)
        else:
            self.workers.cancel_group(self, _GROUP)
            self._say(own(_("Stopped.")))

    def _say(self, text: SafeText, *, warning: bool = False) -> None:
        words = self.query_one("#state", Words)
        words.set_class(warning, "-warning")
        words.say(text)


def part_entry(part: PartInfo, number: int) -> Entry:
    """A row: number, name, type, size; programs and macros are called out."""
    note = safe.line(part.type, 60)
    if opener.executable(part.name, part.type):
        note = own(_("a program"))
    elif macros(part.name, part.type):
        note = own(_("may hold macros"))
    return Entry(
        shown_name(part),
        note=note,
        right=size_words(part),
        role=Role.TEXT if note == safe.line(part.type, 60) else Role.WARNING,
        lead=own(str(number)),
    )


def is_text(part: PartInfo) -> bool:
    """True for what one would rather read here than open elsewhere."""
    return part.type.startswith("text/") or part.type in _TEXTS


def _never() -> SafeText:
    return own(_("It is never opened from here; t shows it as text."))


def shown_name(part: PartInfo) -> SafeText:
    """The name the message gives a part, made safe; its number where it has none."""
    return safe.file_name(part.name, 120) or SafeText(_("part {id}").replace("{id}", safe.line(part.id, 40)))


def downloads() -> Path:
    """The person's folder for downloads, else the home folder."""
    import platformdirs

    found = platformdirs.user_downloads_path()
    return found if found.is_dir() else Path.home()


def write(folder: Path, name: str, data: bytes) -> Path:
    """Write ``data`` under a safe name that is still free in ``folder``; all of it, or no file. Raises OSError."""
    return write_unique(folder, name, data)


def failure_words(folder: Path, error: OSError) -> str:
    """Why nothing was saved."""
    if not os.path.isdir(folder):  # noqa: PTH112 -- Path's own raises for a name that is too long
        return _("There is no folder {folder}; choose another.").format(folder=folder)
    return _("It could not be saved in {folder}: {reason}.").format(folder=folder, reason=error.strerror or error)


def write_private(name: str, data: bytes) -> Path:
    """Write into a new folder of its own."""
    return write(opener.private_folder(), name, data)
