"""Local mail in keep.db: kept until somebody says otherwise, and what is known of POP3 mailboxes with it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.store.world import ACCOUNT, NOW, World
from tui_mail.model.errors import Gone, Refused
from tui_mail.model.flags import Flag
from tui_mail.model.ids import AccountName
from tui_mail.store.local.mail import LocalMail
from tui_mail.store.local.popmail import Fetched, PopMail, PopMessage, Standing
from tui_mail.store.local.rows import LocalFolder, NewItem

RAW = b"Subject: Lunch\r\n\r\nAt noon.\r\n"


@pytest.fixture
def local(world: World) -> Iterator[LocalMail]:
    mail = LocalMail.open(world.home)
    mail.begin(ACCOUNT)
    yield mail
    mail.close()


@pytest.fixture
def inbox(local: LocalMail) -> LocalFolder:
    return local.folder(ACCOUNT, "INBOX")


def put(local: LocalMail, folder: LocalFolder, raw: bytes = RAW) -> int:
    (uid,) = local.add(folder, [NewItem(local.raw.put(raw), len(raw), NOW, ACCOUNT)])
    return uid


def age(local: LocalMail, world: World) -> None:
    """Every file is two days old."""
    for path in world.home.raw_dir.iterdir():
        os.utime(path, (NOW - 2 * 86_400, NOW - 2 * 86_400))


def fetched(local: LocalMail, raw: bytes, uidl: str, *, whole: bool = True) -> Fetched:
    item = NewItem(local.raw.put(raw), len(raw), NOW, ACCOUNT, whole=whole)
    return Fetched(uidl, len(raw), f"header of {uidl}", item)


def test_an_account_begins_with_its_folders_once(local: LocalMail) -> None:
    paths = [folder.path for folder in local.folders(ACCOUNT)]
    assert sorted(paths) == ["Archive", "Drafts", "INBOX", "Junk", "Sent", "Trash"]
    local.delete(ACCOUNT, "Junk")
    local.begin(ACCOUNT)
    assert "Junk" not in {folder.path for folder in local.folders(ACCOUNT)}, "what a person deleted stays deleted"


def test_a_folder_made_anew_has_another_uidvalidity(local: LocalMail) -> None:
    local.create(ACCOUNT, "Lists", None)
    before = local.folder(ACCOUNT, "Lists").id
    local.delete(ACCOUNT, "Lists")
    local.create(ACCOUNT, "Lists", None)
    assert local.folder(ACCOUNT, "Lists").id > before
    with pytest.raises(Gone):
        local.folder(ACCOUNT, "Lists", before)


def test_the_inbox_stays(local: LocalMail) -> None:
    with pytest.raises(Refused):
        local.delete(ACCOUNT, "INBOX")
    with pytest.raises(Refused):
        local.rename(ACCOUNT, "INBOX", "Other")


def test_housekeeping_keeps_files_that_local_mail_names(world: World, local: LocalMail, inbox: LocalFolder) -> None:
    uid = put(local, inbox)
    name = local.item(inbox.id, uid).raw
    age(local, world)
    world.writer.tidy()
    assert local.raw.read(name) == RAW
    local.expunge(inbox.id, [uid])
    world.writer.tidy()
    assert local.raw.read(name) is None, "and not for longer than they are needed"


def test_a_file_that_was_removed_in_between_is_no_message(world: World, local: LocalMail, inbox: LocalFolder) -> None:
    name = local.raw.put(RAW)
    local.raw.remove(name)
    with pytest.raises(Gone):
        local.add(inbox, [NewItem(name, len(RAW), NOW, ACCOUNT)])
    assert local.uids(inbox.id) == []


def test_removing_an_account_does_not_remove_its_local_mail(world: World, local: LocalMail, inbox: LocalFolder) -> None:
    put(local, inbox)
    pop = PopMail(local, ACCOUNT, "ada@pop.example.org")
    pop.deliver(inbox, [fetched(local, b"Subject: 2\r\n\r\n", "u2")], NOW)
    world.writer.drop_account(ACCOUNT)
    assert len(local.uids(inbox.id)) == 2
    assert len(pop.messages()) == 1
    local.forget(ACCOUNT)
    assert local.folders(ACCOUNT) == []
    assert local.uids(inbox.id) == []
    assert pop.messages() == []


def test_a_move_that_is_repeated_moves_once(local: LocalMail, inbox: LocalFolder) -> None:
    uid = put(local, inbox)
    trash = local.folder(ACCOUNT, "Trash")
    there, places = local.transfer(inbox, [uid], trash, move=True, since=0)
    assert there == {uid}
    again, same = local.transfer(inbox, [uid], trash, move=True, since=trash.uidnext)
    assert again == set()
    assert same == places
    assert local.uids(trash.id) == [places[uid]]


class TestPopMail:
    @pytest.fixture
    def pop(self, local: LocalMail) -> PopMail:
        return PopMail(local, ACCOUNT, "ada@example.org@pop.example.org")

    def one(self, pop: PopMail) -> PopMessage:
        (message,) = pop.messages()
        return message

    def test_a_message_and_what_is_known_of_it_come_together(
        self, local: LocalMail, inbox: LocalFolder, pop: PopMail
    ) -> None:
        (number,) = pop.deliver(inbox, [fetched(local, RAW, "u1")], NOW)
        known = self.one(pop)
        assert (known.id, known.uidl, known.whole, known.got, known.asked) == (number, "u1", True, NOW, None)
        (item,) = local.items(inbox.id)
        assert (item.pop, local.raw.read(item.raw)) == (number, RAW)

    def test_nothing_comes_where_a_file_is_missing(self, local: LocalMail, inbox: LocalFolder, pop: PopMail) -> None:
        good, bad = fetched(local, RAW, "u1"), fetched(local, RAW + b"x", "u2")
        local.raw.remove(bad.item.raw)
        with pytest.raises(Gone):
            pop.deliver(inbox, [good, bad], NOW)
        assert pop.messages() == []
        assert local.uids(inbox.id) == []

    def test_the_rest_of_a_message_comes_to_all_its_copies(
        self, local: LocalMail, inbox: LocalFolder, pop: PopMail
    ) -> None:
        (number,) = pop.deliver(inbox, [fetched(local, b"Subject: Lunch\r\n\r\n", "u1", whole=False)], NOW)
        archive = local.folder(ACCOUNT, "Archive")
        local.transfer(inbox, local.uids(inbox.id), archive, move=False, since=0)
        pop.want(number)
        assert self.one(pop).wanted
        pop.complete(number, local.raw.put(RAW), len(RAW), "header")
        for folder in (inbox, archive):
            (item,) = local.items(folder.id)
            assert (item.whole, item.size, local.raw.read(item.raw)) == (True, len(RAW), RAW)
        assert not self.one(pop).wanted

    def test_how_much_of_a_message_is_here(self, local: LocalMail, inbox: LocalFolder, pop: PopMail) -> None:
        (number,) = pop.deliver(inbox, [fetched(local, RAW, "u1")], NOW)
        assert pop.standings() == {number: Standing(1, 1)}
        trash = local.folder(ACCOUNT, "Trash")
        local.transfer(inbox, local.uids(inbox.id), trash, move=True, since=0)
        assert pop.standings() == {number: Standing(1, 0)}
        local.expunge(trash.id, local.uids(trash.id))
        assert pop.standings() == {}

    def test_what_a_look_taught_is_noted(self, local: LocalMail, inbox: LocalFolder, pop: PopMail) -> None:
        first, second = pop.deliver(inbox, [fetched(local, RAW, "u1"), fetched(local, RAW + b".", "u2")], NOW)
        pop.note(NOW + 5, missing=[first], changed={first: ("u9", 7, False)}, asked=[first], gone=[second])
        known = self.one(pop)
        assert (known.uidl, known.size, known.sure, known.missing, known.asked) == ("u9", 7, False, NOW + 5, NOW + 5)
        assert [item.pop for item in local.items(inbox.id)] == [None, first], "the mail itself stays"
        pop.note(NOW + 6, sure=[first], there=[first])
        assert self.one(pop).sure
        assert self.one(pop).missing is None

    @pytest.mark.parametrize(
        ("mailbox", "found"),
        [
            ("ada@example.org@pop2.example.org", 1),
            ("ada@pop2.example.org", 0),
            ("da@example.org@pop.example.org", 0),
            ("ada@example.org@x@pop.example.org", 0),
        ],
    )
    def test_the_same_user_at_another_host_is_a_mailbox_that_moved(
        self, local: LocalMail, inbox: LocalFolder, pop: PopMail, mailbox: str, found: int
    ) -> None:
        pop.deliver(inbox, [fetched(local, RAW, "u1")], NOW)
        there = PopMail(local, ACCOUNT, mailbox)
        there.adopt()
        assert [message.sure for message in there.messages()] == [False] * found
        assert len(pop.messages()) == 1 - found

    def test_accounts_are_kept_apart(self, local: LocalMail, inbox: LocalFolder, pop: PopMail) -> None:
        other = PopMail(local, AccountName("other"), "ada@example.org@pop.example.org")
        other.deliver(inbox, [fetched(local, RAW, "u1")], NOW)
        assert pop.messages() == []
        assert pop.standings() == {}
        local.set_flags(inbox.id, local.uids(inbox.id), Flag.SEEN, Flag.NONE, (), ())
        assert other.standings()
