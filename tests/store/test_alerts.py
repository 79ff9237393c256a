"""What servers want a person to read: until somebody has."""

from __future__ import annotations

from tests.store.world import ACCOUNT, World
from tui_mail.model.ids import AccountName

FULL = "Your mailbox is full."


def texts(world: World) -> list[str]:
    return [alert.text for alert in world.reader.alerts()]


def read(world: World) -> None:
    world.journal.alerts_read([alert.id for alert in world.reader.alerts()])


def test_it_is_kept_until_it_was_read(world: World) -> None:
    assert world.reader.alerts() == []
    assert world.writer.note_alert(ACCOUNT, FULL)
    assert world.writer.note_alert(ACCOUNT, "The server goes down at six.")
    world.restart()
    assert texts(world) == [FULL, "The server goes down at six."]
    read(world)
    assert texts(world) == []


def test_the_same_at_every_sign_in_is_one(world: World) -> None:
    for _time in range(3):
        assert world.writer.note_alert(ACCOUNT, FULL)
        world.clock.advance(60)
    (alert,) = world.reader.alerts()
    assert alert.said == world.clock.now() - 60
    assert world.writer.note_alert(AccountName("home"), FULL), "another account's is another"
    read(world)
    world.clock.advance(6 * 86400)
    assert not world.writer.note_alert(ACCOUNT, FULL)
    assert texts(world) == []
    world.clock.advance(2 * 86400)
    assert world.writer.note_alert(ACCOUNT, FULL), "a week after it was read it is news again"
    assert texts(world) == [FULL]


def test_a_server_that_talks_much_cannot_fill_the_disk(world: World) -> None:
    for number in range(200):
        world.writer.note_alert(ACCOUNT, f"{number} " + "x" * 100_000)
        world.clock.advance(1)
    assert len(texts(world)) == 50
    assert texts(world)[-1].startswith("199 ")
    assert max(map(len, texts(world))) == 1000


def test_they_go_with_time_and_with_their_account(world: World) -> None:
    world.writer.note_alert(ACCOUNT, FULL)
    world.clock.advance(31 * 86400)
    world.writer.tidy()
    assert texts(world) == []
    world.writer.note_alert(ACCOUNT, FULL)
    world.writer.drop_account(ACCOUNT)
    assert texts(world) == []
