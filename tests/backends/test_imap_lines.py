"""Line ends on the wire."""

from __future__ import annotations

import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_mail.backends.imap import lines
from tui_mail.backends.imap.lines import WireLines


def read_all(source: WireLines, step: int) -> bytes:
    return b"".join(iter(lambda: source.read(step), b""))


@given(st.lists(st.sampled_from([b"\r", b"\n", b"\r\n", b"a", b"\0", b"\xff"])).map(b"".join), st.integers(1, 7))
def test_every_lone_line_feed_gets_its_carriage_return_and_nothing_else_changes(octets: bytes, step: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(lines, "_BLOCK", step)
        source = WireLines(io.BytesIO(octets))
        sent = read_all(source, 3)
    assert sent == re.sub(rb"(?<!\r)\n", b"\r\n", octets)
    assert source.size == len(sent)


def test_reading_begins_where_the_file_stands() -> None:
    stream = io.BytesIO(b"before\nafter\n")
    stream.seek(7)
    assert read_all(WireLines(stream), 100) == b"after\r\n"
