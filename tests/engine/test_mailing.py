"""Sending as the engine does it: when, how often, what each answer means, and what follows."""

from __future__ import annotations

import asyncio
import email
from collections.abc import Callable

import pytest

from tests.engine.world import World
from tests.fakes.memory_backend import Box
from tui_mail.engine.mailing import AGAIN_SECONDS
from tui_mail.link.messages import Sync, WaitOutbox, Wake
from tui_mail.mime.compose.build import build
from tui_mail.model.clock import FrozenClock
from tui_mail.model.draft import Draft, Identity
from tui_mail.model.errors import (
    NothingToUndo,
    RecipientsRefused,
    Refused,
    SignInRefused,
    Throttled,
    Unreachable,
)
from tui_mail.model.flags import Flag
from tui_mail.model.ids import AccountName, OutboxId
from tui_mail.model.mail import Role
from tui_mail.model.operation import ActionKind
from tui_mail.model.outbox import OutboxState, RecipientState
from tui_mail.model.remote import Outgoing

ME = Identity(AccountName("work"), "Bob", "work@example.org")
SMTP = {
    "kind": "imap",
    "imap": {"host": "imap.example.org", "port": 993},
    "smtp": {"host": "smtp.example.org", "port": 465},
}


def queue(
    world: World, subject: str = "Hello", to: str = "ada@example.org", *, hold: int = 0, **fields: object
) -> OutboxId:
    draft = Draft(ME, to=to, subject=subject, body="Text.\n", **fields)  # type: ignore[arg-type]  # fields of a draft
    with world.writing() as (drafts, outbox):
        built = build(draft, drafts.octets, world.clock.now())
        return outbox.queue(ME.account, built, draft=draft, hold=hold)


async def wake(world: World) -> None:
    assert world.engine is not None
    await world.engine.handle(Wake(id=1))


def advance(world: World, seconds: float) -> bool:
    """Time passes; False, so that it can stand beside a condition that is waited for."""
    assert isinstance(world.clock, FrozenClock)
    world.clock.advance(seconds)
    return False


def tick(world: World) -> bool:
    """For who looked at the clock just before it was turned, and looks again a moment later."""
    return advance(world, 0.002) if isinstance(world.clock, FrozenClock) else False


def states(world: World) -> list[str]:
    return [message.state.value for message in world.outbox()]


async def tried(world: World, times: int) -> None:
    """The one message was tried so often, and waits again."""
    await world.until(lambda: (world.outbox()[0].attempts, states(world)) == (times, ["queued"]) or tick(world))


async def reaches(world: World, *expected: str) -> None:
    await world.until(lambda: states(world) == list(expected) or tick(world))


async def test_a_message_is_held_and_then_sent_once(make_world: Callable[..., World]) -> None:
    world = make_world(1, **SMTP)
    async with world.running():
        await world.synced()
        queue(world, hold=10)
        await wake(world)
        advance(world, 9)
        await asyncio.sleep(0.05)
        assert states(world) == ["queued"]
        assert world.post.delivered == []
        advance(world, 2)
        await reaches(world, "sent")
    (sent,) = world.post.delivered
    assert sent.sender == "work@example.org"
    assert sent.recipients == ("ada@example.org",)
    (message,) = world.outbox()
    assert message.sent == int(world.clock.now())
    assert [(one.state, one.reply) for one in message.recipients] == [
        (RecipientState.ACCEPTED, "250 2.0.0 queued as 4711")
    ]


async def test_undo_takes_a_held_message_back_first_and_the_draft_is_there_again(
    make_world: Callable[..., World],
) -> None:
    world = make_world(1, **SMTP)
    async with world.running():
        await world.synced()
        queue(world, "Think again", hold=10)
        with world.acting() as person:
            person.mark([world.items()[0].id], add=Flag.FLAGGED)
            action = person.undo()
            assert action.kind is ActionKind.SEND
            assert states(world) == ["cancelled"]
            assert person.undo().kind is ActionKind.FLAG
        advance(world, 3600)  # no composer opened it: it is filed
        await world.until(lambda: world.subjects("Drafts") == ["Think again"], step=1)
        await asyncio.sleep(0.05)
    assert world.post.delivered == []


async def test_what_is_on_its_way_cannot_be_undone_and_says_so_once(make_world: Callable[..., World]) -> None:
    world = make_world(1, **SMTP)
    async with world.running():
        await world.synced()
        with world.acting() as person:
            person.mark([world.items()[0].id], add=Flag.FLAGGED)
            queue(world)
            await wake(world)
            await reaches(world, "sent")
            with pytest.raises(NothingToUndo, match=r"ada@example\.org"):
                person.undo()
            assert person.undo().kind is ActionKind.FLAG


async def test_a_copy_goes_to_sent_when_the_server_makes_none(make_world: Callable[..., World]) -> None:
    world = make_world(0, **SMTP)
    async with world.running():
        await world.synced()
        for number in range(3):
            queue(world, f"Message {number}", bcc="eve@example.org")
            await wake(world)
            await world.until(lambda number=number: states(world).count("sent") == number + 1, step=1)  # type: ignore[misc]  # the loop's value
            await world.until(lambda number=number: len(world.subjects("Sent")) == number + 1, step=1)  # type: ignore[misc]  # see above
        await world.until(lambda: world.pending() == 0, step=1)
    box = world.server.boxes["Sent"]
    copies = [mail.raw for mail in box.mails.values()]
    assert len(copies) == 3
    assert all(b"Bcc: eve@example.org" in raw for raw in copies)
    assert all("Bcc" not in email.message_from_bytes(message.raw) for message in world.post.delivered)
    assert all(b"eve" not in message.raw for message in world.post.delivered)
    assert all(mail.flags & Flag.SEEN for mail in box.mails.values())


async def test_no_copy_is_made_where_the_server_makes_one(make_world: Callable[..., World]) -> None:
    world = make_world(0, **SMTP)
    world.server.boxes["Sent"] = Box("Sent", Role.SENT)
    world.post.on_delivery = lambda message: world.server.deliver(message.raw, "Sent", flags=Flag.SEEN)
    async with world.running():
        await world.synced()
        for number in range(3):
            queue(world, f"Message {number}")
            await wake(world)
            await world.until(lambda number=number: states(world).count("sent") == number + 1, step=1)  # type: ignore[misc]  # the loop's value
            for _second in range(5):
                advance(world, 1)
                await asyncio.sleep(0.02)
        await world.synced()
        assert world.subjects("Sent") == ["Message 0", "Message 1", "Message 2"]
    assert len(world.server.boxes["Sent"].mails) == 3


async def test_the_message_it_answers_is_flagged(make_world: Callable[..., World]) -> None:
    world = make_world(3, **SMTP)
    async with world.running():
        await world.synced()
        first, second, _third = world.items()
        queue(world, in_reply_to=first.message_id, forwards=(second.message_id,))
        await wake(world)
        await reaches(world, "sent")
        flags = {item.id: item.flags for item in world.items()}
        assert flags[first.id] & Flag.ANSWERED
        assert flags[second.id] & Flag.FORWARDED
        await world.until(lambda: world.pending() == 0 or advance(world, 1))
    by_id = {mail.uid: mail.flags for mail in world.server.boxes["INBOX"].mails.values()}
    assert sorted(by_id.values()) == [Flag.NONE, Flag.ANSWERED, Flag.FORWARDED]


@pytest.mark.parametrize("where", ["connect", "before", "after"])
async def test_trouble_that_passes_is_waited_out(make_world: Callable[..., World], where: str) -> None:
    world = make_world(0, **SMTP)
    errors = [Unreachable("No route."), Throttled("Come back later.", 60), Throttled("Later.", 1000)]
    if where == "after":
        errors = errors[1:]
    getattr(world.post, {"connect": "connect_errors"}.get(where, where)).extend(errors)
    async with world.running():
        await world.synced()
        queue(world)
        await wake(world)
        for attempt, error in enumerate(errors):
            await tried(world, attempt + 1)
            (message,) = world.outbox()
            assert message.error == error.text
            wait = message.not_before - int(world.clock.now())
            hint = error.seconds if isinstance(error, Throttled) else 0
            assert wait == max(AGAIN_SECONDS[attempt], hint)
            assert [one.state for one in message.recipients] == [RecipientState.WAITING]
            advance(world, wait - 2)
            await asyncio.sleep(0.05)
            assert world.outbox()[0].attempts == attempt + 1
            advance(world, 3)
        await reaches(world, "sent")
    assert len(world.post.delivered) == 1


async def test_a_refused_password_is_not_tried_again_until_the_account_changes(
    make_world: Callable[..., World],
) -> None:
    world = make_world(0, **SMTP)
    world.post.connect_errors.append(SignInRefused("The server refused the password."))
    async with world.running() as engine:
        await world.synced()
        queue(world)
        await wake(world)
        await world.until(lambda: world.outbox()[0].attempts == 1 and states(world) == ["queued"])
        advance(world, 3600)
        await asyncio.sleep(0.05)
        assert world.outbox()[0].attempts == 1
        await engine.supervisor.reload()
        await reaches(world, "sent")
    assert [trouble.kind for trouble in world.troubles()] == ["sign-in"]


@pytest.mark.parametrize("where", ["before", "after"])
async def test_a_refusal_is_the_end_and_keeps_the_words_of_the_server(
    make_world: Callable[..., World], where: str
) -> None:
    world = make_world(0, **SMTP)
    getattr(world.post, where).append(
        RecipientsRefused("The server refuses nobody@example.org.", {"nobody@example.org": "550 5.1.1 No such user."})
        if where == "before"
        else Refused("The server says: 554 5.7.1 Spam.")
    )
    async with world.running():
        await world.synced()
        number = queue(world, to="ada@example.org, nobody@example.org")
        await wake(world)
        await reaches(world, "failed")
        (message,) = world.outbox()
        if where == "before":
            assert [(one.state, one.reply) for one in message.recipients] == [
                (RecipientState.WAITING, ""),
                (RecipientState.REFUSED, "550 5.1.1 No such user."),
            ]
        assert message.error.startswith("The server ")
        assert world.post.delivered == []
        with world.writing() as (drafts, outbox):
            again = outbox.cancel(number)
            assert again is not None
            assert drafts.read(again)[0].to == "ada@example.org, nobody@example.org"


@pytest.mark.parametrize("arrived", [True, False])
async def test_a_lost_answer_is_never_repeated_by_itself(make_world: Callable[..., World], arrived: bool) -> None:
    world = make_world(0, **SMTP)
    world.post.lost_answers.append(arrived)
    async with world.running():
        await world.synced()
        number = queue(world)
        await wake(world)
        await reaches(world, "ambiguous")
        for _minute in range(20):
            advance(world, 3600)
            await asyncio.sleep(0.01)
        assert states(world) == ["ambiguous"]
        assert len(world.post.delivered) == int(arrived)
        assert [one.state for one in world.outbox()[0].recipients] == [RecipientState.UNKNOWN]
        await world.until(lambda: "ambiguous" in [trouble.kind for trouble in world.troubles()] or advance(world, 60))
        with world.writing() as (_drafts, outbox):
            if arrived:
                outbox.mark_sent(number)
            else:
                outbox.retry(number)
        await wake(world)
        await reaches(world, "sent")
    assert len(world.post.delivered) == 1
    assert len(set(world.post.ids())) == 1


@pytest.mark.parametrize("folder", ["Sent", "INBOX"])
async def test_a_lost_answer_is_found_where_only_delivery_can_have_put_it(
    make_world: Callable[..., World], folder: str
) -> None:
    world = make_world(0, **SMTP)
    world.server.boxes["Sent"] = Box("Sent", Role.SENT)
    world.post.lost_answers.append(True)
    world.post.on_delivery = lambda message: world.server.deliver(message.raw, folder)
    async with world.running():
        await world.synced()
        queue(world, to="ada@example.org, work@example.org" if folder == "INBOX" else "ada@example.org")
        await wake(world)
        await world.until(lambda: states(world) == ["sent"] or advance(world, 0.5))
        await world.until(lambda: len(world.server.boxes["Sent"].mails) == 1 or advance(world, 1))
        await world.until(lambda: world.pending() == 0 or advance(world, 1))
    assert len(world.post.delivered) == 1
    assert len(world.server.boxes["Sent"].mails) == 1


async def test_many_recipients_go_in_several_transactions(make_world: Callable[..., World]) -> None:
    world = make_world(0, **SMTP)
    world.post.most = 40
    addresses = [f"p{number}@example.org" for number in range(150)]
    async with world.running():
        await world.synced()
        queue(world, to=", ".join(addresses))
        await wake(world)
        await reaches(world, "sent")
    assert [len(message.recipients) for message in world.post.delivered] == [40, 40, 40, 30]
    assert [address for message in world.post.delivered for address in message.recipients] == addresses
    assert len(set(world.post.ids())) == 1


async def test_those_that_have_it_do_not_get_it_again(make_world: Callable[..., World]) -> None:
    world = make_world(0, **SMTP)
    addresses = [f"p{number}@example.org" for number in range(150)]

    def fail_the_second(_message: Outgoing) -> None:
        if len(world.post.delivered) == 1:
            world.post.before.append(Throttled("Enough for now.", 60))

    world.post.on_delivery = fail_the_second
    async with world.running():
        await world.synced()
        queue(world, to=", ".join(addresses))
        await wake(world)
        await world.until(lambda: world.outbox()[0].error == "Enough for now.")
        (message,) = world.outbox()
        assert sum(one.state is RecipientState.ACCEPTED for one in message.recipients) == 100
        advance(world, 400)
        await reaches(world, "sent")
    assert [address for message in world.post.delivered for address in message.recipients] == addresses


async def test_stopping_waits_for_the_answer_to_the_final_dot(make_world: Callable[..., World]) -> None:
    world = make_world(0, **SMTP)
    world.post.deaf = asyncio.Event()
    said = asyncio.Event()
    world.post.commit_hook = said.set
    async with world.running() as engine:
        await world.synced()
        queue(world)
        queue(world, "Second")
        await wake(world)
        await world.until(said.is_set)
        assert world.outbox()[0].state is OutboxState.COMMITTING
        stopping = asyncio.create_task(engine.supervisor.stop())
        await asyncio.sleep(0.05)
        assert not stopping.done()
        world.post.deaf.set()
        await stopping
    assert states(world) == ["sent", "queued"]
    assert len(world.post.delivered) == 1


async def test_an_account_without_a_server_for_sending_says_what_to_do(make_world: Callable[..., World]) -> None:
    from tui_mail.engine.backends import default_senders

    world = make_world(0, kind=SMTP["kind"], imap=SMTP["imap"])
    async with world.running() as engine:
        engine.supervisor._senders = default_senders(world.home, world.clock)
        await world.synced()
        queue(world)
        await wake(world)
        await reaches(world, "failed")
        assert "--smtp" in world.outbox()[0].error


async def test_a_round_asked_for_sends_what_is_due_and_counts_it(make_world: Callable[..., World]) -> None:
    world = make_world(0, **SMTP, save_sent="always")
    async with world.running(alone=True) as engine:
        await world.synced()
        queue(world)
        queue(world, "Later", hold=60)
        done = await engine.handle(Sync(id=1))
        assert [account["sent"] for account in done.result["accounts"]] == [1]
        assert states(world) == ["sent", "queued"]
        assert world.subjects("Sent") == ["Hello"]
        assert world.pending() == 0


async def test_waiting_for_a_message_ends_with_its_first_try(make_world: Callable[..., World]) -> None:
    world = make_world(0, **SMTP, save_sent="always")
    async with world.running(alone=True) as engine:
        await world.synced()
        number = queue(world)
        world.post.connect_errors.append(Unreachable("No route."))
        await engine.handle(WaitOutbox(id=1, messages=[number]))
        assert (states(world), world.outbox()[0].error) == (["queued"], "No route.")
        with world.writing() as (_drafts, outbox):
            outbox.retry(number)
        await engine.handle(WaitOutbox(id=2, messages=[number]))
        assert states(world) == ["sent"]
        assert len(world.server.boxes["Sent"].mails) == 1


async def test_a_damaged_file_is_not_sent(make_world: Callable[..., World]) -> None:
    world = make_world(0, **SMTP)
    async with world.running():
        await world.synced()
        queue(world)
        (message,) = world.outbox()
        (world.home.raw_dir / message.raw).write_bytes(b"Subject: changed\r\n\r\n")
        await wake(world)
        await reaches(world, "failed")
    assert world.post.delivered == []
