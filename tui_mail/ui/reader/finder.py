"""Find in the pane: through the message, or through every message of a conversation, folded ones too.

Owns which hit is the current one and bringing it into view, out of a folded message or quote if need be. Must not know
patterns (``find``) nor what a person typed them in.
"""

from __future__ import annotations

from collections.abc import Iterable

from tui_mail.model.words import _, ngettext
from tui_mail.text.safe import SafeText, own
from tui_mail.ui.reader.column import Place
from tui_mail.ui.reader.find import Hits
from tui_mail.ui.reader.leaf import Leaf
from tui_mail.ui.reader.leaves import Leaves


class Found:
    """The hits of ``wanted`` in several texts, in order."""

    def __init__(self, texts: Iterable[tuple[int, str]], wanted: str) -> None:
        self.wanted = wanted
        self.hits = {part: Hits(text, wanted) for part, text in texts}
        self._places = [Place(part, start) for part, hits in self.hits.items() for start, _end in hits.spans]
        self._at = -1

    def __len__(self) -> int:
        return len(self._places)

    @property
    def number(self) -> int:
        """Which hit is the current one, from 1."""
        return self._at + 1

    @property
    def here(self) -> tuple[Place, Place] | None:
        """Where the current hit begins, and its last character; None where there is no current one."""
        if self._at < 0:
            return None
        place = self._places[self._at]
        hits = self.hits[place.part]
        return place, Place(place.part, hits.spans[hits.current][1] - 1)

    def start_at(self, place: Place) -> None:
        """Make the first hit at or after ``place`` the current one, else the first of all."""
        self._make_current(next((at for at, each in enumerate(self._places) if each >= place), 0))

    def step(self, count: int) -> None:
        """Go ``count`` hits on (back when negative), round the end."""
        self._make_current(count if self._at < 0 and count < 0 else self._at + count)

    def _make_current(self, at: int) -> None:
        if not self._places:
            return
        self._at = at % len(self._places)
        place = self._places[self._at]
        for part, hits in self.hits.items():
            if part == place.part:
                hits.start_at(place.offset)
            else:
                hits.current = -1


class Finder(Leaves):
    """Messages in which words are looked for."""

    _found: Found | None = None
    _hit_in: Leaf | None = None
    """The message the current hit stands in."""
    _said = ""
    """What was said last of the hits."""

    def _say(self, text: SafeText) -> None:
        """Called with a sentence for the status line."""

    def find(self, text: str) -> int:
        """Go to the first hit from the top row on; how many there are. An empty text forgets the hits."""
        self._forget_hits()
        if text.strip():
            self._look_for(text)
        self._repaint()
        if self._found is None:
            return 0
        top = self._column.place_at(self._top) if self._top else Place()
        current = 0 if self._source is not None else self._current
        self._found.start_at(top if top.part >= current else Place(current))
        self._go_to_hit()
        self._say_hit()
        return len(self._found)

    def find_next(self, step: int) -> bool:
        """Go ``step`` hits on, back when negative; False when nothing is looked for."""
        if self._found is None:
            return False
        self._found.step(step)
        self._go_to_hit()
        self._say_hit()
        return True

    def _find_again(self) -> None:
        """A text has come or become another: the hits are those of now, the current one stays and so does the pane."""
        before, leaf, said = self._found, self._hit_in, self._said
        if before is None or self._source is not None:
            return
        self._forget_hits()
        found = self._look_for(before.wanted)
        part = next((number for number, each in enumerate(self._leaves) if each is leaf), -1)
        if before.here is not None and part >= 0:
            found.start_at(Place(part, before.here[0].offset))
            self._hit_in = self._leaf_of(found)
        self._repaint()
        if self._hit_words() != said:
            self._say_hit()

    def _look_for(self, wanted: str) -> Found:
        found = self._found = Found(self._texts(), wanted)
        if self._source is None:
            for part, hits in found.hits.items():
                self._leaves[part].hits = hits
        for part, document in self._column.made():
            document.hits = found.hits.get(part)
        return found

    def _texts(self) -> list[tuple[int, str]]:
        """What is looked through: the source, or every message whose text is here."""
        if self._source is not None:
            return [(0, self._source)]
        for leaf in self._leaves:
            self._load(leaf)
        return [(number, leaf.body.text) for number, leaf in enumerate(self._leaves)]

    def _forget_hits(self) -> None:
        self._found = self._hit_in = None
        for leaf in self._leaves:
            leaf.hits = None
        for _part, document in self._column.made():
            document.hits = None

    def _say_hit(self) -> None:
        self._said = self._hit_words()
        self._say(own(self._said))

    def _hit_words(self) -> str:
        """Which hit of how many this is, and that there may be more in what is not here."""
        found = self._found
        if found is None:
            return ""
        absent = (
            0
            if self._source is not None
            else sum(leaf.rendered is None or leaf.rendered.begins for leaf in self._leaves)
        )
        more = ngettext("{count} message is not here yet", "{count} messages are not here yet", absent)
        more = more.format(count=absent) if absent else ""
        if len(found):
            counted = _("{number} of {count}") if found.number else _("{count} found")
            words = counted.format(number=found.number, count=len(found))
            words = f"{words} · {more}" if more else words
        else:
            words = _("Not found in this conversation.") if self.is_conversation else _("Not found in this message.")
            words = f"{words} {more}." if more else words
        return words

    def _leaf_of(self, found: Found) -> Leaf | None:
        return self._leaves[found.here[0].part] if found.here is not None and self._source is None else None

    def _go_to_hit(self) -> None:
        """Bring the current hit into view, unfolding what hides it."""
        found = self._found
        if found is None or found.here is None:
            return
        place, last = found.here
        self._hit_in = self._leaf_of(found)
        if self._hit_in is not None and self._hit_in.shut:
            self.turn_message(place.part)
        for edge in (place, last):
            fold = self._column.part(place.part).layout.fold_of(edge.offset)
            if fold >= 0:
                self._leaves[place.part].folds.turn(fold)
                self._renew(place.part)
        row = self._column.row_of(place)
        if not self._top <= row < self._top + self._rows():
            self._move_to(row - self._rows() // 3)
        self._column.part(place.part).bring_into_view(place.offset)
        self._point(place.part)
        self._repaint()
