"""What the check of a message's DKIM signatures came to, in plain words.

Owns the sentences. Must not know how a signature is checked (``mime.dkim``) nor where it is said.
"""

from __future__ import annotations

from collections.abc import Iterable

from tui_mail.mime.dkim import Signature, best
from tui_mail.model.words import _
from tui_mail.text.safe import SafeText, line

_SHOWN = 120


def as_table(signature: Signature) -> dict[str, object]:
    """A signature for the link and for ``--json``."""
    return {
        "result": signature.result,
        "domain": signature.domain,
        "selector": signature.selector,
        "covered": sorted(signature.covered),
        "partial": signature.partial,
        "aligned": signature.aligned,
        "reason": signature.reason,
    }


def from_table(table: dict[str, object]) -> Signature:
    """What ``as_table`` made. Raises KeyError."""
    covered = table["covered"]
    return Signature(
        str(table["result"]),
        str(table["domain"]),
        str(table["selector"]),
        frozenset(map(str, covered)) if isinstance(covered, list) else frozenset(),
        bool(table["partial"]),
        bool(table["aligned"]),
        str(table["reason"]),
    )


def confirms(signatures: Iterable[Signature]) -> bool:
    """True when the domain of the sender itself answers for the whole message."""
    return any(one.result == "pass" and one.aligned and not one.partial for one in signatures)


def verdict_words(signatures: tuple[Signature, ...]) -> tuple[SafeText, ...]:
    """One sentence about the signature that counts, then what one should know besides."""
    found = best(signatures)
    if found is None:
        return (
            line(_("The message bears no DKIM signature: nothing here says that it comes from its sender's domain.")),
        )
    domain = line(found.domain, _SHOWN)
    texts = {
        "pass": _("The signature of {domain} is good: the message is as it left there."),
        "fail": _("The signature of {domain} is not good: the message was changed on its way, or it never was theirs."),
        "permerror": _(
            "The signature of {domain} cannot be checked: it is damaged, or its key is not published any more."
        ),
        "temperror": _("The key of {domain} could not be asked for: check the network, and try again later."),
        "policy": _("The signature of {domain} is good but made with a key or method too weak to count."),
        "unavailable": _(
            "Signatures cannot be checked here: dkimpy is not installed. `pip install 'tui-mail[dkim]'` brings it."
        ),
    }
    rows = [texts[found.result].replace("{domain}", domain)]
    if found.result == "pass" and not found.aligned:
        rows.append(
            _("But {domain} is not the sender's domain, so it says nothing of the sender.").replace("{domain}", domain)
        )
    if found.result == "pass" and found.partial:
        rows.append(_("It covers only the beginning of the text: more may have been added below."))
    return tuple(line(row, 400) for row in rows)
