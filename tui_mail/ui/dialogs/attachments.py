"""The parts of a message: save them under safe names, open them with the desktop, never run them.

Owns ``AttachmentPicker``. Must not know where bytes come from: a callable brings them.
"""

from __future__ import annotations

import asyncio
import os
import tempfile
from collections.abc import Awaitable, Callable, Iterable, Sequence
from pathlib import Path
from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.widget import Widget

from tui_mail.mime.filenames import create_unique, unique_path
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
from tui_mail.ui.reader.lines import Role

Load = Callable[[str], Awaitable[bytes]]
"""The decoded bytes of a part by its id. Raises TuiMailError."""


class AttachmentPicker(PickDialog[SafeText]):
    """Shows the parts; enter opens, s saves, a saves all. Ends in the sentence of what was done.

    ``folder`` is where saving is offered; ``command`` is the desktop's opener.
    """

    DEFAULT_CSS = """
    AttachmentPicker #state { margin-top: 1; min-height: 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        *LETTER_KEYS,
        Binding("s", "save", show=False, id="attachments.save"),
        Binding("a", "save_all", show=False, id="attachments.save-all"),
        Binding("o", "choose", show=False, id="attachments.open"),
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
    ) -> None:
        super().__init__(
            own(_("Attachments")),
            keys_line(("enter", _("opens")), ("s", _("saves")), ("a", _("saves all")), closing()),
        )
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
        """Open a part after a question where that could run something; programs are never opened."""
        part = self.parts[number]
        if opener.executable(part.name, part.type):
            text = SafeText(_("{name} could run something when opened.").replace("{name}", shown_name(part)))
            question = Question(text, yes=own(_("saves it instead")), more=own(_("It is never opened from here.")))
            self.app.push_screen(question, lambda answer: self._ask_target(part) if answer else None)
        elif not self._command:
            self._say(own(_("There is no desktop here to open it in; s saves it.")), warning=True)
        else:
            self.run_worker(self._open(part), group="attachment", exclusive=True, exit_on_error=False)

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
        target = Path(typed).expanduser()
        folder, name = (target, part.name) if target.is_dir() else (target.parent, target.name)
        self._work(self._save_parts([(part, name)], folder))

    def _save_all(self, typed: SafeText) -> None:
        self._work(self._save_parts([(part, part.name) for part in self.parts], Path(typed).expanduser()))

    def _work(self, work: Awaitable[None]) -> None:
        async def done() -> None:
            await work

        self.run_worker(done(), group="attachment", exclusive=True, exit_on_error=False)

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
            path = await asyncio.to_thread(_write_private, part.name, data)
        except OSError as error:
            self._say(safe.line(failure_words(Path(tempfile.gettempdir()), error)), warning=True)
            return
        why = opener.open_file(path, self._command, self._run)
        if why:
            self._say(safe.line(why), warning=True)
        else:
            self.dismiss(SafeText(_("Opened {name}").replace("{name}", shown_name(part))))

    async def _bytes(self, part: PartInfo) -> bytes | None:
        """The bytes of a part; None after saying why there are none."""
        self._say(SafeText(_("Fetching {name} …").replace("{name}", shown_name(part))))
        try:
            return await self._load(part.id)
        except TuiMailError as error:
            self._say(safe.line(error.text, 600), warning=True)
            return None

    def _say(self, text: SafeText, *, warning: bool = False) -> None:
        words = self.query_one("#state", Words)
        words.set_class(warning, "-warning")
        words.say(text)


def part_entry(part: PartInfo, number: int) -> Entry:
    """A row: number, name, type, size; programs are called out."""
    runs = opener.executable(part.name, part.type)
    return Entry(
        shown_name(part),
        note=own(_("a program")) if runs else safe.line(part.type, 60),
        right=own(human_size(part.size)),
        role=Role.WARNING if runs else Role.TEXT,
        lead=own(str(number)),
    )


def shown_name(part: PartInfo) -> SafeText:
    """The name the message gives a part, made safe; its number where it has none."""
    return safe.line(part.name, 120) or SafeText(_("part {id}").replace("{id}", safe.line(part.id, 40)))


def downloads() -> Path:
    """The person's folder for downloads, else the home folder."""
    import platformdirs

    found = platformdirs.user_downloads_path()
    return found if found.is_dir() else Path.home()


def write(folder: Path, name: str, data: bytes) -> Path:
    """Write ``data`` under a safe name that is still free in ``folder``. Raises OSError."""
    path, stream = create_unique(folder, name)
    with stream:
        stream.write(data)
        stream.flush()
        os.fsync(stream.fileno())
    return path


def failure_words(folder: Path, error: OSError) -> str:
    """Why nothing was saved."""
    if not folder.is_dir():
        return _("There is no folder {folder}; choose another.").format(folder=folder)
    return _("It could not be saved in {folder}: {reason}.").format(folder=folder, reason=error.strerror or error)


def _write_private(name: str, data: bytes) -> Path:
    """Write into a new folder of its own."""
    return write(opener.private_folder(), name, data)
