"""Servers and their ways, as data.

Owns the table. Must not know connections; what acts on a quirk reads it from here.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Quirks:
    """How one kind of server differs. The default is for a server that nobody knows."""

    name: str = ""
    """What people call it."""
    connections: int = 3
    """Connections kept at once, of which one waits for news."""
    line: int = 900
    """Octets of a UID set in one command."""
    depth: int = 4
    """Commands under way at once."""
    without: frozenset[str] = frozenset()
    """Extensions that are offered and do not work."""
    keywords: bool = True
    saves_sent: bool = False
    """The server files a copy of what its own SMTP sends."""
    size_is_a_guess: bool = False
    """RFC822.SIZE may differ from what a fetch brings."""
    exact_raw: bool = True
    wants_id: bool = False
    """Signs nobody in who did not say ID."""


UNKNOWN = Quirks()
GMAIL = Quirks("Gmail", connections=3, line=8000, saves_sent=True)
EXCHANGE = Quirks(
    "Microsoft Exchange", line=8000, depth=1, keywords=False, saves_sent=True, size_is_a_guess=True, exact_raw=False,
    without=frozenset({"LIST-STATUS"}),
)  # fmt: skip
YAHOO = Quirks("Yahoo", connections=2, without=frozenset({"IDLE"}))
ICLOUD = Quirks("iCloud", line=8000, without=frozenset({"QRESYNC"}))
DOVECOT = Quirks("Dovecot", line=8000, depth=8)
CYRUS = Quirks("Cyrus IMAP", line=8000, depth=8)
COURIER = Quirks("Courier-IMAP", line=8000, depth=1)
YANDEX = Quirks("Yandex", depth=1)
ZOHO = Quirks("Zoho", saves_sent=True)
NETEASE = Quirks("NetEase", depth=1, wants_id=True)


def identify(greeting: str, caps: frozenset[str], name: str) -> Quirks:
    """Which row of the table fits; ``name`` is what the server answered to ID, or empty."""
    says = f"{greeting} {name}".lower()
    by_capability = (("X-GM-EXT-1", GMAIL), ("XYMHIGHESTMODSEQ", YAHOO), ("XAPPLEPUSHSERVICE", ICLOUD))
    for capability, quirks in by_capability:
        # Dovecot and Cyrus can offer Apple's push too.
        if capability in caps and "dovecot" not in says and "cyrus" not in says:
            return quirks
    by_word = (
        ("microsoft exchange", EXCHANGE),
        ("dovecot", DOVECOT),
        ("cyrus imap", CYRUS),
        ("courier-imap", COURIER),
        ("yandex", YANDEX),
        ("zoho", ZOHO),
        ("coremail", NETEASE),
        ("qqmail", NETEASE),
    )
    for word, quirks in by_word:
        if word in says:
            return quirks
    return UNKNOWN
