"""Find in the pane: through the message, or through every open message of a conversation.

Owns which hit is the current one and bringing it into view, out of a folded quote if need be. Must not know patterns
(``find``) nor what a person typed them in.
"""

from __future__ import annotations

from collections.abc import Iterable

from tui_mail.model.words import _
from tui_mail.text.safe import SafeText, own
from tui_mail.ui.reader.column import Place
from tui_mail.ui.reader.find import Hits
from tui_mail.ui.reader.leaves import Leaves


class Found:
    """The hits in several texts, in order."""

    def __init__(self, texts: Iterable[tuple[int, str]], wanted: str) -> None:
        self.hits = {part: Hits(text, wanted) for part, text in texts}
        self._places = [Place(part, start) for part, hits in self.hits.items() for start, _end in hits.spans]
        self._at = -1

    def __len__(self) -> int:
        return len(self._places)

    @property
    def number(self) -> int:
        """Which hit is the current one, from 1."""
        return self._at + 1

    def start_at(self, place: Place) -> Place | None:
        """Make the first hit at or after ``place`` the current one, else the first of all; where it stands."""
        return self._make_current(next((at for at, each in enumerate(self._places) if each >= place), 0))

    def step(self, count: int) -> Place | None:
        """Go ``count`` hits on (back when negative), round the end; where that hit stands."""
        return self._make_current(self._at + count)

    def _make_current(self, at: int) -> Place | None:
        if not self._places:
            return None
        self._at = at % len(self._places)
        place = self._places[self._at]
        for part, hits in self.hits.items():
            if part == place.part:
                hits.start_at(place.offset)
            else:
                hits.current = -1
        return place


class Finder(Leaves):
    """Messages in which words are looked for."""

    _found: Found | None = None

    def _say(self, text: SafeText) -> None:
        """Called with a sentence for the status line."""

    def find(self, text: str) -> int:
        """Go to the first hit from the top row on; how many there are. An empty text forgets the hits."""
        self._forget_hits()
        if text.strip():
            self._found = Found(self._texts(), text)
            for part, hits in self._found.hits.items():
                self._column.part(part).hits = hits
                if self._source is None:
                    self._leaves[part].hits = hits
        self._repaint()
        if self._found is None:
            return 0
        top = self._column.place_at(self._top) if self._top else Place()
        self._go_to(self._found.start_at(Place(max(top.part, self._current), max(top.offset, 0))))
        self._say_hit()
        return len(self._found)

    def find_next(self, step: int) -> bool:
        """Go ``step`` hits on, back when negative; False when nothing is looked for or nothing was found."""
        if self._found is None or not len(self._found):
            return False
        self._go_to(self._found.step(step))
        self._say_hit()
        return True

    def _texts(self) -> list[tuple[int, str]]:
        """What is looked through: the source, or the messages that are open."""
        if self._source is not None:
            return [(0, self._source)]
        shown = [number for number, leaf in enumerate(self._leaves) if not leaf.shut]
        return [(number, self._column.part(number).layout.text) for number in shown]

    def _forget_hits(self) -> None:
        self._found = None
        for leaf in self._leaves:
            leaf.hits = None
        for document in self._column.made():
            document.hits = None

    def _say_hit(self) -> None:
        found = self._found
        if found is None:
            return
        if not len(found):
            self._say(own(_("Not found in this message.")))
        else:
            words = _("{number} of {count}").format(number=found.number, count=len(found))
            self._say(own(words))

    def _go_to(self, place: Place | None) -> None:
        """Bring a place into view, unfolding what hides it."""
        if place is None:
            return
        leaf, document = self._leaves[place.part], self._column.part(place.part)
        fold = document.layout.fold_of(place.offset)
        if fold >= 0:
            leaf.folds.turn(fold)
            self._renew(place.part)
            document = self._column.part(place.part)
        row = self._column.row_of(place)
        if not self._top <= row < self._top + self._rows():
            self._move_to(row - self._rows() // 3)
        document.bring_into_view(place.offset)
        self._point(place.part)
        self._repaint()
