"""The practice server's files: what a kill, a full disk or a damaged index leave behind."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from tui_mail.backends.demo import mailbox as module
from tui_mail.backends.demo.mailbox import Delivery, Mailbox
from tui_mail.model.errors import Gone, Refused, Unreachable
from tui_mail.model.flags import Flag
from tui_mail.model.mail import Role

FOLDERS = [("INBOX", Role.INBOX), ("Archive", Role.ARCHIVE), ("Lists/kernel", None)]


def letter(number: int) -> bytes:
    return f"Message-ID: <{number}@example.org>\r\nSubject: {number}\r\n\r\ntext {number}\r\n".encode()


def start() -> tuple[list[tuple[str, Role | None]], list[Delivery]]:
    return list(FOLDERS), [Delivery("INBOX", letter(number), 1_000 + number) for number in range(5)]


def opened(directory: Path) -> Mailbox:
    mailbox = Mailbox(directory, start)
    mailbox.open()
    return mailbox


State = dict[str, tuple[int, int, list[tuple[int, int, tuple[str, ...], bytes]]]]


def state(mailbox: Mailbox) -> State:
    return {
        box.name: (
            box.uidvalidity,
            box.uidnext,
            [(m.uid, int(m.flags), m.keywords, mailbox.read(m)) for m in box.messages.values()],
        )
        for box in mailbox.boxes.values()
    }


class Killed(BaseException):
    """Stands for the end of the process: nothing catches it."""


STEPS: dict[str, Callable[[Mailbox], object]] = {
    "add": lambda box: box.add(Delivery("INBOX", letter(9), 9)),
    "flags": lambda box: box.set_flags(box.box("INBOX"), [1, 3], Flag.SEEN, Flag.NONE, ["work"], []),
    "move": lambda box: box.copy(box.box("INBOX"), [1, 2, 5], box.box("Archive"), move=True),
    "copy": lambda box: box.copy(box.box("INBOX"), [4], box.box("Archive"), move=False),
    "expunge": lambda box: box.expunge(box.box("INBOX"), [2, 3]),
    "create": lambda box: box.create("New/one", None),
    "rename": lambda box: box.rename("Lists", "Read"),
    "delete": lambda box: box.delete("Archive"),
    "subscribe": lambda box: box.subscribe("Archive", subscribed=False),
}


@pytest.mark.parametrize("name", STEPS)
def test_a_kill_at_any_moment_leaves_before_or_after(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    after_mailbox = opened(tmp_path / "after")
    before = state(after_mailbox)
    STEPS[name](after_mailbox)
    after = state(opened(tmp_path / "after"))
    assert after != before or name == "subscribe"
    reached = 0
    for moment in range(20):
        directory = tmp_path / str(moment)
        mailbox = opened(directory)
        calls = 0

        def die_at(original: Callable[..., object], at: int = moment) -> Callable[..., object]:
            def call(*arguments: object, **options: object) -> object:
                nonlocal calls
                calls += 1
                if calls == at + 1:
                    raise Killed
                return original(*arguments, **options)

            return call

        with monkeypatch.context() as patch:
            patch.setattr(os, "fsync", die_at(os.fsync))
            patch.setattr(Path, "replace", die_at(Path.replace))
            patch.setattr(Path, "unlink", die_at(Path.unlink))
            patch.setattr(Mailbox, "_load", lambda _self: None)  # a dead process reads nothing back
            try:
                STEPS[name](mailbox)
            except Killed:
                reached += 1
        assert state(opened(directory)) in (before, after)
        assert not list(directory.rglob("*.new"))
        if calls <= moment:
            break
    assert reached >= 2


def test_a_kill_while_filling_starts_anew(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    written = 0
    original = module.write_whole

    def die_third(path: Path, data: bytes, *, durable: bool) -> None:
        nonlocal written
        written += 1
        if written == 3:
            raise Killed
        original(path, data, durable=durable)

    with monkeypatch.context() as patch:
        patch.setattr(module, "write_whole", die_third)
        with pytest.raises(Killed):
            opened(tmp_path)
    assert len(opened(tmp_path).box("INBOX").messages) == 5


def test_a_full_disk_changes_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    mailbox = opened(tmp_path)
    before = state(mailbox)

    def full(descriptor: int) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(os, "fsync", full)
        with pytest.raises(Unreachable, match="No space left"):
            mailbox.expunge(mailbox.box("INBOX"), [1])
    assert state(mailbox) == before
    mailbox.expunge(mailbox.box("INBOX"), [1])
    assert list(mailbox.box("INBOX").messages) == [2, 3, 4, 5]


@pytest.mark.parametrize("damage", [b"", b"{", b"[]", b'{"format": 99}', b'{"format": 1, "folders": [{}]}'])
def test_a_damaged_index_is_not_overwritten(tmp_path: Path, damage: bytes) -> None:
    opened(tmp_path)
    (tmp_path / "index.json").write_bytes(damage)
    with pytest.raises(Unreachable, match="cannot be read"):
        opened(tmp_path)
    assert (tmp_path / "index.json").read_bytes() == damage


def test_bytes_go_with_their_last_copy(tmp_path: Path) -> None:
    mailbox = opened(tmp_path)
    mailbox.copy(mailbox.box("INBOX"), [1], mailbox.box("Archive"), move=False)
    mailbox.expunge(mailbox.box("INBOX"), [1])
    assert len(list((tmp_path / "messages").iterdir())) == 5
    mailbox.delete("Archive")
    assert len(list((tmp_path / "messages").iterdir())) == 4


def test_files_are_private(tmp_path: Path) -> None:
    opened(tmp_path)
    assert all(path.stat().st_mode & 0o077 == 0 for path in tmp_path.rglob("*"))


def test_names_nobody_can_use(tmp_path: Path) -> None:
    mailbox = opened(tmp_path)
    for name in ("", "a//b", "/a", "a/"):
        with pytest.raises(Refused):
            mailbox.create(name, None)
    for old, new in (("INBOX", "x"), ("Archive", "Archive/deeper"), ("Archive", "INBOX"), ("Archive", "")):
        with pytest.raises(Refused):
            mailbox.rename(old, new)
    with pytest.raises(Refused):
        mailbox.delete("INBOX")
    with pytest.raises(Gone):
        mailbox.rename("Nowhere", "Somewhere")
    assert list(mailbox.boxes) == ["INBOX", "Archive", "Lists/kernel"]


def test_a_folder_made_anew_has_another_uidvalidity(tmp_path: Path) -> None:
    mailbox = opened(tmp_path)
    first = mailbox.box("Archive").uidvalidity
    mailbox.delete("Archive")
    second = mailbox.create("Archive", Role.ARCHIVE)
    assert second.uidvalidity > first
    with pytest.raises(Gone):
        mailbox.box("Archive", first)


class MailboxMachine(RuleBasedStateMachine):
    """Any run of changes, with the files read again after each, keeps UIDs and change numbers in order."""

    def __init__(self) -> None:
        super().__init__()
        import tempfile

        self.held = tempfile.TemporaryDirectory()
        self.mailbox = opened(Path(self.held.name))
        self.used: dict[int, set[int]] = {}
        self.seen: dict[int, set[int]] = {}

    def teardown(self) -> None:
        self.held.cleanup()

    @rule(folder=st.sampled_from(["INBOX", "Archive"]), number=st.integers(0, 30))
    def add(self, folder: str, number: int) -> None:
        self.mailbox.add(Delivery(folder, letter(number), number))

    @rule(move=st.booleans(), back=st.booleans(), take=st.integers(1, 4))
    def carry(self, move: bool, back: bool, take: int) -> None:
        source, target = ("Archive", "INBOX") if back else ("INBOX", "Archive")
        box = self.mailbox.box(source)
        self.mailbox.copy(box, list(box.messages)[:take], self.mailbox.box(target), move=move)

    @rule(take=st.integers(1, 3))
    def expunge(self, take: int) -> None:
        box = self.mailbox.box("INBOX")
        self.mailbox.expunge(box, list(box.messages)[-take:])

    @rule(add=st.sampled_from(list(Flag)), word=st.sampled_from(["work", "Work", "$x"]))
    def flag(self, add: Flag, word: str) -> None:
        box = self.mailbox.box("INBOX")
        self.mailbox.set_flags(box, list(box.messages)[:2], add, Flag.NONE, [word], [])

    @invariant()
    def what_is_on_disk_is_what_is_in_memory(self) -> None:
        again = opened(Path(self.held.name))
        assert state(again) == state(self.mailbox)
        for box in again.boxes.values():
            uids = list(box.messages)
            assert uids == sorted(set(uids))
            assert all(uid < box.uidnext for uid in uids)
            assert all(message.modseq <= box.modseq for message in box.messages.values())
            vanished = self.used.setdefault(box.uidvalidity, set()) - set(uids)
            assert not self.seen.setdefault(box.uidvalidity, set()) & set(uids), "a UID was used twice"
            self.seen[box.uidvalidity] |= vanished
            self.used[box.uidvalidity] |= set(uids)


MailboxMachine.TestCase.settings = settings(max_examples=15, stateful_step_count=12)
TestMailboxMachine = MailboxMachine.TestCase
