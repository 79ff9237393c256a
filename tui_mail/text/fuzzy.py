"""Fuzzy matching for pickers: the letters typed, in order, anywhere in the candidate; better places score higher.

Owns the score. Must not know what is picked.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tui_mail.text.fold import fold

_MAX_PATTERN = 64
_MAX_CANDIDATE = 256
_LETTER, _FOLLOWS, _WORD, _START, _GAP = 10, 8, 7, 4, 1
_NEVER = -1_000_000


@dataclass(frozen=True, slots=True)
class Match:
    """``positions`` are offsets in the candidate, one per letter typed; a higher ``score`` is better."""

    score: int
    positions: tuple[int, ...]


def match(pattern: str, candidate: str) -> Match | None:
    """The best way to find ``pattern`` in ``candidate``, case and diacritics apart; None when there is none.

    Spaces in the pattern are passed over. An empty pattern matches everything with score 0.
    """
    wanted = "".join(_letter(char) for char in pattern[:_MAX_PATTERN] if not char.isspace())
    if not wanted:
        return Match(0, ())
    letters = [_letter(char) for char in candidate[:_MAX_CANDIDATE]]
    found = _has(wanted, letters)
    return _best_places(wanted, letters, candidate) if found else None


def best(pattern: str, candidates: Iterable[str], limit: int | None = None) -> list[tuple[str, Match]]:
    """Candidates that match, best first; equal ones shorter first, then in their own order."""
    scored = [(one, found) for one in candidates if (found := match(pattern, one)) is not None]
    if pattern.strip():
        scored.sort(key=lambda pair: (-pair[1].score, len(pair[0])))
    return scored if limit is None else scored[:limit]


def _letter(char: str) -> str:
    """One letter for one letter, so that places stay places."""
    return fold(char)[:1]


def _has(wanted: str, letters: list[str]) -> bool:
    """True when the letters occur in that order; cheap, so that most candidates are gone before any scoring."""
    place = 0
    for letter in letters:
        if letter == wanted[place]:
            place += 1
            if place == len(wanted):
                return True
    return False


def _best_places(wanted: str, letters: list[str], candidate: str) -> Match:
    """The places with the highest score, letter by letter: best[j] is the best score with this letter at place j."""
    count = len(letters)
    bonus = [_bonus(candidate, place) for place in range(count)]
    before: list[int] = []
    came_from: list[list[int]] = []
    for number, letter in enumerate(wanted):
        here = [_NEVER] * count
        origin = [-1] * count
        reach, reach_from = (0, -1) if number == 0 else (_NEVER, -1)
        for place in range(count):
            if number and place:
                # Every letter passed over since the one before costs a little.
                reach -= _GAP
                if before[place - 1] > reach:
                    reach, reach_from = before[place - 1], place - 1
            if letters[place] == letter and reach > _NEVER // 2:
                score, source = reach, reach_from
                if number and place and before[place - 1] + _FOLLOWS > score:
                    score, source = before[place - 1] + _FOLLOWS, place - 1
                here[place] = score + _LETTER + bonus[place]
                origin[place] = source
        before = here
        came_from.append(origin)
    place = max(range(count), key=lambda index: (before[index], -index))
    score = before[place]
    places: list[int] = []
    for origin in reversed(came_from):
        places.append(place)
        place = origin[place]
    return Match(score, tuple(reversed(places)))


def _bonus(candidate: str, place: int) -> int:
    """Beginnings of words count more, the very first letter most."""
    if place == 0:
        return _WORD + _START
    before, here = candidate[place - 1], candidate[place]
    return _WORD if not before.isalnum() or (before.islower() and here.isupper()) else 0
