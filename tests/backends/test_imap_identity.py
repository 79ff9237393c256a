"""Servers that tell messages, conversations and folders apart by names of their own: Gmail, and OBJECTID (RFC 8474)."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.backends.conformance import Copy, letter
from tests.backends.test_imap_scripted import CAPS, selected, talking_to
from tests.fakes.gmail import ALL, DRAFTS, SPAM, TRASH, Gmail
from tests.fakes.scripted_imap import answering
from tui_mail.backends.imap.backend import ImapBackend
from tui_mail.model.errors import Refused
from tui_mail.model.flags import Flag
from tui_mail.model.mail import Role
from tui_mail.model.remote import ChangeKind


@pytest.fixture
def gmail() -> Gmail:
    return Gmail("Work", "Travel")


@pytest.fixture
async def backend(gmail: Gmail) -> AsyncIterator[ImapBackend]:
    async with talking_to(gmail.script) as (backend, _server):
        yield backend


async def read(backend: ImapBackend, folder: str) -> Copy:
    copy = Copy(folder)
    await copy.follow(backend)
    return copy


class TestGmail:
    async def test_roles(self, backend: ImapBackend) -> None:
        folders = await backend.folders()
        assert {folder.role: folder.path for folder in folders if folder.role} == {
            Role.INBOX: "INBOX", Role.ALL: ALL, Role.TRASH: TRASH, Role.JUNK: SPAM, Role.DRAFTS: DRAFTS,
            Role.SENT: "[Gmail]/Sent Mail", Role.FLAGGED: "[Gmail]/Starred",
        }  # fmt: skip
        roles = [folder.role for folder in folders if folder.role]
        assert len(roles) == len(set(roles)), "one folder each: All Mail is told from an archive and from an inbox"
        assert not next(folder for folder in folders if folder.path == "[Gmail]").selectable

    async def test_one_message_under_several_labels_has_one_identity(self, gmail: Gmail, backend: ImapBackend) -> None:
        gmail.arrive(letter(1), "INBOX", "Work")
        gmail.arrive(letter(1), "INBOX")  # the same octets, sent twice
        inbox, work, everything = [await read(backend, folder) for folder in ("INBOX", "Work", ALL)]
        (first, second) = [inbox.messages[uid] for uid in inbox.uids()]
        assert work.messages[1].strong_id == first.strong_id != second.strong_id
        assert {one.strong_id for one in everything.messages.values()} == {first.strong_id, second.strong_id}
        assert first.thread_id
        assert all(keywords == () for _flags, keywords in inbox.flags.values()), "labels are folders, not keywords"

    async def test_archiving_leaves_the_inbox_and_nothing_else(self, gmail: Gmail, backend: ImapBackend) -> None:
        message = gmail.arrive(letter(1), "INBOX", "Work")
        inbox = await read(backend, "INBOX")
        result = await backend.apply(inbox.operation(ChangeKind.MOVE, *inbox.uids(), target=ALL))
        assert result.target_uids == {1: message.uids[ALL]}
        assert gmail.labels(message) == {ALL, "Work"}
        back = await read(backend, ALL)
        await backend.apply(back.operation(ChangeKind.MOVE, message.uids[ALL], target="INBOX"))
        assert gmail.labels(message) == {ALL, "Work", "INBOX"}
        await back.follow(backend)
        assert back.count() == 1, "what was moved out of the heap is in it still"

    async def test_deleting_is_the_trash_and_takes_every_label(self, gmail: Gmail, backend: ImapBackend) -> None:
        message = gmail.arrive(letter(1), "INBOX", "Work")
        inbox, everything = await read(backend, "INBOX"), await read(backend, ALL)
        await backend.apply(inbox.operation(ChangeKind.MOVE, *inbox.uids(), target=TRASH))
        assert gmail.labels(message) == {TRASH}
        await everything.follow(backend)
        assert everything.count() == 0

    @pytest.mark.parametrize("folder", ["INBOX", "Work", ALL, DRAFTS, TRASH, SPAM])
    async def test_for_ever_is_for_ever_from_anywhere(self, gmail: Gmail, folder: str) -> None:
        """A plain EXPUNGE of a label would archive the message instead."""
        doomed, kept = gmail.arrive(letter(1), "Travel", folder), gmail.arrive(letter(2), folder)
        marked = gmail.arrive(letter(3), TRASH)
        marked.flags.add("\\Deleted")  # by somebody else
        async with talking_to(gmail.script) as (backend, scripted):
            copy = await read(backend, folder)
            result = await backend.apply(copy.operation(ChangeKind.EXPUNGE, doomed.uids[folder]))
            assert result.done == (1,)
            assert gmail.messages == [kept, marked]
            await copy.follow(backend)
            assert copy.subjects()[0] == "Letter 2"
        expunged = [line for line in scripted.received if b"EXPUNGE" in line]
        assert len(expunged) == 1
        assert b"UID EXPUNGE" in expunged[0]

    async def test_without_a_word_where_they_went_they_stay_in_the_trash(
        self, gmail: Gmail, backend: ImapBackend
    ) -> None:
        gmail.copyuid = False
        message = gmail.arrive(letter(1), "INBOX")
        inbox = await read(backend, "INBOX")
        assert (await backend.apply(inbox.operation(ChangeKind.EXPUNGE, 1))).done == (1,)
        assert gmail.labels(message) == {TRASH}

    async def test_a_trash_that_is_hidden_is_said(self, gmail: Gmail, backend: ImapBackend) -> None:
        del gmail.folders[TRASH]
        message = gmail.arrive(letter(1), "INBOX")
        inbox = await read(backend, "INBOX")
        with pytest.raises(Refused, match="Show in IMAP"):
            await backend.apply(inbox.operation(ChangeKind.EXPUNGE, 1))
        assert gmail.labels(message) == {ALL, "INBOX"}

    async def test_flags_are_the_message_s_and_changes_come_without_a_scan(
        self, gmail: Gmail, backend: ImapBackend
    ) -> None:
        message = gmail.arrive(letter(1), "INBOX", "Work")
        inbox, work = await read(backend, "INBOX"), await read(backend, "Work")
        await backend.apply(inbox.operation(ChangeKind.FLAGS, 1, add=Flag.FLAGGED))
        await work.follow(backend)
        assert work.flags[message.uids["Work"]][0] == Flag.FLAGGED
        caps = await backend.connect()
        assert caps.delta
        assert caps.saves_sent

    async def test_the_server_s_own_search_is_asked(self, gmail: Gmail) -> None:
        gmail.arrive(letter(1, "needle"), "INBOX")
        gmail.arrive(letter(2), "INBOX")
        async with talking_to(gmail.script) as (backend, scripted):
            assert await backend.search("INBOX", "needle") == [1]
        (line,) = [line for line in scripted.received if b"SEARCH" in line]
        assert line.endswith(b'X-GM-RAW "needle"')


class TestObjectId:
    LIST = ('* LIST () "/" INBOX', '* LIST () "/" {}')

    def script(self, name: str) -> Any:
        def fetch(command: str) -> list[bytes]:
            assert "EMAILID THREADID" in command
            header = b"Subject: Letter 1\r\n\r\n"
            return [
                b"* 1 FETCH (UID 1 FLAGS () EMAILID (M99-x) THREADID (T1_2) "
                b'INTERNALDATE "17-Jul-1996 02:44:25 -0700" RFC822.SIZE 44 '
                b"BODY[HEADER.FIELDS (SUBJECT)] {%d}\r\n%s)" % (len(header), header)
            ]

        numbers = "MESSAGES 1 UNSEEN 0 UIDNEXT 2 UIDVALIDITY 7"
        return answering(
            f"{CAPS} OBJECTID LIST-EXTENDED LIST-STATUS",
            {
                'LIST "" "*" RETURN': [
                    '* LIST () "/" INBOX', f'* LIST () "/" "{name}"',
                    f"* STATUS INBOX ({numbers} MAILBOXID (F1))", f'* STATUS "{name}" (MAILBOXID (F2-b_c) {numbers})',
                ],
                "LIST": ['* LIST () "/" ""'],
                "EXAMINE": [*selected(1, 2, "* OK [MAILBOXID (F2-b_c)] Ok")],
                "UID FETCH": fetch,
            },
        )  # fmt: skip

    async def test_a_folder_that_another_client_renamed_keeps_its_identity(self) -> None:
        identities: list[str] = []
        for name in ("Before", "After/Deep"):
            async with talking_to(self.script(name)) as (backend, scripted):
                found = {folder.path: folder for folder in await backend.folders()}
                assert found["INBOX"].identity == "F1"
                status = found[name].status
                assert status is not None
                assert status.total == 1
                identities.append(found[name].identity)
            assert any(b"MAILBOXID" in line for line in scripted.received)
        assert identities == ["F2-b_c", "F2-b_c"]

    async def test_messages_and_conversations_have_theirs(self) -> None:
        async with talking_to(self.script("Other")) as (backend, _server):
            copy = await read(backend, "Other")
            assert copy.messages[1].strong_id == "M99-x"
            assert copy.messages[1].thread_id == "T1_2"

    async def test_where_there_is_none_there_is_none(self) -> None:
        replies = {"LIST": ['* LIST () "/" INBOX'], "LSUB": []}
        async with talking_to(answering(CAPS, replies)) as (backend, scripted):
            (inbox,) = await backend.folders()
            assert inbox.identity == ""
        assert not any(b"MAILBOXID" in line for line in scripted.received)
