"""The head of a message while it is written: From, To, Cc, Bcc, Subject and what goes along.

Owns these rows and which of them are shown. Must not know what an address is, nor where a draft is kept. A field that
was not touched gives back what it was filled with, character for character, also where that could not be shown.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from textual import events
from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.widget import Widget

from tui_mail.model.draft import AttachedFile, Draft, Identity
from tui_mail.model.words import _, ngettext
from tui_mail.text import safe
from tui_mail.text.safe import SafeText, own
from tui_mail.text.sizes import human_size
from tui_mail.text.width import cut
from tui_mail.ui.compose.typed import safe_field
from tui_mail.ui.dialogs.view import ASCII_MARKS
from tui_mail.ui.dialogs.words import Field, Words

ADDRESSES: Final = ("to", "cc", "bcc")
FIELDS: Final = (*ADDRESSES, "subject")
LABELS: Final = {
    "from": _("From"),
    "to": _("To"),
    "cc": _("Cc"),
    "bcc": _("Bcc"),
    "subject": _("Subject"),
    "files": _("Files"),
}
FILES_SHOWN: Final = 4
NAME_WIDTH: Final = 36
_BREAKS = re.compile(r"\s*[\r\n]+\s*")


class HeadField(Field):
    """A field of the head. A paste of several lines is one list of addresses, or one subject."""

    DEFAULT_CSS = """
    HeadField, HeadField:ansi, HeadField:focus, HeadField:ansi:focus {
        background: $mail-background; background-tint: transparent; text-style: none; width: 1fr;
    }
    """

    def __init__(self, name: str, value: str) -> None:
        self._filled = value
        self._shown = safe_field(value)
        super().__init__(self._shown, id=name)

    def validate_value(self, value: str) -> str:
        return str(safe_field(value))

    def fill(self, value: str) -> None:
        """Have ``value`` stand there."""
        self._filled, self._shown = value, safe_field(value)
        self.value = self._shown

    @property
    def text(self) -> str:
        """What was typed, or what it was filled with."""
        return self._filled if self.value == self._shown else self.value

    @property
    def changed(self) -> bool:
        """True when something else stands there now than what it was filled with."""
        return self.value != self._shown

    def _on_paste(self, event: events.Paste) -> None:
        event.stop()
        event.prevent_default()
        between = " " if self.id == "subject" else ", "
        parts = [part.strip(" ,;" if self.id != "subject" else " ") for part in _BREAKS.split(event.text)]
        text = between.join(part for part in parts if part)
        if self.selection.is_empty:
            self.insert_text_at_cursor(text)
        else:
            self.replace(text, *self.selection)


class Head(Vertical):
    """Rows of a label and a field. Cc and Bcc are hidden until they are used."""

    DEFAULT_CSS = """
    Head { height: auto; width: 100%; border-bottom: solid $mail-rule; background: $mail-background; }
    Head.-ascii { border-bottom: ascii $mail-rule; }
    Head .row { height: 1; width: 100%; padding: 0 1 0 0; }
    Head .row.-unused { display: none; }
    Head .row.-files { height: auto; }
    Head .label { width: 10; padding: 0 2 0 0; color: $mail-muted; text-align: right; }
    Head .row.-here .label { color: $mail-accent; }
    Head:nocolor .row.-here .label { text-style: bold; }
    Head .row.-wrong .label { color: $mail-warning; text-style: bold; }
    Head #from { width: 1fr; height: 1; }
    Head #from-hint { width: auto; color: $mail-muted; }
    Head #files { width: 1fr; height: auto; }
    """

    def __init__(self, draft: Draft, *, choose_hint: SafeText) -> None:
        super().__init__(id="head")
        self.fields = {name: HeadField(name, getattr(draft, name)) for name in FIELDS}
        self._from = Words(identity_words(draft.identity), id="from")
        self._hint = Words(choose_hint, id="from-hint")
        self._files = Words(files_words(draft.attachments), id="files")
        self._rows: dict[str, Horizontal] = {}

    def compose(self) -> ComposeResult:
        self.set_class(self.app.has_class(ASCII_MARKS), ASCII_MARKS)
        yield self._row("from", self._from, self._hint)
        for name, field in self.fields.items():
            row = self._row(name, field)
            row.set_class(name in {"cc", "bcc"} and not field.value, "-unused")
            yield row
        files = self._row("files", self._files)
        files.set_class(not self._files.text, "-unused")
        yield files

    def _row(self, name: str, *widgets: Widget) -> Horizontal:
        self._rows[name] = Horizontal(Words(own(_(LABELS[name])), classes="label"), *widgets, classes=f"row -{name}")
        return self._rows[name]

    def shown(self) -> Iterator[HeadField]:
        """The fields that can be gone through, top to bottom."""
        for name, field in self.fields.items():
            if not self._rows[name].has_class("-unused"):
                yield field

    def use(self, name: str) -> HeadField:
        """Show a field for good, and give it."""
        self._rows[name].remove_class("-unused")
        return self.fields[name]

    def say_from(self, identity: Identity) -> None:
        """Show who it is from now."""
        self._from.say(identity_words(identity))

    def say_files(self, files: Sequence[AttachedFile], coming: Sequence[SafeText] = ()) -> None:
        """Show what goes along, and what is being copied."""
        self._files.say(files_words(files, coming))
        self._rows["files"].set_class(not self._files.text, "-unused")

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        self._mark(event.widget)

    def on_descendant_blur(self) -> None:
        self._mark(None)

    def _mark(self, focused: Widget | None) -> None:
        """The label of the field one is in stands out."""
        for row in self._rows.values():
            row.set_class(focused is not None and focused in row.children, "-here")

    def mark_wrong(self, name: str) -> None:
        """Call out the row of ``name``, and no other; none at all where it is empty."""
        for row, widget in self._rows.items():
            widget.set_class(row == name, "-wrong")


def identity_words(identity: Identity) -> SafeText:
    """``Ada Lovelace <ada@example.org>``."""
    address, name = safe.line(identity.address, 200), safe.line(identity.name, 200)
    return SafeText(f"{name} <{address}>" if name else address)


def file_words(file: AttachedFile) -> SafeText:
    """``agenda.pdf  184 KB``."""
    name = safe.line(file.name, 120) or own(_("without a name"))
    return SafeText(f"{cut(name, NAME_WIDTH)}  {human_size(file.size)}")


def files_words(files: Sequence[AttachedFile], coming: Sequence[SafeText] = ()) -> SafeText:
    """A line for each; of many the first ones, and how many more there are."""
    lines = [*(file_words(file) for file in files), *(SafeText(f"{cut(name, NAME_WIDTH)}  …") for name in coming)]
    if len(lines) > FILES_SHOWN:
        rest = len(lines) - FILES_SHOWN + 1
        size = human_size(sum(file.size for file in files))
        words = ngettext("and {n} more, {size} in all", "and {n} more, {size} in all", rest).format(n=rest, size=size)
        lines = [*lines[: FILES_SHOWN - 1], own(words)]
    return SafeText("\n".join(lines))
