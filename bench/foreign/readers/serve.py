"""The protocol of the readers, for those in Python. Imports nothing but the standard library."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from typing import Any


def serve(read: Callable[[bytes], dict[str, Any]]) -> None:
    """Answer until there is nothing more to read."""
    inlet, outlet = sys.stdin.buffer, sys.stdout.buffer
    while (head := inlet.readline()).strip():
        raw = inlet.read(int(head))
        try:
            answer = read(raw)
        except Exception as error:  # another parser's trouble is something to count, whatever it is
            answer = {"error": f"{type(error).__name__}: {error}"[:300]}
        outlet.write(json.dumps(answer).encode() + b"\n")
        outlet.flush()


def attempt(answer: dict[str, Any], name: str, get: Callable[[], Any]) -> None:
    """``answer[name]``, unless the parser fails over just this."""
    try:
        answer[name] = get()
    except Exception as error:  # as above
        answer.setdefault("failed", []).append(f"{name}: {type(error).__name__}")
