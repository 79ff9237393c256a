"""Commands and answers on one connection: tags, literals, pipelining, what the server says unasked.

Owns the order of commands, and capabilities and alerts as answers change them. One thread. Must not know what the
commands are for, nor raise anything but errors of ``model.errors`` and ``CommandFailed``.
"""

from __future__ import annotations

import logging
import re
import tempfile
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from tui_mail.backends.imap.answers import Answer, Mailbox, Untagged, split_code
from tui_mail.backends.imap.failures import CommandFailed, goodbye, not_understood
from tui_mail.backends.imap.lines import Readable
from tui_mail.backends.imap.protocol_log import without_mail
from tui_mail.backends.imap.syntax import Argument, Literal, raw
from tui_mail.backends.imap.tokens import Record, Spooled
from tui_mail.backends.imap.transport import MAX_LITERAL, SEND, SLOWEST, Transport
from tui_mail.backends.words import plain
from tui_mail.model.errors import StoreFull, Unreachable
from tui_mail.model.words import _

log = logging.getLogger("tui_mail.imap")

MAX_UNTAGGED = 200_000
IN_MEMORY = 1 << 20
"""Octets up to which a literal is read into memory."""
LOGGED = 300
GOODBYE = 0.02
"""Seconds for the answer to LOGOUT: what is near has its say, what is far is not waited for (RFC 9051, 6.1.3)."""
_UNTAGGED = re.compile(rb"\* (?:([0-9]{1,10}) )?([A-Za-z][A-Za-z0-9.-]*)(?: |$)")
_TAGGED = re.compile(rb"(T[0-9]+) (OK|NO|BAD)(?: |$)", re.IGNORECASE)
_LITERAL = re.compile(rb"~?\{([0-9]{1,20})\+?\}$")


@dataclass(slots=True)
class _Tags:
    made: int = 0
    open: set[bytes] = field(default_factory=set)
    done: dict[bytes, Answer] = field(default_factory=dict)
    passing: set[bytes] = field(default_factory=set)
    """Open ones whose end nobody waits for."""
    compressing: bytes = b""


class Session:
    """One connection after its greeting was read."""

    def __init__(
        self,
        transport: Transport,
        on_alert: Callable[[str], None] | None = None,
        on_line: Callable[[str], None] | None = None,
    ) -> None:
        self.transport = transport
        self.host = transport.host
        self.caps: frozenset[str] = frozenset()
        self.enabled: frozenset[str] = frozenset()
        """What the server confirmed to have switched on (RFC 5161)."""
        self.mailbox: Mailbox | None = None
        self.leaving = False
        self.may_compress = False
        """Compression is asked for behind the next commands that are waited for anyway."""
        self._without: frozenset[str] = frozenset()
        self._on_alert = on_alert
        self._on_line = on_line
        """Hears what is said, without what is secret and without mail."""
        self._in_place = 0
        """FETCH responses read past ``advance`` and not logged yet."""
        self._tags = _Tags()
        self._untagged: list[Untagged] = []
        self._challenges: list[bytes] = []

    # -- commands

    def run(self, *arguments: Argument, secret: bool = False) -> Answer:
        """Send a command and wait for its end. Raises CommandFailed on NO and BAD."""
        return self.finish(self.start(*arguments, secret=secret))

    def start(self, *arguments: Argument, secret: bool = False) -> bytes:
        """Send a command; its tag. Several may be started before the first is finished. Raises Refused."""
        tag = b"T%d" % self._tags.made
        # All of it is looked at before any of it is sent.
        segments = [tag]
        for argument in arguments:
            if not isinstance(argument, Literal):
                segments[-1] += b" " + raw(argument)
            elif self.sends_at_once(len(argument.value)):
                segments[-1] += b" {%d+}\r\n%s" % (len(argument.value), argument.value)
            else:
                segments[-1] += b" {%d}\r\n" % len(argument.value)
                segments.append(argument.value)
        self._open(tag, b" ".join(map(_shown, arguments[:1] if secret else arguments)) + (b" ***" if secret else b""))
        for index, segment in enumerate(segments):
            if index:
                self.await_continuation(tag)
            self.transport.send(segment + b"\r\n" if index == len(segments) - 1 else segment)
        return tag

    def start_upload(self, command: bytes, source: Readable, size: int) -> bytes:
        """Send ``command`` with one literal of ``size`` octets from ``source``; its tag. Raises Refused."""
        tag = b"T%d" % self._tags.made
        # A refusal (quota, size) should come before a large upload, not after it.
        at_once = self.sends_at_once(size) and size <= SEND
        line = b"%s %s {%d%s}\r\n" % (tag, raw(command), size, b"+" if at_once else b"")
        self._open(tag, b"%s {%d}" % (command, size))
        self.transport.extend(self.transport.timeouts.command + size / SLOWEST)
        self.transport.send(line)
        if not at_once:
            self.await_continuation(tag)
        left = size
        while left:
            block = source.read(min(left, SEND))
            if not block:
                raise Unreachable(_("The message ended early while it was sent to {host}.").format(host=self.host))
            self.transport.send(block)
            left -= len(block)
        self.transport.send(b"\r\n")
        return tag

    def _open(self, tag: bytes, shown: bytes) -> None:
        if self.idle:
            self.transport.extend(self.transport.timeouts.command)
        self._tags.made += 1
        self._tags.open.add(tag)
        self._log(">", tag + b" " + shown)

    def sends_at_once(self, size: int) -> bool:
        """True when a literal needs no leave (RFC 7888)."""
        return "LITERAL+" in self.caps or ("LITERAL-" in self.caps and size <= 4096)

    def await_continuation(self, tag: bytes) -> None:
        """Wait for ``+``. Raises CommandFailed when the command ends instead."""
        if self.await_end_or_challenge(tag) is None:
            self.finish(tag)
            raise not_understood(self.host)

    def await_end_or_challenge(self, tag: bytes) -> bytes | None:
        """What the server asks with ``+``, or None when the command has ended (``finish`` it then)."""
        self._challenges.clear()
        while not self._challenges and tag not in self._tags.done:
            self.advance()
        return self._challenges[0] if self._challenges else None

    def send_line(self, line: bytes) -> None:
        """An answer within a command: SASL, DONE. Never logged."""
        self.transport.send(raw(line) + b"\r\n")

    def finish(self, tag: bytes) -> Answer:
        """Wait for the end of a command. Raises CommandFailed on NO and BAD."""
        while tag not in self._tags.done:
            self.advance()
        answer = self._tags.done.pop(tag)
        if self._tags.open:
            self.transport.extend(self.transport.timeouts.command)
        if answer.status != b"OK":
            raise CommandFailed(answer.status.decode(), answer.code.decode("ascii", "replace"), answer.text)
        return answer

    def several(self, commands: Iterable[Sequence[Argument]], depth: int) -> list[Answer | CommandFailed]:
        """Run commands that do not depend on each other, ``depth`` at once, in one round trip if that is enough.

        What became of each, in their order; untagged responses may be with another's answer.
        """
        under_way: deque[bytes] = deque()
        ends: list[Answer | CommandFailed] = []
        for command in [*commands, None]:
            if command is None and self.may_compress and depth > 1:
                self._ask_to_compress()
            while under_way and (command is None or len(under_way) >= depth):
                try:
                    ends.append(self.finish(under_way.popleft()))
                except CommandFailed as failed:
                    ends.append(failed)
            if command is not None:
                under_way.append(self.start(*command))
        self._finish_compressing()
        return ends

    def let_pass(self, tag: bytes) -> None:
        """Nobody waits for the end of this command, whatever it will be; what comes with it is noted all the same."""
        self._tags.passing.add(tag)

    def compress(self) -> None:
        """Have the connection compressed (RFC 4978), where the server offers it; nothing is lost where it then refuses."""
        self._ask_to_compress()
        self._finish_compressing()

    def _ask_to_compress(self) -> None:
        """Until the answer nothing more may be sent."""
        self.may_compress = False
        if "COMPRESS=DEFLATE" in self.caps:
            self._tags.compressing = self.start(b"COMPRESS DEFLATE")

    def _finish_compressing(self) -> None:
        if self._tags.compressing:
            try:
                self.finish(self._tags.compressing)
            except CommandFailed:
                pass  # then it goes on as it was
            self._tags.compressing = b""

    def is_done(self, tag: bytes) -> bool:
        """True when the end of a command has been read and not yet collected."""
        return tag in self._tags.done

    def ended(self, tag: bytes) -> Answer | None:
        """The end of a command that has been read and not yet collected, and is not by this."""
        return self._tags.done.get(tag)

    def succeeded(self, tag: bytes) -> bool:
        """True when a command that is done ended with OK."""
        return self._tags.done[tag].status == b"OK"

    @property
    def idle(self) -> bool:
        """True when no command is under way that anybody waits for."""
        return self._tags.open <= self._tags.passing

    def drain(self, seconds: float) -> None:
        """Read the ends of commands that nobody waits for any more. Raises Unreachable."""
        self.transport.extend(seconds)
        while self._tags.open:
            self.advance()
        self._tags.done.clear()
        self._untagged.clear()

    def leave(self) -> None:
        """Say goodbye; Stalled when the answer is not there at once. Never CLOSE, which expunges."""
        self.leaving = True
        tag = self.start(b"LOGOUT")
        self.transport.extend(GOODBYE)
        self.finish(tag)

    # -- answers

    def advance(self) -> Untagged | None:
        """Read one response and note what it says; None unless it is an untagged one. Raises Unreachable on BYE."""
        record = self.read_record()
        text = record.pieces[0]
        if text.startswith(b"* "):
            return self._take_untagged(record)
        if text.startswith(b"+"):
            self._challenges.append(text[2:])
            del self._challenges[1:]
            return None
        match = _TAGGED.match(text)
        if match is None or match[1] not in self._tags.open:
            raise not_understood(self.host)
        code, argument, rest = split_code(text[match.end() :])
        if code == b"ALERT":
            self._alert(rest)
        elif code == b"CAPABILITY":
            self.note_capabilities(argument)
        self._tags.open.discard(match[1])
        if match[1] in self._tags.passing:
            self._tags.passing.discard(match[1])  # responses until here may be another command's
            return None
        self._tags.done[match[1]] = Answer(match[2].upper(), code, argument, plain(rest), tuple(self._untagged))
        self._untagged.clear()
        if match[1] == self._tags.compressing and match[2].upper() == b"OK":
            self.transport.compress()
        return None

    def stream(self, tag: bytes) -> Iterator[Untagged]:
        """FETCH responses until the end of ``tag``, one by one; everything else is noted on the way."""
        while tag not in self._tags.done:
            response = self.advance()
            if response is not None and response.kind == b"FETCH":
                self.forget_last()
                yield response

    def seen_fetch(self) -> None:
        """A FETCH response was read in place, past ``advance``."""
        self._in_place += 1
        if self.mailbox is not None:
            self.mailbox.news += 1

    def forget_last(self) -> None:
        """Do not keep the response that ``advance`` returned."""
        self._untagged.pop()

    def read_record(self) -> Record:
        """One whole response with its literals."""
        transport = self.transport
        pieces: list[bytes] = []
        literals: list[bytes | Spooled] = []
        while True:
            line = transport.readline().rstrip(b"\r\n")
            match = _LITERAL.search(line) if line.endswith(b"}") else None
            if match is None:
                pieces.append(line)
                break
            pieces.append(line[: match.start()])
            size = int(match[1])
            literals.append(transport.read(size) if size <= IN_MEMORY else self._spool(size))
            if len(pieces) > 1000:
                raise not_understood(self.host)
        self._log("<", b"{}".join(pieces))
        return Record(tuple(pieces), tuple(literals))

    def _spool(self, size: int) -> Spooled:
        """A literal of ``size`` octets, in a file. Raises StoreFull, and Unreachable when it is too large even so."""
        if size > MAX_LITERAL:
            raise not_understood(self.host)
        file = tempfile.TemporaryFile()  # noqa: SIM115 -- it goes with what is returned
        try:
            for piece in self.transport.pieces(size):
                file.write(piece)
            file.flush()
        except OSError as error:
            file.close()
            raise StoreFull(
                _("There is no room for a large message: free some space on the disk of {path}.").format(
                    path=tempfile.gettempdir()
                )
            ) from error
        except BaseException:
            file.close()
            raise
        return Spooled(file, size)

    def note_capabilities(self, text: bytes) -> None:
        words = text.decode("ascii", "replace").upper().split()
        if words:
            self.caps = frozenset(words) - self._without

    def forbid(self, extensions: frozenset[str]) -> None:
        """Do as if the server did not offer these, whatever it says from now on."""
        self._without |= extensions
        self.caps -= extensions

    def _take_untagged(self, record: Record) -> Untagged:
        match = _UNTAGGED.match(record.pieces[0])
        if match is None:
            response = Untagged(b"", 0, record, 2)
        else:
            response = Untagged(match[2].upper(), int(match[1] or 0), record, match.end())
            self._note(response)
        self._untagged.append(response)
        if len(self._untagged) > MAX_UNTAGGED:
            raise not_understood(self.host)
        return response

    def _note(self, response: Untagged) -> None:
        kind, box = response.kind, self.mailbox
        if kind in {b"OK", b"NO", b"BAD"}:
            self._note_code(*split_code(response.rest()))
        elif kind == b"BYE":
            if not self.leaving:
                raise goodbye(self.host, response.rest())
        elif kind == b"CAPABILITY":
            self.note_capabilities(response.rest())
        elif kind == b"ENABLED":
            self.enabled |= frozenset(response.rest().decode("ascii", "replace").upper().split())
        elif box is not None:
            box.note(response)

    def _note_code(self, code: bytes, argument: bytes, text: bytes) -> None:
        if code == b"ALERT":
            self._alert(text)
        elif code == b"CAPABILITY":
            self.note_capabilities(argument)
        elif self.mailbox is not None:
            self.mailbox.note_code(code, argument)

    def _alert(self, text: bytes) -> None:
        if self._on_alert is not None:
            self._on_alert(plain(text))

    def _log(self, arrow: str, line: bytes) -> None:
        if self._on_line is None and not log.isEnabledFor(logging.DEBUG):
            return
        texts = [f"{arrow} {plain(without_mail(line), LOGGED)}"]
        if self._in_place:
            texts.insert(0, f"< ({self._in_place} FETCH responses)")
            self._in_place = 0
        for text in texts:
            log.debug("%s %s", self.host, text)
            if self._on_line is not None:
                self._on_line(text)


def _shown(argument: Argument) -> bytes:
    return argument if isinstance(argument, bytes) else b"{%d}" % len(argument.value)
