"""What XOAUTH2 says, and what is read of its refusals."""

import base64

import pytest

from tui_mail.backends import xoauth2


def test_what_is_said() -> None:
    assert xoauth2.response("ada@example.org", "t") == "user=ada@example.org\x01auth=Bearer t\x01\x01"


@pytest.mark.parametrize(
    ("challenge", "text", "expected"),
    [
        (base64.b64encode(b'{"status":"401","schemes":"bearer"}'), "No.", "No. (401)"),
        (base64.b64encode(b'{"status":400}'), "", "400"),
        (base64.b64encode(b'{"status":"4\x1b[2J\\u001b[1m"}'), "No.", "No."),
        (base64.b64encode(b'{"status":"4\\u001b1"}'), "No.", "No. (4\ufffd1)"),
        (base64.b64encode(b"[1]"), "No.", "No."),
        (b"***", "No.", "No."),
        (b"", "No.", "No."),
        (None, "No.", "No."),
    ],
)
def test_the_status_is_told_where_there_is_one(challenge: bytes | None, text: str, expected: str) -> None:
    assert xoauth2.explained(challenge, text) == expected
