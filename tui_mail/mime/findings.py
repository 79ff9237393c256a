"""What a message holds besides words: reports, seals, invitations, the list it came from. Values alone, all of them safe.

Light on purpose: the user interface imports this at start. Must not know how any of it is found.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from tui_mail.text.safe import SafeText

ANSWERS: Final = frozenset({"reply", "counter", "declinecounter"})
"""Methods of calendars by which guests and hosts answer each other."""


@dataclass(frozen=True, slots=True)
class Report:
    """What became of a message for one recipient (RFC 3464), or that it was seen (RFC 8098)."""

    kind: str
    """``delivery`` or ``read``."""
    action: str
    """``failed``, ``delayed``, ``delivered``, ``relayed``, ``expanded``; ``displayed``, ``deleted`` …; empty if unknown."""
    recipient: SafeText
    status: str
    """As in ``5.1.1`` (RFC 3463), or empty."""
    reason: SafeText
    """What the other server said."""
    original: str
    """Message-ID of the message it is about, without brackets; empty where the report does not say."""


@dataclass(frozen=True, slots=True)
class Seal:
    """A signature or an encryption, recognised and not checked."""

    kind: str
    """``signed`` or ``encrypted``."""
    how: str
    """``PGP/MIME``, ``PGP`` (in the text) or ``S/MIME``."""
    part: str
    """Section number of the part that holds the signature or the secret."""
    covers: tuple[str, ...]
    """Section numbers of the parts that are signed; everything else of the message is not."""
    whole: bool
    """True when it is around the whole message and not only some part of it."""


@dataclass(frozen=True, slots=True)
class Moment:
    """A point in time as a calendar writes it."""

    local: str
    """``2026-11-24T10:00:00`` as written, or ``2026-11-24`` for a whole day."""
    zone: SafeText
    """The zone it is written in; empty for a day and for a time that holds wherever one is; ``UTC``."""
    seconds: int | None
    """The instant, UTC; None for a day, and for a time in no zone or in one that is unknown."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody invited, or who invites."""

    name: SafeText
    address: SafeText
    status: str
    """``accepted``, ``declined``, ``tentative``, ``delegated``, ``needs-action`` or empty."""
    optional: bool


@dataclass(frozen=True, slots=True)
class Invitation:
    """One event or task of a calendar (RFC 5545, RFC 5546)."""

    part: str
    """Section number of the calendar."""
    kind: str
    """``event``, ``todo`` or ``journal``."""
    method: str
    """``request``, ``cancel``, ``reply``, ``publish``, ``counter`` …; lower case, empty where there is none."""
    uid: str
    sequence: int
    status: str
    """``confirmed``, ``tentative``, ``cancelled`` or empty."""
    what: SafeText
    where: SafeText
    start: Moment | None
    end: Moment | None
    """The last day itself, for whole days."""
    repeats: SafeText
    """In words; empty when it happens once."""
    notes: SafeText
    """What is said of it; in an answer what the guest says."""
    organizer: Person | None
    people: tuple[Person, ...]
    """Who is invited, the first of them."""
    count: int
    """How many are invited."""
    damaged: bool
    """Something in the calendar could not be read."""


@dataclass(frozen=True, slots=True)
class MailingList:
    """What a message says of the list it came from (RFC 2369, RFC 2919, RFC 8058)."""

    id: str
    """What stands in the brackets of List-Id."""
    name: SafeText
    """The words before them."""
    post: str
    """The address to write to; empty where there is none."""
    closed: bool
    """The list takes no mail (``List-Post: NO``)."""
    archive: str
    """A web address, or empty."""
    unsubscribe: tuple[str, ...]
    """Safe addresses, https, http or mailto, in the order of the message."""
    one_click: bool
    """List-Unsubscribe-Post asks for it; whether it may be believed is for ``mime.lists`` to say."""
