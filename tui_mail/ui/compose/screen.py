"""The composer: head, text, and the two lines at the bottom.

Owns what is on that screen, where the focus is, and when what was typed is saved. Must not know how files are copied,
programs run, or messages queued (``works``).
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, ClassVar, Final

from textual import events, on
from textual.app import ComposeResult
from textual.timer import Timer
from textual.widgets import Input, TextArea

from tui_mail.config.actions import ACTIONS, Place
from tui_mail.config.keymaps import TOGETHER
from tui_mail.model.draft import Draft, DraftKind
from tui_mail.model.errors import NotFound, StoreError
from tui_mail.model.words import _
from tui_mail.text import safe
from tui_mail.text.dates import time_of_day
from tui_mail.text.safe import SafeText, own
from tui_mail.ui.compose.body import BodyArea
from tui_mail.ui.compose.foot import BROAD_FROM, Key, Standing, key_of
from tui_mail.ui.compose.head import Head, HeadField
from tui_mail.ui.compose.keeping import Keeping
from tui_mail.ui.compose.keyed import Handler, KeyedScreen
from tui_mail.ui.compose.typed import place_to_write
from tui_mail.ui.compose.works import Works
from tui_mail.ui.keys import spelling

if TYPE_CHECKING:
    from tui_mail.ui.app import MailApp

SAVE_SECONDS: Final = 1.0
"""After the last change until it is saved."""
SAVE_AT_LATEST: Final = 5.0
"""After the first change, for somebody who types without a pause."""
IN_TEXT: Final = frozenset({"help", "palette", "repaint", "redo"})
"""What works everywhere and, by a key that writes nothing, while one types as well."""
_STEPS: Final = {"enter": 1, "down": 1, "up": -1}
"""In a field; the focus moves within the key press, since the next key may be there already."""
_NAMES = {
    DraftKind.NEW: _("New message"),
    DraftKind.REPLY: _("Reply"),
    DraftKind.REPLY_ALL: _("Reply to all"),
    DraftKind.FORWARD: _("Forward"),
}


class ComposeScreen(KeyedScreen[None]):
    """One message being written. It stays until it is queued, kept or discarded."""

    PLACE: ClassVar[Place] = Place.COMPOSER
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (BROAD_FROM, "-broad")]  # noqa: RUF012 -- no ClassVar to Screen
    DEFAULT_CSS = """
    ComposeScreen { layout: vertical; }
    ComposeScreen.-broad BodyArea { padding: 0 1 0 10; max-width: 100; }
    """

    def __init__(self, app: MailApp, keeping: Keeping, *, reopened: bool = False) -> None:
        super().__init__(app)
        self.keeping = keeping
        self.reopened = reopened
        self.works = Works(self)
        draft = keeping.draft
        several = len(app.identities) > 1
        self._identity = draft.identity
        self.files = draft.attachments
        hint = SafeText(_("{key} changes it").format(key=self.key_of("edit-from"))) if several else own("")
        self.head = Head(draft, choose_hint=hint)
        self.body = BodyArea(draft.body, id="body")
        self._filled = self.body.text
        self._saving: Timer | None = None
        self._since = 0.0
        """When the first change was made that is not saved."""
        self._unsaved = False

    def compose(self) -> ComposeResult:
        yield self.head
        yield self.body
        yield self.foot

    def on_mount(self) -> None:
        self.body.move_cursor(place_to_write(self.keeping.draft, reopened=self.reopened))
        self.set_focus(self._first_field())
        self.app.app_suspend_signal.subscribe(self, lambda _app: self._stand_aside(), immediate=True)
        self.show_foot()
        if self.mail_app.settings.compose.editor == "external":
            self.call_after_refresh(self.act, "edit-body")

    def on_resize(self) -> None:
        self.show_foot()

    def _first_field(self) -> HeadField | BodyArea:
        """Where one goes on: the first thing without which nothing can be sent, else the text."""
        fields = self.head.fields
        if not any(fields[name].value.strip() for name in ("to", "cc", "bcc")):
            return fields["to"]
        if self.keeping.draft.kind is DraftKind.NEW and not fields["subject"].value.strip():
            return fields["subject"]
        return self.body

    # What is written

    def current(self) -> Draft:
        """The message as it stands on the screen. What was not touched is what it was, character for character."""
        before, text = self.keeping.draft, self.body.text
        fields: dict[str, Any] = {name: field.text for name, field in self.head.fields.items()}
        body = before.body if text == self._filled else text
        self._filled = text
        return replace(before, identity=self._identity, attachments=self.files, body=body, **fields)

    def use(self, **changes: Any) -> None:
        """Change what no field holds (``identity``, ``attachments``), and save it."""
        draft = replace(self.current(), **changes)
        self._identity, self.files = draft.identity, draft.attachments
        self.head.say_from(draft.identity)
        self.head.say_files(draft.attachments, self.works.coming)
        self.changed()
        self.save_now()

    # Saving

    @on(Input.Changed)
    def _field_changed(self, event: Input.Changed) -> None:
        event.stop()
        if isinstance(event.input, HeadField) and event.input.changed:
            self.changed()

    @on(TextArea.Changed)
    def _text_changed(self, event: TextArea.Changed) -> None:
        event.stop()
        self.changed()

    def changed(self) -> None:
        """Something is different: saved in a moment."""
        now = self.mail_app.clock.monotonic()
        if not self._unsaved:
            self._unsaved, self._since = True, now
        self.keeping.touched = True
        if self._saving is not None:
            self._saving.stop()
        wait = min(SAVE_SECONDS, max(0.0, self._since + SAVE_AT_LATEST - now))
        self._saving = self.set_timer(wait, self.save_now)
        self.show_foot()

    def save_now(self) -> bool:
        """Save what is not saved; False where that failed, which is said."""
        if self._saving is not None:
            self._saving.stop()
            self._saving = None
        if not self._unsaved or self.busy:
            return True
        try:
            self.keeping.save(self.current())
        except NotFound as error:
            self.trouble(error.text)
        except StoreError as error:
            self._saving = self.set_timer(SAVE_AT_LATEST, self.save_now)
            self.failed(error)
            return False
        self._unsaved = False
        self.show_foot()
        return True

    def on_descendant_blur(self) -> None:
        self.save_now()
        self.show_foot()

    def on_descendant_focus(self) -> None:
        self.show_foot()

    def on_screen_suspend(self) -> None:
        self.save_now()

    def on_app_blur(self) -> None:
        self.save_now()

    def _stand_aside(self) -> None:
        """The terminal is given to another program, or the program stops."""
        self.save_now()

    # Keys

    @property
    def letters_are_keys(self) -> bool:
        return not isinstance(self.focused, HeadField | BodyArea)

    def takes(self, event: events.Key) -> bool:
        """In fields and text what arrives here wrote nothing: a key of the composer, or one of the field's own."""
        if self.busy:
            return True
        if self.letters_are_keys:
            return super().takes(event)
        found = self.keys.keymap.lookup(TOGETHER[self.PLACE], (spelling(event),))
        if isinstance(found, str) and (Place.COMPOSER in ACTIONS[found].places or found in IN_TEXT):
            self.act(found)
            return True
        if isinstance(self.focused, HeadField) and event.key in _STEPS:
            self.go_field(_STEPS[event.key])
            return True
        return False

    def go_field(self, step: int) -> None:
        """Give the focus to the next (1) or the previous (-1) field; the text is the last one."""
        stops = [*self.head.shown(), self.body]
        here = next((place for place, field in enumerate(stops) if field.has_focus), -1 if step > 0 else 0)
        self.set_focus(stops[(here + step) % len(stops)])

    def go(self, name: str) -> None:
        """Go to a field by its name, and show it."""
        field = self.head.use(name)
        self.set_focus(field)
        field.cursor_position = len(field.value)

    def _next(self) -> None:
        if self.body.has_focus:
            self.body.indent()
        else:
            self.go_field(1)

    def _menu(self) -> None:
        """Between the text, or the field one came from, and the menu."""
        if self.letters_are_keys:
            self.set_focus(self.body)
        else:
            self.save_now()
            self.set_focus(self.foot)

    def table(self) -> dict[str, Handler]:
        works = self.works
        return super().table() | {
            "composer-menu": self._menu,
            "next-field": self._next,
            "previous-field": lambda: self.go_field(-1),
            "edit-to": lambda: self.go("to"),
            "edit-cc": lambda: self.go("cc"),
            "edit-bcc": lambda: self.go("bcc"),
            "edit-subject": lambda: self.go("subject"),
            "edit-from": works.choose_from,
            "edit-body": works.edit_body,
            "attach": works.attach,
            "detach": works.detach,
            "save-draft": works.save_draft,
            "review": works.review,
            "keep-draft": works.keep,
            "back": works.keep,
            "discard": works.discard,
            "undo": self._undo,
            "redo": self.body.redo,
        }

    def _undo(self) -> None:
        """A held message first, as everywhere; else what was typed last."""
        if not self.mail_app.writing.take_back():
            self.body.undo()

    # The lines at the bottom

    def keys_shown(self) -> list[Key]:
        keys = self.keys.keymap.keys
        if not self.letters_are_keys:
            return [
                *key_of(keys("composer-menu"), _("menu"), "composer-menu"),
                *key_of(keys("save-draft"), _("saves to Drafts"), "save-draft", 1),
                *key_of(keys("next-field"), _("indents") if self.body.has_focus else _("next"), "next-field", 2),
                *key_of(keys("help")[-1:], _("help"), "help", 3),
            ]
        return [
            *key_of(keys("review"), _("send"), "review"),
            *key_of(keys("edit-body"), _("editor"), "edit-body", 2),
            *key_of(keys("attach"), _("attach"), "attach", 1),
            *(key_of(keys("detach"), _("detach"), "detach", 5) if self.files else []),
            *(key_of(keys("edit-from"), _("From"), "edit-from", 6) if len(self.mail_app.identities) > 1 else []),
            *key_of(keys("edit-to"), _("To"), "edit-to", 4),
            *key_of(keys("edit-cc"), _("Cc"), "edit-cc", 4),
            *key_of(keys("edit-bcc"), _("Bcc"), "edit-bcc", 4),
            *key_of(keys("edit-subject"), _("Subject"), "edit-subject", 4),
            *key_of(
                keys("keep-draft"), _("keep draft") if self.size.width >= BROAD_FROM else _("keep"), "keep-draft", 1
            ),
            *key_of(keys("discard"), _("discard"), "discard", 2),
            *key_of(keys("composer-menu"), _("text"), "composer-menu", 5),
            *key_of(keys("help"), _("help"), "help", 7),
        ]

    def standing(self) -> Standing:
        name = own(_(_NAMES[self.keeping.draft.kind]))
        account = safe.line(self._identity.account, 40)
        if self._unsaved:
            saved = own(_("not saved yet"))
        elif self.keeping.saved is None:
            saved = own("")
        else:
            saved = SafeText(_("saved {time}").format(time=time_of_day(self.keeping.saved, None)))
        state = tuple(word for word in (saved, account) if word)
        return Standing(name, state, self.said, self.said_trouble)
