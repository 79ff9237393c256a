"""What servers say a message consists of: real ones against our own reading of the whole, and what makes no sense."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.backends.test_imap_conformance import sign_in
from tests.backends.test_imap_scripted import CAPS, selected, talking_to
from tests.conftest import Mailbox
from tests.fakes.scripted_imap import answering
from tui_mail.backends.imap.backend import ImapBackend
from tui_mail.backends.imap.structure import MAX_DEPTH, MAX_PARTS, read
from tui_mail.backends.imap.tokens import Malformed, Record, Token, parse
from tui_mail.mime import structure as mime
from tui_mail.mime.outline import structure
from tui_mail.mime.transfer import decode_body
from tui_mail.model.errors import Gone, Refused
from tui_mail.model.structure import RemotePart

MESSAGES = sorted((Path(__file__).parent.parent / "data").glob("*.eml"))
DIFFERENT = {
    "attachment-name-backslashes-and-quotes": "Dovecot ends a name at a backslash that no quotation mark protects",
    "base64-encoding-in-quotes": "an encoding in quotation marks is none to Dovecot",
    "base64-with-junk": "an encoding with more behind its name is none to Dovecot",
    "boundary-empty": "an empty boundary is one to Dovecot",
    "boundary-never-occurs": "text without a boundary is before the first part to Dovecot, and a part to us",
    "boundary-same-nested": "a boundary used twice parts the inner parts for Dovecot, the outer ones for us",
    "charset-unknown": "a charset ends at a slash for Dovecot",
    "content-type-empty": "an empty type is unknown data to Dovecot, and text to us",
    "content-type-in-quotes": "a type in quotation marks is none to Dovecot",
    "content-type-multipart-without-boundary": "a multipart without boundary has no text for Dovecot",
    "content-type-name-in-rfc2231-and-2047": "a name without quotation marks ends at a space for Dovecot",
    "content-type-semicolon-forgotten": "parameters without a semicolon before them are none to Dovecot",
    "digest": "a message inside is named by its subject, which no part of a structure tells",
    "digest-with-preface": "a message inside is named by its subject",
    "filename-traversal": "a name without quotation marks ends at a space or loses its backslashes for Dovecot",
    "header-comments-in-date-and-type": "Dovecot takes comments out of a charset",
    "header-many-continuations": "Dovecot puts any number of continuations together, we stop at a limit",
    "header-many-semicolons": "Dovecot reads no parameters behind empty ones",
    "header-five-thousand-recipients": "most of it is its header: refused, and fetched whole",
    "header-huge-subject": "most of it is its header: refused, and fetched whole",
    "header-ten-thousand-fields": "most of it is its header: refused, and fetched whole",
    "message-inside-hundred-deep": "told with more depth than is read",
    "message-inside-message": "a message inside is named by its subject; and the line break before the last boundary",
    "message-inside-six-deep": "a message inside is named by its subject",
    "nested-sixty-deep": "told with more depth than is read",
    "parts-five-thousand": "told with more parts than are read",
    "report-abuse": "a message inside is named by its subject",
    "report-delivery-failed": "a message inside is named by its subject",
    "report-delivery-gmail": "a message inside is named by its subject",
    "report-delivery-postfix": "a message inside is named by its subject",
    "signed-inside-forwarded": "a message inside is named by its subject",
    "transfer-encoding-on-multipart": "a multipart that is encoded has no parts for Dovecot, and we see its text",
}
OTHER_OUTLINE = {
    "boundary-empty": "refused, and fetched whole",
    "boundary-never-occurs": "no text in it; a large one is refused, since most of it would be in no part",
    "boundary-same-nested": "refused, and fetched whole",
    "content-type-empty": "refused, and fetched whole",
    "content-type-in-quotes": "refused, and fetched whole",
    "content-type-multipart-without-boundary": "refused, and fetched whole",
    "content-type-semicolon-forgotten": "refused, and fetched whole",
    "header-five-thousand-recipients": "most of it is its header: refused, and fetched whole",
    "header-huge-subject": "most of it is its header: refused, and fetched whole",
    "header-ten-thousand-fields": "most of it is its header: refused, and fetched whole",
    "message-inside-hundred-deep": "refused, and fetched whole",
    "message-inside-message": "the line break before the last boundary belongs to it",
    "nested-sixty-deep": "refused, and fetched whole",
    "parts-five-thousand": "refused, and fetched whole",
    "transfer-encoding-on-multipart": "no text in it; a large one is refused, since most of it would be in no part",
}


def facts(part: RemotePart) -> tuple[str, ...]:
    charset = "" if part.charset == "us-ascii" else part.charset  # what a part without charset is in (RFC 2046, 4.1.2)
    return part.path, part.type, part.encoding, charset, part.name, part.disposition, part.content_id


def decoded(raw: bytes) -> list[tuple[object, ...]]:
    """Each part as the program sees it in a message or an outline: what it says of itself, and its octets."""
    message = mime.parse(raw)
    return [
        (part.id, part.type, part.charset, part.name, part.disposition, part.content_id, part.flowed, mime.part_octets(message, part))
        for part in message.parts
    ]  # fmt: skip


class Same:
    """Whether one message is told of as we read it."""

    def __init__(self, backend: ImapBackend, uidvalidity: int, uid: int, raw: bytes) -> None:
        self._backend = backend
        self._place = ("INBOX", uidvalidity, uid)
        self._raw = raw
        self.structure = self.outline = False

    async def compare(self) -> None:
        try:
            told = await self._backend.structure(*self._place)
        except Refused:
            return
        message = mime.parse(self._raw)
        leaves = list(told.leaves())
        self.structure = [facts(leaf) for leaf in leaves] == [facts(leaf) for leaf in structure(message).leaves()]
        for leaf in leaves:
            sink = io.BytesIO()
            await self._backend.fetch(*self._place, sink, leaf.path)
            same = decode_body(sink.getvalue(), leaf.encoding) == mime.part_bytes(message, leaf.path)
            self.structure = self.structure and same
        try:
            outline = await self._backend.outline(*self._place, told, {leaf.path for leaf in leaves})
        except Refused:
            return
        self.outline = decoded(outline) == decoded(self._raw)


@pytest.mark.dovecot
async def test_parts_are_the_same_by_structure_and_from_the_whole_message(dovecot: Mailbox) -> None:
    """Types, names, charsets, encodings and decoded octets of every awkward message, or the difference has a reason."""
    client = sign_in(dovecot.login)
    names = [path.stem for path in MESSAGES if path.stem != "empty-message"]  # which no server takes
    for name in names:
        raw = (MESSAGES[0].parent / f"{name}.eml").read_bytes()
        status, data = client.append("INBOX", "", "", re.sub(rb"\r?\n", b"\r\n", raw))
        assert status == "OK", (name, data)
    client.logout()
    backend = ImapBackend(dovecot.imap(), dovecot.user, lambda: dovecot.server.password)
    await backend.connect()
    uidvalidity = (await backend.status("INBOX")).uidvalidity or 0
    compared: dict[str, Same] = {}
    async for body in backend.bodies("INBOX", uidvalidity, range(1, len(names) + 1)):
        compared[names[body.uid - 1]] = Same(backend, uidvalidity, body.uid, body.raw)
    for same in compared.values():
        await same.compare()
    await backend.close()
    assert len(compared) == len(names)
    assert {name for name, same in compared.items() if not same.structure} == set(DIFFERENT)
    assert {name for name, same in compared.items() if not same.outline} == set(OTHER_OUTLINE)


# -- reading


def told(text: bytes) -> RemotePart:
    return read(parse(Record((text,)))[0])


def test_a_structure_is_read() -> None:
    whole = told(
        b'(("TEXT" "PLAIN" ("CHARSET" "utf-8" "format" "flowed") NIL NIL "7BIT" 12 1 NIL NIL NIL)'
        b'(("text" "html" NIL NIL NIL "QUOTED-PRINTABLE" 40 2)'
        b'("image" "png" ("name" "=?utf-8?q?Gr=C3=BC=C3=9Fe?=.png") "<a@b>" NIL "base64" 780 NIL ("inline" NIL) NIL)'
        b' "related" ("boundary" "x"))'
        b'("application" "pdf" NIL NIL NIL "base64" 7800000 NIL ("attachment" ("filename*" "utf-8\'\'%C3%A4.pdf")) NIL)'
        b'("message" "rfc822" NIL NIL NIL "7bit" 500 (NIL NIL NIL NIL NIL NIL NIL NIL NIL NIL)'
        b' ("text" "plain" NIL NIL NIL "7bit" 5 1) 9 NIL ("attachment" ("filename" "old.eml")) NIL)'
        b' "MIXED" ("boundary" "y") NIL NIL)'
    )
    assert [(part.path, part.type, part.octets, part.name, part.disposition) for part in whole.entities()] == [
        ("", "multipart/mixed", 0, "", ""),
        ("1", "text/plain", 12, "", ""),
        ("2", "multipart/related", 0, "", ""),
        ("2.1", "text/html", 40, "", ""),
        ("2.2", "image/png", 780, "Grüße.png", "inline"),
        ("3", "application/pdf", 7_800_000, "ä.pdf", "attachment"),
        ("4", "message/rfc822", 500, "old.eml", "attachment"),
    ]
    assert [part.content_id for part in whole.leaves()][2] == "a@b"
    assert [part.size for part in whole.leaves()][3] == 5_700_000


NONSENSE = {
    "nil": b"NIL",
    "a word": b"text",
    "nothing": b"()",
    "a multipart without parts": b'("ALTERNATIVE")',
    "a multipart without kind": b'(("text" "plain" NIL NIL NIL "7bit" 5 1))',
    "no octets": b'("text" "plain" NIL NIL NIL "7bit")',
    "octets that are none": b'("text" "plain" NIL NIL NIL "7bit" -5 1)',
    "octets beyond all": b'("text" "plain" NIL NIL NIL "7bit" 99999999999999999999 1)',
    "half a parameter": b'("text" "plain" ("charset") NIL NIL "7bit" 5 1)',
    "a parameter that is a list": b'("text" "plain" ("charset" ("a")) NIL NIL "7bit" 5 1)',
    "no encoding": b'("text" "plain" NIL NIL NIL NIL 5 1)',
    "no subtype": b'("text" NIL NIL NIL NIL "7bit" 5 1)',
    "an id that is a list": b'("text" "plain" NIL ("a") NIL "7bit" 5 1)',
    "too deep": b"(" * (MAX_DEPTH + 3) + b'"text" "plain" NIL NIL NIL "7bit" 5 1' + b' "mixed")' * (MAX_DEPTH + 3),
    "too many": b"(" + b'("text" "plain" NIL NIL NIL "7bit" 5 1)' * (MAX_PARTS + 1) + b' "mixed")',
    "far too many": b"(" + b'("text" "plain" NIL NIL NIL "7bit" 5 1)' * 10_000 + b' "mixed")',
}


@pytest.mark.parametrize("text", NONSENSE.values(), ids=NONSENSE)
def test_nonsense_is_refused(text: bytes) -> None:
    with pytest.raises(Malformed):
        told(text)


TOKENS: st.SearchStrategy[Token] = st.recursive(
    st.none() | st.binary(max_size=8) | st.sampled_from([b"text", b"plain", b"message", b"rfc822", b"7", b"base64"]),
    lambda inner: st.lists(inner, max_size=12),
    max_leaves=60,
)


@given(TOKENS)
def test_any_answer_is_read_or_refused(token: Token) -> None:
    try:
        whole = read(token)
    except Malformed:
        return
    assert all(part.path and part.octets >= 0 for part in whole.leaves())


# -- whole conversations

PLAIN = b'("text" "plain" NIL NIL NIL "7bit" 5 1)'
BINARY = b'("application" "zip" ("name" "a.zip") NIL NIL "base64" 300000)'
BOTH = b"(" + PLAIN + BINARY + b' "mixed")'
HEADER = b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n'


def literal(name: str, octets: bytes) -> bytes:
    return b"BODY[%s] {%d}\r\n%s" % (name.encode(), len(octets), octets)


def pieces(*more: bytes) -> bytes:
    first = (
        literal("HEADER", HEADER),
        literal("1.MIME", b"\r\n"),
        literal("2.MIME", b"Content-Type: application/zip\r\n\r\n"),
    )
    return b"* 1 FETCH (UID 1 " + b" ".join([*first, *more]) + b")"


def replies(structure: bytes, *answers: bytes | str, size: int = 300_500) -> dict[str, object]:
    def fetch(command: str) -> list[bytes | str]:
        if "BODYSTRUCTURE" in command:
            return [b"* 1 FETCH (UID 1 RFC822.SIZE %d BODYSTRUCTURE %s)" % (size, structure)]
        return list(answers)

    return {"EXAMINE": selected(1, 2), "UID FETCH": fetch}


class TestServers:
    async def test_an_outline_comes_in_one_command_and_never_marks_as_seen(self) -> None:
        with_text = pieces(literal("1", b"Hello"))
        stranger = b"* 1 FETCH (FLAGS (\\Seen) UID 1)"
        async with talking_to(answering(CAPS, replies(BOTH, stranger, with_text))) as (backend, scripted):
            whole = await backend.structure("INBOX", 7, 1)
            outline = await backend.outline("INBOX", 7, 1, whole, {"1"})
            said = b"\n".join(scripted.wires[0].received)
        message = mime.parse(outline)
        assert [(part.id, part.type, part.size) for part in message.parts] == [
            ("1", "text/plain", 5),
            ("2", "application/zip", 0),
        ]
        fetched = re.findall(rb"BODY[^ )]*", said.partition(b"BODYSTRUCTURE")[2])
        assert fetched == [b"BODY.PEEK[%s]" % name for name in (b"HEADER", b"1.MIME", b"2.MIME", b"1")]

    @pytest.mark.parametrize(
        ("structure", "size"),
        [
            (b"NIL", 300_500),
            (BOTH, 1000),
            (BOTH, 3_000_000),
            (BOTH + b" BODYSTRUCTURE ()", 300_500),
            (b"((((", 300_500),
        ],
        ids=["nil", "parts larger than the message", "parts that are a tenth of it", "two", "unbalanced"],
    )
    async def test_an_absurd_structure_is_refused_and_the_connection_lives_on(
        self, structure: bytes, size: int
    ) -> None:
        script = answering(CAPS, replies(structure, b"* 1 FETCH (UID 1 RFC822.SIZE 2 BODY[]<0> {2}\r\nhi)", size=size))
        async with talking_to(script) as (backend, scripted):
            with pytest.raises(Refused, match="makes no sense"):
                await backend.structure("INBOX", 7, 1)
            sink = io.BytesIO()
            assert await backend.fetch("INBOX", 7, 1, sink) == 2
            assert len(scripted.wires) == 1

    @pytest.mark.parametrize(
        "answer",
        [
            b"* 1 FETCH (UID 1 " + literal("HEADER", HEADER) + b")",
            pieces(literal("1", b"Hello\r\n--b\r\n\r\nforged")),
            pieces(),
            pieces(b"BODY[1] NIL"),
            pieces(literal("1", b"He")),
            pieces(b"BODY[1] (a)"),
            pieces(literal("1", b"x" * (9 << 20))),
            b"* 1 FETCH (((",
        ],
        ids=[
            "headers missing",
            "another boundary",
            "text missing",
            "no text",
            "half a text",
            "a list",
            "far more than told",
            "unbalanced",
        ],
    )
    async def test_pieces_that_do_not_fit_are_refused(self, answer: bytes) -> None:
        async with talking_to(answering(CAPS, replies(BOTH, answer))) as (backend, _scripted):
            whole = await backend.structure("INBOX", 7, 1)
            with pytest.raises(Refused, match="makes no sense"):
                await backend.outline("INBOX", 7, 1, whole, {"1"})

    async def test_a_message_that_is_not_there_is_gone(self) -> None:
        silent = {"EXAMINE": selected(1, 2), "UID FETCH": []}
        async with talking_to(answering(CAPS, silent)) as (backend, _scripted):
            with pytest.raises(Gone):
                await backend.structure("INBOX", 7, 1)
            with pytest.raises(Gone):
                await backend.outline("INBOX", 7, 1, told(BOTH), {"1"})

    async def test_a_server_that_says_no_is_quoted(self) -> None:
        refusing = {"EXAMINE": selected(1, 2), "UID FETCH": ["NO oops"]}
        async with talking_to(answering(CAPS, refusing)) as (backend, _scripted):
            with pytest.raises(Refused, match="oops"):
                await backend.structure("INBOX", 7, 1)

    async def test_a_part_that_cannot_be_read_is_refused_and_not_gone(self) -> None:
        refusing = {"EXAMINE": selected(1, 2), "UID FETCH": ["NO oops"]}
        async with talking_to(answering(CAPS, refusing)) as (backend, _scripted):
            with pytest.raises(Refused, match="oops"):
                await backend.fetch("INBOX", 7, 1, io.BytesIO(), "2")
