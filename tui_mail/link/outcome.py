"""Errors across the socket: an exception becomes a Done, and a Done an exception of the same kind.

Owns the table of kinds. Must not know who asked.
"""

from __future__ import annotations

from collections.abc import Iterator

from tui_mail.link.messages import Done
from tui_mail.model.errors import EngineTrouble, QueryError, Throttled, TuiMailError

CANCELLED = "cancelled"
"""The kind of a request that its client took back."""


def failure(request_id: int, error: TuiMailError) -> Done:
    """The answer that says ``error``."""
    return Done(id=request_id, ok=False, kind=error.kind, text=error.text)


def check(done: Done) -> Done:
    """``done`` itself when all is well; else raises the error it carries."""
    if done.ok:
        return done
    raise as_error(done.kind, done.text)


def as_error(kind: str, text: str) -> TuiMailError:
    """The exception of ``model.errors`` with this kind, EngineTrouble where there is none."""
    for cls in _tree(TuiMailError):
        if cls.kind != kind or "kind" not in vars(cls):
            continue
        if cls is Throttled:
            return Throttled(text, 0.0)
        if cls is QueryError:
            return QueryError(text, 0)
        return cls(text)
    return EngineTrouble(text)


def _tree(cls: type[TuiMailError]) -> Iterator[type[TuiMailError]]:
    yield cls
    for child in cls.__subclasses__():
        yield from _tree(child)
