"""Letters with a shape of their own: an invitation, a bounce, a phishing try, raw 8-bit header fields.

The texts are in ``data/singular.toml``. Must not hold text of its own beyond what machines write.
"""

from __future__ import annotations

from collections.abc import Iterator

from tui_mail.backends.demo import AUTHSERV_ID, PERSON_ADDRESS
from tui_mail.backends.demo.build import CRLF, Part, attachment, date_field, document, message_id, multipart, text
from tui_mail.backends.demo.letters import Letter, Person, moment, people, read_data
from tui_mail.model.flags import Flag


def odd_letters() -> Iterator[Letter]:
    """Each of them once."""
    texts = read_data("singular.toml")
    yield _invitation(texts["invitation"])
    yield _bounce(texts["bounce"])
    yield _phishing(texts["phishing"])
    yield _eight_bit(texts["eight_bit"])


def _invitation(words: dict[str, str]) -> Letter:
    """A meeting request as calendars send it (RFC 6047)."""
    grace, ada = people()["grace"], people()["ada"]
    lines = [
        "BEGIN:VCALENDAR",
        "PRODID:-//example.org//calendar 3.2//EN",
        "VERSION:2.0",
        "METHOD:REQUEST",
        "BEGIN:VEVENT",
        "UID:register-allocator-20261124@example.org",
        "DTSTAMP:20261118T170000Z",
        "DTSTART:20261124T100000Z",
        "DTEND:20261124T113000Z",
        f"SUMMARY:{words['summary'].replace(',', chr(92) + ',')}",
        f"LOCATION:{words['location']}",
        f"ORGANIZER;CN={grace.name}:mailto:{grace.address}",
        f"ATTENDEE;CN={ada.name};ROLE=REQ-PARTICIPANT;PARTSTAT=NEEDS-ACTION;RSVP=TRUE:mailto:{ada.address}",
        f"ATTENDEE;CN=Edsger Dijkstra;PARTSTAT=ACCEPTED:mailto:{people()['edsger'].address}",
        "SEQUENCE:0",
        "STATUS:CONFIRMED",
        "END:VEVENT",
        "END:VCALENDAR",
    ]
    calendar = CRLF.join(_folded(line) for line in lines) + CRLF
    inline = Part(
        (("Content-Type", "text/calendar; charset=utf-8; method=REQUEST"), ("Content-Transfer-Encoding", "7bit")),
        calendar.encode(),
    )
    return Letter(
        key="invitation",
        sender=grace,
        to=[ada],
        subject=words["subject"],
        at=moment("1 17:00"),
        body=multipart(
            "mixed",
            [
                multipart("alternative", [text(words["text"]), inline]),
                attachment(calendar.encode(), "application/ics", "invite.ics"),
            ],
        ),
    )


def _folded(line: str) -> str:
    """Lines of at most 75 octets (RFC 5545, 3.1)."""
    pieces = [line[:74], *(line[at : at + 73] for at in range(74, len(line), 73))]
    return f"{CRLF} ".join(pieces)


def _bounce(words: dict[str, str]) -> Letter:
    """A delivery status notification (RFC 3464) about a letter of Ada's."""
    at = moment("4 10:12")
    lost = "gottfried@calculus.invalid"
    status = CRLF.join(
        [
            f"Reporting-MTA: dns; {AUTHSERV_ID}",
            f"Arrival-Date: {date_field(at - 3, 0)}",
            "",
            f"Final-Recipient: rfc822; {lost}",
            "Action: failed",
            "Status: 5.4.4",
            "Diagnostic-Code: X-Postfix; Host or domain name not found. Name service error for",
            "    name=calculus.invalid type=A: Host not found",
            "",
        ]
    )
    original = document(
        [
            ("Date", date_field(at - 3, 0)),
            ("From", people()["ada"].mailbox),
            ("To", lost),
            ("Subject", words["original_subject"]),
            ("Message-ID", message_id("bounced", "example.org")),
        ],
        text(words["original_text"]),
    )
    return Letter(
        key="bounce",
        sender=Person("Mail Delivery System", f"MAILER-DAEMON@{AUTHSERV_ID}"),
        to=[Person("", PERSON_ADDRESS)],
        subject=words["subject"],
        at=at,
        body=multipart(
            "report",
            [
                text(words["text"]),
                Part(
                    (("Content-Description", "Delivery report"), ("Content-Type", "message/delivery-status")),
                    status.encode(),
                ),
                Part((("Content-Description", "Undelivered Message"), ("Content-Type", "message/rfc822")), original),
            ],
            f";{CRLF}\treport-type=delivery-status",
        ),
        flags=Flag.SEEN,
        fields={"Auto-Submitted": "auto-replied", "Return-Path": "<>"},
    )


def _phishing(words: dict[str, str]) -> Letter:
    """A display name that is an address of one's own domain, and a link that says one thing and goes elsewhere."""
    return Letter(
        key="phishing",
        sender=Person(words["name"], words["address"]),
        to=[Person("", PERSON_ADDRESS)],
        subject=words["subject"],
        at=moment("1 03:17"),
        body=multipart("alternative", [text(words["text"]), text(words["html"], "html")]),
        auth="fail",
        fields={"Reply-To": words["reply_to"], "Importance": "high", "X-Priority": "1"},
    )


def _eight_bit(words: dict[str, str]) -> Letter:
    """Header fields in raw UTF-8, as some programs write them in spite of RFC 5322."""
    sender = Person(words["name"], words["address"])
    return Letter(
        key="eight-bit",
        sender=sender,
        to=[people()["ada"]],
        subject=words["subject"],
        at=moment("5 16:48"),
        body=text(words["text"], eight=True),
        flags=Flag.SEEN,
        fields={"Subject": words["subject"], "From": f"{words['name']} <{words['address']}>"},
    )
