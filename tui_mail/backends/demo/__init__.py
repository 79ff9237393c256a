"""The practice mailbox: a mail server kept in files, filled from a seed, behind the protocol of every backend.

Needs no account and no network. Must not know the store or the engine.
"""

from typing import Final

DEMO_START: Final = 1_795_082_400
"""The instant at which the practice mailbox begins, seconds UTC: Thursday 19 November 2026, 10:00."""

PERSON_NAME: Final = "Ada Lovelace"
PERSON_ADDRESS: Final = "ada@example.org"
AUTHSERV_ID: Final = "mx.example.org"
"""The receiving host whose Authentication-Results are to be believed (RFC 8601)."""
