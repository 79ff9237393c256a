"""Where an address really leads, and whether a program may be given the address.

Owns the last judgement before an address leaves this program; ``text.hosts`` judges names, ``mime.links`` what is a link. Opens nothing.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from tui_mail.mime.links import without_lines
from tui_mail.text.hosts import display_host, readable_host
from tui_mail.text.safe import SafeText, line

SCHEMES = ("http", "https", "mailto")
"""What may be opened."""
URL_LIMIT = 8_000

_FORBIDDEN = re.compile(r"[\x00-\x20\x7f-\xa0\u2028\u2029\\\"<>`{}|^]|%0[0ad]", re.IGNORECASE)
_HOST_IN_TEXT = re.compile(r"(?:https?://)?(?:[^/@\s]*@)?((?:[\w-]+\.)+[a-z]{2,})(?:[:/?#]|$)", re.IGNORECASE)


def host_of(url: str) -> str:
    """The host a browser would go to, lower case; the domain of a mailto address; empty when there is none."""
    try:
        parts = urlsplit(url)
        if parts.scheme == "mailto":
            return parts.path.rpartition("@")[2].lower()
        return (parts.hostname or "").rstrip(".")
    except ValueError:
        return ""  # an address that cannot be split (a broken IPv6 literal, say) leads nowhere


def shown_host(host: str) -> SafeText:
    """``host`` for a person: letters of other scripts come with the spelling of the network, which cannot pretend."""
    plain, letters = display_host(host), readable_host(host)
    return line(plain if plain == letters else f"{letters} ({plain})")


def refusal(url: str) -> str:
    """Why ``url`` must not be given to another program: "scheme", "form" or "host"; empty when it may."""
    if len(url) > URL_LIMIT or url.startswith("-") or _FORBIDDEN.search(without_lines(url)):
        return "form"
    try:
        parts = urlsplit(url)
        parts.port  # noqa: B018 -- raises on a port that is none
    except ValueError:
        return "form"
    if parts.scheme not in SCHEMES:
        return "scheme"
    if parts.scheme == "mailto":
        return "" if parts.path or parts.query else "host"
    if not parts.hostname or parts.username is not None:
        return "host"
    return ""


def claimed_host(text: str) -> str:
    """The host that the words of a link name, lower case, for naming it; empty when they name none."""
    found = _HOST_IN_TEXT.match(text.strip())
    return found[1].lower() if found else ""
