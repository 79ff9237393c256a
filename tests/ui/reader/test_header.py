"""The head gives way in the right order; trust is judged by what cannot be forged."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tests.ui import samples
from tui_mail.mime.rendered import AuthResult, Warning_
from tui_mail.model.mail import Address
from tui_mail.text import safe
from tui_mail.text.width import cells
from tui_mail.ui.reader.content import attachments_line, source_text
from tui_mail.ui.reader.header import Setting, field_lines, header_lines, recipients, sender_line, shown_address
from tui_mail.ui.reader.lines import Line, Role, cut_line, length, spread
from tui_mail.ui.reader.trust import trust_pieces

ADA = Address("Ada Lovelace", "ada@example.org")
ALAN = Address("Alan Turing", "alan@example.org")
PEOPLE = st.lists(st.builds(Address, st.text(max_size=20), st.text(max_size=20)), max_size=5).map(tuple)


def words(line: Line) -> str:
    return "".join(piece.text for piece in line)


@given(PEOPLE, PEOPLE, st.text(max_size=200), st.integers(8, 130))
def test_no_line_of_the_head_is_too_wide(
    senders: tuple[Address, ...], to: tuple[Address, ...], subject: str, width: int
) -> None:
    item = samples.item(subject, from_=senders, to=to)
    for line in header_lines(item, Setting(samples.NOW, place=(12, 345)), width):
        assert length(cut_line(line, width)) <= width


@given(st.lists(st.tuples(st.text(max_size=30).map(safe.line), st.text(max_size=300).map(safe.line)), max_size=5))
def test_every_field_is_shown_within_its_width(fields: list[tuple[safe.SafeText, safe.SafeText]]) -> None:
    for width in (8, 30, 100):
        assert all(length(line) <= width for line in field_lines(fields, width))


def test_recipients_shrink_to_a_number() -> None:
    people = (ADA, ALAN, Address("", "joan@example.org"), Address("Hopper, Grace", "g@example.org"))
    assert recipients(people, {"ada@example.org"}, 4) == "to me, Alan, joan, Hopper, Grace"
    assert recipients(people, {"ada@example.org"}, 2) == "to me, Alan +2"
    assert recipients(people, {"ada@example.org"}, 4, 10) == "to me +3"
    assert recipients(people, (), 4, 5) == "to A…"


def test_the_name_gives_way_before_the_address() -> None:
    assert words(sender_line((ADA,), 29)) == "Ada Lovela… <ada@example.org>"
    assert words(sender_line((ADA,), 15)) == "ada@example.org"
    assert words(sender_line((ADA, ALAN), 60)) == "Ada Lovelace <ada@example.org> and 1 more"
    assert words(sender_line((), 60)) == "No sender"


def test_where_a_long_address_is_at_is_kept() -> None:
    long = Address("Bank", f"security-of-bank.example-{'x' * 90}@evil.example")
    assert words(sender_line((long,), 40)) == "security-of-bank.example-x…@evil.example"
    assert words(sender_line((Address("", "a@" + "bank.example." * 9 + "evil.example"),), 20)) == "…xample.evil.example"


def test_nobody_else_is_called_me() -> None:
    assert recipients((Address("Me", "x@example.org"), Address("", "me@example.org")), (), 4) == "to Me, me@example.org"


def test_who_gives_no_address_is_not_shown_with_an_empty_one() -> None:
    for width in (12, 60):
        text = words(sender_line((Address("a]<b@evil.example>", ""),), width))
        assert text.startswith("a]<b@evil")
        assert "<>" not in text


def test_a_short_value_stands_beside_a_long_name() -> None:
    fields = [(safe.own("Content-Transfer-Encoding"), safe.own("8bit"))]
    assert len(field_lines(fields, 60)) == 1
    assert len(field_lines(fields, 30)) == 2


def test_a_domain_in_other_letters_comes_as_the_network_spells_it() -> None:
    assert shown_address(Address("", "x@\u0440aypal.com")) == "x@xn--aypal-uye.com"


def test_only_the_believed_server_counts_and_its_topmost_word() -> None:
    good = AuthResult("mx.example.org", "pass", "pass", "pass")
    bad = AuthResult("mx.example.org", "fail", "fail", "fail")
    forged = AuthResult("evil.example", "pass", "pass", "pass")
    item = samples.item()
    assert [piece.text for piece in trust_pieces(item, samples.rendered(results=(good, bad)), "mx.example.org")] == [
        "sender's domain confirmed by mx.example.org"
    ]
    warned = trust_pieces(item, samples.rendered(results=(forged, bad, good)), "MX.example.org")
    assert [(piece.role, "could not confirm" in piece.text) for piece in warned] == [(Role.WARNING, True)]
    assert trust_pieces(item, samples.rendered(results=(good,)), "") == []
    assert trust_pieces(item, samples.rendered(results=(forged,)), "mx.example.org") == []


def test_odd_senders_are_called_out_before_the_body_is_here() -> None:
    def warned(*senders: Address) -> str:
        return " ".join(piece.text for piece in trust_pieces(samples.item(from_=senders), None))

    assert "looks like an address" in warned(Address("ceo@bank.example", "x@evil.example"))
    assert not warned(Address("ada@example.org", "ada@example.org"))
    assert "letters that look like others" in warned(Address("Pay", "x@xn--aypal-uye.com"))


def test_what_many_honest_messages_have_is_no_alarm() -> None:
    doubts = (Warning_("link-mismatch", safe.line("Bad.")), Warning_("signed", safe.line("Signed, not checked.")))
    pieces = trust_pieces(samples.item(), samples.rendered(warnings=doubts, remote_images=1))
    assert [(piece.text, piece.role) for piece in pieces] == [
        ("Bad.", Role.WARNING),
        ("Signed, not checked.", Role.MUTED),
        ("1 remote image not loaded", Role.MUTED),
    ]


def test_attachments_end_in_how_many_more_there_are() -> None:
    parts = samples.rendered().parts * 4
    line = words(attachments_line(parts, 60))
    assert line.startswith("[1] agenda.pdf  184 KB")
    assert line.endswith(("+6", "+7"))
    assert cells(line) <= 60


def test_a_line_of_the_source_in_another_charset_spoils_no_other() -> None:
    assert source_text("Grüße: é\r\n".encode() + b"X: J\xf6rg \x80\r\n\r\n\xe6\x97\xa5") == "Grüße: é\nX: Jörg €\n\n日"
    assert source_text(b"\x1b[2J\xff") == "␛[2Jÿ"


def test_spread_keeps_the_right_side_whole() -> None:
    from tui_mail.text.safe import own
    from tui_mail.ui.reader.lines import Piece

    line = spread((Piece(own("left " * 10)),), (Piece(own("right")),), 20)
    assert length(line) == 20
    assert words(line).endswith(" right")
