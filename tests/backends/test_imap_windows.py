"""Windows of a first synchronisation: how many are under way, in which order they are answered, and when they are cut."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

import pytest

from tests.backends.conformance import Copy
from tests.fakes.scripted_imap import ScriptedImap, Wire
from tui_mail.backends.imap.backend import ImapBackend
from tui_mail.backends.imap.cursor import Cursor, decode
from tui_mail.backends.imap.transport import Timeouts
from tui_mail.config.servers import Security, Server
from tui_mail.model.errors import Unreachable
from tui_mail.model.flags import Flag
from tui_mail.model.remote import NewMessage

PATIENT = Timeouts(connect=30, stall=30, command=60, done=30, idle=60, poll=0.1)
CAPS = "IMAP4rev1 SASL-IR AUTH=PLAIN LITERAL+ ESEARCH IDLE"
COUNT = 5000
Window = tuple[str, int, int]


def lines(low: int, high: int) -> list[bytes]:
    """What a server says of these messages."""
    found: list[bytes] = []
    for uid in range(low, high + 1):
        text = f"Subject: Letter {uid}\r\n\r\n"
        found.append(
            f'* {uid} FETCH (UID {uid} FLAGS () INTERNALDATE "17-Jul-1996 02:44:25 -0700" RFC822.SIZE 44 '
            f"BODY[HEADER.FIELDS (SUBJECT)] {{{len(text)}}}\r\n{text})".encode()
        )
    return found


def windows(wire: Wire, most: int) -> list[Window]:
    """(tag, first, last) of commands that are sent without an answer, at most ``most``. UIDs are numbers here."""
    found: list[Window] = []
    while len(found) < most and (not found or wire.pending(0.2)):
        tag, rest = wire.command()
        named = re.match(r"(?:UID )?FETCH (\d+):(\d+|\*)", rest)
        assert named, rest
        found.append((tag, int(named[1]), COUNT if named[2] == "*" else int(named[2])))
    return found


def opened(wire: Wire) -> None:
    """Sign-in, the folder, and the first page."""
    wire.sign_in(CAPS)
    wire.examine(exists=COUNT, uidnext=COUNT + 1, start="EXAMINE")
    wire.answer("FETCH", *lines(COUNT - 99, COUNT))


def answer(wire: Wire, some: Sequence[Window]) -> None:
    for tag, low, high in some:
        wire.send(*lines(low, high), f"{tag} OK done")


def to_the_end(wire: Wire, under_way: list[Window] | None = None) -> None:
    """Answer until the lowest message was asked for."""
    some = under_way or windows(wire, 1)
    while True:
        answer(wire, some)
        if some[-1][1] == 1:
            break
        some = windows(wire, 1)
    wire.until_gone()


async def follow(
    *scripts: Callable[[Wire], None], connections: int = 3, alone: bool = False, cut: bool = False
) -> Copy:
    """The copy made over the first connection, and over another after a ``cut``."""
    copy = Copy("INBOX")
    with ScriptedImap(*scripts) as scripted:
        backend = ImapBackend(
            Server("127.0.0.1", scripted.port, Security.NONE), "ada", lambda: "secret", timeouts=PATIENT,
            connections=connections, alone=alone,
        )  # fmt: skip
        try:
            if cut:
                with pytest.raises(Unreachable):
                    await copy.follow(backend)
                known = decode(copy.cursor)
                assert known is not None
                # Nothing is vouched for that is not here.
                assert {uid for uid in range(1, COUNT + 1) if known.knows(uid)} == set(copy.uids())
            await copy.follow(backend)
        finally:
            await backend.close()
    return copy


@pytest.mark.parametrize(
    ("connections", "alone", "first", "deep"), [(3, False, 4, 3), (1, False, 1, 2), (3, True, 4, 3)]
)
async def test_a_connection_that_nobody_waits_for_has_more_windows_under_way(
    connections: int, alone: bool, first: int, deep: int
) -> None:
    seen: list[int] = []

    def script(wire: Wire) -> None:
        wire.sign_in(CAPS)
        wire.examine(exists=COUNT, uidnext=COUNT + 1, start="EXAMINE")
        some = windows(wire, 9)
        seen.append(len(some))
        answer(wire, some[:1])
        some = some[1:] or windows(wire, 1)
        answer(wire, some[:1])
        some = [*some[1:], *windows(wire, 9)]
        seen.append(len(some))
        to_the_end(wire, some)

    copy = await follow(script, connections=connections, alone=alone)
    assert seen == [first, deep]
    assert list(copy.uids()) == list(range(1, COUNT + 1))


async def test_windows_answered_side_by_side_bring_each_message_once() -> None:
    """RFC 9051, 5.5; pages still come newest first, and vouch for nothing that is not in them."""

    def script(wire: Wire) -> None:
        opened(wire)
        answer(wire, windows(wire, 1))
        one, two, three = windows(wire, 3)
        wire.send(*lines(two[1], two[2])[:200], *lines(one[1], one[2]), f"{one[0]} OK done")
        wire.send(*lines(three[1], three[2]), *lines(two[1], two[2])[200:], f"{two[0]} OK done", f"{three[0]} OK done")
        wire.until_gone()

    copy = await follow(script)
    assert list(copy.uids()) == list(range(1, COUNT + 1))


LISTING = CAPS + " LIST-EXTENDED LIST-STATUS"


async def test_what_is_answered_before_older_windows_are_is_not_lost() -> None:
    """What came since the list was read is asked for behind what the list told, and may be answered before it."""

    def script(wire: Wire) -> None:
        wire.sign_in(LISTING + " ENABLE CONDSTORE QRESYNC")
        wire.answer('LIST "" ""', '* LIST (\\Noselect) "/" ""')
        numbers = "MESSAGES 12 UNSEEN 0 UIDNEXT 13 UIDVALIDITY 7 HIGHESTMODSEQ 6"
        wire.answer('LIST "" "*"', '* LIST () "/" INBOX', f"* STATUS INBOX ({numbers})")
        opening, _rest = wire.expect("EXAMINE INBOX (QRESYNC (7 5 1:10")
        told, _rest = wire.expect("UID FETCH 11:12 ")
        wire.send("* 16 EXISTS", "* OK [UIDVALIDITY 7] ok", "* OK [UIDNEXT 17] ok", "* OK [HIGHESTMODSEQ 9] ok")
        wire.send(f"{opening} OK [READ-ONLY] done")
        since, _rest = wire.expect("UID FETCH 13:16 ")
        wire.send(*lines(13, 15), *lines(11, 12), f"{told} OK done", *lines(16, 16), f"{since} OK done")
        wire.until_gone()

    copy = Copy("INBOX", cursor=Cursor(7, 11, 5).encode(), uidvalidity=7)
    for uid in range(1, 11):
        copy.messages[uid], copy.flags[uid] = NewMessage(uid, Flag.NONE, (), 0, 44, b""), (Flag.NONE, ())
    with ScriptedImap(script) as scripted:
        backend = ImapBackend(
            Server("127.0.0.1", scripted.port, Security.NONE), "ada", lambda: "secret", timeouts=PATIENT, alone=True
        )
        try:
            await backend.folders()
            pages = await copy.follow(backend)
        finally:
            await backend.close()
    assert [[message.uid for message in page.new] for page in pages if page.new] == [[12, 11], [16, 15, 14, 13]]


@pytest.mark.parametrize(
    ("listed", "exists"), [(COUNT, COUNT), (COUNT, COUNT - 30), (COUNT, 60), (COUNT, 0), (50, 50), (50, 49), (50, 51)]
)
@pytest.mark.parametrize("refused", [False, True])
async def test_the_first_page_is_asked_for_with_the_folder(listed: int, exists: int, refused: bool) -> None:
    """The number is the list's, and may be wrong by now; the answer may be a refusal then."""

    def script(wire: Wire) -> None:
        wire.sign_in(LISTING)
        wire.answer('LIST "" ""', '* LIST (\\Noselect) "/" ""')
        numbers = f"MESSAGES {listed} UNSEEN 0 UIDNEXT {COUNT + 1} UIDVALIDITY 7"
        wire.answer('LIST "" "*"', '* LIST () "/" INBOX', f"* STATUS INBOX ({numbers})")
        opening, _rest = wire.expect("EXAMINE")
        first = max(1, listed - 99)
        page, _rest = wire.expect(f"FETCH {first}:*")
        wire.send(f"* {exists} EXISTS", "* OK [UIDVALIDITY 7] ok", f"* OK [UIDNEXT {COUNT + 1}] ok")
        wire.send(f"{opening} OK [READ-ONLY] done")
        if refused or not exists:
            wire.send(f"{page} BAD no such messages")
        else:  # ``*`` is the last one, however high the other end of the range is
            wire.send(*lines(min(first, exists), exists), f"{page} OK done")
        while True:
            tag, rest = wire.command()
            if rest == "LOGOUT":
                wire.send("* BYE bye", f"{tag} OK done")
                return
            named = re.match(r"(?:UID )?FETCH (\d+):(\d+|\*)", rest)
            if named is None:
                assert rest.startswith("UID SEARCH"), rest
                wire.send(f'* ESEARCH (TAG "{tag}") UID' + (f" ALL 1:{exists}" if exists else ""), f"{tag} OK done")
            else:
                last = exists if named[2] == "*" else min(exists, int(named[2]))
                wire.send(*lines(int(named[1]), last), f"{tag} OK done")

    copy = Copy("INBOX")
    with ScriptedImap(script) as scripted:
        backend = ImapBackend(
            Server("127.0.0.1", scripted.port, Security.NONE), "ada", lambda: "secret", timeouts=PATIENT, connections=1
        )
        try:
            assert [folder.name for folder in await backend.folders()] == ["INBOX"]
            await copy.follow(backend)
        finally:
            await backend.close()
    assert list(copy.uids()) == list(range(1, exists + 1))


@pytest.mark.parametrize("whole", [0, 1, 2])
async def test_a_cut_with_several_windows_under_way_loses_those_that_were_not_whole(whole: int) -> None:
    def cut(wire: Wire) -> None:
        opened(wire)
        answer(wire, windows(wire, 1))
        some = windows(wire, 3)
        answer(wire, some[:whole])
        _tag, low, high = some[whole]
        wire.send(*lines(low, high)[:-1])

    def rest(wire: Wire) -> None:
        wire.sign_in(CAPS)
        wire.examine(exists=COUNT, uidnext=COUNT + 1, start="EXAMINE")
        low = COUNT
        while low > 1:
            tag, command = wire.command()
            named = re.match(r"UID FETCH (\d+):(\d+) .*HEADER", command)
            if named is None:  # the flags of what is known are looked at
                wire.send(f"{tag} OK done")
                continue
            low = int(named[1])
            answer(wire, [(tag, low, int(named[2]))])
        wire.until_gone()

    copy = await follow(cut, rest, cut=True)
    assert list(copy.uids()) == list(range(1, COUNT + 1))


KNOWN = LISTING + " ENABLE CONDSTORE QRESYNC"


@pytest.mark.parametrize("came", [0, 40])
@pytest.mark.parametrize("end", ["as told", "renumbered", "went down", "not understood"])
async def test_what_the_list_told_to_be_new_is_asked_for_with_the_folder(came: int, end: str) -> None:
    """``came``: so many more than the list told. Where the folder is another than it was, the answers count for nothing."""
    new = 100 if end == "went down" else COUNT + came

    def script(wire: Wire) -> None:
        wire.sign_in(KNOWN)
        wire.answer('LIST "" ""', '* LIST (\\Noselect) "/" ""')
        numbers = f"MESSAGES {COUNT} UNSEEN 0 UIDNEXT {COUNT + 1} UIDVALIDITY 7 HIGHESTMODSEQ 60"
        wire.answer('LIST "" "*"', '* LIST () "/" INBOX', f"* STATUS INBOX ({numbers})")
        opening, _rest = wire.expect("EXAMINE INBOX (QRESYNC (7 50 1:4000))")
        some = windows(wire, 9)
        assert [(low, high) for _tag, low, high in some] == [(4501, 5000), (4001, 4500)]
        validity = 8 if end == "renumbered" else 7
        told = [f"* {new} EXISTS", f"* OK [UIDVALIDITY {validity}] ok", f"* OK [UIDNEXT {new + 1}] ok"]
        told.append("* OK [HIGHESTMODSEQ 60] ok")
        if end == "not understood":
            wire.send(f"{opening} BAD what", *(f"{tag} BAD no folder" for tag, _low, _high in some))
            wire.examine(*told[3:], exists=new, uidnext=new + 1, start="EXAMINE")
        else:
            wire.send(*told, f"{opening} OK [READ-ONLY] done")
            answer(wire, [(tag, low, min(high, new)) for tag, low, high in some])
        while True:
            tag, rest = wire.command()
            if rest == "LOGOUT":
                wire.send("* BYE bye", f"{tag} OK done")
                return
            named = re.match(r"(?:UID )?FETCH (\d+):(\d+|\*) .*HEADER", rest)
            if named is None:
                wire.send(f"{tag} OK done")  # flags: none changed
            else:
                wire.send(*lines(int(named[1]), new if named[2] == "*" else min(new, int(named[2]))), f"{tag} OK done")

    copy = Copy("INBOX")
    with ScriptedImap(script) as scripted:
        backend = ImapBackend(
            Server("127.0.0.1", scripted.port, Security.NONE), "ada", lambda: "secret", timeouts=PATIENT, alone=True
        )
        try:
            await backend.folders()
            copy.cursor, copy.uidvalidity = Cursor(7, 4001, 50).encode(), 7
            copy.messages = {uid: NewMessage(uid, Flag.NONE, (), 0, 0, b"") for uid in range(1, 4001)}
            copy.flags = dict.fromkeys(copy.messages, (Flag.NONE, ()))
            await copy.follow(backend)
        finally:
            await backend.close()
    assert list(copy.uids()) == list(range(1, new + 1))
