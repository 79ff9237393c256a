"""The last look at a message before the wire, and what DATA makes of it."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.backends.test_smtp_sender import RAW, a_message, nothing, sending_to
from tests.fakes.scripted_smtp import ScriptedSmtp
from tui_mail.backends.outgoing import check, stuffed, whole_lines
from tui_mail.model.errors import RecipientsRefused, Refused, TuiMailError
from tui_mail.model.remote import Outgoing

LINES = st.lists(st.sampled_from([b"", b".", b"..", b".x", b"x.", b"x", b"...."]), max_size=12)


def read_back(data: bytes) -> bytes:
    """What a server makes of it, line by line (RFC 5321, 4.5.2)."""
    assert data.endswith(b"\r\n")
    lines = []
    for line in data[:-2].split(b"\r\n"):
        assert line != b".", "that would end the message"
        lines.append(line[1:] if line.startswith(b".") else line)
    return b"\r\n".join(lines) + b"\r\n"


@given(LINES, st.booleans())
def test_no_line_of_a_message_ends_it_and_all_come_back(lines: list[bytes], ended: bool) -> None:
    raw = b"\r\n".join(lines) + (b"\r\n" if ended else b"")
    whole = whole_lines(raw)
    assert whole in (raw, raw + b"\r\n")
    assert read_back(stuffed(whole)) == whole


WRONG = [
    "",
    "grace",
    "@example.com",
    "grace@",
    "gr ace@example.com",
    "grace@example.com\r\nRCPT TO:<eve@example.com",
    "grace@example.com\n",
    "grace@example.com> SIZE=1",
    "<grace@example.com>",
    "gr\0ace@example.com",
    "gr\tace@example.com",
    "gr\x7face@example.com",
    "gräce@example.com",
    "grace@bücher.example",
    "grace@example.com\u2028",
]


@pytest.mark.parametrize("address", WRONG)
async def test_an_address_that_could_say_more_than_an_address_goes_nowhere(address: str) -> None:
    with ScriptedSmtp() as server:
        async with sending_to(server) as sender:
            with pytest.raises(RecipientsRefused) as caught:
                await sender.send(a_message("ada@example.org", address), nothing)
            assert list(caught.value.replies) == [address]
            assert caught.value.text.isprintable()
            with pytest.raises(Refused, match="Choose another From"):
                await sender.send(Outgoing(address, ("ada@example.org",), RAW, "1@x"), nothing)
        assert server.talks == [], "not even a connection is made"


@given(st.text(max_size=30))
def test_whatever_passes_fits_between_angle_brackets(address: str) -> None:
    try:
        check(a_message(address))
    except TuiMailError:
        return
    line = f"RCPT TO:<{address}>"
    assert line.isascii()
    assert line.isprintable()
    assert line.count(" ") == line.count("<") == line.count(">") == 1


@pytest.mark.parametrize(
    "address", ["a@b", "o'hara+x=y@example.com", '"quoted"@example.com', "a(b)@example.com", "x,y@z.example"]
)
async def test_an_address_is_said_as_it_is(address: str) -> None:
    with ScriptedSmtp() as server:
        async with sending_to(server) as sender:
            await sender.send(a_message(address), nothing)
        assert server.accepted[0].recipients == (address,)


@pytest.mark.parametrize(
    "raw", [b"Subject: x\n\r\n", b"Subject: x\r\r\n", b"x\ry\r\n", b"x\0y\r\n", "ä\r\n".encode(), b"\xff\r\n", b"x\r"]
)
async def test_octets_that_mail_cannot_carry_are_not_sent(raw: bytes) -> None:
    with ScriptedSmtp() as server:
        async with sending_to(server) as sender:
            with pytest.raises(Refused, match="not sent"):
                await sender.send(a_message(raw=raw), nothing)
        assert server.talks == []


async def test_a_message_for_nobody_is_not_sent() -> None:
    with pytest.raises(Refused, match="for nobody"):
        check(Outgoing("ada@example.org", (), RAW, "1@x"))
