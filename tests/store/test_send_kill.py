"""kill -9 before and after every commit, and around the final dot, while a message is written and sent.

The child writes, queues and sends to a server that is a file. It is killed at its n-th step, for every n. The parent
goes on from there as an engine would, and holds the result against what was promised: what was typed and saved is
somewhere, and the message was delivered once, or at most once and is shown as doubtful.
"""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest

from tests.store.audit import audit
from tests.store.test_kill import killing
from tests.store.world import ACCOUNT, NOW, World
from tui_mail.mime.compose.build import build
from tui_mail.model.draft import Draft, Identity
from tui_mail.model.ids import OutboxId
from tui_mail.model.mail import Role
from tui_mail.model.outbox import OutboxState
from tui_mail.model.remote import RemoteFolder
from tui_mail.store.sending.delivery import Delivery
from tui_mail.store.sending.drafts import Drafts
from tui_mail.store.sending.outbox import Outbox

LETTER = Draft(
    Identity(ACCOUNT, "Me", "me@example.org"),
    to="ann@example.org",
    subject="Hello",
    body="First words.\n",
    message_id="letter@example.org",
)
FOLDERS = (
    RemoteFolder("INBOX", "INBOX", Role.INBOX),
    RemoteFolder("Drafts", "Drafts", Role.DRAFTS),
    RemoteFolder("Sent", "Sent", Role.SENT),
)


class Server:
    """Takes messages: a line of the file for each."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def take(self, message_id: str) -> None:
        with self._path.open("a") as stream:
            stream.write(f"{message_id}\n")
            stream.flush()
            os.fsync(stream.fileno())

    def taken(self) -> list[str]:
        return self._path.read_text().split() if self._path.exists() else []


def transmit(delivery: Delivery, server: Server, number: OutboxId, step: Callable[[], None] = lambda: None) -> None:
    """What an engine does with one message."""
    message = delivery.claim(number)
    if message is None:
        return
    delivery.commit(number, [one.address for one in message.recipients])
    step()
    server.take(message.message_id)
    step()
    delivery.accepted(number, {one.address: "250 OK" for one in message.recipients}, [])
    delivery.copied(number, None)


def evening(world: World, server: Server, done: Path, step: Callable[[], None]) -> None:
    """The child's work; each line of ``done`` is something a person was told."""

    def said(word: str) -> None:
        with done.open("a") as stream:
            stream.write(f"{word}\n")

    drafts = Drafts(world.home, world.clock, world.reader, world.journal)
    outbox = Outbox(world.home, world.clock, world.reader)
    delivery = Delivery(world.home, world.clock)
    number = drafts.begin(LETTER)
    said("begun")
    drafts.file(number)
    final = replace(LETTER, body="First words.\nLast words.\n")
    drafts.save(number, final)
    said("saved")
    queued = outbox.queue(ACCOUNT, build(final, drafts.octets, NOW), draft=final, number=number, hold=0)
    said("queued")
    transmit(delivery, server, queued, step)
    said("sent")


def run_child(directory: Path, point: int, when: str) -> bool:
    """True when the child came to its end."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            with killing(point, when) as count:

                def step() -> None:
                    count[0] += 1
                    if count[0] == point:
                        os.kill(os.getpid(), signal.SIGKILL)

                evening(World.make(directory / "home"), Server(directory / "taken"), directory / "done", step)
            status = 0
        finally:
            os._exit(status)
    _pid, status = os.waitpid(child, 0)
    assert os.WIFSIGNALED(status) or os.WEXITSTATUS(status) == 0
    return not os.WIFSIGNALED(status)


def check(directory: Path) -> str:
    """Go on where the child was killed; how it ended: draft, sent or ambiguous."""
    path = directory / "done"
    done = set(path.read_text().split()) if path.exists() else set()
    world = World.make(directory / "home")
    world.folders = dict(world.writer.put_folders(ACCOUNT, FOLDERS).ids)
    server = Server(directory / "taken")
    world.writer.fold()
    with (
        closing(Drafts(world.home, world.clock, world.reader, world.journal)) as drafts,
        closing(Outbox(world.home, world.clock, world.reader)) as outbox,
        closing(Delivery(world.home, world.clock)) as delivery,
    ):
        delivery.recover()
        abandoned = [draft.body for _number, draft in drafts.abandoned()]
        drafts.file_abandoned()
        waiting = outbox.messages(ended=True)
        for message in waiting:
            transmit(delivery, server, message.id)
        after = outbox.messages(ended=True)
        filed = world.items("Drafts")
    taken = server.taken()
    assert len(taken) <= 1
    assert len(after) + len(filed) == (1 if done or after or filed else 0)  # in one place, never in two
    if "begun" in done:
        assert after or filed
    if "saved" in done and not after:
        assert abandoned == ["First words.\nLast words.\n"]
    if "queued" in done:
        assert after
    if "sent" in done:
        assert [message.state for message in after] == [OutboxState.SENT]
    for message in after:
        assert message.state in {OutboxState.SENT, OutboxState.AMBIGUOUS}
        if message.state is OutboxState.SENT:
            assert taken == ["letter@example.org"]
        raw = (world.home.raw_dir / message.raw).read_bytes()
        assert b"Last words." in raw
    audit(world)
    world.close()
    return after[0].state.value if after else "draft" if filed else "nothing"


@pytest.mark.parametrize("when", ["before", "after"])
def test_killed_at_every_step_of_writing_and_sending(tmp_path: Path, when: str) -> None:
    template = tmp_path / "template"
    world = World.make(template / "home")
    world.writer.put_folders(ACCOUNT, FOLDERS)
    world.close()
    seen: set[str] = set()
    for point in range(1, 60):
        directory = tmp_path / f"{when}-{point}"
        shutil.copytree(template, directory)
        ended = run_child(directory, point, when)
        seen.add(check(directory))
        if ended:
            assert point > 8
            assert seen >= {"draft", "sent", "ambiguous"}
            return
    pytest.fail("The evening does not end.")
