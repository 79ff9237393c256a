"""Mail fetched by POP3 through the engine, from a server that does as a test wrote it down."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import replace

import pytest

from tests.engine.popworld import PopWorld, letter, letters
from tests.fakes.scripted_pop3 import CAPABILITIES, Kept, ScriptedPop3
from tests.fakes.scripted_smtp import Act
from tests.unit.link.homes import short_home
from tui_mail.link.messages import State, Sync, WaitOutbox, Wake
from tui_mail.mime.compose.build import build
from tui_mail.model.draft import Draft, Identity
from tui_mail.model.flags import Flag
from tui_mail.model.ids import AccountName, OutboxId


@pytest.fixture
def pop() -> Iterator[PopWorld]:
    with short_home() as home:
        yield PopWorld(home)


async def test_mail_comes_octet_for_octet_and_once(pop: PopWorld) -> None:
    odd = [b"Subject: a\r\n\r\n.\r\n..\r\nend\r\n", b"no header at all\r\n", letter(9, b"x" * 100_000 + b"\r\n")]
    with ScriptedPop3([*letters(1, 2, 3), *(Kept(raw, f"odd-{at}") for at, raw in enumerate(odd))]) as server:
        pop.add(server)
        assert (await pop.sync()).ok
        assert pop.raws() == [letter(1), letter(2), letter(3), *odd]
        assert len(pop.world.items()) == 6
        assert (await pop.sync()).ok
        assert len(pop.raws()) == 6
        server.mailbox += letters(4)
        done = await pop.sync()
        assert done.result["accounts"][0]["new"] == 1
        assert pop.raws()[-1] == letter(4)
        assert server.verbs.count("RETR") == 7
        assert "DELE" not in server.verbs, "mail is left on the server unless somebody chose otherwise"
    assert not list(pop.home.raw_dir.glob(".new-*"))


async def test_the_date_is_that_of_arrival(pop: PopWorld) -> None:
    with ScriptedPop3(letters(61)) as server:
        pop.add(server)
        await pop.sync()
    (item,) = pop.world.items()
    assert item.received == 1_795_082_461
    assert item.size == len(letter(61))


async def test_a_running_engine_fetches_by_itself(pop: PopWorld) -> None:
    with ScriptedPop3(letters(1)) as server:
        pop.add(server)
        async with pop.running(alone=False) as engine:
            await pop.world.until(lambda: pop.subjects() == ["Letter 1"])
            server.mailbox += letters(2)
            assert (await engine.handle(Sync(id=1))).ok
            assert pop.subjects() == ["Letter 1", "Letter 2"]


class TestRules:
    async def gone(self, pop: PopWorld, server: ScriptedPop3) -> list[bytes]:
        """What the server deleted in one more visit; all of it is here or was removed by the person."""
        before = len(server.deleted)
        done = await pop.sync()
        assert done.ok, done
        return [kept.raw for kept in server.deleted[before:]]

    async def test_never_left_there(self, pop: PopWorld) -> None:
        with ScriptedPop3(letters(1, 2)) as server:
            pop.add(server, leave="never")
            assert await self.gone(pop, server) == [letter(1), letter(2)]
            assert pop.raws() == [letter(1), letter(2)]
            server.mailbox += letters(3)
            assert await self.gone(pop, server) == [letter(3)]
            assert len(pop.known()) == 1, "what a list lacks after its deletion need not be known"

    async def test_some_days(self, pop: PopWorld) -> None:
        with ScriptedPop3(letters(1)) as server:
            pop.add(server, leave="days", leave_days=3)
            assert await self.gone(pop, server) == []
            pop.clock.advance(2 * 86_400)  # type: ignore[attr-defined]  # a frozen clock
            server.mailbox += letters(2)
            assert await self.gone(pop, server) == []
            pop.clock.advance(86_400)  # type: ignore[attr-defined]  # as above
            assert await self.gone(pop, server) == [letter(1)]
            assert pop.raws() == [letter(1), letter(2)]

    @pytest.mark.parametrize("way", ["trash", "ever"])
    async def test_until_deleted_here(self, pop: PopWorld, way: str) -> None:
        with ScriptedPop3(letters(1, 2)) as server:
            pop.add(server, leave="until-deleted")
            assert await self.gone(pop, server) == []
            (item,) = [item.id for item in pop.world.items() if item.subject == "Letter 1"]
            with pop.world.acting() as hands:
                if way == "trash":
                    hands.trash([item])
                else:
                    hands.delete([item])
            assert await self.gone(pop, server) == [letter(1)]
            assert pop.subjects() == ["Letter 2"]
            assert pop.subjects("Trash") == (["Letter 1"] if way == "trash" else [])


async def test_large_messages_come_as_headers_until_somebody_wants_the_rest(pop: PopWorld) -> None:
    large = letter(1, b"x" * 5000 + b"\r\n")
    with ScriptedPop3([Kept(large, "large"), *letters(2)]) as server:
        account = pop.add(server, largest=1, leave="never")
        assert (await pop.sync()).ok
        assert pop.raws() == [letter(2), large.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"]
        assert [kept.raw for kept in server.deleted] == [letter(2)], "the only whole copy stays"
        (item,) = [item for item in pop.world.items() if item.subject == "Letter 1"]
        assert item.size == len(large)
        assert not item.has_body
        backend = pop.backend(account)
        with pop.local() as mail:
            inbox = mail.folder(AccountName("pop"), "INBOX")
            await backend.rest(inbox.id, mail.items(inbox.id, "whole = 0")[0].uid, lambda _done, _total: None)
        await backend.close()
        assert pop.raws() == [letter(2), large]
        assert [kept.raw for kept in server.deleted] == [letter(2), large]


class TestOddServers:
    async def test_uidls_that_several_share(self, pop: PopWorld) -> None:
        with ScriptedPop3([Kept(letter(number), "same") for number in range(4)]) as server:
            pop.add(server, leave="never")
            for _ in range(3):
                assert (await pop.sync()).ok
            assert pop.raws() == [letter(number) for number in range(4)]
            assert not server.mailbox

    async def test_uidls_that_several_share_and_mail_that_stays(self, pop: PopWorld) -> None:
        with ScriptedPop3([Kept(letter(number), "same") for number in range(4)]) as server:
            pop.add(server)
            for more in (4, 5):
                assert (await pop.sync()).ok
                server.mailbox.append(Kept(letter(more), "same"))
            assert (await pop.sync()).ok
            assert pop.raws() == [letter(number) for number in range(6)]

    @pytest.mark.parametrize("leave", ["always", "never"])
    async def test_no_uidls(self, pop: PopWorld, leave: str) -> None:
        able = [word for word in CAPABILITIES if word != "UIDL"]
        with ScriptedPop3(letters(1, 2, 3), capabilities=able, uidl="-ERR what?") as server:
            pop.add(server, leave=leave)
            for _ in range(3):
                assert (await pop.sync()).ok
            assert pop.raws() == [letter(1), letter(2), letter(3)]
            assert len(server.mailbox) == (3 if leave == "always" else 0)

    async def test_neither_uidls_nor_headers(self, pop: PopWorld) -> None:
        """Each look downloads all of it, to find that it is here."""
        able = [word for word in CAPABILITIES if word not in {"UIDL", "TOP"}]
        with ScriptedPop3(letters(1, 2), capabilities=able, uidl="-ERR what?", top="-ERR what?") as server:
            pop.add(server)
            for _ in range(3):
                assert (await pop.sync()).ok
            assert pop.raws() == [letter(1), letter(2)]

    async def test_all_uidls_are_new_after_a_move(self, pop: PopWorld) -> None:
        with ScriptedPop3(letters(*range(10))) as server:
            pop.add(server)
            await pop.sync()
            for at, kept in enumerate(server.mailbox):
                kept.uidl = f"moved-{at}"
            before = server.verbs.count("RETR")
            assert (await pop.sync()).ok
            assert len(pop.raws()) == 10
            assert server.verbs.count("RETR") == before
            pop.add(server, leave="never")
            assert (await pop.sync()).ok
            assert server.verbs.count("RETR") == before + 10, "octets are compared before anything is deleted"
            assert not server.mailbox

    async def test_another_message_under_a_known_uidl_is_fetched_and_not_deleted_unseen(self, pop: PopWorld) -> None:
        first, other = letter(1, b"aaaa\r\n"), letter(1, b"bbbb\r\n")
        with ScriptedPop3([Kept(first, "u1")]) as server:
            pop.add(server)
            await pop.sync()
            server.mailbox = [Kept(other, "moved")]
            assert (await pop.sync()).ok
            pop.add(server, leave="never")
            for _ in range(3):
                assert (await pop.sync()).ok
        assert pop.raws() == [first, other]
        assert [kept.raw for kept in server.deleted] == [other]

    async def test_sizes_that_are_wrong(self, pop: PopWorld) -> None:
        mailbox = [Kept(letter(1), "u1", 5), Kept(letter(2), "u2", 5000)]
        with ScriptedPop3(mailbox, stat="+OK 2 1") as server:
            pop.add(server, leave="never")
            assert (await pop.sync()).ok
            assert pop.raws() == [letter(1), letter(2)]
            assert not server.mailbox

    async def test_a_message_that_is_cut_short_once(self, pop: PopWorld) -> None:
        whole = letter(1, b"line\r\n" * 50)
        cut = iter([b"+OK\r\n" + whole[:200] + b"\r\n.\r\n"])
        with ScriptedPop3([Kept(whole, "u1")], retr=lambda _line: next(cut, None)) as server:
            pop.add(server, leave="never")
            assert (await pop.sync()).ok
            assert pop.raws() == [whole]
            assert [kept.raw for kept in server.deleted] == [whole]

    async def test_a_message_that_is_always_shorter_than_announced_comes_and_is_not_deleted(
        self, pop: PopWorld
    ) -> None:
        with ScriptedPop3([Kept(letter(1), "u1", 9999)]) as server:
            pop.add(server, leave="never")
            for _ in range(2):
                assert (await pop.sync()).ok
            assert pop.raws() == [letter(1)]
            assert server.mailbox

    async def test_a_message_that_the_server_does_not_hand_over(self, pop: PopWorld) -> None:
        with ScriptedPop3(
            letters(1, 2, 3), retr=lambda line: "-ERR [SYS/PERM] broken" if line == "RETR 2" else None
        ) as server:
            pop.add(server, leave="never")
            assert (await pop.sync()).ok
            assert pop.raws() == [letter(1), letter(3)]
            assert [kept.raw for kept in server.mailbox] == [letter(2)]
            assert any("broken" in trouble.text for trouble in pop.world.troubles())

    async def test_a_server_that_contradicts_itself_deletes_nothing(self, pop: PopWorld) -> None:
        with ScriptedPop3(letters(1, 2), stat="+OK 3 1000") as server:
            pop.add(server, leave="never")
            assert (await pop.sync()).ok
            assert pop.raws() == [letter(1), letter(2)]
            assert len(server.mailbox) == 2

    async def test_a_list_that_is_empty_for_once(self, pop: PopWorld) -> None:
        with ScriptedPop3(letters(1, 2)) as server:
            pop.add(server)
            await pop.sync()
            server.mailbox, kept = [], server.mailbox
            await pop.sync()
            assert [each.missing is None for each in pop.known()] == [False, False]
            server.mailbox = kept
            await pop.sync()
            assert len(pop.raws()) == 2
            assert [each.missing is None for each in pop.known()] == [True, True]

    @pytest.mark.parametrize("answer", [Act.SILENT, Act.CLOSE, Act.RESET, "-ERR not now", "+OK\n+OK what?"])
    async def test_quit_is_not_answered_as_it_should(self, pop: PopWorld, answer: Act | str) -> None:
        if answer is Act.SILENT:
            pop.timeouts = replace(pop.timeouts, update=0.5, leave=0.5)
        with ScriptedPop3(letters(1, 2), quit=answer) as server:
            pop.add(server, leave="never")
            for _ in range(2):
                assert (await pop.sync()).ok
            del server.steps["quit"]
            for _ in range(2):
                assert (await pop.sync()).ok
            assert pop.raws() == [letter(1), letter(2)]
            assert not server.mailbox
            assert pop.known() == []


class TestAway:
    async def test_a_mailbox_in_use_is_tried_again_soon_and_local_mail_goes_on(self, pop: PopWorld) -> None:
        with ScriptedPop3(letters(1)) as server:
            pop.add(server)
            await pop.sync()
            server.steps["auth"] = "-ERR [IN-USE] another session"
            async with pop.running(alone=False) as engine:
                await pop.world.until(lambda: self.states(pop)[-1:] == ["offline"])
                (item,) = pop.world.items()
                with pop.world.acting() as hands:
                    hands.archive([item.id])
                await engine.handle(Wake(id=1))
                await pop.world.until(lambda: not pop.world.pending())
                assert pop.subjects("Archive") == ["Letter 1"]
                del server.steps["auth"]
                server.mailbox += letters(2)
                pop.clock.advance(46)  # type: ignore[attr-defined]  # a frozen clock
                await pop.world.until(lambda: pop.subjects() == ["Letter 2"])
                await pop.world.until(lambda: self.states(pop)[-1:] == ["online"])

    def states(self, pop: PopWorld) -> list[str]:
        """What was said of the account, in order; the same twice counts once."""
        said = [event.state for event in pop.world.events if isinstance(event, State)]
        return [state for at, state in enumerate(said) if state != "syncing" and state not in said[at + 1 : at + 2]]

    async def test_a_person_hears_why(self, pop: PopWorld) -> None:
        with ScriptedPop3(letters(1), auth="-ERR [IN-USE] another session") as server:
            pop.add(server)
            async with pop.running(alone=False) as engine:
                done = await engine.handle(Sync(id=1))
                assert (done.ok, done.kind) == (False, "throttled")
                assert "another session" in done.text

    async def test_a_password_that_is_refused_is_not_tried_again(self, pop: PopWorld) -> None:
        with ScriptedPop3(letters(1), auth="-ERR [AUTH] wrong") as server:
            pop.add(server)
            async with pop.running(alone=False) as engine:
                await pop.world.until(lambda: self.states(pop)[-1:] == ["sign-in"])
                pop.clock.advance(3600)  # type: ignore[attr-defined]  # a frozen clock
                await asyncio.sleep(0.1)
                assert server.verbs.count("AUTH") == 1
                del server.steps["auth"]
                assert (await engine.handle(Sync(id=1))).ok
                assert pop.subjects() == ["Letter 1"]
                assert [trouble.kind for trouble in pop.world.troubles()] == ["sign-in"]

    async def test_the_pause_between_sign_ins_is_kept(self, pop: PopWorld) -> None:
        with ScriptedPop3(letters(1), capabilities=[*CAPABILITIES, "LOGIN-DELAY 900"]) as server:
            pop.add(server)
            async with pop.running(alone=False) as engine:
                await pop.world.until(lambda: pop.subjects() == ["Letter 1"])
                await pop.world.until(lambda: self.states(pop)[-1:] == ["online"])
                pop.clock.advance(600)  # type: ignore[attr-defined]  # a frozen clock
                done = await engine.handle(Sync(id=1))
                assert (done.ok, done.kind) == (False, "throttled")
                assert server.verbs.count("AUTH") == 1
                pop.clock.advance(301)  # type: ignore[attr-defined]  # as above
                await pop.world.until(lambda: server.verbs.count("AUTH") == 2, step=1)

    async def test_the_server_asks_for_a_pause(self, pop: PopWorld) -> None:
        with ScriptedPop3(letters(1), auth="-ERR [LOGIN-DELAY] too soon") as server:
            pop.add(server)
            assert not (await pop.sync()).ok
            del server.steps["auth"]
            assert (await pop.sync()).ok
            assert pop.subjects() == ["Letter 1"]


async def test_several_accounts_deliver_into_one_inbox(pop: PopWorld) -> None:
    with ScriptedPop3(letters(1)) as first, ScriptedPop3(letters(2)) as second:
        pop.add(first)
        pop.add(second, "other", deliver_to="pop", leave="never")
        assert (await pop.sync()).ok
        assert pop.subjects() == ["Letter 1", "Letter 2"]
        with pop.local() as mail:
            items = mail.items(mail.folder(AccountName("pop"), "INBOX").id)
            assert {item.account for item in items} == {"pop", "other"}
            assert mail.folders(AccountName("other")) == []
        assert len(first.mailbox) == 1
        assert not second.mailbox


async def test_a_rebuilt_store_has_all_of_it(pop: PopWorld) -> None:
    with ScriptedPop3(letters(1, 2, 3)) as server:
        pop.add(server, leave="never")
        await pop.sync()
    items = {item.subject: item.id for item in pop.world.items()}
    with pop.world.acting() as hands:
        hands.archive([items["Letter 1"]])
        hands.mark([items["Letter 2"]], add=Flag.FLAGGED)
    with ScriptedPop3() as server:
        pop.add(server, leave="never")
        assert (await pop.sync()).ok
        for suffix in ("", "-wal", "-shm"):
            pop.home.mail_db.with_name(f"mail.db{suffix}").unlink(missing_ok=True)
        assert (await pop.sync()).ok
    assert pop.subjects() == ["Letter 2", "Letter 3"]
    assert pop.subjects("Archive") == ["Letter 1"]
    assert [item.flags for item in pop.world.items() if item.subject == "Letter 2"] == [Flag.FLAGGED]
    assert all(item.has_body for item in pop.world.items())


def greetings(account: str) -> Draft:
    identity = Identity(AccountName(account), "Me", f"{account}@example.org")
    return Draft(identity=identity, to="bob@example.org", subject="Greetings", body="Hello.\n")


def queue(pop: PopWorld, account: str) -> OutboxId:
    """Send a message of an account."""
    draft = greetings(account)
    with pop.world.writing() as (drafts, outbox):
        built = build(draft, drafts.octets, pop.clock.now())
        return outbox.queue(AccountName(account), built, draft=draft, hold=0)


async def test_what_another_account_delivers_is_seen_at_once(pop: PopWorld) -> None:
    with ScriptedPop3() as first, ScriptedPop3(letters(2)) as second:
        pop.add(first)
        pop.add(second, "other", deliver_to="pop")
        async with pop.running() as engine:
            done = await engine.handle(Sync(id=1, account="other"))
            assert done.ok, done
            assert pop.subjects() == ["Letter 2"]
            assert not first.verbs


@pytest.mark.parametrize("account", ["pop", "other"])
async def test_a_copy_of_what_is_sent_is_kept_in_the_local_sent(pop: PopWorld, account: str) -> None:
    with ScriptedPop3(letters(1)) as first, ScriptedPop3() as second:
        pop.add(first)
        pop.add(second, "other", deliver_to="pop")
        async with pop.running() as engine:
            assert (await engine.handle(Sync(id=1))).ok
            number = queue(pop, account)
            assert (await engine.handle(WaitOutbox(id=2, messages=[number]))).ok
        (copy,) = pop.raws("Sent")
        assert b"Subject: Greetings" in copy
        assert pop.subjects("Sent") == ["Greetings"]
        assert len(pop.world.post.delivered) == 1


async def test_a_draft_goes_to_the_local_drafts(pop: PopWorld) -> None:
    with ScriptedPop3() as server:
        pop.add(server)
        async with pop.running() as engine:
            assert (await engine.handle(Sync(id=1))).ok
            with pop.world.writing() as (drafts, _outbox):
                number = drafts.begin(greetings("pop"))
                drafts.file(number)
            assert (await engine.handle(Sync(id=2))).ok
        assert len(pop.raws("Drafts")) == 1
        assert pop.subjects("Drafts") == ["Greetings"]


async def test_folders_are_made_renamed_and_deleted(pop: PopWorld) -> None:
    with ScriptedPop3(letters(1, 2)) as server:
        pop.add(server)
        await pop.sync()
        with pop.world.acting() as hands:
            made = hands.folders.ensure(AccountName("pop"), "Lists/Python")
            hands.move([item.id for item in pop.world.items() if item.subject == "Letter 1"], made)
            hands.folders.rename(made, "Python")
        await pop.sync()
        assert pop.raws("Python") == [letter(1)]
        with pop.world.acting() as hands:
            hands.undo()
        await pop.sync()
        assert pop.raws("Lists/Python") == [letter(1)]
        with pop.world.acting() as hands:
            hands.undo()
            hands.folders.delete(pop.world.folder("Lists/Python", "pop"))
        await pop.sync()
        assert sorted(pop.subjects()) == ["Letter 1", "Letter 2"]
        assert not pop.subjects("Lists/Python")
