"""Standard output and standard error: one JSON document, or lines that are safe for a terminal.

Owns encoding, the filter on the way to a terminal, and columns. Must not know what is printed.
"""

from __future__ import annotations

import errno
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

from tui_mail.model.errors import QueryError, TuiMailError, UsageError
from tui_mail.model.words import _

if TYPE_CHECKING:
    from tui_mail.text.safe import SafeText


class Output:
    """Where a command prints. With ``json`` only ``document`` and ``raw`` reach standard output."""

    def __init__(self, *, json: bool) -> None:
        self.json = json

    def document(self, data: Any) -> None:
        """The one JSON document of this run."""
        import json

        # A terminal gets escapes for whatever is not ASCII: JSON itself lets C1 and bidirectional controls through.
        # Lone surrogates cannot be written as UTF-8; as \\u escapes they can, and JSON allows them.
        text = json.dumps(data, ensure_ascii=sys.stdout.isatty(), indent=2).replace("\x7f", "\\u007f")
        _write(sys.stdout, text.encode("utf-8", "backslashreplace") + b"\n")

    def raw(self, data: bytes) -> None:
        """Bytes as they are; the caller has decided that a person or a program wants them so."""
        _write(sys.stdout, data)

    def line(self, text: str) -> None:
        """One line for a person, made safe; not with ``--json``."""
        if not self.json:
            from tui_mail.text import safe

            _write(sys.stdout, safe.line(text, safe.BLOCK_LIMIT).encode("utf-8", "replace") + b"\n")

    def block(self, text: str) -> None:
        """Several lines for a person, made safe; not with ``--json``."""
        if not self.json:
            from tui_mail.text import safe

            _write(sys.stdout, safe.block(text).encode("utf-8", "replace") + b"\n")

    def rows(self, rows: Sequence[Sequence[str]], *, right: Sequence[int] = (), widths: Sequence[int] = ()) -> None:
        """Aligned columns. ``right``: columns aligned right; ``widths``: the most cells of a column, 0: any."""
        if self.json or not rows:
            return
        from tui_mail.text import safe, width

        safe_rows: list[list[SafeText]] = [[safe.line(cell) for cell in row] for row in rows]
        count = max(map(len, safe_rows))
        sizes = [max((width.cells(row[i]) for row in safe_rows if i < len(row)), default=0) for i in range(count)]
        for i, most in enumerate(widths):
            if most and i < count:
                sizes[i] = min(sizes[i], most)
        lines = []
        for row in safe_rows:
            cells = [width.fit(cell, sizes[i], i in right) for i, cell in enumerate(row)]
            lines.append("  ".join(cells).rstrip())
        _write(sys.stdout, ("\n".join(lines) + "\n").encode("utf-8", "replace"))

    def note(self, text: str) -> None:
        """A line on standard error, made safe."""
        from tui_mail.text import safe

        _write(sys.stderr, safe.line(text, safe.BLOCK_LIMIT).encode("utf-8", "replace") + b"\n")

    @property
    def shows_progress(self) -> bool:
        """False where ``progress`` does nothing."""
        return sys.stderr.isatty()

    def progress(self, text: str) -> None:
        """Replace the line of progress on standard error; nothing where that is no terminal."""
        if sys.stderr.isatty():
            from tui_mail.text import safe, width

            cut = width.cut(safe.line(text), _columns() - 1)
            _write(sys.stderr, f"\r{cut}\x1b[K".encode("utf-8", "replace"))

    def end_progress(self) -> None:
        """Remove the line of progress."""
        if sys.stderr.isatty():
            _write(sys.stderr, b"\r\x1b[K")

    def error(self, error: TuiMailError) -> None:
        """The sentence on standard error; with ``--json`` the error object on standard output as well."""
        body: dict[str, Any] = {"kind": error.kind, "message": error.text}
        text = error.text
        if isinstance(error, QueryError):
            body["position"] = error.position
            text = _("{text} (at character {position})").format(text=text, position=error.position + 1)
        if self.json:
            self.document({"error": body})
        self.note(text)


def unwritable(path: Path, error: OSError) -> TuiMailError:
    """Why ``path``, which the person named, was not written: a wrong name is a mistake of usage, a full disk is none."""
    text = _("{path} cannot be written: {reason}.").format(path=path, reason=error.strerror or error)
    failed = error.errno in {errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO}
    return TuiMailError(text) if failed else UsageError(text)


def ask(question: str) -> bool:
    """Ask a person who sits at a terminal; True for yes. End of input is no."""
    _write(sys.stderr, f"{question} [y/n] ".encode())
    return sys.stdin.readline().strip().lower() in {"y", "yes", _("yes")}


def from_stdin(read: Callable[[], str]) -> str:
    """What ``read`` takes from standard input. Raises UsageError where that is no text."""
    try:
        text = read()
        text.encode()
    except UnicodeError as error:
        raise UsageError(_("What comes on standard input is not in UTF-8: convert it first.")) from error
    return text


def person_is_there() -> bool:
    """True when a question would be seen and could be answered."""
    return sys.stdin is not None and sys.stdin.isatty() and sys.stderr.isatty()


def forget_output() -> None:
    """What is still buffered goes nowhere, so that the interpreter's own flush at exit is quiet."""
    for stream in (sys.stdout, sys.stderr):
        _abandon(stream)


def open_missing() -> None:
    """Put the null device where a standard stream was closed.

    Else a database would get its number, and a message to a person would be written into it.
    """
    while (number := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(number)
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        if getattr(sys, name) is None:
            setattr(sys, name, Path(os.devnull).open(mode, encoding="utf-8"))  # noqa: SIM115 -- as long as the process


def _write(stream: TextIO, data: bytes) -> None:
    """Write UTF-8 whatever the locale says. Raises BrokenPipeError, TuiMailError; never for standard error."""
    try:
        stream.flush()
        buffer = getattr(stream, "buffer", None)
        if buffer is None:
            stream.write(data.decode("utf-8", "replace"))
        else:
            buffer.write(data)
            buffer.flush()
    except OSError as error:
        if stream is sys.stderr:
            return  # nobody can be told; what was asked for is done all the same
        if isinstance(error, BrokenPipeError):
            raise
        reason = error.strerror or str(error)
        _abandon(stream)
        raise TuiMailError(
            _("The output could not be written ({reason}): make room, or send it elsewhere.").format(reason=reason)
        ) from error


def _abandon(stream: TextIO) -> None:
    """What is left in the buffer goes nowhere: it must not fail once more at exit."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    try:
        os.dup2(nowhere, stream.fileno())
    except (OSError, ValueError):
        pass  # not a real file: nothing is buffered for it
    os.close(nowhere)


def _columns() -> int:
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns or 80
    except OSError:
        return 80
