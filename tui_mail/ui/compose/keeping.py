"""What is saved of a message while it is written, and where it goes when writing ends.

Owns the one row of the store behind a composer. Must not know widgets. Saving is a short transaction that is durable on
return; what takes longer (filing in Drafts copies attachments) is for a thread.
"""

from __future__ import annotations

from tui_mail.model.clock import Clock
from tui_mail.model.draft import Draft
from tui_mail.model.errors import NotFound
from tui_mail.model.ids import DraftId, ItemId
from tui_mail.store.sending.drafts import Drafts


class Keeping:
    """One per composer. ``made`` is what the person has of it besides this composer: nothing, or an earlier draft."""

    def __init__(
        self,
        drafts: Drafts,
        clock: Clock,
        draft: Draft,
        *,
        number: DraftId | None = None,
        item: ItemId | None = None,
        begun: bool,
    ) -> None:
        self._drafts = drafts
        self._clock = clock
        self.draft = draft
        """As it was saved last, or as it began."""
        self.number = number
        self.saved: float | None = None
        """When it was saved; None before the first time."""
        self.kept = number is not None or item is not None
        """True where the person kept it before: leaving without a change does not throw it away."""
        self.touched = False
        """True when the person changed something since it was opened."""
        if begun and number is None:
            self.number = drafts.begin(draft, item)
            self.saved = clock.now()

    def save(self, draft: Draft) -> None:
        """Keep ``draft``. Raises StoreError, and NotFound when it ended elsewhere; then it is a draft of its own again."""
        if self.number is None:
            self.number = self._drafts.begin(draft)
        elif draft != self.draft:
            try:
                self._drafts.save(self.number, draft)
            except NotFound:
                self.number = self._drafts.begin(draft)
                self._done(draft)
                raise
        self._done(draft)

    def file(self) -> ItemId | None:
        """Put what is saved into Drafts, and go on writing."""
        if self.number is None:
            return None
        self.kept = True
        return self._drafts.file(self.number)

    def leave(self) -> bool:
        """Writing ends; True when a draft is left. What was opened and never touched leaves nothing behind."""
        if self.number is None:
            return False
        if not self.touched and not self.kept:
            self._drafts.discard(self.number)
            return False
        try:
            self._drafts.leave(self.number)
        except NotFound:  # whatever was typed since would be a draft of its own: another window has dealt with this one
            return False
        return True

    def discard(self) -> None:
        """Writing ends and nothing is left."""
        if self.number is not None:
            self._drafts.discard(self.number)

    def _done(self, draft: Draft) -> None:
        self.draft = draft
        self.saved = self._clock.now()
