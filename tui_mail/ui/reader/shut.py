"""A message of a conversation that is folded to a line.

Owns that such a document is its head and nothing else. Must not know what the head says.
"""

from __future__ import annotations

from tui_mail.ui.reader.document import Document
from tui_mail.ui.reader.layout import Row
from tui_mail.ui.reader.lines import Line


class Shut(Document):
    """A message folded to the lines of its head."""

    @property
    def body_start(self) -> int:
        return len(self.head)

    @property
    def complete(self) -> bool:
        return True

    def height(self) -> int:
        return len(self.head)

    def estimate(self) -> int:
        return len(self.head)

    def finish(self) -> None:
        pass

    def advance(self, lines: int) -> bool:  # noqa: ARG002 -- there is nothing to lay out
        return True

    def reach(self, row: int) -> None:
        pass

    def body_row(self, row: int) -> Row | None:  # noqa: ARG002 -- as above
        return None

    def offset_at(self, row: int) -> int:
        return row - len(self.head)

    def row_of(self, offset: int) -> int:
        return min(max(len(self.head) + offset, 0), len(self.head) - 1)

    def line(self, row: int) -> Line | None:
        return super().line(row) if row < len(self.head) else None
