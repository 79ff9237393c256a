"""When many messages seem to have vanished at once, the server is asked a second time before anybody believes it.

Owns the threshold. Must not know connections.
"""

from __future__ import annotations

from collections.abc import Sequence

FEW = 50
SHARE = 0.2


def suspicious(vanished: int, known: int) -> bool:
    """True when so many of the messages known before are missing that it may be the server's accident."""
    return vanished > max(FEW, int(known * SHARE))


def confirmed(vanished: Sequence[int], here: Sequence[int] | None) -> list[int]:
    """Those that are missing in the second answer too; none when there was no second answer for this folder."""
    if here is None:
        return []
    there = set(here)
    return [uid for uid in vanished if uid not in there]
