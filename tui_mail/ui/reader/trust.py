"""What the reader should know about who wrote and what was left out: the lines the message itself can never draw.

Owns which facts are warnings, which are notes, and their order. Must not know widgets; what is true of a message is
found by ``mime``.
"""

from __future__ import annotations

from tui_mail.mime.authres import choose
from tui_mail.mime.rendered import AuthResult, Rendered
from tui_mail.mime.trust import address_warnings
from tui_mail.model.flags import Flag
from tui_mail.model.mail import Item
from tui_mail.model.words import _, ngettext
from tui_mail.text import safe
from tui_mail.text.safe import SafeText, own
from tui_mail.ui.reader.lines import Piece, Role

NOTES = frozenset(
    "reply-elsewhere return-path sent-by first-time left-list signed encrypted partial cut html-simple outside many deep link-refused begins".split()
)
"""Kinds of ``mime.rendered.Warning_`` that many honest messages have too; every other kind is a warning."""


def trust_pieces(item: Item, rendered: Rendered | None, believed: str = "") -> list[Piece]:
    """One piece a fact, warnings first. ``believed`` is the server whose verdicts count (RFC 8601); empty: nobody's."""
    warnings: list[SafeText] = []
    marked = [own(_("another program marked this message as deleted"))] if item.flags & Flag.DELETED else []
    notes: list[SafeText] = []
    if rendered is None:
        warnings = [safe.line(doubt.text, 400) for sender in item.from_[:3] for doubt in address_warnings(sender)]
    else:
        for doubt in rendered.warnings:
            (notes if doubt.kind in NOTES else warnings).append(safe.line(doubt.text, 400))
        verdict = choose(rendered.results, believed)
        warnings += _failed(verdict)
        notes = _passed(verdict) + notes + left_out(rendered)
    seen: dict[SafeText, Role] = {}
    for text in marked + warnings:
        seen.setdefault(text, Role.WARNING)
    for text in notes:
        seen.setdefault(text, Role.MUTED)
    return [Piece(text, role) for text, role in seen.items() if text]


def left_out(rendered: Rendered) -> list[SafeText]:
    """What is not shown, and why."""
    found: list[SafeText] = []
    if rendered.remote_images:
        count, pixels = rendered.remote_images, min(rendered.pixels, rendered.remote_images)
        text = ngettext("{count} remote image not loaded", "{count} remote images not loaded", count)
        if pixels:
            only = _("there only to tell when it is read")
            text += f", {only}" if pixels == count else ", " + _("{pixels} of them {only}")
            text = text.replace("{only}", only)
        found.append(own(text.format(count=count, pixels=pixels)))
    if rendered.hidden:
        text = ngettext("{count} hidden letter left out", "{count} hidden letters left out", rendered.hidden)
        found.append(own(text.format(count=rendered.hidden)))
    return found


def _failed(verdict: AuthResult | None) -> list[SafeText]:
    if verdict is None or verdict.dmarc == "pass":
        return []
    checks = (("dmarc", verdict.dmarc), ("dkim", verdict.dkim), ("spf", verdict.spf))
    bad = [f"{name} {value}" for name, value in checks if value == "fail"]
    if not bad:
        return []
    by = safe.line(verdict.by, 120)
    words = _("{by} could not confirm the sender ({why}).")
    return [SafeText(words.replace("{by}", by).replace("{why}", safe.line(", ".join(bad), 80)))]


def _passed(verdict: AuthResult | None) -> list[SafeText]:
    if verdict is None:
        return []
    by = safe.line(verdict.by, 120)
    if verdict.dmarc == "pass":
        return [SafeText(_("sender's domain confirmed by {by}").replace("{by}", by))]
    if verdict.dkim == "pass":
        return [SafeText(_("signed, says {by}; not by the sender's domain").replace("{by}", by))]
    return []
