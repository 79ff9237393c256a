"""Dates, sizes and host names as a person reads them; fuzzy matching."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_mail.text import fuzzy
from tui_mail.text.dates import ago, full_date, list_date, rfc3339
from tui_mail.text.hosts import display_host, poses, readable_host
from tui_mail.text.sizes import human_size, parse_size
from tui_mail.text.width import cells

NOW = datetime(2026, 11, 23, 9, 41, tzinfo=UTC).timestamp()


def at(*parts: int) -> int:
    return int(datetime(*parts, tzinfo=UTC).timestamp())  # type: ignore[misc,arg-type] # year, month, day, hour …


@pytest.mark.parametrize(
    ("seconds", "short", "full"),
    [
        (at(2026, 11, 23, 0, 5), "00:05", "today 00:05"),
        (at(2026, 11, 22, 23, 59), "Sun", "yesterday 23:59"),
        (at(2026, 11, 17, 8, 0), "Tue", "Tue 17 Nov 2026 08:00"),
        (at(2026, 11, 16, 8, 0), "16 Nov", "Mon 16 Nov 2026 08:00"),
        (at(2026, 1, 2, 8, 0), "2 Jan", "Fri 2 Jan 2026 08:00"),
        (at(2025, 12, 31, 8, 0), "Dec 2025", "Wed 31 Dec 2025 08:00"),
        (at(2026, 11, 24, 8, 0), "24 Nov", "Tue 24 Nov 2026 08:00"),
        (at(1970, 1, 1), "Jan 1970", "Thu 1 Jan 1970 00:00"),
    ],
)
def test_dates(seconds: int, short: str, full: str) -> None:
    assert list_date(seconds, NOW, UTC) == short
    assert full_date(seconds, NOW, UTC) == full


def test_dates_are_of_the_zone() -> None:
    assert list_date(at(2026, 11, 22, 20, 0), NOW, timezone(timedelta(hours=5))) == "01:00"


@given(st.integers(), st.integers(0, 2**40))
def test_any_instant_has_a_short_date(seconds: int, now: int) -> None:
    assert cells(list_date(seconds, now, UTC)) <= 9
    assert rfc3339(seconds).endswith("Z")
    assert full_date(seconds, now, None)


def test_rfc3339() -> None:
    assert rfc3339(at(2026, 11, 23, 22, 40)) == "2026-11-23T22:40:00Z"
    assert len(rfc3339(-(10**15))) == 20


def test_ago() -> None:
    assert [ago(seconds) for seconds in (0, 12, 300, 7200, 200_000, -5)] == [
        "just now", "12 s ago", "5 min ago", "2 h ago", "2 days ago", "just now",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("octets", "shown"),
    [(0, "0 B"), (1023, "1023 B"), (1024, "1 KB"), (188_416, "184 KB"), (1_048_575, "1.0 MB"), (1_500_000, "1.4 MB"),
     (10**8, "95 MB"), (10**10, "9.3 GB"), (10**17, "90949 TB"), (-5, "0 B")],
)  # fmt: skip
def test_sizes_to_read(octets: int, shown: str) -> None:
    assert human_size(octets) == shown


def test_sizes_to_write() -> None:
    assert [parse_size(text) for text in ("10", "500K", "1M", "1.5 kb", "2GiB", "0")] == [
        10,
        512_000,
        1 << 20,
        1536,
        2 << 30,
        0,
    ]
    for wrong in ("", "M", "1X", "-1", "1e9", "1.5.2M", "9" * 40, "١"):
        with pytest.raises(ValueError):
            parse_size(wrong)


def test_fuzzy_prefers_words_and_runs() -> None:
    found = fuzzy.best("arc", ["Search", "Archive/2024", "Archive", "xaxrxc", "Sent"])
    assert [name for name, _match in found] == ["Archive", "Archive/2024", "Search", "xaxrxc"]
    assert found[0][1].positions == (0, 1, 2)
    assert fuzzy.match("ip", "INBOX/Projects") == fuzzy.Match(found_score("ip", "INBOX/Projects"), (0, 6))


def found_score(pattern: str, candidate: str) -> int:
    result = fuzzy.match(pattern, candidate)
    assert result is not None
    return result.score


@given(st.text(max_size=6), st.text(max_size=30))
def test_fuzzy_positions_spell_the_pattern(pattern: str, candidate: str) -> None:
    result = fuzzy.match(pattern, candidate)
    if result is not None:
        assert list(result.positions) == sorted(set(result.positions))
        assert all(place < len(candidate) for place in result.positions)
    assert fuzzy.match(candidate[:3], candidate) is not None or len(candidate[:3].casefold()) != 3


def test_fuzzy_without_pattern_keeps_the_order() -> None:
    assert [name for name, _match in fuzzy.best("", ["b", "a"])] == ["b", "a"]
    assert [name for name, _match in fuzzy.best("a", ["ba", "a", "ca"], limit=2)] == ["a", "ba"]


def test_hosts() -> None:
    assert display_host("Bücher.Example") == "xn--bcher-kva.example"
    assert display_host("faß.de") == "xn--fa-hia.de"
    assert readable_host("xn--bcher-kva.example") == "bücher.example"
    assert readable_host("xn--\x80.example") == "xn--\x80.example"


@pytest.mark.parametrize(
    ("host", "verdict"),
    [
        ("example.org", False), ("bücher.example", False), ("почта.рф", False), ("例え.jp", False), ("日本ニュースabc.jp", False),
        ("xn--pple-43d.com", True), ("xn--80ak6aa92e.com", True), ("\u0420aypal.com", True), ("раураӏ.com", True), ("", False),
    ],
)  # fmt: skip
def test_posing_hosts(host: str, verdict: bool) -> None:
    assert poses(host) is verdict


@given(st.text(max_size=80))
def test_any_host_is_ascii(name: str) -> None:
    assert display_host(name).isascii()
    poses(readable_host(name))
