"""What the engine does, in the words of the status line, and what went wrong, for the list of troubles.

Owns the last word about each account. Must not know the socket it came over, nor widgets.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from tui_mail.model.operation import Operation, OperationState
from tui_mail.model.words import _, ngettext
from tui_mail.text.dates import ago
from tui_mail.text.progress import progress_words
from tui_mail.text.safe import SafeText, line, own

if TYPE_CHECKING:
    from tui_mail.link.messages import Message, Progress, State, Trouble
    from tui_mail.store.tables.alerts import ServerAlert

TROUBLES_KEPT = 200
STUCK = frozenset({OperationState.FAILED, OperationState.CONFLICT})
"""Will not go on by themselves."""
_WORST_FIRST = ("sign-in", "error", "offline", "connecting", "syncing", "online")


class Connection:
    """Takes the engine's events, gives words. ``waiting`` and ``synced`` are set by whoever reads the store."""

    def __init__(self) -> None:
        self.engine: SafeText = own(_("starting"))
        """What stands in place of the accounts' state while there is no engine; empty when there is one."""
        self.waiting = 0
        self.stuck = 0
        self.queued = 0
        """Messages that wait to be sent."""
        self.unsent: SafeText = own("")
        """How many messages were not sent, or may have been, and the key that shows them."""
        self.synced: int | None = None
        self.paused = False
        """Only what is new and what is asked for is fetched."""
        self.unread = 0
        """Texts of servers that nobody has read yet."""
        self.paths: Mapping[int, str] = {}
        """Folders by number, for the words of progress."""
        self.troubles: deque[Trouble] = deque(maxlen=TROUBLES_KEPT)
        self._absent = False
        """True once an engine was looked for and is not there."""
        self._states: dict[str, State] = {}
        self._progress: dict[str, Progress] = {}
        self._coming: Progress | None = None
        """How much of a message has come that somebody waits for."""

    @property
    def states(self) -> list[State]:
        """The last word about each account."""
        return list(self._states.values())

    def take(self, event: Message) -> bool:
        """Note an event; True when the words of the status line may have changed."""
        from tui_mail.link.messages import Alert, Fetching, Progress, State, Trouble

        if isinstance(event, State):
            self._states[event.account] = event
            if event.state != "syncing":
                self._progress.pop(event.account, None)
        elif isinstance(event, Progress) and event.what == "message":
            self._coming = event if event.done < event.total else None
        elif isinstance(event, Progress):
            self._progress[event.account] = event
        elif isinstance(event, Trouble):
            self.note(event)
        elif isinstance(event, Alert):
            self.note(Trouble(account=event.account, kind="alert", text=alert_words(event.text)))
        elif isinstance(event, Fetching):
            self.paused = event.paused
        else:
            return False
        return True

    def say(self, kind: str, text: str) -> None:
        """Add a trouble that has nothing to do with an account."""
        from tui_mail.link.messages import Trouble

        self.note(Trouble(account="", kind=kind, text=text))

    def note(self, trouble: Trouble) -> None:
        """Add a trouble; the same one twice in a row is one."""
        if not self.troubles or self.troubles[-1] != trouble:
            self.troubles.append(trouble)

    def decided(self, operations: Collection[Operation]) -> None:
        """The person has dealt with what was refused: it is no trouble any more."""
        told = {(each.account, each.error) for each in operations}
        self.troubles = deque(
            (each for each in self.troubles if (each.account, each.text) not in told), maxlen=TROUBLES_KEPT
        )

    def alerts_read(self, alerts: Sequence[ServerAlert]) -> None:
        """They were shown: they stay among the troubles of this window."""
        from tui_mail.link.messages import Trouble

        self.unread = 0
        for alert in alerts:
            trouble = Trouble(account=alert.account, kind="alert", text=alert_words(alert.text))
            if trouble not in self.troubles:
                self.troubles.append(trouble)

    def count_operations(self, operations: list[Operation]) -> None:
        """What waits for a server, and what will not go on by itself."""
        self.stuck = sum(operation.state in STUCK for operation in operations)
        self.waiting = len(operations) - self.stuck

    def leave_out(self, there: Collection[str]) -> None:
        """Forget how accounts fared that are not among those that are there."""
        for known in (self._states, self._progress):
            for account in known.keys() - there:
                del known[account]

    def lost(self, text: str) -> None:
        """There is no engine; ``text`` says why in a few words, empty while all is well again."""
        self.engine = line(text, 60)
        self._absent = bool(text)
        if text:
            self._states.clear()
            self._progress.clear()
            self._coming = None

    def words(self, now: float) -> list[SafeText]:
        """The most important first: ``online``, ``synced 12 s ago``, ``nothing waiting``."""
        words = [self.engine or self._state(now)]
        if self._coming is not None and not self.engine:
            words.append(progress_words("", self._coming.what, self._coming.done, self._coming.total))
        if self.paused and not self.engine:
            words.append(own(_("fetching paused")))
        if self.synced is not None and not self._progress and not self.engine:
            words.append(SafeText(_("synced {ago}").format(ago=ago(now - self.synced))))
        if self.stuck:
            words.insert(1, own(ngettext("{n} refused", "{n} refused", self.stuck).format(n=self.stuck)))
            words.insert(2, own(_("E says why")))
        if self.unread:
            words.insert(1, own(_("a server has something to say · E shows it")))
        if self.unsent:
            words.insert(1, self.unsent)
        waiting = self.waiting + self.queued
        if waiting:
            words.insert(1, own(ngettext("{n} waiting", "{n} waiting", waiting).format(n=waiting)))
        elif not self.stuck and not self.unsent:
            words.append(own(_("nothing waiting")))
        return words

    def obstacle(self, account: str) -> str:
        """Why nothing can be fetched for ``account`` ("": for any of them); empty where all is well."""
        if self._absent:
            return _("There is no engine, so nothing is fetched · E says why")
        states = [state for state in self._states.values() if account in ("", state.account)]
        worst = min(states, key=lambda state: _rank(state.state), default=None)
        words = {
            "sign-in": _("Signing in to {account} was refused, so nothing is fetched · E says why"),
            "error": _("{account} cannot be read · E says why"),
            "offline": _("{account} cannot be reached; mail appears when it can · E says why"),
        }.get("" if worst is None else worst.state, "")
        return words.format(account="" if worst is None else line(worst.account, 24))

    def _state(self, now: float) -> SafeText:
        if not self._states:
            return own(_("connecting"))
        worst = min(self._states.values(), key=lambda state: _rank(state.state))
        alike = all(state.state == worst.state for state in self._states.values())
        name = line(worst.account, 24)
        progress = self._progress.get(worst.account)
        if worst.state == "sign-in":
            return SafeText(_("signing in to {account}: refused · E says why").format(account=name))
        if worst.state == "error":
            return SafeText(_("{account}: error · E says why").format(account=name))
        if worst.state == "syncing" and progress is not None:
            folder = self.paths.get(progress.folder, "")
            words = progress_words(folder, progress.what, progress.done, progress.total)
            return words if len(self._states) == 1 else SafeText(f"{name}: {words}")
        if worst.kind == "throttled" and worst.retry_at > now:
            text = _("{account}: the server asks for a pause · again in {time}")
            return SafeText(text.format(account=name, time=_time(worst.retry_at - now)))
        word = {
            "offline": _("offline"),
            "connecting": _("connecting"),
            "syncing": _("synchronising"),
            "online": _("online"),
        }.get(worst.state, line(worst.state, 20))
        return SafeText(word if alike else f"{name}: {word}")


def alert_words(text: str) -> str:
    """What a server wants to be read, as it stands among the troubles."""
    return _("The server says: {text}").format(text=text)


def _time(seconds: float) -> str:
    """A while in words: ``40 s``, ``5 min``."""
    whole = int(seconds) + 1
    return _("{n} s").format(n=whole) if whole < 90 else _("{n} min").format(n=round(whole / 60))


def _rank(state: str) -> int:
    return _WORST_FIRST.index(state) if state in _WORST_FIRST else 0
