"""Memory as the kernel counts it: proportional set size, shared pages divided among those who share them."""

from __future__ import annotations

from pathlib import Path


def pss(*pids: int) -> int:
    """Octets of these processes and all their children together; those that have ended count nothing."""
    total = 0
    for member in {child for pid in pids for child in _family(pid)}:
        try:
            lines = Path(f"/proc/{member}/smaps_rollup").read_text().splitlines()
        except OSError:  # gone since
            continue
        total += sum(int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:"))
    return total


def _family(pid: int) -> list[int]:
    try:
        children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    except OSError:  # gone since
        return []
    return [pid, *(grandchild for child in children for grandchild in _family(int(child)))]
