"""What is counted while the messages go by: fields by how they were read, our ways, times, and the list of differences."""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, TextIO

from bench.foreign.agree import GROUPS, Value, Verdict, verdicts
from bench.foreign.asking import OURS
from bench.foreign.deliberate import choice
from bench.foreign.found import Found

KINDS = ("agree", "deliberate", "differ", "unsettled", "alone")
_SHOWN = 160


@dataclass(slots=True)
class Tally:
    """Of a whole run. The list of differences is written to ``listing`` as they are met."""

    listing: TextIO
    corpora: Counter[str] = field(default_factory=Counter)
    octets: int = 0
    years: list[int] = field(default_factory=list)
    """Those of the dates that messages give."""
    fields: Counter[tuple[str, str]] = field(default_factory=Counter)
    """By field and kind."""
    choices: Counter[str] = field(default_factory=Counter)
    against: int = 0
    """Of those that agree: with two, against the majority."""
    otherwise: list[tuple[str, str]] = field(default_factory=list)
    """Fields and messages that we read otherwise without meaning to."""
    seconds: list[tuple[float, str, int]] = field(default_factory=list)
    """Processor time of everything that is done with a message, where it is, its octets."""

    def add(self, message: Found, answers: dict[str, dict[str, Any]]) -> None:
        """One message, as everybody reads it."""
        mine = answers[OURS]
        self.corpora[message.corpus] += 1
        self.octets += len(message.raw)
        if mine.get("date"):
            self.years.append(time.gmtime(mine["date"]).tm_year)
        if "seconds" in mine:
            self.seconds.append((mine["seconds"], message.where, len(message.raw)))
        for verdict in verdicts(answers):
            self._count(message, verdict, mine.get("written", {}))

    def _count(self, message: Found, verdict: Verdict, written: dict[str, str]) -> None:
        kind, name = verdict.kind, ""
        self.against += kind == "agree" and verdict.settled and verdict.ours != verdict.majority
        if kind == "differ" and (meant := choice(verdict, written)) is not None:
            kind, name = "deliberate", meant.name
            self.choices[name] += 1
        elif kind == "differ":
            self.otherwise.append((verdict.field, message.where))
        self.fields[verdict.field, kind] += 1
        if kind not in {"agree", "alone"}:
            self.listing.write("\n".join(_rows(message, verdict, kind, name, written)) + "\n\n")

    def groups(self) -> dict[str, Counter[str]]:
        """Counts by kind, of fields that belong together."""
        found: dict[str, Counter[str]] = defaultdict(Counter)
        for name, group in GROUPS.items():
            for kind in KINDS:
                found[group][kind] += self.fields[name, kind]
        return dict(found)


def _rows(message: Found, verdict: Verdict, kind: str, name: str, written: dict[str, str]) -> Iterator[str]:
    """A difference for a person to read."""
    place = f", part {verdict.part}" if verdict.part else ""
    yield f"{kind}{f' ({name})' if name else ''}: {verdict.field} of {message.corpus}: {message.where}{place}"
    raw = written.get(verdict.field.partition(" ")[0], "")
    if raw:
        yield f"    written: {raw[:_SHOWN]!r}"
    yield f"    {OURS}: {_shown(verdict.ours, verdict.majority)}"
    said: dict[Value, list[str]] = defaultdict(list)
    for reader, value in verdict.votes:
        said[value].append(reader)
    for value, readers in said.items():
        yield f"    {', '.join(readers)}: {_shown(value, verdict.ours)}"


def _shown(value: Value, other: Value) -> str:
    """The value, of long ones what stands where the two part."""
    if not isinstance(value, str | bytes) or len(value) <= _SHOWN:
        return repr(value)[: 4 * _SHOWN]
    pairs = zip(value, other, strict=False) if isinstance(other, str | bytes) else iter(())
    at = next((number for number, (one, two) in enumerate(pairs) if one != two), 0)
    return f"of {len(value)}, at {at}: {value[max(at - 30, 0) : at + _SHOWN - 30]!r}"
