"""A process for HTML: what takes too long, grows too large or fails there is killed, and the mail client goes on.

Owns the pipe between both sides, the caps and the fallback. As a program (``python -m tui_mail.mime.html_worker``) it
reads frames of HTML and answers each with a frame of JSON: four octets of length, then UTF-8; a frame of HTML begins
with four octets more: the number of its first link, or what else is wanted of it (``_MARKDOWN`` and its like). Of a long
page a frame comes before that which only holds the beginning, and says so.
"""

from __future__ import annotations

import json
import struct
import sys
import threading
import time
from typing import IO, TYPE_CHECKING, Self

from tui_mail.mime.html import MAX_OUT, Begun, HtmlText, simple_text

if TYPE_CHECKING:
    import subprocess

MAX_IN = 1_000_000
"""Characters of HTML that are converted."""
SECONDS = 2.0
"""That one page may take."""
_START_SECONDS = 30.0
_MAX_FRAME = 16_000_000
_LENGTH = struct.Struct(">I")
_MARKDOWN = 0
_PICTURES, _PAGE, _WHOLE_PAGE = (1 << 32) - 1, (1 << 32) - 2, (1 << 32) - 3
"""In the place of the number of the first link: text to edit, remote pictures, a page for a browser without or with them."""


class WorkerFailed(Exception):
    """The other process gave no usable answer; ``reason`` is ``time``, ``size`` or ``error``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class HtmlWorker:
    """Converts HTML in a process of its own, started when first needed; for use from any thread, one at a time."""

    def __init__(self, seconds: float | None = None, command: list[str] | None = None) -> None:
        self._seconds = SECONDS if seconds is None else seconds
        # -P: a file of the working directory is never taken for a module.
        self._command = command or [sys.executable, "-P", "-m", "tui_mail.mime.html_worker"]
        self._process: subprocess.Popen[bytes] | None = None
        self._ready = False
        self._lock = threading.Lock()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    def convert(self, html: str, first_link: int = 1, begun: Begun | None = None) -> HtmlText:
        """Never raises: where the conversion fails, a simple one without links is given, and says why."""
        cut = len(html) > MAX_IN
        html = html[:MAX_IN]
        with self._lock:
            try:
                answer = self._ask(html, first_link, begun)
            except WorkerFailed as failure:
                self._kill()
                return simple_text(html, failure.reason, cut=cut)
            except OSError:
                self._kill()
                return simple_text(html, "error", cut=cut)
            except BaseException:  # of who was told of the beginning; the rest of the answer is still to come
                self._kill()
                raise
        return _with_cut(answer, cut)

    def markdown(self, html: str) -> str:
        """Text to go on writing with. Never raises: where the conversion fails, the words alone are given."""
        html = html[:MAX_IN]
        with self._lock:
            try:
                return self._ask(html, _MARKDOWN).text
            except (WorkerFailed, OSError):
                self._kill()
                return simple_text(html, "error").text

    def page(self, html: str, *, remote: bool) -> str:
        """A harmless page for a browser (``mime.page.browser``). Raises WorkerFailed: there is no simple way here."""
        return self._text(html, _WHOLE_PAGE if remote else _PAGE)

    def pictures(self, html: str) -> list[str]:
        """Addresses of pictures on other machines (``mime.page.browser``). Raises WorkerFailed."""
        return self._text(html, _PICTURES).split()

    def _text(self, html: str, wanted: int) -> str:
        with self._lock:
            try:
                answer = self._ask(html[:MAX_IN], wanted)
            except (WorkerFailed, OSError) as error:
                self._kill()
                raise WorkerFailed(error.reason if isinstance(error, WorkerFailed) else "error") from error
        if answer.failed:
            raise WorkerFailed(answer.failed)
        return answer.text

    def start(self) -> None:
        """Start the process ahead of the first conversion, and do not wait for it; a failure shows itself then."""
        with self._lock:
            try:
                self._started()
            except OSError:
                self._kill()

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._kill()

    def _started(self) -> subprocess.Popen[bytes]:
        from tui_mail.mime.child import spawn

        process = self._process
        if process is not None and process.poll() is None:
            return process
        self._kill()
        process = self._process = spawn(self._command)
        self._ready = False
        return process

    def _running(self) -> subprocess.Popen[bytes]:
        process = self._started()
        if not self._ready:
            # The first frame says that everything is imported; only then does the time of a conversion count.
            _receive(process.stdout, time.monotonic() + _START_SECONDS)
            self._ready = True
        return process

    def _ask(self, html: str, first_link: int, begun: Begun | None = None) -> HtmlText:
        process = self._running()
        deadline = time.monotonic() + self._seconds
        _send(process.stdin, _LENGTH.pack(first_link) + html.encode("utf-8", "replace"), deadline)
        answer, begins = _answer(_receive(process.stdout, deadline))
        if begins:
            if begun is not None:
                begun(answer)
            answer, begins = _answer(_receive(process.stdout, deadline))
            if begins:
                raise WorkerFailed("error")
        return answer

    def _kill(self) -> None:
        process, self._process = self._process, None
        if process is not None:
            from tui_mail.mime.child import end

            end(process)


def _answer(data: bytes) -> tuple[HtmlText, bool]:
    """The answer, and whether it is only its beginning.

    The other process is not trusted: what it was given may have made it say anything.
    """
    try:
        values = json.loads(data)
        answer = HtmlText(
            text=str(values["text"]),
            links=tuple((int(number), str(url), str(words)) for number, url, words in values["links"]),
            marks=tuple((int(start), int(end), str(kind), int(value)) for start, end, kind, value in values["marks"]),
            hidden=int(values["hidden"]),
            remote_images=int(values["remote_images"]),
            pixels=int(values["pixels"]),
            misleading=tuple(map(int, values["misleading"])),
            refused=int(values["refused"]),
            failed=str(values["failed"]),
            cut=bool(values["cut"]),
        )
    except (ValueError, TypeError, KeyError, RecursionError) as error:
        raise WorkerFailed("error") from error
    if len(answer.text) > MAX_OUT:
        raise WorkerFailed("size")
    return answer, bool(values.get("begins"))


def _with_cut(answer: HtmlText, cut: bool) -> HtmlText:
    from dataclasses import replace

    return replace(answer, cut=True) if cut else answer


def _send(pipe: IO[bytes] | None, data: bytes, deadline: float) -> None:
    """Write a frame; a process that does not read is as lost as one that does not answer."""
    import os
    import select

    if pipe is None:
        raise WorkerFailed("error")
    os.set_blocking(pipe.fileno(), False)
    view = memoryview(_LENGTH.pack(len(data)) + data)
    while view:
        _wait(pipe.fileno(), select.POLLOUT, deadline)
        view = view[os.write(pipe.fileno(), view[:65_536]) :]


def _receive(pipe: IO[bytes] | None, deadline: float) -> bytes:
    """Read a frame."""
    header = _read(pipe, _LENGTH.size, deadline)
    (length,) = _LENGTH.unpack(header)
    if length > _MAX_FRAME:
        raise WorkerFailed("size")
    return _read(pipe, length, deadline)


def _read(pipe: IO[bytes] | None, length: int, deadline: float) -> bytes:
    import os
    import select

    if pipe is None:
        raise WorkerFailed("error")
    data = bytearray()
    while len(data) < length:
        _wait(pipe.fileno(), select.POLLIN, deadline)
        piece = os.read(pipe.fileno(), min(length - len(data), 1 << 20))
        if not piece:
            raise WorkerFailed("error")
        data += piece
    return bytes(data)


def _wait(handle: int, event: int, deadline: float) -> None:
    """Until the pipe is ready for ``event`` or has broken; poll knows no largest number of a file, as select does."""
    import select

    poll = select.poll()
    poll.register(handle, event)
    if not poll.poll(max(deadline - time.monotonic(), 0) * 1000):
        raise WorkerFailed("time")


def serve(source: IO[bytes], sink: IO[bytes]) -> None:
    """The other side: answer frames until there are no more."""
    # What takes its time to load is here before the first frame is due.
    import selectolax.lexbor  # noqa: F401 -- see above

    import tui_mail.mime.page.walk  # noqa: F401 -- see above
    from tui_mail.mime.html import to_text
    from tui_mail.mime.markdown import to_markdown
    from tui_mail.mime.page.browser import remote_pictures, to_page

    def begun(answer: HtmlText) -> None:
        _write_frame(sink, _written(answer, begins=True))

    _write_frame(sink, b"ready")
    while len(header := source.read(_LENGTH.size)) == _LENGTH.size:
        (length,) = _LENGTH.unpack(header)
        data = source.read(length)
        html = data[_LENGTH.size :].decode("utf-8", "replace")
        (first_link,) = _LENGTH.unpack(data[: _LENGTH.size])
        try:
            if first_link == _MARKDOWN:
                answer = HtmlText(to_markdown(html))
            elif first_link == _PICTURES:
                answer = HtmlText("\n".join(remote_pictures(html)))
            elif first_link in {_PAGE, _WHOLE_PAGE}:
                answer = HtmlText(to_page(html, remote=first_link == _WHOLE_PAGE))
            else:
                answer = to_text(html, first_link, begun)
        except Exception:
            # The parser may raise on inputs nobody has listed, or ask for more memory than there is: the simple way then.
            answer = simple_text(html, "error")
        _write_frame(sink, _written(answer))


def _written(answer: HtmlText, *, begins: bool = False) -> bytes:
    values = {name: getattr(answer, name) for name in HtmlText.__dataclass_fields__}
    return json.dumps({**values, "begins": begins}).encode()


def _write_frame(sink: IO[bytes], data: bytes) -> None:
    sink.write(_LENGTH.pack(len(data)) + data)
    sink.flush()


def main() -> None:
    from tui_mail.mime.child import settle

    settle()
    serve(sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
