"""Whether the person had to do with somebody before a message came.

Answered by the full-text index, so that it costs no table of its own: of a million messages 0.1 ms for nearly all
addresses, 20 ms for the rare one made of words that very many others are made of. Must not know how it is said.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import closing

from tui_mail.model.mail import Role
from tui_mail.store.reading.files import View
from tui_mail.store.tables.rows import decode_addresses
from tui_mail.text.fold import terms

_OF_PEOPLE = f"'{Role.INBOX}', '{Role.SENT}', '{Role.ARCHIVE}', '{Role.ALL}'"
_LOOKED_AT = 100
"""Messages that are looked at closer; where so many resemble the address, nobody is a stranger."""


def is_settled(view: View, account: str, folder: int) -> bool:
    """True when all of ``folder`` is here, and of the folders of the account where mail of people gathers.

    Never of junk, where nobody becomes known.
    """
    rows = view.mail.execute(
        "SELECT f.id, f.role, f.complete, f.older FROM folder f JOIN account a ON a.id = f.account"  # noqa: S608 -- our own words
        f" WHERE a.name = ? AND f.selectable AND f.missing_since IS NULL AND (f.id = ? OR f.role IN ({_OF_PEOPLE}))",
        (account, folder),
    ).fetchall()
    in_junk = any(number == folder and role == Role.JUNK for number, role, _complete, _older in rows)
    return bool(rows) and not in_junk and all(complete and not older for _number, _role, complete, older in rows)


def is_first(view: View, item: int, address: str, mine: Sequence[str]) -> bool:
    """True when ``item`` is the first message from ``address``, as far as is known here, and nothing was sent there.

    Mail that lies in junk makes nobody known. ``mine`` are the person's own addresses.
    """
    words = terms(address)
    row = view.mail.execute(
        "SELECT c.search_row, c.message_id FROM item i JOIN content c ON c.id = i.content WHERE i.id = ?", (item,)
    ).fetchone()
    if row is None or not words:
        return False
    search_row, message_id = row
    phrase = f'"{" ".join(words)}"'
    if _wrote(view, phrase, address, search_row, message_id):
        return False
    own = " OR ".join(f'"{" ".join(found)}"' for one in mine if (found := terms(one)))
    return not own or not _was_written_to(view, f"({{recipients}} : {phrase}) AND ({{senders}} : ({own}))", address)


def _wrote(view: View, phrase: str, address: str, search_row: int, message_id: str) -> bool:
    """Rows of the index grow with age, so that those above are what came before."""
    rows = view.mail.execute(
        "SELECT c.senders, c.message_id, c.id FROM search s CROSS JOIN content c ON c.search_row = s.rowid"
        " WHERE s.search MATCH ? AND s.rowid > ? LIMIT ?",
        (f"{{senders}} : {phrase}", search_row, _LOOKED_AT),
    )
    looked_at = 0
    with closing(rows):  # for nearly everybody the first one is enough
        for senders, other, content in rows:
            looked_at += 1
            if _among(senders, address) and not (message_id and other == message_id) and _is_kept(view, content):
                return True
    return looked_at == _LOOKED_AT


def _was_written_to(view: View, match: str, address: str) -> bool:
    found = view.mail.execute(
        "SELECT c.recipients, c.cc, c.bcc FROM search s CROSS JOIN content c ON c.search_row = s.rowid"
        " WHERE s.search MATCH ? LIMIT ?",
        (match, _LOOKED_AT),
    ).fetchall()
    return len(found) == _LOOKED_AT or any(_among(field, address) for fields in found for field in fields)


def _is_kept(view: View, content: int) -> bool:
    """True when a copy lies anywhere but in junk."""
    return (
        view.mail.execute(
            "SELECT 1 FROM item i JOIN folder f ON f.id = i.folder WHERE i.content = ? AND f.role IS NOT ? LIMIT 1",
            (content, Role.JUNK.value),
        ).fetchone()
        is not None
    )


def _among(addresses: str, wanted: str) -> bool:
    return any(one.address.lower() == wanted.lower() for one in decode_addresses(addresses))
