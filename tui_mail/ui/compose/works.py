"""What the composer's menu does: files, the editor, the sender, the review, and the ways out.

Owns these steps and their sentences. Must not know where widgets stand on the screen. What may take long is done in a
thread, and the composer stays as it is until it is done.
"""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tui_mail.mime.compose.build import build
from tui_mail.mime.compose.recipients import read_recipients
from tui_mail.mime.compose.review import remarks
from tui_mail.model.draft import AttachedFile, Draft
from tui_mail.model.errors import UsageError
from tui_mail.model.words import _
from tui_mail.text import safe
from tui_mail.text.safe import SafeText, own
from tui_mail.ui.compose import editor
from tui_mail.ui.compose.head import ADDRESSES, LABELS, file_words, identity_words
from tui_mail.ui.work import Work, apart, start

if TYPE_CHECKING:
    from tui_mail.ui.compose.screen import ComposeScreen


class Works:
    """One per composer."""

    def __init__(self, screen: ComposeScreen) -> None:
        self._screen = screen
        self.coming: list[SafeText] = []
        """Names of files that are being copied."""

    # Files

    def attach(self) -> None:
        """Ask for a file."""
        from tui_mail.ui.compose.attach import AttachDialog

        writing = self._screen.mail_app.writing

        def chosen(path: Path | None) -> None:
            if path is not None:
                writing.folder = path.parent
                self._start(partial(self._attach, path), "attach " + path.name)

        self._screen.app.push_screen(AttachDialog(writing.folder), chosen)

    async def _attach(self, path: Path) -> None:
        screen, name = self._screen, safe.line(path.name, 120)
        self.coming.append(name)
        screen.head.say_files(screen.files, self.coming)
        try:
            file = await apart(lambda: screen.mail_app.data.drafts.attach(path))
        finally:
            self.coming.remove(name)
            screen.head.say_files(screen.files, self.coming)
        screen.use(attachments=(*screen.files, file))
        screen.say(SafeText(_("Attached {file}").format(file=file_words(file))))

    def detach(self) -> None:
        """Take a file away; where there are several, ask which."""
        from tui_mail.ui.dialogs.menu import Menu

        files = self._screen.files
        if not files:
            self._screen.say(own(_("Nothing is attached.")))
        elif len(files) == 1:
            self._detach(files[0])
        else:
            menu = Menu(own(_("Take away")), [file_words(file) for file in files])
            self._screen.app.push_screen(menu, lambda at: self._detach(files[at]) if at is not None else None)

    def _detach(self, file: AttachedFile) -> None:
        left = list(self._screen.files)
        left.remove(file)
        self._screen.use(attachments=tuple(left))
        self._screen.say(SafeText(_("Took {file} away").format(file=file_words(file))))

    # The sender

    def choose_from(self) -> None:
        """Ask who it is from."""
        from tui_mail.ui.dialogs.menu import Menu

        screen = self._screen
        identities = screen.mail_app.identities
        if len(identities) < 2:
            screen.say(own(_("There is one address to write from: `tui-mail account edit` adds aliases.")))
            return
        now = screen.keeping.draft.identity
        current = identities.index(now) if now in identities else 0

        def chosen(number: int | None) -> None:
            if number is not None:
                screen.use(identity=identities[number])

        screen.app.push_screen(
            Menu(own(_("From")), [identity_words(each) for each in identities], current=current), chosen
        )

    # The editor

    def edit_body(self) -> None:
        """Have the text edited by another program; the screen stands still meanwhile, the engine goes on."""
        screen = self._screen
        words = editor.command()
        if not screen.save_now():
            return
        done = editor.edit(screen.body.text, words, screen.app.suspend)
        if done.text is not None and screen.body.put(done.text):
            screen.changed()
            screen.save_now()
        screen.say(safe.line(done.said, 400), trouble=done.trouble)
        if not screen.head.fields["to"].value.strip() and screen.mail_app.settings.compose.editor == "external":
            screen.go("to")
        else:
            screen.set_focus(screen.foot)

    # Drafts

    def save_draft(self) -> None:
        """Save, and put it into the Drafts folder."""
        if self._screen.save_now():
            self._start(self._file, "file")

    async def _file(self) -> None:
        screen = self._screen
        if await apart(screen.keeping.file) is None:
            screen.say(own(_("There is nothing to save yet.")))
            return
        self._written()
        screen.say(own(_("Saved in Drafts")))

    def keep(self) -> None:
        """Leave; what was written is in Drafts."""
        if self._still_coming() or not self._screen.save_now():
            return
        self._screen.busy = True
        self._start(self._keep, "end")

    async def _keep(self) -> None:
        screen = self._screen
        try:
            left = await apart(screen.keeping.leave)
        except BaseException:
            screen.busy = False
            raise
        nothing = _("Nothing was written, so nothing was kept")
        if screen.keeping.touched or screen.keeping.kept:
            nothing = _("It was sent or discarded in another window")
        self._end(own(_("Kept in Drafts") if left else nothing))

    def discard(self) -> None:
        """Ask, then leave without a trace; what was never begun needs no question."""
        from tui_mail.ui.dialogs.question import Question

        screen = self._screen
        if screen.keeping.number is None and not screen.keeping.touched:
            self._end(own(""))
            return

        def answered(yes: bool | None) -> None:
            if yes:
                screen.keeping.discard()
                self._end(own(_("Discarded")))

        more = own(_("What was written is gone for good, also from Drafts."))
        question = Question(own(_("Discard this message?")), yes=own(_("discard")), no=own(_("go on")), more=more)
        screen.app.push_screen(question, answered)

    # Sending

    def review(self) -> None:
        """Show what would be sent; what cannot be sent is said where it stands."""
        from tui_mail.ui.compose.review import ReviewScreen

        screen = self._screen
        screen.head.mark_wrong("")
        if self._still_coming() or not screen.save_now():
            return
        draft = screen.current()
        anybody = False
        for name in ADDRESSES:
            try:
                anybody = bool(read_recipients(getattr(draft, name))) or anybody
            except UsageError as error:
                self._wrong(name, f"{_(LABELS[name])}: {error.text}")
                return
        if not anybody:
            self._wrong("to", _("Whom is it for? Fill in To, Cc or Bcc."))
            return

        def answered(yes: bool | None) -> None:
            if yes:
                screen.busy = True
                self._start(partial(self._send, draft), "end")

        screen.app.push_screen(ReviewScreen(screen.mail_app, draft, remarks(draft)), answered)

    def _wrong(self, name: str, text: str) -> None:
        self._screen.go(name)
        self._screen.head.mark_wrong(name)
        self._screen.trouble(text)

    async def _send(self, draft: Draft) -> None:
        """Build and queue; the composer goes only when the message is safe in the outbox."""
        screen, data = self._screen, self._screen.mail_app.data
        hold = screen.mail_app.settings.send.undo_hold
        screen.say(own(_("Handing it over …")))
        try:
            built = await apart(lambda: build(draft, data.drafts.octets, screen.mail_app.clock.now()))
            number = screen.keeping.number
            queue = partial(data.outbox.queue, draft.identity.account, built, draft=draft, number=number, hold=hold)
            queued = await apart(queue)
        except BaseException:
            screen.busy = False
            raise
        self._end(own(""))
        screen.mail_app.writing.sending(queued)

    # Ends

    def _still_coming(self) -> bool:
        """True, and said, while a file is being copied."""
        if self.coming:
            words = _("{name} is still being copied; try again in a moment.").format(name=self.coming[0])
            self._screen.say(SafeText(words))
        return bool(self.coming)

    def _written(self) -> None:
        """Something in Drafts or the outbox is new: the engine and the main screen should know."""
        app = self._screen.mail_app
        app.wake()
        app.mail_screen.following.reload_soon()

    def _end(self, said: SafeText) -> None:
        self._screen.mail_app.writing.ended(self._screen)
        self._screen.dismiss(None)
        self._written()
        self._screen.mail_app.mail_screen.say(said)

    def _start(self, work: Work, group: str) -> None:
        """Do something long; what goes wrong is said, and the composer is as it was."""
        start(self._screen, work, group, self._screen.failed)
