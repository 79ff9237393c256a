"""Sizes in octets, to and from what a person reads and types; 1 KB is 1,024 octets, as in the search language."""

from __future__ import annotations

import re

_UNITS = ("B", "KB", "MB", "GB", "TB")
_SIZE = re.compile(r"(\d{1,15}(?:\.\d{1,6})?)([kmgt]?)(?:i?b)?", re.ASCII | re.IGNORECASE)
_POWERS = {"": 0, "k": 1, "m": 2, "g": 3, "t": 4}


def human_size(octets: int) -> str:
    """At most four digits and a unit: ``512 B``, ``184 KB``, ``1.4 MB``."""
    if octets < 1024:
        return f"{max(octets, 0)} B"
    value = float(octets)
    power = 0
    while value >= 1023.5 and power < len(_UNITS) - 1:
        value /= 1024
        power += 1
    return f"{value:.1f} {_UNITS[power]}" if value < 9.95 and power > 1 else f"{value:.0f} {_UNITS[power]}"


def parse_size(text: str) -> int:
    """Octets meant by ``10``, ``500k``, ``1M``, ``1.5 GB``; raises ValueError on anything else."""
    match = _SIZE.fullmatch(text.strip().replace(" ", ""))
    if not match:
        raise ValueError(f"{text!r} is no size; sizes look like 500K, 1M or 2G.")
    return (
        int(float(match[1]) * 1024 ** _POWERS[match[2].lower()])
        if "." in match[1]
        else (int(match[1]) * 1024 ** _POWERS[match[2].lower()])
    )
