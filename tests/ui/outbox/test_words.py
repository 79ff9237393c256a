"""Messages on their way out, in words."""

from __future__ import annotations

from datetime import UTC

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.ui.outbox.samples import NOW, message, recipient
from tui_mail.model.outbox import OutboxMessage, OutboxState, RecipientState
from tui_mail.text.safe import own
from tui_mail.text.width import cells
from tui_mail.ui.outbox.words import details, people, row, seconds_left, state_words
from tui_mail.ui.reader.lines import length
from tui_mail.ui.reader.strips import joined

KEYS = [own("y"), own("m"), own("e")]


@pytest.mark.parametrize(
    ("found", "words"),
    [
        (message(not_before=NOW + 8, held=True), "sending in 8 s"),
        (message(not_before=NOW, held=True), "about to be sent"),
        (
            message(not_before=NOW + 420, error="The server did not answer."),
            "waits, again at 10:40: The server did not answer.",
        ),
        (message(not_before=NOW + 200_000), "waits, again at 25 Nov 18:06"),
        (message(error="The server is busy."), "waits: The server is busy."),
        (message(OutboxState.SENDING), "being sent"),
        (message(OutboxState.COMMITTING), "being sent"),
        (message(OutboxState.FAILED, error="550 no"), "refused: 550 no"),
        (message(OutboxState.AMBIGUOUS, error="Lost."), "may have been sent"),
        (message(OutboxState.SENT), "sent"),
        (message(OutboxState.CANCELLED), "taken back"),
    ],
)
def test_how_each_stands(found: OutboxMessage, words: str) -> None:
    assert state_words(found, NOW, UTC) == words


def test_seconds_are_counted_up_to_the_last() -> None:
    assert seconds_left(message(not_before=NOW + 10, held=True), NOW + 0.2) == 10
    assert seconds_left(message(not_before=NOW + 10, held=True), NOW + 9.9) == 1
    assert seconds_left(message(not_before=NOW + 10, held=True), NOW + 11) == 0
    assert seconds_left(message(not_before=NOW + 10, held=False), NOW) == 0


def test_people_are_named_and_many_are_counted() -> None:
    assert people(message(to="Grace Hopper <grace@example.org>, al@example.org")) == "Grace Hopper, al@example.org"
    many = ", ".join(f"P{number} <p{number}@example.org>" for number in range(6))
    assert people(message(to=many), 2) == "P0, P1 and 4 more"
    assert people(message(to="")) == "grace@example.org"


@given(st.text(), st.text(), st.text(), st.integers(32, 200), st.sampled_from(OutboxState))
def test_a_row_never_is_wider_than_the_screen(
    to: str, subject: str, error: str, width: int, state: OutboxState
) -> None:
    found = message(state, to=to, subject=subject, error=error)
    assert length(row(found, width, NOW, mark=own("›"))) <= width
    for line in details(found, width, NOW, KEYS):
        assert length(line) <= width
        assert all(cells(piece.text) >= 0 for piece in line)


def test_what_may_have_been_sent_is_explained_with_three_choices() -> None:
    found = message(OutboxState.AMBIGUOUS, error="The connection broke.")
    text = joined(details(found, 100, NOW, KEYS))
    for words in (
        "The connection broke.",
        "not sent again by itself",
        "   m  it was sent",
        "   y  send it again",
        "   e  take it back",
    ):
        assert words in text


def test_every_recipient_has_the_servers_words() -> None:
    found = message(
        OutboxState.FAILED,
        error="One recipient was refused.",
        recipients=(
            recipient("grace@example.org", RecipientState.WAITING),
            recipient("al@example.org", RecipientState.REFUSED, "550 5.1.1 <al@example.org>:\r\n no such \x1b[2Juser"),
        ),
    )
    text = joined(details(found, 100, NOW, KEYS))
    assert "grace@example.org  not asked yet" in text
    assert "al@example.org     refused: 550 5.1.1 <al@example.org>: no such ␛[2Juser" in text
    assert "e takes it back to write on · y sends it again" in text
