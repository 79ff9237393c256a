"""Errors, shaped by what the caller will do.

    TuiMailError                 say the sentence
    ├── UsageError               the person's input is wrong: nothing was done
    │   ├── ConfigError          … in a file: names file, key and what would be right
    │   ├── QueryError           … in a search: points at the place
    │   └── NoKeyring            … a password cannot be kept where they want it
    ├── SignInRefused            stop, ask the person to sign in
    ├── Unreachable              retry when reachable
    │   ├── Stalled              … the server went silent
    │   └── CertificateRefused   … not before the person or the server changes something
    ├── Throttled                retry after the seconds the server named
    │   └── RecipientsDeferred   … for some of those a message is for: nothing was sent
    ├── Refused                  the server said no for good: roll back and tell
    │   └── RecipientsRefused    … to some of those a message is for: nothing was sent
    ├── OutcomeUnknown           the answer was lost: it may have been done, so never repeat it by itself
    ├── Gone                     what was asked for is not there any more
    ├── NotFound                 the person named something that does not exist
    ├── NothingToUndo
    ├── EngineRunning            another engine holds this home
    ├── EngineTrouble            the engine cannot be started or reached
    └── StoreError               the local files
        ├── StoreFull            no space left
        ├── StoreNewer           written by a newer program
        └── StoreDamaged         not readable as a database

Every error carries one plain sentence that says what failed and what to do.
"""

from __future__ import annotations


class TuiMailError(Exception):
    """Root. ``kind`` is the machine-readable word of the JSON error."""

    kind = "failed"

    def __init__(self, text: str) -> None:
        super().__init__(text)
        self.text = text


class UsageError(TuiMailError):
    kind = "usage"


class ConfigError(UsageError):
    kind = "config"


class QueryError(UsageError):
    """``position`` is the offset in the query, counted in characters."""

    kind = "query"

    def __init__(self, text: str, position: int) -> None:
        super().__init__(text)
        self.position = position


class NoKeyring(UsageError):
    kind = "no-keyring"


class SignInRefused(TuiMailError):
    kind = "sign-in"


class Unreachable(TuiMailError):
    kind = "unreachable"


class Stalled(Unreachable):
    kind = "stalled"


class CertificateRefused(Unreachable):
    kind = "certificate"


class Throttled(TuiMailError):
    kind = "throttled"

    def __init__(self, text: str, seconds: float) -> None:
        super().__init__(text)
        self.seconds = seconds


class RecipientsDeferred(Throttled):
    """``replies`` are the server's words by address.

    ``room`` is not 0 where the only trouble is that there are too many: so many were accepted before it wanted no more.
    """

    def __init__(self, text: str, seconds: float, replies: dict[str, str], room: int = 0) -> None:
        super().__init__(text, seconds)
        self.replies = replies
        self.room = room


class Refused(TuiMailError):
    kind = "refused"


class RecipientsRefused(Refused):
    """``replies`` are the server's words by address."""

    kind = "recipients-refused"

    def __init__(self, text: str, replies: dict[str, str]) -> None:
        super().__init__(text)
        self.replies = replies


class OutcomeUnknown(TuiMailError):
    kind = "ambiguous"


class Gone(TuiMailError):
    kind = "gone"


class NotFound(TuiMailError):
    kind = "not-found"


class NothingToUndo(TuiMailError):
    kind = "nothing-to-undo"


class EngineRunning(TuiMailError):
    kind = "engine-running"


class EngineTrouble(TuiMailError):
    kind = "engine"


class StoreError(TuiMailError):
    kind = "store"


class StoreFull(StoreError):
    kind = "disk-full"


class StoreNewer(StoreError):
    kind = "newer-store"


class StoreDamaged(StoreError):
    kind = "damaged-store"
