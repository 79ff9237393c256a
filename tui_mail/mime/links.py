"""Addresses of the web and of mail: which may be opened, how they are written, where they lead.

Owns the allow-list of schemes and the recognition of links in plain text. Opens nothing.
"""

from __future__ import annotations

import re

from tui_mail.text.hosts import display_host

MAX_URL = 8192
_SCHEME = re.compile(r"(https?|mailto):", re.IGNORECASE).match
_IGNORED = re.compile("[\t\n\r\u2028\u2029\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufeff\ud800-\udfff]+")
_UNSAFE = re.compile(r"[^!#$%&'()*+,\-./0-9:;=?@A-Z\[\]_a-z~]")
_BAD_ESCAPE = re.compile(r"%(?:0[0-9a-f]|1[0-9a-f]|7f)", re.IGNORECASE)
_AUTHORITY = re.compile(r"https?://+([^/?#]*)", re.IGNORECASE).match
_HOST = re.compile(r"(\[[0-9a-fA-F:.]{2,45}\]|[^\s:@\[\]\\%]{1,500})(:\d{0,5})?").fullmatch
_ASCII_HOST = re.compile(r"[a-z0-9_-][a-z0-9._-]{0,252}|\[[0-9a-f:.]+\]").fullmatch
_BODY = re.compile(r"(?<=[?&])body=[^&#]*", re.IGNORECASE)
_BREAKS = re.compile(r"%0[9ad]", re.IGNORECASE)
# Chinese and Japanese write no space before the sentence goes on, but these signs, which browsers do not write into addresses.
_SHOWN = re.compile(
    r"(?:https?://|mailto:|www\.)[^\s<>\"⟨⟩␀-␡、。《》「」『』【】〈〉（），；！？：“”]{1,8192}", re.IGNORECASE
)
_TAIL = ".,;:!?'\"*_~…)]}>»”’"
_MAX_TAIL = 20
_PAIRS = {")": "(", "]": "[", "}": "{"}


def safe_url(url: str) -> str:
    """``url`` as printable ASCII that may be given to a browser, or empty: only http, https and mailto are links.

    What browsers leave out (tabs, line breaks) is left out; the rest that is not printable ASCII is percent-encoded, a
    host with other letters is written with ``xn--``. Controls, escaped or not (but for line breaks in the text of a mailto
    address), a user name before the host, a host that is none and a length of more than 8 KB make it no link.
    """
    if len(url) > MAX_URL:
        return ""
    url = _IGNORED.sub("", url).strip()
    if not _SCHEME(url):
        return ""
    if url[:7].lower() != "mailto:":
        authority = _AUTHORITY(url)
        parts = _HOST(authority[1]) if authority else None
        if authority is None or parts is None:
            return ""
        name = display_host(parts[1])
        if not _ASCII_HOST(name):
            return ""
        scheme = url.partition(":")[0].lower()
        url = f"{scheme}://{name}{parts[2] or ''}{url[authority.end() :]}"
    url = _UNSAFE.sub(_percent, url)
    return "" if _BAD_ESCAPE.search(without_lines(url)) else url


def without_lines(url: str) -> str:
    """A mailto address without the line breaks in the text of its letter: they are harmless there and nowhere else."""
    return _BODY.sub(lambda body: _BREAKS.sub("", body[0]), url) if url[:7].lower() == "mailto:" else url


def _percent(match: re.Match[str]) -> str:
    return "".join(f"%{octet:02X}" for octet in match[0].encode("utf-8", "replace"))


def host(url: str) -> str:
    """Where a web link leads, in ASCII (``xn--``), lower case; empty for others."""
    authority = _AUTHORITY(url)
    parts = _HOST(authority[1]) if authority else None
    return display_host(parts[1]) if parts else ""


def plain_links(text: str) -> list[tuple[int, int, str]]:
    """Links that stand in plain text: start, end and safe URL of each."""
    found: list[tuple[int, int, str]] = []
    for match in _SHOWN.finditer(text):
        shown = _trimmed(match[0])
        url = safe_url(shown if ":" in shown[:8] else f"http://{shown}")
        if url:
            found.append((match.start(), match.start() + len(shown), url))
    return found


def _trimmed(shown: str) -> str:
    """Without the punctuation of the sentence around it; a closing bracket stays if it was opened inside."""
    if len(shown) - len(shown.rstrip(_TAIL)) > _MAX_TAIL:
        return shown.rstrip(_TAIL)
    while shown and shown[-1] in _TAIL:
        opening = _PAIRS.get(shown[-1])
        if opening and shown.count(opening) >= shown.count(shown[-1]):
            break
        shown = shown[:-1]
    return shown


_NAMED = re.compile(
    r"\s*(?:(?P<web>https?://|www\.)(?P<rest>[^\s/?#:]+)|(?P<bare>[\w-]{1,63}(?:\.[\w-]{1,63})*\.[a-z]{2,24})(?:[/?:]\S*)?\s*$)",
    re.IGNORECASE,
).match
# Words such as "report.pdf" name a file and not a host.
_FILES = frozenset(
    "pdf htm html txt doc docx xls xlsx ppt pptx odt ods png jpg jpeg gif svg csv xml ics md zip gz json py js css sh".split()
)
_SECOND_LEVEL = frozenset({"co", "com", "org", "net", "gov", "ac", "edu", "or", "ne", "go", "gob", "gouv"})


def misleads(words: str, url: str) -> bool:
    """True when the words of a link are themselves the address of another site than the one it leads to."""
    match = _NAMED(words[:500])
    target = host(url)
    if match is None or not target:
        return False
    if not match["web"] and match["bare"].rpartition(".")[2].lower() in _FILES:
        return False
    named = (match["rest"] or match["bare"]).rpartition("@")[2]
    return site(display_host(named)) != site(target)


def site(name: str) -> str:
    """The registered domain of a host in ASCII, as far as a rule of thumb tells it."""
    labels = name.rstrip(".").split(".")
    short = len(labels) > 2 and len(labels[-1]) == 2 and labels[-2] in _SECOND_LEVEL
    return ".".join(labels[-3 if short else -2 :])
