"""DKIM signatures checked on this machine, when the person asks (RFC 6376).

Owns the bounds around dkimpy, which does the work and is loaded only here, and what the result means. Asks no name server:
whoever calls hands in how a TXT record is found. Never raises on any bytes.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from tui_mail.mime.headers import every, fields, split
from tui_mail.mime.trust import same_organisation
from tui_mail.mime.words import clean
from tui_mail.text.hosts import display_host

MAX_SIGNATURES: Final = 5
_MAX_FIELD: Final = 16_384
_MAX_RECORD: Final = 4_096
_SMALLEST_KEY: Final = 1024
_TAG = re.compile(r"(?:^|;)\s*([a-z]{1,8})\s*=\s*([^;]*)", re.IGNORECASE)

Resolver = Callable[[str], bytes | None]
"""The TXT record of a name, its strings joined; None when there is none. Raises TimeoutError or OSError."""


@dataclass(frozen=True, slots=True)
class Signature:
    """One DKIM-Signature field and what came of it."""

    result: str
    """``pass``, ``fail``, ``permerror`` (it cannot be checked, ever), ``temperror`` (no answer from the name server),
    ``policy`` (good, but too weak to count), or ``unavailable`` (dkimpy is not installed)."""
    domain: str
    """Who signs, lower case, in ASCII."""
    selector: str
    covered: frozenset[str]
    """Names of the fields it covers, lower case."""
    partial: bool
    """It covers only the beginning of the text (``l=``): more may have been added below."""
    aligned: bool
    """The signing domain belongs to that of From."""
    reason: str
    """For a log or a detailed view; no sentence for a person."""


def verify(raw: bytes, resolve: Resolver, from_domain: str = "") -> tuple[Signature, ...]:
    """Check every signature, the first ``MAX_SIGNATURES`` of them; empty when there is none.

    ``from_domain`` is the domain of From, for ``aligned``. May take as long as ``resolve`` does.
    """
    values = every(fields(raw[: split(raw)[0]]), "dkim-signature")[:MAX_SIGNATURES]
    if not values:
        return ()
    try:
        import dkim
    except ImportError:
        return tuple(_signature(value, from_domain, "unavailable", "dkimpy is not installed") for value in values)
    return tuple(_verified(dkim, raw, number, value, resolve, from_domain) for number, value in enumerate(values))


def best(signatures: tuple[Signature, ...]) -> Signature | None:
    """The one that counts: good and of the sender's own domain, else good, else the first."""
    order = {"pass": 0, "policy": 1, "temperror": 2, "fail": 3, "permerror": 4, "unavailable": 5}
    return min(signatures, key=lambda one: (order[one.result], not one.aligned, one.partial), default=None)


def _verified(dkim: Any, raw: bytes, number: int, value: bytes, resolve: Resolver, from_domain: str) -> Signature:
    if len(value) >= _MAX_FIELD:
        return _signature(value, from_domain, "permerror", "the field is too long")
    trouble: list[str] = []

    def answer(name: bytes, timeout: float = 5) -> bytes:
        del timeout  # how long to wait is the resolver's own affair
        try:
            record = resolve(name.decode("ascii", "replace").rstrip("."))
        except OSError as error:  # TimeoutError is one
            trouble.append(type(error).__name__)
            return b""
        # A key of a million bits would be computed with for hours.
        return record if record is not None and len(record) <= _MAX_RECORD else b""

    try:
        checker = dkim.DKIM(raw, minkey=_SMALLEST_KEY, timeout=5)
        good = bool(checker.verify(idx=number, dnsfunc=answer))
    except dkim.KeyFormatError as error:
        return _signature(value, from_domain, "policy" if "small" in str(error) else "permerror", str(error))
    except dkim.ValidationError as error:
        mismatch = "mismatch" in str(error)
        return _signature(value, from_domain, "fail" if mismatch else "permerror", str(error))
    except Exception as error:
        # The library raises its own exceptions and, on malformed fields and keys, whatever Python raises.
        return _signature(value, from_domain, "permerror", f"{type(error).__name__}: {error}")
    if trouble:
        return _signature(value, from_domain, "temperror", trouble[0])
    if not good:
        keyless = not getattr(checker, "keysize", 0)
        return _signature(
            value, from_domain, "permerror" if keyless else "fail", "no key" if keyless else "bad signature"
        )
    if b"a=rsa-sha1" in value.replace(b" ", b"").lower():
        return _signature(value, from_domain, "policy", "SHA-1 counts no more (RFC 8301)")
    return _signature(value, from_domain, "pass", "")


def _signature(value: bytes, from_domain: str, result: str, reason: str) -> Signature:
    tags = {name.lower(): "".join(text.split()) for name, text in _TAG.findall(value[:_MAX_FIELD].decode("latin-1"))}
    domain = display_host(clean(tags.get("d", ""))[:253])
    return Signature(
        result,
        domain,
        clean(tags.get("s", ""))[:253],
        frozenset(name.lower() for name in tags.get("h", "").split(":")[:200] if name),
        "l" in tags,
        bool(from_domain) and same_organisation(domain, from_domain),
        clean(reason)[:300],
    )
