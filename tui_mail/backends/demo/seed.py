"""The practice mailbox as it is on the first morning: its folders and every message, oldest first.

Deterministic: the same bytes on every start. Must not know where they are kept.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from tui_mail.backends.demo import DEMO_START
from tui_mail.backends.demo.conversations import conversations
from tui_mail.backends.demo.letters import DAY, Letter, post
from tui_mail.backends.demo.lists import lists
from tui_mail.backends.demo.mailbox import Delivery
from tui_mail.backends.demo.odd import odd_letters
from tui_mail.backends.demo.series import newsletters, series
from tui_mail.model.flags import Flag
from tui_mail.model.mail import Role

FOLDERS: tuple[tuple[str, Role | None], ...] = (
    ("INBOX", Role.INBOX),
    ("Drafts", Role.DRAFTS),
    ("Sent", Role.SENT),
    ("Archive", Role.ARCHIVE),
    ("Junk", Role.JUNK),
    ("Trash", Role.TRASH),
    ("Lists/kernel", None),
    ("Lists/python-dev", None),
    ("Receipts", None),
    ("Travel", None),
)
TIDY_AFTER = 6
"""Days after which Ada has archived what she has read and not starred."""


def practice_mail() -> list[Delivery]:
    """Every message, in the order of arrival."""
    return sorted(map(post, _letters()), key=lambda delivery: delivery.received)


def _letters() -> Iterator[Letter]:
    for letter in (*conversations(), *odd_letters()):
        old = letter.at < DEMO_START - TIDY_AFTER * DAY
        tidied = old and letter.folder == "INBOX" and not letter.flags & Flag.FLAGGED
        yield replace(letter, folder="Archive") if tidied else letter
    yield from series()
    yield from newsletters()
    yield from lists()
