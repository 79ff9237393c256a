"""What a check of signatures came to, in words, and over the link."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.unit.text.test_safe import check
from tui_mail.mime.dkim import Signature
from tui_mail.mime.signatures import as_table, confirms, from_table, verdict_words

GOOD = Signature("pass", "example.org", "s", frozenset({"from", "subject"}), partial=False, aligned=True, reason="")


@pytest.mark.parametrize(
    ("signature", "words"),
    [
        (GOOD, "is good: the message is as it left there."),
        (replace(GOOD, result="fail"), "is not good"),
        (replace(GOOD, result="permerror"), "cannot be checked"),
        (replace(GOOD, result="temperror"), "could not be asked for"),
        (replace(GOOD, result="policy"), "too weak to count"),
        (replace(GOOD, result="unavailable"), "dkimpy is not installed"),
        (replace(GOOD, aligned=False), "is not the sender's domain"),
        (replace(GOOD, partial=True), "only the beginning of the text"),
    ],
)
def test_every_outcome_is_a_sentence(signature: Signature, words: str) -> None:
    rows = verdict_words((signature,))
    assert words in " ".join(rows)
    assert all(row.endswith((".", "it.")) for row in rows)
    assert confirms((signature,)) is (signature == GOOD)


def test_the_best_of_several_counts() -> None:
    bad = replace(GOOD, result="fail", domain="list.example")
    assert "example.org is good" in verdict_words((bad, GOOD))[0]
    assert confirms((bad, GOOD))
    assert not confirms((bad,))
    assert not confirms(())


@given(st.text(max_size=60))
def test_no_domain_reaches_the_screen_raw(domain: str) -> None:
    for row in verdict_words((replace(GOOD, domain=domain, aligned=False),)):
        check(row)


def test_it_goes_over_the_link_and_back() -> None:
    assert from_table(as_table(GOOD)) == GOOD
