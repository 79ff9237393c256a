"""The command line's end of the link: blocking, one request at a time, and light to import.

Owns a blocking connection and the patience with it. Must not know what a request means, nor load an event loop.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import Self

from tui_mail.config.paths import Home
from tui_mail.link.messages import PROTOCOL, Done, Hello, Message, Request, Stop, decode, encode
from tui_mail.link.versions import greeting, is_newer, newer_text, older_text
from tui_mail.model.errors import EngineTrouble, Stalled
from tui_mail.model.words import _

_MAX_LINE = 1 << 20
_HELLO_SECONDS = 5.0


class Line:
    """A blocking connection to the engine of one home; use as a context manager."""

    def __init__(self, home: Home, timeout: float = _HELLO_SECONDS) -> None:
        self._buffer = bytearray()
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
        try:
            self._socket.settimeout(timeout)
            self._socket.connect(str(home.socket))
            self._socket.sendall(encode(greeting()))
            hello = self._receive(timeout)
        except (OSError, ValueError) as error:
            self._socket.close()
            if isinstance(error, TimeoutError):
                text = _("The engine does not answer: stop it with `tui-mail engine --stop`.")
            else:
                text = _("No engine is running for this home.")
            raise EngineTrouble(text) from error
        if not isinstance(hello, Hello):
            self._socket.close()
            raise EngineTrouble(_("What listens at {path} is no engine.").format(path=home.socket))
        self.engine = hello
        """What the engine said of itself."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.close()

    def ask(self, request: Request, timeout: float, on_event: Callable[[Message], None] | None = None) -> Done:
        """Send ``request`` and read until its answer; ``timeout`` is seconds without a word. See ``call``."""
        request = replace(request, id=1)
        try:
            self._socket.settimeout(timeout)
            self._socket.sendall(encode(request))
            while True:
                message = self._receive(timeout)
                if isinstance(message, Done):
                    if message.id == request.id:
                        return message
                elif on_event is not None:
                    on_event(message)
        except TimeoutError as error:
            raise Stalled(
                _("Nothing moved for {seconds:.0f} seconds: try again later.").format(seconds=timeout)
            ) from error
        except (OSError, ValueError) as error:
            raise EngineTrouble(_("The engine ended before it answered; its log says more.")) from error

    def wait_for_end(self, timeout: float) -> bool:
        """True when the engine closes this connection within ``timeout`` seconds."""
        deadline = time.monotonic() + timeout
        try:
            while (left := deadline - time.monotonic()) > 0:
                self._socket.settimeout(left)
                if not self._socket.recv(65536):
                    return True
        except TimeoutError:
            return False
        except OSError:
            return True
        return False

    def _receive(self, timeout: float) -> Message:
        """The next message. Raises TimeoutError, OSError, ValueError."""
        deadline = time.monotonic() + timeout
        while (end := self._buffer.find(b"\n")) < 0:
            if len(self._buffer) > _MAX_LINE:
                raise ValueError("a line without end")
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._socket.settimeout(left)
            data = self._socket.recv(65536)
            if not data:
                raise ConnectionError("closed")
            self._buffer += data
        line = bytes(self._buffer[: end + 1])
        del self._buffer[: end + 1]
        return decode(line)


def call(
    home: Home, request: Request, timeout: float = 60.0, *, on_event: Callable[[Message], None] | None = None
) -> Done:
    """Ask the engine of ``home`` one thing and wait for the answer, whose ``ok`` the caller looks at.

    ``timeout`` is how many seconds may pass without any word, events included. Leaving early (an interrupt) takes the
    request back. Raises EngineTrouble when no engine can be reached or it ends meanwhile, Stalled on silence.
    """
    with Line(home) as line:
        if line.engine.protocol != PROTOCOL and not isinstance(request, Stop):
            raise EngineTrouble(newer_text(line.engine) if is_newer(line.engine) else older_text(line.engine))
        return line.ask(request, timeout, on_event)
