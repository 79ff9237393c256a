"""Address fields (RFC 5322, 3.4) to mailboxes, without ever inventing one.

Owns the grammar of address lists. What is not exactly a mailbox is kept as the text it is, with no address: readers
then see what the message really says, not what one of several possible readings made of it. Linear in the length.
"""

from __future__ import annotations

import re
from functools import lru_cache

from tui_mail.mime.words import WHITE, clean, decode_words, from_wire
from tui_mail.model.mail import Address

_MAX_LENGTH = 262_144
_CACHED_LENGTH = 300
_CUT_FROM = 32_768
"""Characters; whoever kept only the beginning of so long a list may have ended in the middle of an entry."""

_ATOM = r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+"
_MAILBOX = re.compile(
    rf'(?:"(?P<quoted>[^"\\\x00-\x1f]*)"\s*|(?P<plain>[^"(),:;<>@\[\]\\\x00-\x1f]*))<(?P<address>{_ATOM}@[A-Za-z0-9.-]+)>'
).fullmatch
_BARE = re.compile(rf"{_ATOM}@[A-Za-z0-9.-]+").fullmatch
# Nothing that is not drawn or that reorders may stand in an address: it would read as another one.
_NEVER = r"\s\x00-\x20\x7f-\x9f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff"
_ADDR_SPEC = re.compile(
    rf"(?:[^{_NEVER}\"(),:;<>@\[\]\\]+|\"(?:[^\"\\{_NEVER}]| |\\[^{_NEVER}])*\")"
    rf"@(?:[^{_NEVER}\"(),:;<>@\[\]\\]+|\[[^{_NEVER}\[\]\\]*\])"
).fullmatch
_ROUTE = re.compile(r"\s*@[^\s:<>\"]{1,500}:").match
_TOKEN = re.compile(
    r'(?P<space>\s+)|(?P<word>=\?[^?\s]{1,70}\?[bBqQ]\?[^?<>@]{0,500}\?=)|"(?P<quoted>[^"\\]*(?:\\.[^"\\]*)*)"'
    r'|<(?P<angle>[^<>]*)>|(?P<comment>\()|(?P<mark>[,;:])|(?P<atom>[^\s"(),:;<>]+)',
    re.DOTALL,
)
_COMMENT_MARK = re.compile(r"[()\\]")
_ESCAPE = re.compile(r"\\(.)", re.DOTALL)


class _Malformed(Exception):
    """The text is no address list: nobody can say for sure which mailboxes it names."""


def parse(value: str) -> tuple[Address, ...]:
    """The mailboxes of an address list, Latin-1 as it came from the wire; members of groups stand for their group.

    An entry that is no mailbox, or the whole text where entries cannot be told apart, is an ``Address`` whose name
    is the text itself and whose address is empty.
    """
    return _cached(value) if len(value) <= _CACHED_LENGTH else _parse(_capped(value))


def parse_sender(value: str) -> tuple[Address, ...]:
    """As ``parse``, for From and Sender: a group, a route or any doubtful entry makes the whole text one ``Address``."""
    if len(value) >= _CUT_FROM:
        return (raw(value),)
    found = parse(value)
    if "<@" in value:
        return (raw(value),)
    if len(found) == 1 and found[0].address:
        return found if ":" not in value or not _has_group(value) else (raw(value),)
    if any(not address.address for address in found) or _has_group(value):
        return (raw(value),) if value.strip() else ()
    return found


def raw(value: str) -> Address:
    """``value`` as it stands, for what is no mailbox; encoded words are read only where they bring no new mailbox."""
    text = clean(from_wire(value)).strip()
    if "=?" in text:
        decoded = clean(decode_words(text))
        if not any(decoded.count(mark) > text.count(mark) for mark in '<>@"'):
            text = decoded
    return Address(text, "")


def _capped(value: str) -> str:
    """At most ``_MAX_LENGTH`` characters, cut at a comma, so that no half address is read as a whole one."""
    return value if len(value) <= _MAX_LENGTH else value[:_MAX_LENGTH].rpartition(",")[0]


def _parse(value: str) -> tuple[Address, ...]:
    value = value.strip(WHITE)
    match = _MAILBOX(value)
    if match:
        quoted = match["quoted"]
        return (Address(_name(from_wire(match["plain"] if quoted is None else quoted)), match["address"]),)
    if _BARE(value):
        return (Address("", value),)
    if not value:
        return ()
    try:
        return tuple(_entries(from_wire(value)))
    except _Malformed:
        found = _before_a_cut(value) if len(value) >= _CUT_FROM else ()
        return found or (raw(value),)


def _before_a_cut(value: str) -> tuple[Address, ...]:
    """The entries up to the last that surely is a whole one."""
    try:
        return tuple(_entries(from_wire(value[: value.rfind(">,") + 1])))
    except _Malformed:
        return ()


_cached = lru_cache(maxsize=8192)(_parse)


def _has_group(value: str) -> bool:
    """True when a colon stands outside quotes, comments and angles."""
    try:
        return any(kind == "mark" and text == ":" for kind, text in _tokens(from_wire(_capped(value))))
    except _Malformed:
        return False


def _name(text: str) -> str:
    """A display name from its phrase: encoded words decoded, controls out."""
    return clean(decode_words(text) if "=?" in text else text).strip()


def _tokens(value: str) -> list[tuple[str, str]]:
    """Kinds and texts; raises _Malformed where a quotation mark, a bracket or a comment is not closed."""
    tokens: list[tuple[str, str]] = []
    at = 0
    while at < len(value):
        match = _TOKEN.match(value, at)
        if match is None or match.lastgroup is None:
            raise _Malformed
        at = match.end()
        kind = match.lastgroup
        text = match[kind]
        if kind == "comment":
            text, at = _comment(value, at)
        tokens.append((kind, text))
    return tokens


def _comment(value: str, at: int) -> tuple[str, int]:
    """The text of the comment that opened just before ``at``, and where it ended."""
    start, depth = at, 1
    while depth:
        match = _COMMENT_MARK.search(value, at)
        if match is None:
            raise _Malformed
        at = match.end()
        if match[0] == "\\":
            at += 1
        else:
            depth += 1 if match[0] == "(" else -1
    return value[start : at - 1], at


def _entries(value: str) -> list[Address]:
    """The mailboxes of a list whose tokens are sound."""
    found: list[Address] = []
    entry: list[tuple[str, str]] = []
    group = ""
    members = 0
    for kind, text in [*_tokens(value), ("mark", ",")]:
        if kind != "mark":
            entry.append((kind, text))
            continue
        if text == ":":
            if group or any(kind == "angle" for kind, _text in entry):
                raise _Malformed
            group, entry, members = _name(_phrase(entry)) or ":", [], 0
            continue
        address = _mailbox(entry)
        entry = []
        if address is not None:
            found.append(address)
            members += 1
        if text == ";" and group:
            if not members:
                found.append(Address(group.rstrip(":"), ""))
            group = ""
    if group:
        raise _Malformed
    return found


def _phrase(entry: list[tuple[str, str]]) -> str:
    """Words of a display name, one space between those that had any, escapes undone."""
    parts: list[str] = []
    for kind, text in entry:
        if kind == "space":
            parts.append(" ")
        elif kind == "quoted":
            parts.append(_ESCAPE.sub(r"\1", text))
        elif kind != "comment":
            parts.append(text)
    return "".join(parts).strip()


def _mailbox(entry: list[tuple[str, str]]) -> Address | None:
    """One entry of the list; None when it is empty."""
    while entry and entry[-1][0] == "space":
        entry.pop()
    solid = [token for token in entry if token[0] != "space"]
    if not solid:
        return None
    comments = [text for kind, text in solid if kind == "comment"]
    rest = [token for token in solid if token[0] != "comment"]
    if any("@" in text or "<" in text for text in comments) or not rest:
        return _as_text(entry)
    angles = [text for kind, text in rest if kind == "angle"]
    if not angles:
        return _addr_spec(entry, rest, comments)
    if len(angles) > 1 or rest[-1][0] != "angle":
        return _as_text(entry)
    plain = "".join(text for kind, text in rest[:-1] if kind == "atom")
    if "@" in plain and any(mark in plain for mark in "[]\\"):
        return _as_text(entry)
    address = angles[0].strip()
    route = _ROUTE(address)
    if route:
        address = address[route.end() :].strip()
    if address and not _ADDR_SPEC(address):
        return _as_text(entry)
    name = _name(_phrase([token for token in entry if token[0] != "angle"])) or _name(" ".join(comments))
    return Address(name, address)


def _addr_spec(entry: list[tuple[str, str]], rest: list[tuple[str, str]], comments: list[str]) -> Address:
    """An entry without angle brackets: an address, perhaps with a comment that is taken for the name (RFC 5322, 3.4)."""
    parts: list[str] = []
    for kind, text in rest:
        if kind not in {"atom", "quoted", "word"}:
            return _as_text(entry)
        parts.append(f'"{text}"' if kind == "quoted" else text)
    address = "".join(parts)
    # Inside an address no space may stand, nor may a comment: both have been used to show one and mean another.
    kinds = [kind for kind, _text in entry]
    first, last = kinds.index(rest[0][0]), len(kinds) - 1 - kinds[::-1].index(rest[-1][0])
    if any(kind in {"space", "comment"} for kind in kinds[first:last]) or not _ADDR_SPEC(address):
        return _as_text(entry)
    return Address(_name(" ".join(comments)), address)


def _as_text(entry: list[tuple[str, str]]) -> Address:
    """An entry that is no mailbox, written again as it stood."""
    marks = {"quoted": '"{}"', "angle": "<{}>", "comment": "({})"}
    text = "".join(marks.get(kind, "{}").format(text) if kind in marks else text for kind, text in entry)
    return raw(text.encode("utf-8", "replace").decode("latin-1"))
