"""A process that reads headers, so that a first synchronisation uses a second processor.

Owns the pipe between both sides and what happens when the process fails: the same function does the work here. As a
program (``python -m tui_mail.engine.header_worker``) it reads frames of new messages and answers each with a frame of
arrivals, both marshalled. The process is ours and runs what would run here, so it is trusted to mean well, not to
work: its frames carry a checksum. Must not know folders or the store's files.
"""

from __future__ import annotations

import logging
import marshal
import struct
import sys
import time
import zlib
from collections.abc import Iterator, Sequence
from typing import IO, TYPE_CHECKING, Final, Self

from tui_mail.model.remote import NewMessage
from tui_mail.store.mirror.arrival import Arrival, arrival_of

if TYPE_CHECKING:
    import subprocess

MANY: Final = 200
"""Messages that are worth the way to the process and back, once it runs."""
_BATCH = 500
_BATCH_OCTETS = 1 << 20
SECONDS: Final = 20.0
"""How long one batch may take; on a machine that does other things as well."""
_START_SECONDS = 30.0
_MOST_FAILURES = 2
_MAX_FRAME = 256 << 20
_PIPE_OCTETS = 1 << 20
_LENGTH = struct.Struct(">I")
_FRAME = struct.Struct(">II")
_READY = b"ready"

log = logging.getLogger(__name__)


class _Failed(Exception):
    """The process gave no usable answer."""


class HeaderWorker:
    """Makes arrivals; for use from one thread at a time."""

    def __init__(self, command: Sequence[str] | None = None, seconds: float = SECONDS) -> None:
        # -P: a file of the working directory is never taken for a module.
        self._command = command or [sys.executable, "-P", "-m", "tui_mail.engine.header_worker"]
        self._seconds = seconds
        self._process: subprocess.Popen[bytes] | None = None
        self._started = 0.0
        self._answers = bytearray()
        self._ready = False
        self._failures = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()

    @property
    def running(self) -> bool:
        """True from ``start`` to ``close``, unless the process failed."""
        return self._process is not None

    def start(self) -> None:
        """Start the process and do not wait for it; it is used from when it is ready."""
        from tui_mail.mime.child import spawn

        if self._process is not None or self._failures >= _MOST_FAILURES:
            return
        try:
            process = spawn(self._command)
        except OSError as error:
            self._give_up(error)
            return
        self._process = process
        self._started = time.monotonic()
        self._ready = False
        self._answers = bytearray()
        for pipe in (process.stdin, process.stdout):
            assert pipe is not None
            _prepare_pipe(pipe)

    def arrivals(self, new: Sequence[NewMessage]) -> list[Arrival]:
        """In their order; in the process when there are many and it runs. Never fails for what the process does."""
        if len(new) >= MANY and self._process is not None:
            try:
                if self._is_ready(self._process):
                    return self._ask(self._process, new)
            except (_Failed, OSError) as error:
                self._give_up(error)
        return [arrival_of(one) for one in new]

    def close(self) -> None:
        """End the process; it may be started again."""
        process, self._process = self._process, None
        if process is not None:
            from tui_mail.mime.child import end

            end(process)

    def _give_up(self, error: Exception) -> None:
        log.warning("the process for headers failed (%r); they are read here", error)
        self._failures += 1
        self.close()

    def _is_ready(self, process: subprocess.Popen[bytes]) -> bool:
        """False while it is still starting."""
        if not self._ready:
            frame = next(self._frames(process), None)
            if frame is None:
                if time.monotonic() - self._started > _START_SECONDS:
                    raise _Failed("start")
                return False
            if frame != _READY:
                raise _Failed("start")
            self._ready = True
        return True

    def _ask(self, process: subprocess.Popen[bytes], new: Sequence[NewMessage]) -> list[Arrival]:
        """Send all batches and read the answers as they come: neither side may wait for the other to read."""
        import os
        import select

        batches = list(_batches(new))
        assert process.stdin is not None
        assert process.stdout is not None
        into, out = process.stdin.fileno(), process.stdout.fileno()
        sizes = [len(batch) for batch in batches]
        questions = iter(batches)
        unsent = memoryview(b"")
        found: list[Arrival] = []
        answered = 0
        deadline = time.monotonic() + self._seconds
        poll = select.poll()
        poll.register(out, select.POLLIN)
        poll.register(into, select.POLLOUT)
        sending = True
        while answered < len(sizes):
            events = dict(poll.poll(max(deadline - time.monotonic(), 0) * 1000))
            if not events:
                raise _Failed("time")
            if sending and into in events:
                if not unsent:
                    unsent = memoryview(_question(next(questions, None)))
                if unsent:
                    unsent = unsent[os.write(into, unsent) :]
                else:
                    sending = False
                    poll.unregister(into)
            if out in events:
                for frame in self._frames(process):
                    found.extend(_checked(frame, new[len(found) : len(found) + sizes[answered]]))
                    answered += 1
                    deadline = time.monotonic() + self._seconds
                    if answered == len(sizes):
                        break
        return found

    def _frames(self, process: subprocess.Popen[bytes]) -> Iterator[bytes]:
        """Whole frames among what has come by now."""
        import os

        answers = self._answers
        assert process.stdout is not None
        while True:
            while len(answers) >= _FRAME.size:
                length, checksum = _FRAME.unpack_from(answers)
                if length > _MAX_FRAME:
                    raise _Failed("size")
                end = _FRAME.size + length
                if len(answers) < end:
                    break
                frame = bytes(memoryview(answers)[_FRAME.size : end])
                del answers[:end]
                if zlib.crc32(frame) != checksum:
                    raise _Failed("checksum")
                yield frame
            try:
                piece = os.read(process.stdout.fileno(), _PIPE_OCTETS)
            except BlockingIOError:
                return
            if not piece:
                raise _Failed("end")
            answers += piece


def _batches(new: Sequence[NewMessage]) -> Iterator[list[NewMessage]]:
    """Few enough at a time for the answers to flow while the next questions are read."""
    batch: list[NewMessage] = []
    octets = 0
    for one in new:
        batch.append(one)
        octets += len(one.header)
        if len(batch) >= _BATCH or octets >= _BATCH_OCTETS:
            yield batch
            batch, octets = [], 0
    if batch:
        yield batch


def _question(batch: Sequence[NewMessage] | None) -> bytes:
    """A frame of plain tuples; nothing after the last batch."""
    if batch is None:
        return b""
    # Flags are of a class of our own, which marshal does not know.
    data = marshal.dumps([(one[0], int(one[1]), *one[2:]) for one in batch])
    return _LENGTH.pack(len(data)) + data


def _checked(frame: bytes, asked: Sequence[NewMessage]) -> list[Arrival]:
    try:
        found = list(map(Arrival._make, marshal.loads(frame)))  # noqa: S302 -- from our own process, with its checksum
    except (ValueError, EOFError, TypeError) as error:
        raise _Failed("answer") from error
    if [one.uid for one in found] != [one.uid for one in asked]:
        raise _Failed("answer")
    return found


def _prepare_pipe(pipe: IO[bytes]) -> None:
    """Never wait on it, and let much stand in it."""
    import fcntl
    import os

    os.set_blocking(pipe.fileno(), False)
    if hasattr(fcntl, "F_SETPIPE_SZ"):
        try:
            fcntl.fcntl(pipe.fileno(), fcntl.F_SETPIPE_SZ, _PIPE_OCTETS)
        except OSError:
            pass  # the system allows no more: it works with less


def serve(source: IO[bytes], sink: IO[bytes]) -> None:
    """The other side: answer frames until there are no more."""
    _write_frame(sink, _READY)
    while len(header := source.read(_LENGTH.size)) == _LENGTH.size:
        asked = marshal.loads(source.read(*_LENGTH.unpack(header)))  # noqa: S302 -- from the process that started this one
        _write_frame(sink, marshal.dumps([tuple(arrival_of(NewMessage._make(one))) for one in asked]))


def _write_frame(sink: IO[bytes], data: bytes) -> None:
    sink.write(_FRAME.pack(len(data), zlib.crc32(data)))
    sink.write(data)
    sink.flush()


def main() -> None:
    import gc

    from tui_mail.mime.child import settle

    settle()
    # Nothing here makes cycles, and every batch makes many tuples.
    gc.disable()
    serve(sys.stdin.buffer, sys.stdout.buffer)


if __name__ == "__main__":
    main()
