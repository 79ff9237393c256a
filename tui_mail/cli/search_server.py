"""``search --server``: what the store finds, and what the server finds in messages whose bodies are not here.

Owns the combining of both. The store's index is right about every body it has; must not know a server.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING

from tui_mail.cli.service import ask
from tui_mail.link.messages import Search
from tui_mail.model.errors import TuiMailError
from tui_mail.model.ids import FolderId, ItemId
from tui_mail.model.mail import Role
from tui_mail.store.reading.query import ListQuery
from tui_mail.text.query import All, Any_, Field, Node, Not, Text, mentions_folder, walk

if TYPE_CHECKING:
    from tui_mail.cli.context import Context
    from tui_mail.model.mail import Item


def search_both(context: Context, node: Node, limit: int) -> tuple[list[Item], TuiMailError | None]:
    """The newest hits, and why not every server could be asked. Raises that where none could."""
    leaves = list(dict.fromkeys(leaf for leaf in walk(node) if isinstance(leaf, Text) and leaf.field is Field.ANY))
    extra, error = _ask_servers(context, leaves)
    return _Combined(context, node, extra).newest(limit), error


def _ask_servers(context: Context, leaves: list[Text]) -> tuple[dict[Text, set[int]], TuiMailError | None]:
    """For each word or phrase the items that a server found and whose bodies the store cannot look into."""
    found: dict[Text, set[int]] = {leaf: set() for leaf in leaves}
    names = [each.name for each in context.accounts if context.account in {None, each.name}]
    errors = []
    for name in names if leaves else []:
        try:
            done = ask(context, Search(id=1, account=name, texts=[_phrase(leaf.words) for leaf in leaves]))
        except TuiMailError as error:
            errors.append(error)
            continue
        for leaf, numbers in zip(leaves, done.result["found"], strict=True):
            items = context.reader.items([ItemId(number) for number in numbers])
            found[leaf].update(item.id for item in items if not item.has_body)
    if errors and len(errors) == len(names):
        raise errors[0]
    return found, errors[0] if errors else None


def _phrase(words: tuple[str, ...]) -> str:
    """The words as they would stand in a message; scripts without spaces come as single characters."""
    text = words[0]
    for before, word in itertools.pairwise(words):
        together = len(before) == len(word) == 1 and not (before.isascii() or word.isascii())
        text += word if together else f" {word}"
    return text


class _Combined:
    """The query as operations on sets of items: a word holds where the store or a server says so."""

    def __init__(self, context: Context, node: Node, extra: dict[Text, set[int]]) -> None:
        self._reader = context.reader
        self._node = node
        self._extra = extra
        hidden = set() if mentions_folder(node) else {Role.TRASH, Role.JUNK}
        self._folders: tuple[FolderId, ...] = tuple(
            folder.id for folder in context.reader.folders() if folder.role not in hidden
        )

    def newest(self, limit: int) -> list[Item]:
        hits = self._hits(self._node)
        numbers: list[ItemId] = []
        for number in self._keys(None):
            if number in hits:
                numbers.append(ItemId(number))
                if len(numbers) == limit:
                    break
        return self._reader.items(numbers)

    def _hits(self, node: Node) -> set[int]:
        match node:
            case All(nodes):
                return set.intersection(*map(self._hits, nodes)) if nodes else set(self._keys(None))
            case Any_(nodes):
                return set().union(*map(self._hits, nodes))
            case Not(inner):
                return set(self._keys(None)) - self._hits(inner)
            case Text() if node in self._extra:
                return set(self._keys(node)) | self._extra[node]
            case _:
                return set(self._keys(node))

    def _keys(self, node: Node | None) -> Iterator[int]:
        """Every item of the folders looked at that the store finds, newest first."""
        if self._folders:
            for chunk in self._reader.item_keys(ListQuery(folders=self._folders, search=node)):
                yield from chunk
