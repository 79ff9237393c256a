"""What the numbers were taken on."""

from __future__ import annotations

import os
import platform
import subprocess
import time
from pathlib import Path

QUIET = 0.5
"""Load average above which the machine was doing something else."""


def about(versions: dict[str, str], load: float) -> dict[str, str]:
    """Facts for the head of the page; ``load`` is the load average before the run."""
    noise = f"{load:.1f}" + ("" if load < QUIET else ": something else was running, take the numbers as noisy")
    return {
        "date": time.strftime("%Y-%m-%d", time.gmtime()),
        "machine": f"{_processor()}, {os.cpu_count()} cores, {_memory()} GB, {platform.system()} {platform.release()}",
        "load before the run": noise,
        "versions": ", ".join(f"{name} {version}" for name, version in versions.items()),
        "revision": _revision(),
    }


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:  # not Linux
        return platform.processor() or platform.machine()
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


def _memory() -> int:
    return round(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30)


def _revision() -> str:
    done = subprocess.run(
        ["git", "rev-parse", "--short", "HEAD"], cwd=Path(__file__).parent, capture_output=True, text=True, check=False
    )
    return done.stdout.strip() or "unknown"
