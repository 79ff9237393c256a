"""The status line in words: what stands where, and what is left out first."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tui_mail.link.messages import Alert, Fetching, Progress, State, Trouble
from tui_mail.model.ids import AccountName, OperationId
from tui_mail.model.operation import Operation, OperationKind, OperationState
from tui_mail.store.tables.alerts import ServerAlert
from tui_mail.text.safe import SafeText, own
from tui_mail.text.width import cells
from tui_mail.ui.connection import Connection
from tui_mail.ui.status import Status, StatusTone, _last_change, compose

FULL = Status(
    name=own("INBOX"),
    place=3,
    rows=50,
    selected=2,
    state=(own("online"), own("synced 12 s ago"), own("nothing waiting")),
    said=own("Archived 3 · u undoes"),
    help=own("? help"),
)


def text(status: Status, width: int) -> str:
    return "".join(piece for piece, _tone in compose(status, width))


class TestLine:
    def test_everything_where_there_is_room(self) -> None:
        line = text(FULL, 120)
        assert line.startswith(" INBOX 3/50  2 selected    online · synced 12 s ago · nothing waiting ")
        assert line.endswith("Archived 3 · u undoes    ? help ")

    def test_the_place_and_the_last_action_stay_longest(self) -> None:
        line = text(FULL, 60)
        assert line.startswith(" INBOX 3/50  2 selected    online ")
        assert line.endswith(" Archived 3 · u undoes ")
        assert text(FULL, 48).startswith(" INBOX 3/50  2 selected ")
        assert text(FULL, 48).endswith("Archived 3 · u undoes ")

    def test_where_a_failure_has_no_room_it_says_where_to_read_it(self) -> None:
        failed = Status(
            name=own("search brass"),
            place=1,
            rows=3,
            narrowed=own("by size"),
            state=FULL.state,
            said=own("There is no browser here to open it in: see [programs] browser."),
            trouble=True,
            help=FULL.help,
            whole=own("E says all"),
        )
        assert text(failed, 120).endswith("see [programs] browser.    ? help ")
        assert "by size" in text(failed, 120)
        assert text(failed, 84).startswith(" search brass 1/3 ")
        assert text(failed, 84).endswith(f" {failed.said} ")
        assert text(failed, 60) == " search brass 1/3  There is no browser here to … E says all "
        assert cells(text(failed, 30)) == 30

    def test_a_long_name_makes_room_for_what_is_said(self) -> None:
        said = own("All of this message is here, or comes by itself.")
        status = Status(own("search from:grace compiler"), 1, 2, narrowed=own("by size"), said=said)
        assert text(status, 100).startswith(" search from:grace compi… 1/2   by size ")
        assert text(status, 70) == f" search from:g… 1/2  {said} "

    def test_a_selection_is_loud(self) -> None:
        assert (" 2 selected ", StatusTone.LOUD) in compose(FULL, 100)

    def test_typed_keys_stand_in_place_of_the_last_action(self) -> None:
        line = text(Status(name=own("INBOX"), said=own("Archived 1"), hint=own("g …")), 60)
        assert "g …" in line
        assert "Archived" not in line

    def test_a_list_still_being_counted_says_so(self) -> None:
        assert " INBOX 1/200… " in text(Status(name=own("INBOX"), place=1, rows=200, counting=True), 60)

    @given(
        name=st.text(st.characters(min_codepoint=32, max_codepoint=0x2FFF, categories=["L", "N"]), max_size=60),
        said=st.text("abc ü日", max_size=100),
        selected=st.integers(0, 10**6),
        width=st.integers(20, 200),
    )
    @settings(max_examples=100)
    def test_it_always_fills_the_line(self, name: str, said: str, selected: int, width: int) -> None:
        status = Status(SafeText(name), 1, 50, selected=selected, state=FULL.state, said=SafeText(said), help=FULL.help)
        assert cells(text(status, width)) == width

    def test_only_what_changed_is_sent(self) -> None:
        before = compose(FULL, 120)
        after = compose(Status(**{field: getattr(FULL, field) for field in FULL.__slots__} | {"place": 4}), 120)
        assert _last_change(before, before) == 0
        assert _last_change(before, after) == len(" INBOX 4")


def operation(state: OperationState) -> Operation:
    return Operation(OperationId(1), AccountName("work"), OperationKind.MOVE, (), state=state)


class TestConnection:
    def test_online(self) -> None:
        connection = Connection()
        connection.lost("")
        connection.take(State("work", "online"))
        connection.synced = 1000
        assert connection.words(1012) == ["online", "synced 12 s ago", "nothing waiting"]

    def test_what_waits_comes_before_when_it_was_synced(self) -> None:
        connection = Connection()
        connection.lost("")
        connection.take(State("work", "offline"))
        connection.count_operations([operation(OperationState.QUEUED)] * 3)
        assert connection.words(0)[:2] == ["offline", "3 waiting"]

    def test_a_refused_sign_in_names_the_account_and_where_to_look(self) -> None:
        connection = Connection()
        connection.lost("")
        connection.take(State("private", "online"))
        connection.take(State("work", "sign-in", "The server refused the password."))
        assert connection.words(0)[0] == "signing in to work: refused · E says why"

    def test_what_is_so_of_all_accounts_names_none(self) -> None:
        connection = Connection()
        connection.lost("")
        connection.take(State("private", "offline"))
        connection.take(State("work", "online"))
        assert connection.words(0)[0] == "private: offline"
        connection.take(State("work", "offline"))
        assert connection.words(0)[0] == "offline"

    def test_progress(self) -> None:
        connection = Connection()
        connection.lost("")
        connection.take(State("work", "syncing"))
        connection.paths = {1: "Archive"}
        connection.take(Progress("work", 1, "headers", 41_200, 100_000))
        assert connection.words(0)[0] == "Archive 41,200 of 100,000"
        connection.take(Progress("work", 1, "bodies", 7, 0))
        assert connection.words(0)[0] == "text of Archive 7"
        connection.take(State("private", "online"))
        assert connection.words(0)[0] == "work: text of Archive 7"
        connection.take(State("work", "online"))
        assert connection.words(0)[0] == "online"

    def test_how_much_of_a_long_message_has_come(self) -> None:
        connection = Connection()
        connection.lost("")
        connection.take(State("work", "online"))
        assert connection.take(Progress("work", 1, "message", 1_500_000, 6_000_000))
        assert connection.words(0.0)[:2] == ["online", "message 1.4 MB of 5.7 MB"]
        assert connection.take(Progress("work", 1, "message", 6_000_000, 6_000_000))
        assert connection.words(0.0)[:2] == ["online", "nothing waiting"]

    def test_a_server_that_asks_for_a_pause_is_told_apart(self) -> None:
        connection = Connection()
        connection.lost("")
        connection.take(State("work", "offline", "Too many connections.", 1000.0, "throttled"))
        assert connection.words(961)[0] == "work: the server asks for a pause · again in 40 s"
        assert connection.words(401)[0] == "work: the server asks for a pause · again in 10 min"
        assert connection.words(2000)[0] == "offline"
        connection.take(State("work", "offline", "No route.", 3000.0, "unreachable"))
        assert connection.words(2000)[0] == "offline"

    def test_a_pause_is_said(self) -> None:
        connection = Connection()
        connection.lost("")
        connection.take(State("work", "online"))
        connection.take(Fetching(paused=True))
        assert "fetching paused" in connection.words(0)
        connection.take(Fetching(paused=False))
        assert "fetching paused" not in connection.words(0)

    def test_what_a_server_has_to_say_is_said_until_it_was_read(self) -> None:
        connection = Connection()
        connection.lost("")
        connection.unread = 2
        assert "a server has something to say · E shows it" in connection.words(0)
        alerts = [
            ServerAlert(1, AccountName("work"), "Full.", 0),
            ServerAlert(2, AccountName("work"), "Going down.", 0),
        ]
        connection.alerts_read(alerts)
        connection.alerts_read(alerts)
        assert not any("has something to say" in word for word in connection.words(0))
        assert [each.text for each in connection.troubles] == [
            "The server says: Full.",
            "The server says: Going down.",
        ]

    def test_refused_operations_are_said(self) -> None:
        connection = Connection()
        connection.lost("")
        connection.count_operations([operation(OperationState.FAILED), operation(OperationState.QUEUED)])
        assert {"1 refused", "E says why", "1 waiting"} <= set(connection.words(0))

    @pytest.mark.parametrize(
        ("account", "words"),
        [
            ("", "Signing in to home was refused, so nothing is fetched · E says why"),
            ("home", "Signing in to home was refused, so nothing is fetched · E says why"),
            ("work", "work cannot be reached; mail appears when it can · E says why"),
            ("old", "old cannot be read · E says why"),
            ("well", ""),
            ("unknown", ""),
        ],
    )
    def test_what_is_in_the_way_of_an_account_is_said(self, account: str, words: str) -> None:
        connection = Connection()
        assert connection.obstacle(account) == ""
        connection.lost("")
        for name, state in (("work", "offline"), ("home", "sign-in"), ("old", "error"), ("well", "syncing")):
            connection.take(State(name, state, "Why."))
        assert connection.obstacle(account) == words
        connection.lost("no engine")
        assert connection.obstacle(account) == "There is no engine, so nothing is fetched · E says why"

    def test_troubles_are_kept_once(self) -> None:
        connection = Connection()
        for _time in range(3):
            connection.take(Alert("work", "\x1b[2JYour mailbox is full"))
        connection.take(Trouble("work", "conflict", "gone"))
        assert [trouble.kind for trouble in connection.troubles] == ["alert", "conflict"]

    def test_what_was_decided_about_is_no_trouble_any_more(self) -> None:
        connection = Connection()
        for text in ("No room.", "No right."):
            connection.take(Trouble("work", "refused", text))
        connection.decided([replace(operation(OperationState.FAILED), error="No room.")])
        assert [trouble.text for trouble in connection.troubles] == ["No right."]

    @pytest.mark.parametrize("text", ["\x1b[2J", "[/]", "\u202e"])
    def test_what_a_server_says_is_safe(self, text: str) -> None:
        connection = Connection()
        connection.lost(text)
        connection.take(State(text, text, text))
        assert all("\x1b" not in word and "\u202e" not in word for word in connection.words(0))


def test_what_is_held_stands_beside_what_was_done_and_behind_what_failed() -> None:
    held = own("Sending in 8 s · u takes it back")
    line = text(Status(name=own("INBOX"), rows=3, said=own("Archived 3"), held=held), 100)
    assert line.rstrip().endswith("Archived 3   Sending in 8 s · u takes it back")
    narrow = text(Status(name=own("INBOX"), rows=3, said=own("Archived 3 of them all"), held=held), 60)
    assert "Archived" not in narrow
    assert str(held) in narrow
    status = Status(name=own("INBOX"), rows=3, said=own("There is no such folder."), trouble=True, held=held)
    assert str(held) in text(status, 100)
    assert str(held) not in text(status, 60)
    assert "no such folder" in text(status, 60)


def test_messages_that_were_not_sent_are_in_sight_until_they_are_dealt_with() -> None:
    connection = Connection()
    connection.lost("")
    connection.take(State("work", "online"))
    connection.unsent = own("1 message was not sent · g o")
    connection.queued = 2
    assert connection.words(0) == ["online", "2 waiting", "1 message was not sent · g o"]
    connection.queued = 0
    assert connection.words(0) == ["online", "1 message was not sent · g o"]
