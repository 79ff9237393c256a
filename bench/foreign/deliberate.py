"""Where we read otherwise on purpose: each with its reason, and a test that a difference is that one and no other."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from bench.foreign.agree import Value, Verdict

_CONTROLS = range(0x80, 0xA0)


@dataclass(frozen=True, slots=True)
class Choice:
    """One of our ways."""

    name: str
    reason: str
    is_it: Callable[[Verdict, dict[str, str]], bool]
    """Given the difference, the address fields as they were written and, as ``problems``, what we warn of."""


def _windows(verdict: Verdict, _written: dict[str, str]) -> bool:
    return _each(verdict, lambda text: text.translate(_WINDOWS))


def _each(verdict: Verdict, change: Callable[[str], str]) -> bool:
    """The majority says what we say once ``change`` is made to it."""
    return _changed(verdict.majority, change) == verdict.ours


def _changed(value: Value, change: Callable[[str], str]) -> Value:
    if isinstance(value, tuple):
        return tuple(_changed(one, change) for one in value)
    return change(value) if isinstance(value, str) else value


def _as_windows(code: int) -> str:
    return bytes([code]).decode("cp1252", "replace")


_WINDOWS: dict[int, Any] = {code: _as_windows(code) for code in _CONTROLS}


def _utf8(verdict: Verdict, _written: dict[str, str]) -> bool:
    def again(text: str) -> str:
        for codec in ("latin-1", "cp1252"):
            try:
                return text.encode(codec).decode("utf-8").rstrip()
            except UnicodeError:
                continue
        return text

    return _each(verdict, again)


def _controls(verdict: Verdict, _written: dict[str, str]) -> bool:
    def shown(text: str) -> str:
        return "".join(" " if char in "\t\r\n\x85" else char if char.isprintable() else "\ufffd" for char in text)

    return verdict.part == 0 and _each(verdict, shown)


def _doubtful(verdict: Verdict, written: dict[str, str]) -> bool:
    name, _space, of = verdict.field.partition(" ")
    if (
        of not in {"addresses", "names"}
        or not isinstance(verdict.ours, tuple)
        or not isinstance(verdict.majority, tuple)
    ):
        return False
    if of == "addresses":
        return len(verdict.ours) < len(verdict.majority) and set(verdict.ours) <= set(verdict.majority)
    return len(verdict.ours) < len(verdict.majority) and written.get(name, "") != ""


def _several(verdict: Verdict, _written: dict[str, str]) -> bool:
    ours, others = verdict.ours, verdict.majority
    if (
        verdict.field not in {"from addresses", "from names"}
        or not isinstance(ours, tuple)
        or not isinstance(others, tuple)
    ):
        return False
    return len(ours) > len(others)


def _address_as_name(verdict: Verdict, _written: dict[str, str]) -> bool:
    ours, others = verdict.ours, verdict.majority
    if not verdict.field.endswith(" names") or not isinstance(ours, tuple) or not isinstance(others, tuple):
        return False
    pairs = list(zip(ours, others, strict=False))
    return len(ours) == len(others) and all(mine == theirs or ("@" in mine and not theirs) for mine, theirs in pairs)


def _once(verdict: Verdict, _written: dict[str, str]) -> bool:
    ours, others = verdict.ours, verdict.majority
    if verdict.field != "references" or not isinstance(ours, tuple) or not isinstance(others, tuple):
        return False
    return set(ours) == set(others) and len(ours) < len(others)


def _spaced(verdict: Verdict, _written: dict[str, str]) -> bool:
    return verdict.field == "message-id" and not verdict.ours and re.search(r"\s", str(verdict.majority)) is not None


def _inner_name(verdict: Verdict, _written: dict[str, str]) -> bool:
    return verdict.field == "name" and verdict.majority == "" and str(verdict.ours).endswith(".eml")


def _forgotten(verdict: Verdict, _written: dict[str, str]) -> bool:
    return verdict.field in {"octets", "text"} and verdict.majority in {"", b""} and bool(verdict.ours)


def _footer(verdict: Verdict, _written: dict[str, str]) -> bool:
    ours, others = verdict.ours, verdict.majority
    if verdict.field != "octets" or not isinstance(ours, bytes) or not isinstance(others, bytes):
        return False
    return len(ours) > 60 and others.startswith(ours)


def _never_base64(verdict: Verdict, _written: dict[str, str]) -> bool:
    ours, others = verdict.ours, verdict.majority
    if verdict.field != "octets" or not isinstance(ours, bytes) or not isinstance(others, bytes):
        return False
    return ours.isascii() and ours.count(b" ") * 12 > len(ours) > len(others) and not others.isascii()


def _too_deep(verdict: Verdict, written: dict[str, str]) -> bool:
    return verdict.part > 0 and "deep" in written.get("problems", "")


CHOICES = (
    Choice(
        "Windows-1252",
        "Octets 80 to 9F in what is called ISO-8859-1 or ASCII are the quotation marks and dashes of Windows-1252, as browsers "
        "read them; read to the letter they are invisible controls.",
        _windows,
    ),
    Choice(
        "UTF-8 by its octets",
        "Text that is valid UTF-8 is read as that, whatever single-byte charset it names.",
        _utf8,
    ),
    Choice(
        "no controls",
        "Control characters in header fields and names are shown as U+FFFD: they could rule a terminal, or a line of a header.",
        _controls,
    ),
    Choice(
        "doubtful addresses",
        "An entry that is not exactly a mailbox (text beside the brackets, comments or spaces inside the address, two @, no "
        "domain, no comma between two) is shown as it stands and is no address: senders are forged with such.",
        _doubtful,
    ),
    Choice(
        "every From",
        "Of several From fields every one is shown; others take the first or the last, and forgers know which.",
        _several,
    ),
    Choice("an address as name", "A display name that is itself an address is shown as it stands.", _address_as_name),
    Choice("each reference once", "An id that References names twice is kept once.", _once),
    Choice("ids with spaces", "A Message-ID with spaces inside, which no answer could name, is none.", _spaced),
    Choice("messages inside", "A message inside a message that has no name is named by its subject.", _inner_name),
    Choice(
        "footers behind base64",
        "What a mailing list put behind base64 without knowing of it is left out; others decode its letters to noise.",
        _footer,
    ),
    Choice(
        "never base64", "Words with spaces between them that are called base64 are shown as they stand.", _never_base64
    ),
    Choice("fifty deep", "Parts nested more than fifty deep are kept as one attachment, with a warning.", _too_deep),
    Choice(
        "forgotten empty line",
        "Lines of the header that are no field, and after which none follows, are the text: the empty line before it is missing.",
        _forgotten,
    ),
)


def choice(verdict: Verdict, written: dict[str, str]) -> Choice | None:
    """Which of our ways the difference is, if it is one."""
    return next((one for one in CHOICES if one.is_it(verdict, written)), None)
