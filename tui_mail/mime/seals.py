"""Signatures and encryption: recognised and named, never checked.

Owns what counts as one (RFC 3156, RFC 8551, and PGP written into the text) and which parts it covers. Must not know keys.
"""

from __future__ import annotations

import re
from typing import Final

from tui_mail.mime.findings import Seal
from tui_mail.mime.structure import Message, Multipart, Part, part_octets

MAX_SEALS: Final = 20
_SMIME: Final = frozenset({"application/pkcs7-mime", "application/x-pkcs7-mime"})
_SIGNED_DATA: Final = bytes.fromhex("2a864886f70d010702")
_ARMOUR = re.compile(
    r"^-----BEGIN PGP (MESSAGE|SIGNED MESSAGE|SIGNATURE)-----[ \t]*$.*?(?:^-----END PGP (?:MESSAGE|SIGNATURE)-----[ \t]*$|\Z)",
    re.MULTILINE | re.DOTALL,
)


def seals(message: Message) -> tuple[Seal, ...]:
    """Every seal around a part or a group of parts, in order; those inside of texts are ``armour``'s."""
    found: list[Seal] = []
    waiting: list[tuple[Multipart | Part, bool]] = [(message.root, True)]
    while waiting and len(found) < MAX_SEALS:
        node, whole = waiting.pop()
        if isinstance(node, Part):
            if node.type in _SMIME:
                found.append(_opaque(message, node, whole))
            if node.inner is not None:
                waiting.append((node.inner, False))
            continue
        if node.kind == "signed" and len(node.members) >= 2:
            found.append(_signed(node, whole))
        elif node.kind == "encrypted" and node.members:
            found.append(Seal("encrypted", _how(node), _leaves(node)[-1:][0].id if _leaves(node) else "", (), whole))
        # What is alone in its multipart is still the whole message.
        alone = whole and (len(node.members) == 1 or node.kind == "signed")
        waiting += [(member, alone) for member in reversed(node.members)]
    return tuple(found)


def armour(text: str) -> list[tuple[int, int, str]]:
    """PGP written into a text: start, end, and ``signed`` or ``encrypted``."""
    if "-----BEGIN PGP " not in text:
        return []
    return [
        (match.start(), match.end(), "encrypted" if match[1] == "MESSAGE" else "signed")
        for match in _ARMOUR.finditer(text)
    ][:MAX_SEALS]


def _signed(node: Multipart, whole: bool) -> Seal:
    content, signature = node.members[0], node.members[-1]
    parts = _leaves(node)
    how = "S/MIME" if "pkcs7" in (signature.type if isinstance(signature, Part) else "") else "PGP/MIME"
    covered = {part.id for part in _leaves(content)}
    return Seal(
        "signed", how, parts[-1].id if parts else "", tuple(part.id for part in parts if part.id in covered), whole
    )


def _how(node: Multipart) -> str:
    types = {part.type for part in _leaves(node)}
    return "S/MIME" if types & _SMIME else "PGP/MIME"


def _opaque(message: Message, part: Part, whole: bool) -> Seal:
    """S/MIME in one piece: what it is stands at its beginning."""
    head = part_octets(message, part, 200)[:64]
    return Seal("signed" if _SIGNED_DATA in head else "encrypted", "S/MIME", part.id, (), whole)


def _leaves(node: Multipart | Part) -> list[Part]:
    """Leaves in order, those of messages inside as well."""
    found: list[Part] = []
    waiting: list[Multipart | Part] = [node]
    while waiting:
        one = waiting.pop()
        if isinstance(one, Multipart):
            waiting += reversed(one.members)
        else:
            found.append(one)
            if one.inner is not None:
                waiting.append(one.inner)
    return found
