"""Fields of one message, as each parser reads them, made comparable and put to the vote.

What is put aside before two readings are compared, and nothing else: see ``NORMALISED``.
"""

from __future__ import annotations

import base64
import re
import unicodedata
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from bench.foreign.asking import OURS

NORMALISED = """\
- Unicode is composed (NFC). In header fields and names runs of spaces, tabs and line breaks are one space, and none stands
  at either end, nor does a no-break space.
- Of address lists the addresses are compared and the display names, in their order; members of groups as if they stood
  alone; an entry without an address counts for nothing.
- Dates are instants. Ids are compared without their angle brackets.
- Texts, and octets that were not sent as base64: CRLF is LF, and spaces and tabs at the end of a line do not count, nor line
  breaks at the very end, nor a byte order mark at the beginning of a text.
- A parser that answers with U+FFFD says that it cannot read the field, and has no vote in it; nor has one about a part that
  it leaves as a multipart which has no parts.
- Texts, types, names and octets are compared part by part among the parsers that see the same number of parts.
"""
GROUPS = {
    "subject": "header fields", "from addresses": "header fields", "from names": "header fields", "to addresses": "header fields",
    "to names": "header fields", "cc addresses": "header fields", "cc names": "header fields", "date": "header fields",
    "message-id": "header fields", "references": "header fields",
    "text": "body text", "name": "attachment names", "type": "types of parts", "octets": "octets of parts",
    "parts": "number of parts",
}  # fmt: skip
_WHITE = re.compile(r"[ \t\r\n]+")

Value = str | bytes | int | tuple[Any, ...] | None
Reading = dict[tuple[str, int], Value]
"""By field and, for those of parts, the number of the part."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """One field of one message."""

    field: str
    part: int
    ours: Value
    votes: tuple[tuple[str, Value], ...]
    """What each of the others says, as far as it says anything."""
    settled: bool
    """More than half of the others, two at least, say the same."""
    majority: Value
    supporters: int
    """How many of the others say what we say."""

    @property
    def agrees(self) -> bool:
        """We say what the majority says, or what two others say."""
        return self.supporters >= 2 or (self.settled and self.ours == self.majority)

    @property
    def kind(self) -> str:
        """``alone``: no other can read it; ``unsettled``: the others differ, and no two of them say what we say."""
        if not self.votes:
            return "alone"
        if self.agrees:
            return "agree"
        return "differ" if self.settled else "unsettled"


def plain(text: str) -> str:
    """Text of a header field."""
    return _WHITE.sub(" ", unicodedata.normalize("NFC", text)).strip(" \xa0")


def body(text: str) -> str:
    """Text of a body."""
    lines = text.replace("\r\n", "\n").removeprefix("\ufeff").split("\n")
    return unicodedata.normalize("NFC", "\n".join(line.rstrip(" \t") for line in lines)).rstrip()


def octets(data: str, *, exact: bool) -> bytes:
    """Decoded octets; of what was not base64 without what the way may change."""
    raw = base64.b64decode(data)
    if exact:
        return raw
    return b"\n".join(line.rstrip(b" \t") for line in raw.replace(b"\r\n", b"\n").split(b"\n")).rstrip()


def verdicts(answers: dict[str, dict[str, Any]]) -> Iterator[Verdict]:
    """What there is to compare in one message: fields that at least one parser found something in."""
    mine = answers[OURS]
    readings = {name: dict(_header(answer)) for name, answer in answers.items()}
    counts = {name: len(answer["leaves"]) for name, answer in answers.items() if answer.get("leaves") is not None}
    for name, count in counts.items():
        readings[name]["parts", 0] = count
    wanted = _wanted(counts)
    like = [name for name, count in counts.items() if count == wanted]
    encodings = [leaf["encoding"] for leaf in mine.get("leaves") or []] if OURS in like else []
    for name in like:
        for number, leaf in enumerate(answers[name]["leaves"], start=1):
            exact = encodings[number - 1 : number] == ["base64"]
            readings[name].update(_part(number, leaf, exact=exact))
    _joined(answers, readings, like)
    keys = dict.fromkeys(key for reading in readings.values() for key in reading)
    for key in keys:
        votes = [(name, reading[key]) for name, reading in readings.items() if name != OURS and key in reading]
        value = readings[OURS].get(key)
        if _empty(value) and all(_empty(vote) for _name, vote in votes):
            continue  # nobody found anything
        yield _verdict(key, value, votes)


def _empty(value: Value) -> bool:
    """Nothing, or a list of nothing but nothing."""
    return not any(value) if isinstance(value, tuple) else not value


def _header(answer: dict[str, Any]) -> Iterator[tuple[tuple[str, int], Value]]:
    if answer.get("subject") is not None:
        yield ("subject", 0), plain(answer["subject"])
    for name in ("from", "to", "cc"):
        boxes = answer.get(name)
        if boxes is not None:
            real = [(plain(one[0] or ""), plain(one[1] or "")) for one in boxes if (one[1] or "").strip()]
            yield (f"{name} addresses", 0), tuple(address for _name, address in real)
            yield (f"{name} names", 0), tuple(one for one, _address in real)
    if "date" in answer:
        yield ("date", 0), answer["date"]
    if answer.get("message-id") is not None:
        yield ("message-id", 0), plain(answer["message-id"])
    if answer.get("references") is not None:
        yield ("references", 0), tuple(plain(one) for one in answer["references"])


def _part(number: int, leaf: dict[str, Any], *, exact: bool) -> Iterator[tuple[tuple[str, int], Value]]:
    if leaf["type"].startswith("multipart/"):
        return
    yield ("type", number), leaf["type"]
    if leaf.get("name") is not None:
        yield ("name", number), plain(leaf["name"])
    if leaf.get("octets") is not None:
        yield ("octets", number), octets(leaf["octets"], exact=exact)
    if leaf.get("text") is not None:
        yield ("text", number), body(leaf["text"])


def _joined(answers: dict[str, dict[str, Any]], readings: dict[str, Reading], like: list[str]) -> None:
    """Parsers that join the texts of a message have a say where there is one of that kind."""
    for kind, said in (("text/plain", "plain"), ("text/html", "html")):
        places = {
            tuple(number for number, leaf in enumerate(answers[name]["leaves"], start=1) if leaf["type"] == kind)
            for name in like
        }
        place = next(iter(places)) if len(places) == 1 else ()
        if len(place) == 1:
            for name, answer in answers.items():
                if answer.get(said):
                    readings[name]["text", place[0]] = body(answer[said])


def _wanted(counts: dict[str, int]) -> int | None:
    """The number of parts that most of the others see; ours where as many see that."""
    tally = Counter(count for name, count in counts.items() if name != OURS)
    most = max(tally.values(), default=0)
    liked = [count for count, voters in tally.items() if voters == most]
    return counts[OURS] if counts.get(OURS) in liked else next(iter(liked), None)


def _verdict(key: tuple[str, int], ours: Value, votes: list[tuple[str, Value]]) -> Verdict:
    votes = [(name, value) for name, value in votes if isinstance(value, bytes) or "\ufffd" not in str(value)]
    counted = Counter(value for _name, value in votes).most_common(1)
    majority, most = counted[0] if counted else (None, 0)
    settled = most >= 2 and most * 2 > len(votes)
    supporters = sum(value == ours for _name, value in votes)
    return Verdict(key[0], key[1], ours, tuple(votes), settled, majority if settled else None, supporters)
