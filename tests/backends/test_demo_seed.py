"""What the practice mailbox holds: the same bytes every time, all of it readable, all kinds of mail."""

from __future__ import annotations

import email
import email.policy
import re
import subprocess
import sys
from collections import Counter
from email.message import EmailMessage
from email.utils import getaddresses

import pytest

from tui_mail.backends.demo import DEMO_START, PERSON_ADDRESS
from tui_mail.backends.demo.mailbox import Delivery
from tui_mail.backends.demo.seed import FOLDERS, practice_mail
from tui_mail.model.flags import Flag
from tui_mail.model.mail import Role

RESERVED = re.compile(r"(^|\.)(example(\.(com|net|org))?|test|invalid)$")


@pytest.fixture(scope="module")
def mail() -> list[Delivery]:
    return practice_mail()


@pytest.fixture(scope="module")
def parsed(mail: list[Delivery]) -> list[EmailMessage]:
    return [email.message_from_bytes(delivery.raw, policy=email.policy.default) for delivery in mail]


def named(parsed: list[EmailMessage], words: str) -> EmailMessage:
    return next(message for message in parsed if words in str(message["Subject"]))


def test_the_same_bytes_in_another_process() -> None:
    code = (
        "import hashlib; from tui_mail.backends.demo.seed import practice_mail;"
        "print(hashlib.sha256(repr(practice_mail()).encode()).hexdigest())"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", code], capture_output=True, check=True, env={"PYTHONHASHSEED": seed}
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1


def test_the_size_of_each_folder(mail: list[Delivery]) -> None:
    count = Counter(delivery.folder for delivery in mail)
    unread = Counter(delivery.folder for delivery in mail if not delivery.flags & Flag.SEEN)
    assert set(count) == {name for name, _role in FOLDERS}
    assert count["INBOX"] == 50
    assert 18 <= unread["INBOX"] <= 22
    assert 300 <= sum(count.values()) <= 400
    assert not unread["Sent"]
    assert all(delivery.flags & Flag.DRAFT for delivery in mail if delivery.folder == "Drafts")


def test_every_role_once() -> None:
    roles = [role for _name, role in FOLDERS if role is not None]
    assert sorted(roles) == sorted([Role.INBOX, Role.DRAFTS, Role.SENT, Role.ARCHIVE, Role.JUNK, Role.TRASH])


def test_mail_ends_shortly_before_the_start(mail: list[Delivery]) -> None:
    newest = max(delivery.received for delivery in mail)
    assert DEMO_START - 1800 < newest < DEMO_START
    ages = [(DEMO_START - delivery.received) / 86_400 for delivery in mail]
    assert any(age < 0.4 for age in ages)
    assert any(2 < age < 6 for age in ages)
    assert any(30 < age < 200 for age in ages)
    assert any(age > 400 for age in ages)


def test_every_message_parses_without_a_defect(mail: list[Delivery], parsed: list[EmailMessage]) -> None:
    for delivery, message in zip(mail, parsed, strict=True):
        assert b"\n" not in delivery.raw.replace(b"\r\n", b""), message["Subject"]
        for part in message.walk():
            assert not part.defects, (message["Subject"], part.defects)
            if part.get_content_maintype() == "text":
                assert "�" not in part.get_content(), message["Subject"]


def test_lines_are_not_longer_than_mail_allows(mail: list[Delivery]) -> None:
    assert max(max(map(len, delivery.raw.split(b"\r\n"))) for delivery in mail) <= 998


def test_message_ids_are_unique_and_parents_exist(parsed: list[EmailMessage]) -> None:
    ids = [str(message["Message-ID"]) for message in parsed]
    assert len(ids) == len(set(ids))
    conversations = [
        message for message in parsed if str(message["Subject"]).startswith("Re: ") and message["References"]
    ]
    assert len(conversations) > 60
    assert all(str(message["In-Reply-To"]) in ids for message in conversations)


def test_only_reserved_domains(parsed: list[EmailMessage]) -> None:
    for message in parsed:
        values = [str(message[name]) for name in ("From", "To", "Cc", "Reply-To") if message[name]]
        for _name, address in getaddresses(values):
            assert RESERVED.search(address.rpartition("@")[2]), (message["Subject"], address)
        for part in message.walk():
            if part.get_content_maintype() == "text":
                for host in re.findall(r"https?://([^/\s\"'<>:?]+)", part.get_content()):
                    assert RESERVED.search(host), host


def test_answers_stand_in_sent(mail: list[Delivery], parsed: list[EmailMessage]) -> None:
    for delivery, message in zip(mail, parsed, strict=True):
        if delivery.folder == "Sent":
            assert PERSON_ADDRESS in str(message["From"])
            assert "Received" not in message


def test_a_conversation_over_days(parsed: list[EmailMessage]) -> None:
    last = named(parsed, "Re: Flight software review")
    assert last["References"]
    assert sum("Flight software review" in str(message["Subject"]) for message in parsed) == 12


def test_attachments(parsed: list[EmailMessage]) -> None:
    invoice = named(parsed, "Faktura 2026/11/042")
    (pdf,) = invoice.iter_attachments()
    assert pdf.get_content_type() == "application/pdf"
    assert pdf.get_content().startswith(b"%PDF-1.4")
    assert pdf.get_filename() == "Faktura_2026-11-042.pdf"


def test_an_invitation(parsed: list[EmailMessage]) -> None:
    from icalendar import Calendar

    parts = [part for part in named(parsed, "Invitation:").walk() if part.get_content_type() == "text/calendar"]
    assert parts[0].get_param("method") == "REQUEST"
    calendar = Calendar.from_ical(parts[0].get_content())
    assert str(calendar.walk("VEVENT")[0]["SUMMARY"]) == "Design review: register allocator"


def test_a_newsletter(parsed: list[EmailMessage]) -> None:
    letter = named(parsed, "Weekly edition for 19 November")
    html = letter.get_body(("html",))
    assert html is not None
    page = html.get_content()
    assert "display:none" in page
    assert 'width="1" height="1"' in page
    assert "List-Unsubscribe-Post" in letter


def test_a_bounce(parsed: list[EmailMessage]) -> None:
    bounce = named(parsed, "Undelivered Mail")
    assert bounce.get_content_type() == "multipart/report"
    assert [part.get_content_type() for part in bounce.iter_parts()] == [
        "text/plain",
        "message/delivery-status",
        "message/rfc822",
    ]


def test_a_phishing_try(parsed: list[EmailMessage]) -> None:
    letter = named(parsed, "mailbox is almost full")
    ((name, address),) = getaddresses([str(letter["From"])])
    assert "support@example.org" in name
    assert not address.endswith("@example.org")
    assert "dmarc=fail" in str(letter["Authentication-Results"])


def test_scripts_and_charsets(mail: list[Delivery], parsed: list[EmailMessage]) -> None:
    charsets = {str(part.get_content_charset()) for message in parsed for part in message.walk()}
    assert {"iso-2022-jp", "gb18030", "koi8-r", "iso-8859-1", "iso-8859-2", "utf-8"} <= charsets
    assert "打ち合わせ" in str(named(parsed, "来週")["Subject"])
    assert any(not delivery.raw.partition(b"\r\n\r\n")[0].isascii() for delivery in mail)
    assert any('format="flowed"' in str(message["Content-Type"]) for message in parsed)


def test_odd_ones(parsed: list[EmailMessage]) -> None:
    assert any(message["Subject"] == "" for message in parsed)
    assert max(len(str(message["Subject"])) for message in parsed) > 180
    kinds = Counter(part.get_content_type() for message in parsed for part in message.walk())
    assert kinds["message/rfc822"] == 2
    assert kinds["multipart/related"] == 1
    deep = [message.get_body(("plain",)) for message in parsed]
    assert any(">>>" in body.get_content() for body in deep if body is not None)
