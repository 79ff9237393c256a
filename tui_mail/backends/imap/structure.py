"""What a message consists of, and an outline of it: header, headers of parts and some bodies, in two round trips.

Owns reading BODYSTRUCTURE, within bounds: what makes no sense, or too much of it, is refused as a whole, and the message is
then better fetched whole. Must not know what is done with the parts.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from typing import Final, NoReturn

from tui_mail.backends.imap import fetch
from tui_mail.backends.imap.failures import CommandFailed, refusal
from tui_mail.backends.imap.mailbox import Connection, Turn, select_version
from tui_mail.backends.imap.session import Session
from tui_mail.backends.imap.tokens import Malformed, Spooled, Token, number
from tui_mail.mime.outline import assemble, sections
from tui_mail.mime.params import Params, parse_params
from tui_mail.mime.structure import leaf_type, placement
from tui_mail.mime.transfer import encoding_of
from tui_mail.model.errors import Gone, Refused
from tui_mail.model.structure import RemotePart
from tui_mail.model.words import _

MAX_DEPTH: Final = 20
MAX_PARTS: Final = 100
"""Multiparts count, too."""
MAX_PIECES: Final = 8 << 20
"""Octets of an outline."""
_SLACK: Final = 64 << 10
_BASIC, _TEXT, _MESSAGE = 7, 8, 10
"""Where what servers may leave out begins (RFC 9051, body-ext-1part), by kind of part."""
_MESSAGES: Final = frozenset({"message/rfc822", "message/global"})


def told(connection: Connection, folder: str, uidvalidity: int, uid: int) -> RemotePart:
    """What the message consists of. Raises Gone, Refused; Refused also when what the server says makes no sense."""
    select_version(connection, folder, uidvalidity, (uid,))
    found = _asked(connection.session, folder, uid, b"RFC822.SIZE BODYSTRUCTURE")
    try:
        whole = read(found[b"BODYSTRUCTURE"])
        _weigh(whole, number(found[b"RFC822.SIZE"]), certain=not connection.profile.quirks.size_is_a_guess)
    except (Malformed, KeyError):
        _refuse(connection.session, folder)
    return whole


def outline(
    connection: Connection,
    folder: str,
    uidvalidity: int,
    uid: int,
    whole: RemotePart,
    wanted: Collection[str],
    turn: Turn,
) -> bytes:
    """See ``mime.outline``. Raises as ``told`` does."""
    session = connection.session
    pieces: dict[str, bytes] = {}
    for names in _batches(sections(whole, wanted), connection.profile.quirks.line):
        turn.breathe()
        select_version(connection, folder, uidvalidity, (uid,))
        found = _asked(session, folder, uid, b" ".join(b"BODY.PEEK[%s]" % name.encode("ascii") for name in names))
        octets = {name: _octets(found.pop(b"BODY[%s]" % name.encode("ascii"), [])) for name in names}
        pieces |= {name: value for name, value in octets.items() if value is not None}
        if None in octets.values() or sum(map(len, pieces.values())) > MAX_PIECES:
            _refuse(session, folder)
    try:
        return assemble(whole, pieces)
    except ValueError:
        _refuse(session, folder)


def _octets(value: Token) -> bytes | None:
    """What a section holds; None where that is nothing that it could hold."""
    if isinstance(value, Spooled):
        return value.whole() if value.size <= MAX_PIECES else None
    return None if isinstance(value, list) else value or b""


def _asked(session: Session, folder: str, uid: int, items: bytes) -> dict[bytes, Token]:
    """What the server says of one message, by upper-case name of the item; it may say it in several answers."""
    found: dict[bytes, Token] = {}
    broken = False
    try:
        tag = session.start(b"UID FETCH %d (UID %s)" % (uid, items))
        for response in session.stream(tag):
            try:
                values = fetch.items_of(response)
                if number(values.get(b"UID")) == uid:
                    found.update(values)
            except Malformed:
                broken = True  # what is asked for is missing then, unless this was about another message
        session.finish(tag)
    except CommandFailed as failed:
        raise refusal(
            session.host, failed, _("A message of {folder} could not be read").format(folder=folder)
        ) from failed
    if broken and not found:
        _refuse(session, folder)
    if not found:
        raise Gone(_("That message is not in {folder} any more.").format(folder=folder))
    return found


def _refuse(session: Session, folder: str) -> NoReturn:
    text = _("What {host} says of the parts of a message in {folder} makes no sense.")
    raise Refused(text.format(host=session.host, folder=folder))


def _weigh(whole: RemotePart, size: int, *, certain: bool) -> None:
    """Raises Malformed where the parts are more than the message, or where too much of it would be in none of them."""
    parts = sum(part.octets for part in whole.leaves())
    if certain and parts > size + _SLACK:
        raise Malformed("the parts are larger than the message")
    if size - parts > parts + _SLACK:
        raise Malformed("most of the message is in no part")


def _batches(names: Sequence[str], most: int) -> Iterator[list[str]]:
    """Sections that fit into one command of ``most`` octets."""
    batch: list[str] = []
    for name in names:
        if batch and sum(len(each) + 12 for each in [*batch, name]) > most:
            yield batch
            batch = []
        batch.append(name)
    yield batch


# -- BODYSTRUCTURE


def read(token: Token) -> RemotePart:
    """The parts that a BODYSTRUCTURE tells of. Raises Malformed."""
    whole = _part(token, "", 0)
    if sum(1 for _each in whole.entities()) > MAX_PARTS:
        raise Malformed("too many parts")
    return whole


def _part(token: Token, path: str, depth: int) -> RemotePart:
    if not isinstance(token, list) or not token:
        raise Malformed("a part was expected")
    if depth > MAX_DEPTH or len(token) > MAX_PARTS + _MESSAGE:
        raise Malformed("too many parts")
    if not isinstance(token[0], list):
        return _leaf(token, path or "1")
    count = next((at for at, member in enumerate(token) if not isinstance(member, list)), len(token))
    kind = leaf_type(f"x/{_word(token, count)}".lower()).partition("/")[2]
    prefix = f"{path}." if path else ""
    members = tuple(_part(member, f"{prefix}{at}", depth + 1) for at, member in enumerate(token[:count], start=1))
    return RemotePart(path, f"multipart/{kind}", members=members)


def _leaf(token: list[Token], path: str) -> RemotePart:
    kind = leaf_type(f"{_word(token, 0)}/{_word(token, 1)}".lower())
    extra = _MESSAGE if kind in _MESSAGES else _TEXT if kind.startswith("text/") else _BASIC
    content = _params(kind, token[2] if len(token) > 2 else None)
    placed = token[extra + 1] if len(token) > extra + 1 else None
    disposition = Params("")
    if isinstance(placed, list) and len(placed) == 2 and isinstance(placed[0], bytes):
        disposition = _params(placed[0].decode("latin-1"), placed[1])
    return RemotePart(
        path=path,
        type=kind,
        octets=number(token[6] if len(token) > 6 else None),
        encoding=encoding_of(_word(token, 5).encode("latin-1")),
        charset=content.params.get("charset", "")[:60],
        name=(disposition.params.get("filename") or content.params.get("name", ""))[:1000],
        disposition=placement(disposition.value),
        content_id=(_word(token, 3) if token[3] is not None else "")[:1000].strip("<> "),
    )


def _params(value: str, token: Token) -> Params:
    """Parameters as they are read in a header, so that names mean the same. Raises Malformed."""
    if token is None:
        return parse_params(value.encode("latin-1"))
    if not isinstance(token, list) or len(token) % 2:
        raise Malformed("parameters were expected")
    fields = [value.encode("latin-1")]
    for name, said in zip(token[::2], token[1::2], strict=True):
        if not isinstance(name, bytes) or not isinstance(said, bytes):
            raise Malformed("a parameter was expected")
        fields.append(name + b'="' + said.replace(b"\\", b"\\\\").replace(b'"', b'\\"') + b'"')
    return parse_params(b"; ".join(fields))


def _word(token: list[Token], at: int) -> str:
    """A word of a list. Raises Malformed where there is none."""
    word = token[at] if at < len(token) else None
    if not isinstance(word, bytes):
        raise Malformed("a word was expected")
    return word.decode("latin-1")
