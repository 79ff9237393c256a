"""Operations and progress in words."""

from dataclasses import replace

import pytest

from tui_mail.model.ids import AccountName, FolderId, ItemId, OperationId
from tui_mail.model.mail import ItemRef
from tui_mail.model.operation import Operation, OperationKind, OperationState
from tui_mail.text.pending import NO_ENGINE, operation_words, waiting_words
from tui_mail.text.progress import progress_words

NOW = 1_780_000_000
MOVE = Operation(
    OperationId(1),
    AccountName("work"),
    OperationKind.MOVE,
    tuple(ItemRef(ItemId(number), FolderId(1), 1, number, b"") for number in range(3)),
    target=FolderId(2),
)
PATHS = {FolderId(2): "Archive"}


def test_an_operation_reads_as_a_person_would_say_it() -> None:
    assert operation_words(MOVE, PATHS) == "Move 3 messages to Archive"
    create = replace(MOVE, kind=OperationKind.CREATE_FOLDER, items=(), path="Lists/new\x1b[2J", target=None)
    assert operation_words(create, PATHS) == "Create a folder: Lists/new␛[2J"


@pytest.mark.parametrize("kind", OperationKind)
def test_every_kind_has_words(kind: OperationKind) -> None:
    assert operation_words(replace(MOVE, kind=kind), {})


@pytest.mark.parametrize(
    ("changes", "state", "words"),
    [
        ({}, "online", "waits its turn"),
        ({}, "", "waits its turn"),
        ({}, "offline", "waits until work is reachable"),
        ({}, "sign-in", "waits until you have signed in to work"),
        ({}, "error", "waits until work works again"),
        ({}, NO_ENGINE, "waits for the engine to start"),
        ({"state": OperationState.RUNNING}, "offline", "under way"),
        ({"state": OperationState.RETRY, "not_before": NOW + 29}, "online", "will be tried again in 30 seconds"),
        ({"state": OperationState.RETRY, "not_before": NOW - 5}, "online", "will be tried again"),
        ({"state": OperationState.RETRY}, "offline", "waits until work is reachable"),
        ({"state": OperationState.FAILED}, "offline", "the server refused it"),
        ({"state": OperationState.CONFLICT}, NO_ENGINE, "needs a decision"),
    ],
)
def test_why_it_waits(changes: dict[str, object], state: str, words: str) -> None:
    assert waiting_words(replace(MOVE, **changes), state, NOW) == words  # type: ignore[arg-type]  # fields by name


@pytest.mark.parametrize(
    ("folder", "what", "done", "total", "words"),
    [
        ("Archive", "headers", 41_200, 100_000, "Archive 41,200 of 100,000"),
        ("Archive", "bodies", 300, 9000, "text of Archive 300 of 9,000"),
        ("Archive", "headers", 1200, 0, "Archive 1,200"),
        ("Sent", "headers", 0, 0, "Sent …"),
        ("", "bodies", 5, 7, "text 5 of 7"),
        ("A\x1b]0;x\x07b", "headers", 1, 2, "A␛]0;x␇b 1 of 2"),
        ("Projects/a very long name of a folder", "headers", 1, 2, "Projects/a very long na… 1 of 2"),
    ],
)
def test_progress(folder: str, what: str, done: int, total: int, words: str) -> None:
    assert progress_words(folder, what, done, total) == words
