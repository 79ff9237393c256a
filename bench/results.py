"""Numbers as they were measured, and what is said of them: medians, percentiles, ratios.

Must not know how anything was measured.
"""

from __future__ import annotations

import json
import statistics
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Result:
    """One program, one measurement; ``values`` in seconds or octets."""

    what: str
    size: int
    client: str
    unit: str
    values: tuple[float, ...]

    @property
    def median(self) -> float:
        return statistics.median(self.values)

    def percentile(self, share: float) -> float:
        ordered = sorted(self.values)
        return ordered[min(len(ordered) - 1, int(share * len(ordered)))]

    def shown(self) -> str:
        """The median, with its unit; of keys the 99th percentile too."""
        if self.unit == "key":
            return f"{human(self.median, 's')} ({human(self.percentile(0.99), 's')})"
        return human(self.median, self.unit)


def human(value: float, unit: str) -> str:
    if unit == "n":
        return f"{value:.0f}"
    if unit == "B":
        if value < 1e5:
            return f"{value:,.0f} B"
        return f"{value / 1e6:,.1f} MB"
    return f"{value * 1000:.1f} ms" if value < 0.1 else f"{value:.2f} s"


@dataclass(slots=True)
class Results:
    """All of one run, in the order of measuring; each is printed as it comes."""

    rows: list[Result] = field(default_factory=list)
    failures: list[str] = field(default_factory=list)

    def add(self, what: str, size: int, client: str, unit: str, values: Sequence[float]) -> None:
        result = Result(what, size, client, unit, tuple(values))
        self.rows.append(result)
        print(f"  {what:<44} {size:>9,}  {client:<22} {result.shown()}", flush=True)

    def fail(self, what: str, size: int, client: str, error: Exception) -> None:
        """What could not be measured is said, and the run goes on."""
        sentence = f"{what}, {size:,} messages, {client}: {type(error).__name__}: {str(error)[:200]}"
        self.failures.append(sentence)
        print(f"  not measured: {sentence}", flush=True)

    def find(self, what: str, size: int, client: str) -> Result | None:
        return next((row for row in self.rows if (row.what, row.size, row.client) == (what, size, client)), None)

    def save(self, path: Path, about: dict[str, str]) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(json.dumps({"about": about, "rows": [asdict(row) for row in self.rows]}, indent=1))
