"""What waits and what is wrong, in words."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.ui import samples
from tui_mail.link.messages import State, Trouble
from tui_mail.model.ids import AccountName, FolderId, ItemId, OperationId
from tui_mail.model.mail import ItemRef
from tui_mail.model.operation import Operation, OperationKind, OperationState
from tui_mail.store.tables.alerts import ServerAlert
from tui_mail.ui.dialogs import clipboard
from tui_mail.ui.dialogs.help_text import help_lines, sections
from tui_mail.ui.dialogs.reading import TroubleScreen
from tui_mail.ui.dialogs.troubles import trouble_pieces
from tui_mail.ui.reader.lines import Role, length

NOW = samples.NOW
MOVE = Operation(
    OperationId(1),
    AccountName("work"),
    OperationKind.MOVE,
    tuple(ItemRef(ItemId(number), FolderId(1), 1, number, b"") for number in range(3)),
    target=FolderId(2),
    state=OperationState.RETRY,
    error="The server is not reachable.",
    created=int(NOW) - 300,
)
PATHS = {FolderId(2): "Archive"}


def test_the_topics_come_in_order_and_bad_news_are_marked() -> None:
    states = [State("work", "online"), State("private", "sign-in", "The server refused the password.", NOW + 30)]
    pieces = trouble_pieces(states, [MOVE], [Trouble("work", "refused", "The server refused to move it.")], PATHS, NOW)
    texts = [piece.text.strip() for piece in pieces]
    assert texts == [
        "Accounts",
        "work: online",
        "private: signing in was refused",
        "The server refused the password.",
        "tried again in 31 seconds",
        "",
        "Waiting for the server",
        "Move 3 messages to Archive",
        "work · will be tried again · 5 min ago",
        "The server is not reachable.",
        "",
        "Went wrong",
        "The server refused to move it.",
        "work",
    ]
    assert [piece.text.strip() for piece in pieces if piece.role is Role.WARNING] == [
        "private: signing in was refused",
        "The server refused to move it.",
    ]


def test_what_servers_say_stands_there_and_what_waits_says_for_what() -> None:
    states = [State("work", "offline", "No route.")]
    alerts = [ServerAlert(1, AccountName("work"), "\x1b[2JYour mailbox is full", int(NOW) - 120)]
    texts = [piece.text.strip() for piece in trouble_pieces(states, [MOVE], [], PATHS, NOW, alerts)]
    assert texts == [
        "Accounts",
        "work: offline",
        "No route.",
        "",
        "The server says",
        "␛[2JYour mailbox is full",
        "work · 2 min ago",
        "",
        "Waiting for the server",
        "Move 3 messages to Archive",
        "work · waits until work is reachable · 5 min ago",
        "The server is not reachable.",
    ]


def test_why_an_account_is_not_online_is_said_once() -> None:
    text = "mail.example.org refused the password."
    pieces = trouble_pieces([State("work", "sign-in", text)], [], [Trouble("work", "sign-in", text)], PATHS, NOW)
    assert [piece.text.strip() for piece in pieces].count(text) == 1


@pytest.mark.parametrize(
    ("states", "troubles", "well"),
    [
        ([], [], True),
        ([State("work", "online")], [], True),
        ([State("work", "online"), State("home", "offline")], [], False),
        ([State("work", "online")], [Trouble("work", "refused", "The server refused it.")], False),
    ],
)
def test_nothing_wrong_is_said_and_only_then(states: list[State], troubles: list[Trouble], well: bool) -> None:
    texts = [piece.text for piece in trouble_pieces(states, [], troubles, PATHS, NOW)]
    assert ("Nothing is wrong and nothing waits." in texts) == well


def test_what_stands_beside_an_operation_is_not_told_twice_and_the_newest_comes_first() -> None:
    refused = replace(MOVE, state=OperationState.FAILED, error="The server refused to move it.")
    troubles = [
        Trouble("work", "failed", "An old trouble."),
        Trouble("work", "refused", refused.error),
        Trouble("private", "refused", refused.error),
        Trouble("work", "gone", "A new trouble."),
    ]
    texts = [piece.text.strip() for piece in trouble_pieces([], [refused], troubles, PATHS, NOW)]
    assert texts[texts.index("Went wrong") + 1 :] == [
        "A new trouble.",
        "work",
        refused.error,
        "private",
        "An old trouble.",
        "work",
    ]
    assert texts[: texts.index("Went wrong")].count(refused.error) == 1


def test_troubles_leave_room_for_the_bar_of_a_long_list() -> None:
    trouble = Trouble("work", "refused", "The folder Newer/Lists/kernel is read-only. " * 5)
    screen = TroubleScreen(trouble_pieces([], [MOVE], [trouble], PATHS, NOW))
    assert all(length(line) < width for width in range(12, 90) for line in screen.lines(width))


@pytest.mark.parametrize("width", [20, 56, 70, 104, 160])
def test_help_fits_its_width_and_leaves_nothing_out(width: int) -> None:
    from tests.ui.dialogs.cast import KEYMAP
    from tui_mail.config.actions import ACTIONS, Place

    lines = help_lines(sections(KEYMAP, list(Place)), width)
    assert all(length(line) <= width for line in lines)
    shown = "".join("".join(piece.text for piece in line) for line in lines)
    if width > 56:
        assert sum(action.help.split()[0] in shown for action in ACTIONS.values()) == len(ACTIONS)


@pytest.mark.parametrize(
    ("text", "good"),
    [("plain\ntext\twith", True), ("a\x1bb", False), ("\x9b", False), ("\udc80", False), ("x" * 80_000, False)],
)
def test_what_the_clipboard_takes(text: str, good: bool) -> None:
    assert (clipboard.refused(text) == "") is good
