"""What may be deleted at a POP3 server, by the rule of the account.

Pure: must not know a connection nor the store's files. When in doubt a message stays at the server.
"""

from __future__ import annotations

from dataclasses import dataclass

from tui_mail.config.accounts import Account
from tui_mail.store.local.popmail import PopMessage, Standing

_DAY = 86_400
_KIB = 1024


@dataclass(frozen=True, slots=True)
class Rule:
    """How long mail stays at the server once it is here, and what is fetched whole."""

    leave: str = "always"
    """always, days, until-deleted, never, as ``Account.leave``."""
    days: int = 14
    largest: int = 0
    """Octets; of larger messages only the header is fetched. 0: all come whole."""

    @classmethod
    def of(cls, account: Account) -> Rule:
        return cls(account.leave, account.leave_days, account.largest * _KIB)

    def deletes(self, message: PopMessage, standing: Standing | None, now: int) -> bool:
        """True when the server's copy may go. ``standing`` is None where the message is in no folder here any more."""
        if standing is None:
            removed = trashed = True
        else:
            removed, trashed = False, not standing.outside
        if not message.whole and not removed:
            return False  # the only whole copy is the server's
        match self.leave:
            case "never":
                return True
            case "until-deleted":
                return trashed
            case "days":
                return now - message.got >= self.days * _DAY
            case _:
                return False
