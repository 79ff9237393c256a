"""Addresses in the form that mail servers know, and in the one that people read.

Owns the ASCII form of domains: IDNA 2008 with UTS #46, non-transitional, so that faß.de stays another domain than
fass.de. Must not know display names or lists.
"""

from __future__ import annotations

import re
from typing import Final

from tui_mail.model.errors import UsageError
from tui_mail.model.words import _
from tui_mail.text.hosts import poses
from tui_mail.text.safe import line

MAX_ADDRESS: Final = 320
"""Characters: 64 before the @ and 255 after it (RFC 5321, 4.5.3.1)."""
_SHOWN: Final = 100
_LOCAL = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+|\"(?:[^\"\\\x00-\x1f\x7f]|\\[\x20-\x7e])*\"").fullmatch
_DOT_ATOM = re.compile(r"[^.\"]+(?:\.[^.\"]+)*").fullmatch
_LABEL: Final = r"[A-Za-z0-9_](?:[A-Za-z0-9_-]{0,61}[A-Za-z0-9_])?"
_DOMAIN = re.compile(rf"{_LABEL}(?:\.{_LABEL})*").fullmatch
_LITERAL = re.compile(r"\[(?:\d{1,3}(?:\.\d{1,3}){3}|IPv6:[0-9A-Fa-f:.]{2,45})\]", re.IGNORECASE).fullmatch


def ascii_address(address: str) -> str:
    """The address with its domain in ASCII, as fields and envelopes need it; nearly all stay as they are.

    Raises UsageError, naming the address, when it is none or cannot be written to.
    """
    local, _at, domain = address.rpartition("@")
    if not local or not domain or len(address) > MAX_ADDRESS:
        raise _no_address(address)
    if not local.isascii():
        text = _(
            "{address} cannot be written to: only ASCII letters before the @ are supported, "
            "since mail servers need SMTPUTF8 for others."
        )
        raise UsageError(text.format(address=line(address, _SHOWN)))
    # What looks like an encoded word would be read as the characters it stands for.
    if not _LOCAL(local) or "=?" in local:
        raise _no_address(address)
    found = _ascii_domain(domain)
    if not found:
        raise _no_address(address)
    if not local.startswith('"') and not _DOT_ATOM(local):
        local = f'"{local}"'  # dots at the ends or side by side, which some providers gave out
    return f"{local}@{found}"


def shown_address(address: str) -> str:
    """The address with its domain in its own script; where letters pose as others the ASCII form stands beside it."""
    local, _at, domain = address.rpartition("@")
    found = _ascii_domain(domain) if local else ""
    if "xn--" not in found.lower():
        return line(address)
    readable = ".".join(_readable(label) for label in found.split("."))
    if poses(found):
        return line(f"{local}@{readable} ({found})")
    return line(f"{local}@{readable}")


def _no_address(address: str) -> UsageError:
    text = _("{address} is no mail address; one looks like name@example.org.")
    return UsageError(text.format(address=line(address, _SHOWN)))


def _ascii_domain(domain: str) -> str:
    """The domain in ASCII; empty when there can be no such domain."""
    if not domain.isascii():
        import idna  # its tables are large, and few addresses need them

        try:
            domain = idna.encode(domain, uts46=True).decode("ascii")
        except (idna.IDNAError, UnicodeError):
            return ""
    return domain if len(domain) <= 255 and (_DOMAIN(domain) or _LITERAL(domain)) else ""


def _readable(label: str) -> str:
    """A label in its own script; one that IDNA 2008 does not allow stays in ASCII."""
    if not label.lower().startswith("xn--"):
        return label
    import idna

    try:
        return idna.decode(label)
    except (idna.IDNAError, UnicodeError):
        return label
