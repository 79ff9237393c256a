"""What a backend signs in with: a password or an access token, asked for each time a connection is made.

Owns the type. Must not know where secrets are kept.
"""

from __future__ import annotations

from collections.abc import Callable


class Token(str):
    """An OAuth 2.0 access token; any other string is a password. Does not show itself."""

    __slots__ = ()

    def __repr__(self) -> str:
        return "Token(…)"


SecretSource = Callable[[], str]
"""Blocking; called on threads of the backend, perhaps on several at once. May raise errors of ``model.errors`` (SignInRefused)."""
