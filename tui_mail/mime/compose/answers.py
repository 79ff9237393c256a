"""An answer to an invitation: a REPLY of iTIP in a message to who invites (RFC 5546, 3.2.3; RFC 6047).

Owns what is taken over from the invitation and the sentence beside it. Nothing is answered by itself. Must not know how a
message is sent.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Any, Final

from tui_mail.mime.calendars import bounded, integer, is_calendar, several, value_of
from tui_mail.mime.compose import identities as _identities
from tui_mail.mime.compose.built import Built, new_message_id
from tui_mail.mime.compose.domains import ascii_address
from tui_mail.mime.compose.fields import date as date_field
from tui_mail.mime.compose.fields import ids, mailboxes, one_line, parameters, unstructured
from tui_mail.mime.compose.parts import Entity, encode_text, mixed, text_entity, transfer_encoding
from tui_mail.mime.compose.recipients import write_recipients
from tui_mail.mime.structure import Message, parse, part_text
from tui_mail.mime.words import clean
from tui_mail.model.draft import Identity
from tui_mail.model.errors import UsageError
from tui_mail.model.ids import AccountName
from tui_mail.model.mail import Address
from tui_mail.model.words import _

ACCEPTED, TENTATIVE, DECLINED = "ACCEPTED", "TENTATIVE", "DECLINED"
_MAX_OCTETS: Final = 256 * 1024
_MAX_CALENDARS: Final = 3
_MAX_EVENTS: Final = 10
_LONGEST: Final = 300


@dataclass(frozen=True, slots=True)
class Asked:
    """An invitation that can be answered."""

    organizer: Address
    """Who gets the answer."""
    what: str
    """What it is called; may be empty. One line, not safe for a terminal."""
    identity: Identity
    """Who answers."""
    invited: bool
    """False where the list of those invited does not name the person."""
    events: tuple[Any, ...]
    """Components of icalendar: one, or one for each of several days that differ."""
    message_id: str


def asked(raw: bytes, account: AccountName, identities: Sequence[Identity]) -> Asked:
    """The invitation in a message. Raises UsageError where there is none that can be answered.

    There must be at least one identity.
    """
    message = parse(raw)
    for event in _requests(message):
        organizer = _address(_one(event, "ORGANIZER"))
        if organizer is None:
            continue
        uid = str(event.get("UID", ""))
        events = tuple(one for one in _requests(message) if str(one.get("UID", "")) == uid)[:_MAX_EVENTS]
        if _identities.own(organizer.address, identities) is not None:
            raise UsageError(_("You sent this invitation yourself."))
        invited = _invited(events, account, identities)
        return Asked(
            organizer,
            one_line(clean(str(event.get("SUMMARY", ""))))[:_LONGEST].strip(),
            invited or _identities.chosen(message, account, identities),
            invited is not None,
            events,
            message.envelope.message_id,
        )
    raise UsageError(_("There is no invitation in this message that asks for an answer."))


def answer(invitation: Asked, status: str, when: float) -> Built:
    """The finished message; ``status`` is ACCEPTED, TENTATIVE or DECLINED. Raises UsageError for a wrong address."""
    words = {
        ACCEPTED: (_("Accepted"), _("{name} accepts the invitation.")),
        TENTATIVE: (_("Tentative"), _("{name} may come.")),
        DECLINED: (_("Declined"), _("{name} declines the invitation.")),
    }
    word, sentence = words[status]
    identity = invitation.identity
    sender = ascii_address(identity.address)
    recipient = ascii_address(invitation.organizer.address)
    message_id = new_message_id(sender)
    subject = f"{word}: {invitation.what}" if invitation.what else word
    text = text_entity(sentence.format(name=identity.name or identity.address), flowed=False)
    body = mixed([text, _calendar(invitation, status, when)], "alternative")
    wire = (
        date_field(when)
        + mailboxes("From", [Address(identity.name, identity.address)])
        + mailboxes("To", [invitation.organizer])
        + unstructured("Subject", subject)
        + ids("Message-ID", [message_id])
        + ids("In-Reply-To", [invitation.message_id])
        + ids("References", [invitation.message_id])
        + b"MIME-Version: 1.0\r\n"
        + body.header
        + b"\r\n"
        + body.body
    )
    return Built(wire, wire, sender, (recipient,), message_id, subject, write_recipients([invitation.organizer]))


def _calendar(invitation: Asked, status: str, when: float) -> Entity:
    from icalendar import Calendar, vCalAddress

    calendar = Calendar()
    calendar.add("PRODID", "-//tui-mail//tui-mail//EN")
    calendar.add("VERSION", "2.0")
    calendar.add("METHOD", "REPLY")
    for event in invitation.events:
        me = vCalAddress(f"mailto:{ascii_address(invitation.identity.address)}")
        if invitation.identity.name:
            me.params["CN"] = one_line(invitation.identity.name).replace('"', "'")
        me.params["PARTSTAT"] = status
        calendar.add_component(_reply(event, invitation.organizer, me, when))
    data = calendar.to_ical()
    encoding, body = encode_text(data)
    header = parameters("Content-Type", "text/calendar", [("charset", "utf-8"), ("method", "REPLY")])
    return Entity(header + transfer_encoding(encoding), body)


def _reply(event: Any, organizer: Address, me: Any, when: float) -> Any:
    """The component of an answer: whom, which event, and who answers; not its notes, alarms and files."""
    from icalendar import Event, vCalAddress

    found = Event()
    found.add("UID", clean(str(event.get("UID", "")))[:255])
    found.add("DTSTAMP", datetime.fromtimestamp(int(when), UTC))
    found.add("ORGANIZER", vCalAddress(f"mailto:{ascii_address(organizer.address)}"))
    found.add("ATTENDEE", me)
    found.add("SEQUENCE", integer(event, "SEQUENCE"))
    for name in ("RECURRENCE-ID", "DTSTART", "DTEND"):
        moment = _moment(event, name)
        if moment is not None:
            found.add(name, moment)
    if what := clean(str(event.get("SUMMARY", "")))[:_LONGEST]:
        found.add("SUMMARY", what)
    return found


def _requests(message: Message) -> list[Any]:
    """Events of calendars that ask for an answer."""
    from icalendar import Calendar

    found: list[Any] = []
    for part in [part for part in message.parts if is_calendar(part)][:_MAX_CALENDARS]:
        text = bounded(part_text(message, part, _MAX_OCTETS))
        try:
            calendars = Calendar.from_ical(text, multiple=True) if text else []
        except Exception:  # noqa: S112 -- the library raises whatever Python does where nobody thought of the input: it cannot be answered then
            continue
        for calendar in calendars:
            if str(calendar.get("METHOD", "")).strip().upper() == "REQUEST":
                found += [one for one in calendar.subcomponents if one.name == "VEVENT" and one.get("UID")]
        if found:
            break  # many programs send the same one twice
    return found


def _invited(events: Sequence[Any], account: AccountName, identities: Sequence[Identity]) -> Identity | None:
    """Which of the person's addresses is invited, those of the account first."""
    people = [address for event in events for value in several(event, "ATTENDEE") if (address := _address(value))]
    for pool in ([one for one in identities if one.account == account], identities):
        for person in people:
            if found := _identities.own(person.address, pool):
                return found
    return None


def _one(event: Any, name: str) -> Any:
    return next(iter(several(event, name)), None)


def _address(value: Any) -> Address | None:
    """A mailbox that can be written to; None for anything else."""
    text = str(value or "").strip()
    if text[:7].lower() != "mailto:":
        return None
    try:
        ascii_address(text[7:])
    except UsageError:
        return None
    name = one_line(str(getattr(value, "params", {}).get("CN", ""))).strip().strip('"')
    return Address(name[:_LONGEST], text[7:])


def _moment(event: Any, name: str) -> date | None:
    """A day, or a time in UTC, so that no zone has to be described; None where there is none that can be read."""
    found = value_of(event, name)
    if not isinstance(found, date):
        return None
    try:
        return found.astimezone(UTC) if isinstance(found, datetime) and found.tzinfo is not None else found
    except Exception:
        return None  # at the edge of time, or in a zone that a calendar brought along and that raises what it likes
