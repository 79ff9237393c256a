"""The words of a server, for a person's eyes.

Owns making them printable and short. Must not know what they are about.
"""

from __future__ import annotations

WORDS = 300
"""Characters that are kept of what a server says."""


def plain(text: bytes, limit: int = WORDS) -> str:
    """A server's words, printable and short."""
    decoded = text[: limit * 4].decode("utf-8", "replace").strip()
    if decoded.isprintable():
        return decoded[:limit]
    return "".join(c if c.isprintable() else "\ufffd" for c in decoded)[:limit]
