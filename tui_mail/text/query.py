"""The search language: from what a person typed to a tree that the store turns into SQL.

Owns the nodes and the grammar. Must not know the index, the store or which folders there are.

    query   = and ("OR" and)*            words stand closer together than OR
    and     = item+
    item    = "-"* (group | phrase | field | word)
    group   = "(" query ")"
    field   = NAME ":" (group | phrase | word)      a group only for the fields that hold words
"""

from __future__ import annotations

import enum
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import tzinfo
from typing import NoReturn

from tui_mail.model.errors import QueryError
from tui_mail.model.words import _
from tui_mail.text.fold import terms
from tui_mail.text.periods import age, day_bounds
from tui_mail.text.sizes import parse_size

_MAX_LENGTH = 10_000
_MAX_DEPTH = 50


class Field(enum.Enum):
    """Where a word is looked for; ANY is From, To, Cc, Subject, body and attachment names."""

    ANY = "any"
    FROM = "from"
    TO = "to"
    """To, Cc and Bcc."""
    CC = "cc"
    SUBJECT = "subject"
    BODY = "body"
    LIST = "list"
    FILE = "file"


@dataclass(frozen=True, slots=True)
class Text:
    """Words that follow each other directly, folded as ``text.fold`` does; with ``prefix`` the last may go on."""

    words: tuple[str, ...]
    field: Field = Field.ANY
    prefix: bool = False


@dataclass(frozen=True, slots=True)
class All:
    """Every one of ``nodes`` holds; none: everything is found."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Any_:  # noqa: N801 -- any and Any are taken
    """One of ``nodes`` holds, at least."""

    nodes: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Not:
    """``node`` does not hold."""

    node: Node


@dataclass(frozen=True, slots=True)
class Is:
    """The flag of this name is set; the names are those of ``model.flags.FLAG_NAMES``."""

    flag: str


@dataclass(frozen=True, slots=True)
class HasAttachment:
    """There is an attachment, as far as is known."""


@dataclass(frozen=True, slots=True)
class Received:
    """Received at ``after`` or later and earlier than ``before``, seconds UTC; None: no bound."""

    after: int | None = None
    before: int | None = None


@dataclass(frozen=True, slots=True)
class Larger:
    """More than ``octets``."""

    octets: int


@dataclass(frozen=True, slots=True)
class Smaller:
    """Less than ``octets``."""

    octets: int


@dataclass(frozen=True, slots=True)
class InFolder:
    """In the folder so named, by path or by role, perhaps with ``ACCOUNT:`` before it."""

    path: str


@dataclass(frozen=True, slots=True)
class InAccount:
    """In the account so named."""

    name: str


Node = Text | All | Any_ | Not | Is | HasAttachment | Received | Larger | Smaller | InFolder | InAccount

_TEXT_FIELDS = {field.value: field for field in Field if field is not Field.ANY}
_FLAGS: dict[str, Node] = {
    "read": Is("seen"),
    "unread": Not(Is("seen")),
    "seen": Is("seen"),
    "unseen": Not(Is("seen")),
    "flagged": Is("flagged"),
    "starred": Is("flagged"),
    "answered": Is("answered"),
    "draft": Is("draft"),
    "forwarded": Is("forwarded"),
    "junk": Is("junk"),
    "deleted": Is("deleted"),
}

_FIELD = re.compile(
    r"(from|to|cc|subject|body|list|file|folder|account|is|has|before|after|on|newer|older|larger|smaller):",
    re.IGNORECASE,
)
# Where a bare word ends: at a space, a parenthesis or a quotation mark.
_WORD = re.compile(r"[^\s()\"]+")
_SPACE = re.compile(r"\s*")


def parse(query: str, *, now: float, tz: tzinfo | None = None) -> Node:
    """The tree of ``query``; dates in it are of time zone ``tz`` (None: the machine's), ages count from ``now``.

    Raises QueryError with the offset of what cannot be read. A query of spaces finds everything.
    """
    if len(query) > _MAX_LENGTH:
        raise QueryError(_("The search is too long; at most 10,000 characters can be read."), _MAX_LENGTH)
    return _Parser(query, now, tz).parse()


def walk(node: Node) -> Iterator[Node]:
    """``node`` and everything under it."""
    yield node
    if isinstance(node, All | Any_):
        for child in node.nodes:
            yield from walk(child)
    elif isinstance(node, Not):
        yield from walk(node.node)


def mentions_folder(node: Node) -> bool:
    """True when the query says itself which folders it means, so that trash and junk are not left out."""
    return any(isinstance(part, InFolder) for part in walk(node))


class _Parser:
    """Recursive descent over the characters; ``at`` is the offset of the next one."""

    def __init__(self, query: str, now: float, tz: tzinfo | None) -> None:
        self._query = query
        self._now = now
        self._tz = tz
        self._at = 0
        self._depth = 0
        self._values: dict[str, Callable[[str], Node]] = {
            "is": self._is,
            "has": self._has,
            "before": lambda value: Received(before=self._day(value)[0]),
            "after": lambda value: Received(after=self._day(value)[0]),
            "on": lambda value: Received(*self._day(value)),
            "newer": lambda value: Received(after=self._age(value)),
            "older": lambda value: Received(before=self._age(value)),
            "larger": lambda value: Larger(self._size(value)),
            "smaller": lambda value: Smaller(self._size(value)),
            "folder": InFolder,
            "account": InAccount,
        }
        self._value_at = 0

    def parse(self) -> Node:
        node = self._any(Field.ANY)
        if self._at < len(self._query):
            self._fail(_("This closing parenthesis has no opening one."), self._at)
        if node is None:
            if self._query.strip():
                self._fail(_("There is no word to search for here."), 0)
            return All(())
        return node

    def _fail(self, text: str, position: int) -> NoReturn:
        raise QueryError(text, position)

    def _skip(self) -> None:
        match = _SPACE.match(self._query, self._at)
        self._at = match.end() if match else self._at

    def _or(self) -> bool:
        """Step over an ``OR`` that stands alone."""
        match = _WORD.match(self._query, self._at)
        if match is None or match[0] != "OR":
            return False
        self._at = match.end()
        return True

    def _any(self, field: Field) -> Node | None:
        choices: list[Node] = []
        while True:
            start = self._at
            node = self._all(field)
            if node is not None:
                choices.append(node)
            at = self._at
            if not self._or():
                if node is None and choices:
                    self._fail(_("OR needs something to search for after it."), max(start - 2, 0))
                break
            if node is None:
                self._fail(_("OR needs something to search for before it."), at)
        if len(choices) > 1:
            return Any_(tuple(choices))
        return choices[0] if choices else None

    def _all(self, field: Field) -> Node | None:
        nodes: list[Node] = []
        while True:
            self._skip()
            if self._at >= len(self._query) or self._query[self._at] == ")":
                break
            at = self._at
            if self._or():
                self._at = at
                break
            node = self._item(field)
            if node is not None:
                nodes.append(node)
        if len(nodes) > 1:
            return All(tuple(nodes))
        return nodes[0] if nodes else None

    def _item(self, field: Field) -> Node | None:
        start = self._at
        negated = False
        while self._query.startswith("-", self._at):
            negated = not negated
            self._at += 1
        node = self._operand(field)
        if node is None and negated and not self._query[start : self._at].strip("-"):
            self._fail(_("A minus needs a word directly after it."), start)
        return Not(node) if negated and node is not None else node

    def _operand(self, field: Field) -> Node | None:
        char = self._query[self._at : self._at + 1]
        if char == "(":
            return self._group(field)
        if char == '"':
            return self._phrase(field)
        match = _FIELD.match(self._query, self._at)
        if match:
            return self._field(match[1].lower(), match.end())
        word = _WORD.match(self._query, self._at)
        if word is None:
            return None
        self._at = word.end()
        return self._text(word[0], field)

    def _group(self, field: Field) -> Node | None:
        start = self._at
        self._depth += 1
        if self._depth > _MAX_DEPTH:
            self._fail(_("Parentheses are nested too deeply here."), start)
        self._at += 1
        node = self._any(field)
        if not self._query.startswith(")", self._at):
            self._fail(_("This parenthesis is not closed."), start)
        self._at += 1
        self._depth -= 1
        return node

    def _quoted(self) -> str:
        start = self._at
        end = self._query.find('"', start + 1)
        if end < 0:
            self._fail(_("This quotation mark is not closed."), start)
        self._at = end + 1
        return self._query[start + 1 : end]

    def _phrase(self, field: Field) -> Node | None:
        start = self._at
        text = self._quoted()
        prefix = self._query.startswith("*", self._at)
        if prefix:
            self._at += 1
        words = tuple(terms(text))
        if not words:
            self._fail(_("There is no word between these quotation marks."), start)
        return Text(words, field, prefix)

    def _text(self, word: str, field: Field) -> Node | None:
        words = tuple(terms(word))
        return Text(words, field, word.endswith("*")) if words else None

    def _field(self, name: str, value_at: int) -> Node:
        start, self._at = self._at, value_at
        field = _TEXT_FIELDS.get(name)
        char = self._query[value_at : value_at + 1]
        node: Node | None
        if field is not None:
            if char == "(":
                node = self._group(field)
            elif char == '"':
                node = self._phrase(field)
            else:
                node = self._text(self._word(), field)
        else:
            self._value_at = value_at
            value = self._quoted() if char == '"' else self._word()
            node = self._values[name](value) if value.strip() else None
        if node is None:
            self._fail(_("{field}: needs a value directly after the colon.").format(field=name), start)
        return node

    def _word(self) -> str:
        word = _WORD.match(self._query, self._at)
        if word is None:
            return ""
        self._at = word.end()
        return word[0]

    def _is(self, value: str) -> Node:
        node = _FLAGS.get(value.lower())
        if node is None:
            self._fail(_("is: takes unread, read, flagged, answered or draft."), self._value_at)
        return node

    def _has(self, value: str) -> Node:
        if value.lower() not in {"attachment", "attachments"}:
            self._fail(_("has: takes attachment."), self._value_at)
        return HasAttachment()

    def _day(self, value: str) -> tuple[int, int]:
        try:
            return day_bounds(value, self._now, self._tz)
        except ValueError:
            self._fail(_("A day is written 2026-11-23, today or yesterday."), self._value_at)

    def _age(self, value: str) -> int:
        try:
            return age(value, self._now, self._tz)
        except ValueError:
            self._fail(_("An age is written 12h, 7d, 2w, 3m or 1y."), self._value_at)

    def _size(self, value: str) -> int:
        try:
            return parse_size(value)
        except ValueError:
            self._fail(_("A size is written 500K, 1M or 2G."), self._value_at)
