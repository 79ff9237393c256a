"""Pickers in which a few letters find the row: folders, and commands of the palette.

Owns ``FolderPicker`` and ``PaletteScreen``. Must not know the store: folders and commands are given.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar, TypeVar

from textual import on
from textual.widget import Widget
from textual.widgets import Input

from tui_mail.model.ids import FolderId
from tui_mail.model.mail import Folder, Role
from tui_mail.model.words import _
from tui_mail.text import fuzzy, safe
from tui_mail.text.safe import SafeText, own
from tui_mail.ui.dialogs.base import PickDialog, closing, keys_line
from tui_mail.ui.dialogs.view import Entry, Pick
from tui_mail.ui.dialogs.words import Field, Words
from tui_mail.ui.reader.lines import NOTHING

T = TypeVar("T")
SHOWN_LIMIT = 500
"""Rows that are made at most; who looks for more types another letter."""

_ORDER = {role: number for number, role in enumerate((Role.INBOX, Role.DRAFTS, Role.SENT, Role.ARCHIVE, Role.ALL))}
_LAST = {Role.JUNK: 1, Role.TRASH: 2}


class SearchPick(PickDialog[T]):
    """A field over a list; the best match stands first and under the cursor."""

    DEFAULT_CSS = """
    SearchPick Field { margin-bottom: 1; padding: 0 1; }
    SearchPick #none { display: none; color: $mail-muted; }
    SearchPick.-empty #none { display: block; }
    SearchPick.-empty Pick { display: none; }
    SearchPick.-low Field { margin-bottom: 0; }
    """
    NOTHING: ClassVar[str] = ""
    ASKS: ClassVar[str] = ""
    """Stands in the empty field."""

    def __init__(self, title: SafeText, hint: SafeText) -> None:
        super().__init__(title, hint)
        self.shown: list[int] = []

    def content(self) -> Iterable[Widget]:
        yield Field(placeholder=own(_(self.ASKS)), id="field")
        yield Pick(self.entries(""))
        yield Words(own(_(self.NOTHING)), id="none")

    def entries(self, typed: str) -> list[Entry]:
        """The rows for what is typed, best first; ``shown`` says which candidates they are."""
        everything = [(number, None) for number in range(len(self.candidates()))]
        found = (self.ranked(typed) if typed.strip() else everything)[:SHOWN_LIMIT]
        self.shown = [number for number, _match in found]
        return [self.entry(number, match) for number, match in found]

    def ranked(self, typed: str) -> Sequence[tuple[int, fuzzy.Match | None]]:
        """Candidates that match what is typed, best first; of equal ones the shorter, then their own order."""
        found: list[tuple[int, fuzzy.Match]] = []
        for number, candidate in enumerate(self.candidates()):
            match = fuzzy.match(typed.strip(), candidate)
            if match is not None:
                found.append((number, match))
        return sorted(found, key=lambda pair: (-pair[1].score, len(self.candidates()[pair[0]])))

    @abstractmethod
    def candidates(self) -> Sequence[SafeText]:
        """What is matched, in the order shown while nothing is typed."""

    @abstractmethod
    def entry(self, number: int, match: fuzzy.Match | None) -> Entry:
        """The row of a candidate."""

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        event.stop()
        self.pick.set_entries(self.entries(event.value))
        self.set_class(not self.shown, "-empty")

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.action_choose()


class FolderPicker(SearchPick[FolderId]):
    """A folder by a few letters of its path; accounts are named where there are several."""

    NOTHING = "No folder is called like that."
    ASKS = "A few letters of its name"

    def __init__(self, folders: Sequence[Folder], title: SafeText) -> None:
        super().__init__(title, keys_line(("enter", _("chooses")), ("up down", _("move")), closing()))
        self.folders = sorted((folder for folder in folders if folder.selectable), key=_rank)
        self.several = len({folder.account for folder in self.folders}) > 1
        self._paths = [safe.line(folder.path, 200) for folder in self.folders]
        self._names = [
            SafeText(f"{path} {safe.line(folder.account, 100)}") if self.several else path
            for path, folder in zip(self._paths, self.folders, strict=True)
        ]

    def candidates(self) -> Sequence[SafeText]:
        return self._names

    def entry(self, number: int, match: fuzzy.Match | None) -> Entry:
        folder, path = self.folders[number], self._paths[number]
        marks = tuple(place for place in match.positions if place < len(path)) if match else ()
        account = safe.line(folder.account, 100) if self.several else own("")
        return Entry(path, note=own(str(folder.unread)) if folder.unread else own(""), right=account, marks=marks)

    def chosen(self, number: int) -> None:
        self.dismiss(self.folders[self.shown[number]].id)


@dataclass(frozen=True, slots=True)
class Command:
    """An entry of the palette: the name it answers with, what a person reads, and its keys."""

    name: str
    text: SafeText
    keys: SafeText = NOTHING


class PaletteScreen(SearchPick[str]):
    """Any command by a few letters; ends in its name."""

    NOTHING = "No command is called like that."
    ASKS = "A few letters of what to do"

    def __init__(self, entries: Sequence[Command]) -> None:
        super().__init__(own(""), keys_line(("enter", _("does it")), ("up down", _("move")), closing()))
        self.commands = list(entries)
        self._texts = [command.text for command in self.commands]

    def candidates(self) -> Sequence[SafeText]:
        return self._texts

    def entry(self, number: int, match: fuzzy.Match | None) -> Entry:
        command = self.commands[number]
        return Entry(command.text, right=command.keys, marks=tuple(match.positions) if match else ())

    def chosen(self, number: int) -> None:
        self.dismiss(self.commands[self.shown[number]].name)


def _rank(folder: Folder) -> tuple[int, int, str, str]:
    """Inboxes first, then the other folders with a use, then the rest by path; junk and trash last."""
    role = folder.role
    if role in _LAST:
        return (2, _LAST[role], folder.account, folder.path.casefold())
    if role in _ORDER:
        return (0, _ORDER[role], folder.account, folder.path.casefold())
    return (1, 0, folder.account, folder.path.casefold())
