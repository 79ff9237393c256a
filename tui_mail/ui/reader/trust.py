"""What the reader should know about who wrote and what was left out: the lines the message itself can never draw.

Owns the sentences and their order. Must not know widgets; what is true of a message is found by ``mime``.
"""

from __future__ import annotations

from tui_mail.mime.rendered import AuthResult, Rendered
from tui_mail.model.mail import Item
from tui_mail.model.words import _, ngettext
from tui_mail.text import safe
from tui_mail.text.hosts import poses
from tui_mail.text.safe import SafeText, own
from tui_mail.ui.reader.lines import Piece, Role


def trust_pieces(item: Item, rendered: Rendered | None, believed: str = "") -> list[Piece]:
    """One piece a fact, warnings first. ``believed`` is the server whose verdicts count (RFC 8601); empty: nobody's."""
    warnings = sender_warnings(item)
    if rendered is None:
        return [Piece(text, Role.WARNING) for text in warnings]
    verdict = _verdict(rendered, believed)
    warnings += [safe.line(warning.text, 400) for warning in rendered.warnings]
    warnings += _failed(verdict)
    notes = _passed(verdict) + left_out(rendered)
    seen: dict[SafeText, Role] = {}
    for text in warnings:
        seen.setdefault(text, Role.WARNING)
    for text in notes:
        seen.setdefault(text, Role.MUTED)
    return [Piece(text, role) for text, role in seen.items() if text]


def sender_warnings(item: Item) -> list[SafeText]:
    """What is odd about the From field (spoofed names, several authors, letters of two alphabets)."""
    found: list[SafeText] = []
    if len(item.from_) > 1:
        found.append(own(_("The message names several senders; only one of them can have sent it.")))
    for sender in item.from_[:1]:
        named = _address_in(sender.name)
        if named and named.lower() != sender.address.lower():
            found.append(own(_("The sender's name looks like another address.")))
        if poses(sender.address.rpartition("@")[2]):
            found.append(own(_("The sender's address mixes alphabets, so letters may not be what they look like.")))
    return found


def left_out(rendered: Rendered) -> list[SafeText]:
    """What is not shown, and why."""
    found: list[SafeText] = []
    if rendered.remote_images:
        count = rendered.remote_images
        text = ngettext("{count} remote image not loaded", "{count} remote images not loaded", count)
        found.append(own(text.format(count=count)))
    if rendered.hidden:
        found.append(own(_("hidden text left out")))
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


def _verdict(rendered: Rendered, believed: str) -> AuthResult | None:
    """The topmost verdict of the server that is believed; what stands below it may be forged (RFC 8601, 5)."""
    wanted = believed.lower()
    return next((result for result in rendered.results if wanted and result.by.lower() == wanted), None)


def _address_in(name: str) -> str:
    """The mail address inside a display name; empty when there is none."""
    for word in name.replace("<", " ").replace(">", " ").split():
        local, at, domain = word.strip("\"'(),;:").rpartition("@")
        if at and local and "." in domain:
            return f"{local}@{domain}"
    return ""
