"""What a message says of its mailing list, and the ways out of it.

Owns the reading of the List fields (RFC 2369, RFC 2919, RFC 8058) and the question which way of unsubscribing may be
offered. Sends nothing: a way is data, and somebody else asks the person and carries it out.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from tui_mail.mime.addresses import parse
from tui_mail.mime.findings import MailingList
from tui_mail.mime.headers import decode, every, first
from tui_mail.mime.links import host, safe_url
from tui_mail.mime.mailto import parse_mailto
from tui_mail.mime.words import clean
from tui_mail.text.safe import SafeText, block, line

ONE_CLICK: Final = "List-Unsubscribe=One-Click"
_MAX_WAYS: Final = 10
_MAX_LENGTH: Final = 16_384
_BRACKETED = re.compile(r"<([^<>]{1,8192})>")
_ID = re.compile(r"<([^\s<>]{1,500})>")
_NAME: Final = 200
_INTERNAL: Final = (".localhost", ".local", ".internal", ".lan", ".home.arpa", ".onion")


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """One way out of a list."""

    kind: str
    """``one-click``: POST ``body`` to ``target`` without cookies or redirects to other hosts (RFC 8058); ``mailto``: write
    ``body`` to ``target``; ``link``: a page for the person to look at."""
    target: str
    """An https address, an http or https address, or a mail address."""
    body: SafeText
    subject: SafeText
    """For ``mailto``."""
    host: SafeText
    """Whom it goes to, as a person must see it."""


def mailing_list(header_fields: list[tuple[str, bytes]]) -> MailingList | None:
    """What the List fields say; None when there are none."""
    get = {name: first(header_fields, name) for name in ("list-id", "list-post", "list-archive", "list-unsubscribe")}
    if not any(get.values()):
        return None
    listed = decode(get["list-id"])
    found = _ID.search(listed)
    posts, closed = _post(get["list-post"])
    ways = [url for value in every(header_fields, "list-unsubscribe")[:3] for url in _urls(value)]
    asked = decode(first(header_fields, "list-unsubscribe-post")).replace(" ", "").lower()
    return MailingList(
        id=clean(found[1]) if found else clean(listed.strip()),
        name=line(listed[: found.start()].strip().strip('"') if found else "", _NAME),
        post=posts,
        closed=closed,
        archive=next((url for url in _urls(get["list-archive"]) if not url.startswith("mailto:")), ""),
        unsubscribe=tuple(dict.fromkeys(ways))[:_MAX_WAYS],
        one_click=asked == ONE_CLICK.lower(),
    )


def ways_out(found: MailingList, dkim: str, covered: frozenset[str] | None = None) -> tuple[Unsubscribe, ...]:
    """The ways to unsubscribe, the best first.

    One click is offered only where a DKIM signature was found good (``dkim`` is ``pass``: by the receiving host that the
    account names, or checked here), since anybody could write the field otherwise. ``covered`` are the names of the
    fields that signature covers, lower case, where they are known: RFC 8058 asks that both fields are among them.
    """
    ways: list[Unsubscribe] = []
    signed = dkim == "pass" and (covered is None or {"list-unsubscribe", "list-unsubscribe-post"} <= covered)
    webs = [url for url in found.unsubscribe if not url.startswith("mailto:")]
    if found.one_click and signed:
        ways += [_web("one-click", url, ONE_CLICK) for url in webs if url.startswith("https:") and _is_public(url)][:1]
    for url in found.unsubscribe:
        if url.startswith("mailto:") and (way := _mail(url)):
            ways.append(way)
    ways += [_web("link", url, "") for url in webs if url.startswith("https:")]
    ways += [_web("link", url, "") for url in webs if not url.startswith("https:")]
    return tuple(ways)


def list_key(found: MailingList, sender: str) -> str:
    """By what a list is remembered: its own name, else the address that writes."""
    return (found.id or sender).strip().lower()[:_NAME]


def _is_public(url: str) -> bool:
    """False for addresses inside of somebody's own network, as far as the name tells it; what it resolves to may still be
    one, which is for whoever connects to see.
    """
    from ipaddress import ip_address

    name = host(url).strip("[]")
    try:
        return ip_address(name).is_global
    except ValueError:
        pass  # a name, as nearly always
    return "." in name and not name.rstrip(".").endswith(_INTERNAL) and not name.replace(".", "").isdecimal()


def _web(kind: str, url: str, body: str) -> Unsubscribe:
    return Unsubscribe(kind, url, line(body), SafeText(""), line(host(url)))


def _mail(url: str) -> Unsubscribe | None:
    wanted = parse_mailto(url)
    if len(wanted.to) != 1 or wanted.cc or wanted.bcc:
        return None  # a request to leave goes to one address; more of them are somebody's trick
    address = wanted.to[0].address
    return Unsubscribe(
        "mailto", address, block(wanted.body, 2000), line(wanted.subject or "unsubscribe", 200), line(address)
    )


def _urls(value: bytes) -> list[str]:
    """Addresses in brackets, those that are safe; white space inside a folded one is none (RFC 2369, 2).

    One that held a control, which is U+FFFD by now, is none.
    """
    text = decode(value[:_MAX_LENGTH])
    found = [safe_url(re.sub(r"\s+", "", one)) for one in _BRACKETED.findall(text)]
    if not found and (bare := safe_url(text.strip())):
        found = [bare]
    return [url for url in found if url and "%EF%BF%BD" not in url]


def _post(value: bytes) -> tuple[str, bool]:
    """The address to write to, and whether there is expressly none."""
    text = decode(value[:_MAX_LENGTH])
    for url in _urls(value):
        if url.startswith("mailto:"):
            to = parse_mailto(url).to
            if len(to) == 1:
                return to[0].address, False
    bare = parse(value.decode("latin-1")) if "@" in text and "<" not in text else ()
    return (bare[0].address if len(bare) == 1 else ""), text.strip().upper().startswith("NO") and "@" not in text
