"""From the tree of a search to SQL: words to the full-text index, everything else to conditions on rows.

Owns the columns of ``search`` and the quoting of words. Pure. Must not run a query.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, field

from tui_mail.model.flags import FLAG_NAMES
from tui_mail.store.reading.query import Filter
from tui_mail.text.query import (
    All,
    Any_,
    Field,
    HasAttachment,
    InAccount,
    InFolder,
    Is,
    Larger,
    Node,
    Not,
    Received,
    Smaller,
    Text,
)

_COLUMNS = {
    Field.ANY: "senders recipients subject body file",
    Field.FROM: "senders",
    Field.TO: "recipients",
    Field.CC: "cc",
    Field.SUBJECT: "subject",
    Field.BODY: "body",
    Field.LIST: "list",
    Field.FILE: "file",
}
_FLAGS = {name: int(flag) for flag, name in FLAG_NAMES}

_NARROW: dict[Node, Filter] = {
    Not(Is("seen")): Filter.UNREAD,
    Is("flagged"): Filter.FLAGGED,
    HasAttachment(): Filter.ATTACHMENTS,
}

FolderNames = Callable[[str], list[int]]
"""Folder numbers by the argument of ``folder:`` or ``account:``."""


@dataclass(slots=True)
class Compiled:
    """A search: ``match`` drives the query when there is one, ``where`` filters rows of ``item i`` and ``content c``."""

    match: str | None = None
    where: str = "1"
    values: list[object] = field(default_factory=list)
    """For the question marks of ``where``, in order."""
    folders: set[int] | None = None
    """Folders outside of which nothing can be found; None: no such bound."""
    narrow: Filter = Filter.ALL
    """A filter that all of it passes: there is an index of such rows to walk."""

    def once(self, everything: Collection[int], inside: Collection[int]) -> None:
        """Find what folders of ``everything`` hold only where no other folder of ``inside`` has it too."""
        doubles = ",".join(str(int(folder)) for folder in everything if folder in inside)
        others = ",".join(str(int(folder)) for folder in inside if folder not in everything)
        if doubles and others:
            self.where += (
                f" AND (i.folder NOT IN ({doubles}) OR NOT EXISTS"  # noqa: S608 -- numbers alone
                f" (SELECT 1 FROM item o WHERE o.content = i.content AND o.folder IN ({others})))"
            )


def compile_search(node: Node, by_folder: FolderNames, by_account: FolderNames) -> Compiled:
    """The SQL of ``node``. Names are looked up with the functions given; an unknown one is a folder without mail."""
    result = Compiled()
    conditions: list[str] = []
    words: list[Node] = []
    for child in node.nodes if isinstance(node, All) else (node,):
        if isinstance(child, InFolder | InAccount):
            found = set(by_folder(child.path) if isinstance(child, InFolder) else by_account(child.name))
            result.folders = found if result.folders is None else result.folders & found
        elif _is_words(child) or (isinstance(child, Not) and _is_words(child.node)):
            words.append(child)
        else:
            conditions.append(_condition(child, result.values, by_folder, by_account))
            result.narrow = _NARROW.get(child, result.narrow)
    match = _match(All(tuple(words))) if words else None
    if match is not None:
        result.match = match
    else:
        # Only exclusions: the index cannot begin with those.
        conditions.extend(_condition(child, result.values, by_folder, by_account) for child in words)
    if conditions:
        result.where = " AND ".join(conditions)
    return result


def _is_words(node: Node) -> bool:
    """True when the full-text index can answer for the whole of ``node`` by itself."""
    return _match(node) is not None


def _match(node: Node) -> str | None:
    """An FTS5 expression; None where it cannot say it."""
    if isinstance(node, Text):
        if not node.words:
            return None
        phrase = " ".join(word.replace('"', '""') for word in node.words)
        return f'({{{_COLUMNS[node.field]}}} : "{phrase}"{" *" if node.prefix else ""})'
    if isinstance(node, Any_):
        parts = [_match(child) for child in node.nodes]
        if not parts or None in parts:
            return None
        return f"({' OR '.join(part for part in parts if part)})"
    if isinstance(node, All):
        wanted = [_match(child) for child in node.nodes if not isinstance(child, Not)]
        unwanted = [_match(child.node) for child in node.nodes if isinstance(child, Not)]
        if not wanted or None in wanted or None in unwanted:
            return None
        text = f"({' AND '.join(part for part in wanted if part)})"
        for part in unwanted:
            text = f"({text} NOT {part})"
        return text
    return None


def _condition(node: Node, values: list[object], by_folder: FolderNames, by_account: FolderNames) -> str:
    """A condition on ``i`` and ``c``."""
    match = _match(node)
    if match is not None:
        values.append(match)
        return "c.search_row IN (SELECT rowid FROM search WHERE search MATCH ?)"
    if isinstance(node, All | Any_):
        parts = [_condition(child, values, by_folder, by_account) for child in node.nodes]
        if not parts:
            return "1" if isinstance(node, All) else "0"
        return f"({(' AND ' if isinstance(node, All) else ' OR ').join(parts)})"
    if isinstance(node, Not):
        return f"NOT {_condition(node.node, values, by_folder, by_account)}"
    if isinstance(node, InFolder | InAccount):
        found = by_folder(node.path) if isinstance(node, InFolder) else by_account(node.name)
        return f"(i.folder IN ({','.join(str(int(number)) for number in found)}))"
    return _leaf(node, values)


def _leaf(node: Node, values: list[object]) -> str:
    if isinstance(node, Is):
        return f"(i.flags & {_FLAGS[node.flag]} <> 0)"
    if isinstance(node, HasAttachment):
        return "(i.attached = 1)"
    if isinstance(node, Larger | Smaller):
        values.append(node.octets)
        return "(c.size > ?)" if isinstance(node, Larger) else "(c.size < ?)"
    if isinstance(node, Received):
        parts = []
        for bound, sign in ((node.after, ">="), (node.before, "<")):
            if bound is not None:
                values.append(bound)
                parts.append(f"i.received {sign} ?")
        return f"({' AND '.join(parts) or '1'})"
    # A phrase without words restricts nothing.
    return "1"
