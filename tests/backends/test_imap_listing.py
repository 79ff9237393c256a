"""The list of folders: how few round trips tell that nothing changed, and what is done where a server knows less."""

from __future__ import annotations

import itertools
import unicodedata
from collections.abc import Callable
from typing import Literal

import pytest

from tests.backends.conformance import Copy
from tests.backends.test_imap_scripted import CAPS, selected, talking_to
from tests.conftest import Mailbox
from tests.e2e.independent import fill
from tests.fakes.faultproxy import FaultProxy
from tests.fakes.messages import make_messages
from tests.fakes.scripted_imap import Wire, answering
from tui_mail.backends.imap.backend import ImapBackend
from tui_mail.backends.imap.cursor import Cursor
from tui_mail.backends.imap.mailbox import Connection, select
from tui_mail.backends.imap.roles import _NAMES, assign
from tui_mail.config.servers import Security
from tui_mail.model.errors import Refused
from tui_mail.model.mail import Role
from tui_mail.model.remote import FolderChange, FolderChangeKind, FolderStatus

FULL = (
    "IMAP4rev1 SASL-IR AUTH=PLAIN ID ENABLE NAMESPACE CONDSTORE QRESYNC LIST-EXTENDED LIST-STATUS SPECIAL-USE ESEARCH"
)
PATHS = ("INBOX", "Archive", "Sent")


def list_lines() -> list[str]:
    lines = [f'* LIST (\\Subscribed) "/" {path}' for path in PATHS]
    numbers = "(MESSAGES 4 UNSEEN 1 UIDNEXT 10 UIDVALIDITY 7 HIGHESTMODSEQ 50)"
    return [*lines, *(f"* STATUS {path} {numbers}" for path in PATHS)]


class TestRoundTrips:
    """The script answers only when all that one round trip may carry has come."""

    async def test_a_quiet_account_is_three_from_a_cold_start_and_two_after(self) -> None:
        def script(wire: Wire) -> None:
            wire.greet(FULL)
            wire.answer("AUTHENTICATE PLAIN", end=f"OK [CAPABILITY {FULL}] welcome")
            name, _rest = wire.expect("ID")
            enable, _rest = wire.expect("ENABLE QRESYNC")
            wire.send("* ID NIL", f"{name} OK done", "* ENABLED QRESYNC", f"{enable} OK done")
            namespace, _rest = wire.expect("NAMESPACE")
            listing, rest = wire.expect('LIST "" "*" RETURN (SUBSCRIBED SPECIAL-USE STATUS (')
            assert "HIGHESTMODSEQ" in rest
            wire.send('* NAMESPACE (("" "/")) NIL NIL', f"{namespace} OK done", *list_lines(), f"{listing} OK done")
            wire.answer("LIST", *list_lines())
            wire.examine("* OK [HIGHESTMODSEQ 50] ok", exists=4, uidnext=10)
            tag, _rest = wire.expect("NOOP")
            assert not wire.pending(), "a server may look only after what stands right behind it"
            wire.send(f"{tag} OK done")
            wire.answer("LIST", *list_lines())
            wire.until_gone()

        cursor = Cursor(7, 10, 50).encode()
        async with talking_to(script) as (backend, _server):
            for _unused in range(2):
                folders = await backend.folders()
                assert [folder.path for folder in folders] == list(PATHS)
                assert all(backend.is_current(cursor, folder.status, 4) for folder in folders)
            copy = Copy("INBOX")
            copy.cursor, copy.uidvalidity = cursor, 7
            await backend._interactive.run(select_inbox)
            assert len(await backend.folders()) == 3

    async def test_a_server_that_says_who_it_is_is_asked_at_once(self) -> None:
        """The answers to ID and ENABLE are waited for by nobody, in any order, nor those on further connections."""

        def first(wire: Wire) -> None:
            wire.send(f"* OK [CAPABILITY {FULL}] Dovecot ready.")
            wire.answer("AUTHENTICATE PLAIN", end=f"OK [CAPABILITY {FULL}] welcome")
            name, _rest = wire.expect("ID")
            enable, _rest = wire.expect("ENABLE QRESYNC")
            namespace, _rest = wire.expect("NAMESPACE")
            listing, _rest = wire.expect('LIST "" "*" RETURN (SUBSCRIBED SPECIAL-USE STATUS (')
            wire.send('* NAMESPACE (("" "/")) NIL NIL', f"{namespace} OK done", *list_lines()[:2])
            wire.send('* ID ("name" "Dovecot")', f"{name} OK done", "* ENABLED QRESYNC", f"{enable} NO not now")
            wire.send(*list_lines()[2:], f"{listing} OK done")
            wire.until_gone()

        def second(wire: Wire) -> None:
            wire.send(f"* OK [CAPABILITY {FULL}] Dovecot ready.")
            wire.answer("AUTHENTICATE PLAIN", end=f"OK [CAPABILITY {FULL}] welcome")
            name, _rest = wire.expect("ID")
            enable, _rest = wire.expect("ENABLE QRESYNC")
            opening, _rest = wire.expect("EXAMINE INBOX (QRESYNC (7 40 1:9))")
            wire.send("* ID NIL", f"{name} OK done", "* ENABLED QRESYNC", f"{enable} OK done")
            wire.send("* 4 EXISTS", "* OK [UIDVALIDITY 7] ok", "* OK [UIDNEXT 10] ok", "* OK [HIGHESTMODSEQ 40] ok")
            wire.send(f"{opening} OK [READ-ONLY] done")
            wire.until_gone()

        class Four(Copy):
            def count(self) -> int:
                return 4

        async with talking_to(first, second) as (backend, _server):
            assert (await backend.connect()).server == "Dovecot"
            assert [folder.path for folder in await backend.folders()] == list(PATHS)
            copy = Four("INBOX")
            copy.cursor, copy.uidvalidity = Cursor(7, 10, 40).encode(), 7
            await copy.follow(backend)

    async def test_one_command_at_a_time_also_right_after_signing_in(self) -> None:
        def script(wire: Wire) -> None:
            wire.send(f"* OK [CAPABILITY {FULL}] Courier-IMAP ready.")
            wire.answer("AUTHENTICATE PLAIN", end=f"OK [CAPABILITY {FULL}] welcome")
            name, _rest = wire.expect("ID")
            enable, _rest = wire.expect("ENABLE QRESYNC")
            assert not wire.pending()
            wire.send("* ID NIL", f"{name} OK done", "* ENABLED QRESYNC", f"{enable} OK done")
            for command, lines in (("NAMESPACE", ['* NAMESPACE (("" "/")) NIL NIL']), ("LIST", list_lines())):
                tag, _rest = wire.expect(command)
                assert not wire.pending()
                wire.send(*lines, f"{tag} OK done")
            wire.until_gone()

        async with talking_to(script) as (backend, _server):
            assert len(await backend.folders()) == 3

    @pytest.mark.dovecot
    async def test_over_a_real_server_too(self, dovecot: Mailbox) -> None:
        fill(dovecot.login, list(make_messages(20)))
        with FaultProxy(dovecot.server.imap) as proxy:
            server = dovecot.imap(proxy.port, Security.NONE)
            backend = ImapBackend(server, dovecot.user, lambda: dovecot.server.password, connections=1)
            copies = {folder.name: Copy(folder.name) for folder in await backend.folders()}
            assert len(copies) == 6
            for copy in copies.values():
                await copy.follow(backend)
            before = proxy.seen("up").count(b"\r\n")
            for folder in await backend.folders():
                copy = copies[folder.name]
                assert folder.status is not None
                assert backend.is_current(copy.cursor, folder.status, copy.count()), folder.path
            assert proxy.seen("up").count(b"\r\n") - before == 2, "NOOP and LIST"
            await backend.close()


def select_inbox(connection: Connection) -> None:
    select(connection, "INBOX")


class TestLess:
    async def test_no_list_status_is_list_and_lsub_together(self) -> None:
        caps = "IMAP4rev1 SASL-IR AUTH=PLAIN NAMESPACE"

        def script(wire: Wire) -> None:
            wire.sign_in(caps)
            tags = [wire.expect(command)[0] for command in ("NAMESPACE", 'LIST "" "*"', 'LSUB "" "*"')]
            wire.send(
                '* NAMESPACE (("" ".")) NIL NIL', '* LIST () "." INBOX', '* LIST () "." a.b', '* LSUB () "." a.b',
                *(f"{tag} OK done" for tag in tags),
            )  # fmt: skip
            wire.until_gone()

        async with talking_to(script) as (backend, _server):
            found = {folder.path: folder for folder in await backend.folders()}
            assert set(found) == {"INBOX", "a/b"}
            assert found["a/b"].subscribed
            assert all(folder.status is None for folder in found.values())

    async def test_one_command_at_a_time_where_the_server_bears_no_more(self) -> None:
        def script(wire: Wire) -> None:
            wire.send("* OK The Microsoft Exchange IMAP4 service is ready.")
            wire.answer("CAPABILITY", "* CAPABILITY IMAP4 IMAP4rev1 AUTH=PLAIN SASL-IR NAMESPACE")
            wire.answer("AUTHENTICATE", end="OK in")
            wire.answer("CAPABILITY", "* CAPABILITY IMAP4 IMAP4rev1 AUTH=PLAIN SASL-IR NAMESPACE")
            for command, line in (
                ("NAMESPACE", '* NAMESPACE (("" "/")) NIL NIL'),
                ('LIST "" "*"', '* LIST () "/" INBOX'),
                ("LSUB", '* LSUB () "/" INBOX'),
            ):
                tag, _rest = wire.expect(command)
                assert not wire.pending(), "nothing more before the answer"
                wire.send(line, f"{tag} OK done")
            wire.until_gone()

        async with talking_to(script) as (backend, _server):
            assert [folder.path for folder in await backend.folders()] == ["INBOX"]

    async def test_status_of_the_selected_folder_is_of_now_where_it_comes_with_the_list(self) -> None:
        """Order counts: NOOP goes before LIST."""
        exists = iter([4, 5])

        def listing(command: str) -> list[str]:
            return [line.replace("MESSAGES 4", f"MESSAGES {next(exists)}") if "INBOX (" in line else line
                    for line in list_lines()]  # fmt: skip

        replies = {
            "LIST": listing,
            "NAMESPACE": ['* NAMESPACE (("" "/")) NIL NIL'],
            "NOOP": [],
            "EXAMINE": selected(4, 10),
        }
        async with talking_to(answering(f"{CAPS} NAMESPACE LIST-EXTENDED LIST-STATUS", replies)) as (backend, scripted):
            await backend.folders()
            await backend._interactive.run(select_inbox)
            (inbox,) = [folder for folder in await backend.folders() if folder.role is Role.INBOX]
            assert inbox.status == FolderStatus(5, 1, 7, 10, 50)
        sent = [line.partition(b" ")[2][:4] for line in scripted.received]
        assert sent[-3:] == [b"NOOP", b"LIST", b"LOGO"]

    @pytest.mark.parametrize("namespace", ["NO none", "BAD what", "OK nothing said"])
    async def test_no_word_of_a_namespace_leaves_the_root_s_delimiter(self, namespace: str) -> None:
        def listing(command: str) -> list[str]:
            return ['* LIST (\\Noselect) "." ""'] if command.endswith('""') else ['* LIST () "." INBOX']

        replies = {"NAMESPACE": [namespace], "LIST": listing, "LSUB": [], "CREATE": ["OK done"], "SUBSCRIBE": ["OK"]}
        async with talking_to(answering(f"{CAPS} NAMESPACE", replies)) as (backend, _server):
            await backend.folders()
            with pytest.raises(Refused, match="separates"):
                await backend.change_folder(FolderChange(FolderChangeKind.CREATE, "a.b"))

    async def test_a_list_that_is_refused_is_refused(self) -> None:
        replies = {"LIST": ["NO [NOPERM] not for you"], "LSUB": []}
        async with talking_to(answering(CAPS, replies)) as (backend, _server):
            with pytest.raises(Refused, match="not for you"):
                await backend.folders()

    async def test_special_use_is_asked_for_where_status_cannot_be(self) -> None:
        """RFC 6154: a plain LIST need not tell."""

        def listing(command: str) -> list[str]:
            assert command == 'LIST "" "*" RETURN (SUBSCRIBED SPECIAL-USE)'
            return ['* LIST (\\Subscribed) "/" INBOX', '* LIST (\\Trash) "/" Somewhere']

        replies = {"LIST": listing, "NAMESPACE": ['* NAMESPACE (("" "/")) NIL NIL']}
        async with talking_to(answering(f"{CAPS} NAMESPACE LIST-EXTENDED SPECIAL-USE", replies)) as (backend, _server):
            found = {folder.path: folder for folder in await backend.folders()}
            assert found["Somewhere"].role is Role.TRASH
            assert not found["Somewhere"].subscribed

    async def test_every_extension_refused_leaves_the_plain_way(self) -> None:
        asked: list[str] = []

        def listing(command: str) -> list[str]:
            asked.append(command)
            return ["BAD what"] if "RETURN" in command else ['* LIST () "/" INBOX', '* LIST () "/" Trash']

        replies = {"LIST": listing, "LSUB": [], "NAMESPACE": ['* NAMESPACE (("" "/")) NIL NIL']}
        caps = f"{CAPS} NAMESPACE LIST-EXTENDED LIST-STATUS SPECIAL-USE"
        async with talking_to(answering(caps, replies)) as (backend, _server):
            for _unused in range(2):
                assert {folder.role for folder in await backend.folders()} == {Role.INBOX, Role.TRASH}
        assert ["STATUS" in command for command in asked] == [True, False, False, False]
        assert ["RETURN" in command for command in asked] == [True, True, False, False]


class TestNamespaces:
    """Other people's and shared folders lie beside one's own, with prefixes and delimiters of their own."""

    LISTED = (
        '* LIST () "." INBOX', '* LIST () "." "INBOX.Work"', '* LIST (\\Noselect) "/" "shared"',
        '* LIST () "/" "shared/team.a"', '* LIST () "\\\\" "other\\\\bob"', '* LIST () NIL "flat"',
    )  # fmt: skip

    def script(self, made: list[str]) -> Callable[[Wire], None]:
        def listing(command: str) -> list[str]:
            if "*" in command:
                return list(self.LISTED)
            name = command.split(" ", 2)[2]
            return [f'* LIST () "{"/" if "shared" in name else "."}" {name}']

        def create(command: str) -> list[str]:
            made.append(command)
            return ["OK"]

        namespaces = '* NAMESPACE (("INBOX." ".")) (("other\\\\" "\\\\")) (("shared/" "/"))'
        return answering(
            f"{CAPS} NAMESPACE",
            {"NAMESPACE": [namespaces], "LIST": listing, "LSUB": [], "CREATE": create, "RENAME": create, "SUBSCRIBE": ["OK"]},
        )  # fmt: skip

    async def test_they_are_shown_by_their_whole_path(self) -> None:
        async with talking_to(self.script([])) as (backend, _server):
            paths = {folder.path: folder.name for folder in await backend.folders()}
        assert paths == {
            "INBOX": "INBOX", "Work": "INBOX.Work", "shared": "shared", "shared/team.a": "shared/team.a",
            "other/bob": "other\\bob", "flat": "flat",
        }  # fmt: skip

    @pytest.mark.parametrize("listed", [True, False])
    @pytest.mark.parametrize(
        ("path", "name"),
        [
            ("Work/2026", '"INBOX.Work.2026"'),
            ("New", '"INBOX.New"'),
            ("INBOX/New", '"INBOX.New"'),
            ("shared/team.a/v1.2", '"shared/team.a/v1.2"'),
            ("shared/new/deep", '"shared/new/deep"'),
            ("other/bob/a.b/c", '"other\\\\bob\\\\a.b\\\\c"'),
            ("flat/below", '"INBOX.flat.below"'),
        ],
    )
    async def test_a_new_folder_lies_where_its_path_says(self, path: str, name: str, listed: bool) -> None:
        made: list[str] = []
        async with talking_to(self.script(made)) as (backend, _server):
            if listed:
                await backend.folders()
            await backend.change_folder(FolderChange(FolderChangeKind.CREATE, path))
        assert made == [f"CREATE {name}"]

    async def test_a_folder_moves_from_one_to_the_other(self) -> None:
        made: list[str] = []
        async with talking_to(self.script(made)) as (backend, _server):
            await backend.change_folder(FolderChange(FolderChangeKind.RENAME, "Work", new_path="shared/Work"))
        assert made == ['RENAME "INBOX.Work" "shared/Work"']

    @pytest.mark.parametrize("path", ["Work/a.b", "other/bob/a\\b", "shared//x"])
    async def test_what_no_folder_there_can_be_called(self, path: str) -> None:
        made: list[str] = []
        async with talking_to(self.script(made)) as (backend, _server):
            with pytest.raises(Refused):
                await backend.change_folder(FolderChange(FolderChangeKind.CREATE, path))
        assert not made


class TestRoles:
    @pytest.mark.parametrize("paths", list(itertools.permutations(("Sent Messages", "Sent", "INBOX/Sent Items"))))
    def test_the_likeliest_name_has_the_role_whatever_the_order(self, paths: tuple[str, ...]) -> None:
        given = assign([(path, frozenset(), True) for path in paths])
        assert dict(zip(paths, given, strict=True))["Sent"] is Role.SENT
        assert given.count(Role.SENT) == 1

    def test_what_the_server_says_counts_before_any_name(self) -> None:
        folders = [
            ("Sent", frozenset[bytes]()),
            ("Gesendet", frozenset({b"\\SENT"})),
            ("Trash", frozenset({b"\\ARCHIVE"})),
        ]
        assert assign([(path, words, True) for path, words in folders]) == [None, Role.SENT, Role.ARCHIVE]

    @pytest.mark.parametrize("form", ["NFC", "NFD"])
    @pytest.mark.parametrize(
        ("path", "role"),
        [
            ("Entwürfe", Role.DRAFTS), ("ÉLÉMENTS ENVOYÉS", Role.SENT), ("Gelöschte Elemente", Role.TRASH),
            ("Çöp Kutusu", Role.TRASH), ("下書き", Role.DRAFTS), ("Ανεπιθύμητα", Role.JUNK), ("Kôš", Role.TRASH),
        ],
    )  # fmt: skip
    def test_accents_in_either_form(self, form: Literal["NFC", "NFD"], path: str, role: Role) -> None:
        assert assign([(unicodedata.normalize(form, path), frozenset(), True)]) == [role]

    def test_no_name_has_two_roles(self) -> None:
        names = [name.strip().casefold() for table in _NAMES.values() for name in table.replace("\n", "|").split("|")]
        names = [name for name in names if name]
        assert len(names) == len(set(names))
