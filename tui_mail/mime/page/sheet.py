"""Rules of a page's own style sheets that keep elements from being seen.

Owns the reading of ``<style>`` as far as ``display: none`` and its like go, for selectors of one element, and which ones
paint a ground. Bounded and
linear. Must not know inline styles: ``mime.hiding`` judges those, and what a rule declares.
"""

from __future__ import annotations

import re
from typing import Final

from tui_mail.mime.hiding import Hides, judge

_MAX_SHEET: Final = 300_000
_MAX_RULES: Final = 5000
_COMMENT = re.compile(r"/\*.*?(?:\*/|\Z)|<!--|-->", re.DOTALL)
_BRACE = re.compile(r"[{}]")
_SIMPLE = re.compile(r"([a-z][a-z0-9]{0,15})?(?:([.#])([a-z_][\w-]{0,60}))?", re.IGNORECASE).fullmatch
_DISPLAYS = re.compile(r"(?:display|visibility)\s*:\s*(?!none|hidden)[a-z]|max-height\s*:\s*none", re.IGNORECASE).search
_NEVER: Final = frozenset({"html", "body", "table", "tr", "td", "div", "p", "span", "a"})
"""Elements too common for a rule about all of them to mean what it says; some programs leave such rules in."""


class Sheet:
    """Which simple selectors hide; ``True`` where the rule is ``!important``."""

    def __init__(self, css: str) -> None:
        self._hiding: dict[str, bool] = {}
        self._painting: set[str] = set()
        for selectors, declarations in _rules(_COMMENT.sub(" ", css[:_MAX_SHEET])):
            self._read(selectors, declarations)

    def hides(self, tag: str, attributes: dict[str, str | None], style: str) -> bool:
        """True when a rule keeps the element from being seen and its own style does not object."""
        hiding = self._hiding
        if not hiding:
            return False
        found = [hiding[key] for key in _keys(tag, attributes) if key in hiding]
        return bool(found) and (any(found) or not _DISPLAYS(style))

    def paints(self, tag: str, attributes: dict[str, str | None]) -> bool:
        """True when a rule draws something behind the element, so that it is not known on what its text stands."""
        painting = self._painting
        return bool(painting) and any(key in painting for key in _keys(tag, attributes))

    def _read(self, selectors: str, declarations: str) -> None:
        hides = judge(declarations) is Hides.ALL
        paints = "background" in declarations
        if not hides and not paints and not _DISPLAYS(declarations):
            return
        important = "!important" in declarations
        for selector in selectors.split(",")[:50]:
            name = selector.strip()
            match = _SIMPLE(name)
            if match is None or not name:
                continue
            key = (match[1] or "").lower() + (f"{match[2]}{match[3]}" if match[2] else "")
            if paints and len(self._painting) < _MAX_RULES:
                self._painting.add(key)
            if key in _NEVER:
                continue
            if hides:
                if len(self._hiding) < _MAX_RULES:
                    self._hiding[key] = important
            elif not self._hiding.get(key, False) or important:
                self._hiding.pop(key, None)


def _keys(tag: str, attributes: dict[str, str | None]) -> list[str]:
    """The selectors that an element answers to."""
    keys = [tag]
    for name in (attributes.get("class") or "").split()[:20]:
        keys += [f".{name}", f"{tag}.{name}"]
    if one := attributes.get("id"):
        keys += [f"#{one}", f"{tag}#{one}"]
    return keys


def _rules(css: str) -> list[tuple[str, str]]:
    """Selectors and declarations outside of any ``@media``: those hold for some screens only."""
    found: list[tuple[str, str]] = []
    at = depth = skipping = 0
    head = ""
    for match in _BRACE.finditer(css):
        piece = css[at : match.start()]
        at = match.end()
        if match[0] == "{":
            depth += 1
            head = piece.rpartition(";")[2].strip()
            if head.startswith("@") and not skipping:
                skipping = depth
        else:
            if depth and not skipping and len(found) < _MAX_RULES:
                found.append((head, piece))
            head = ""
            if depth == skipping:
                skipping = 0
            depth = max(depth - 1, 0)
    return found
