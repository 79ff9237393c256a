"""Reports: that a message could not be delivered (RFC 3464), or that it was displayed (RFC 8098).

Owns the reading of their fields, and the sentence each comes to. Believes nobody: who says so is for the trust strip.
"""

from __future__ import annotations

import re
from typing import Final

from tui_mail.mime.envelope import message_id
from tui_mail.mime.findings import Report
from tui_mail.mime.headers import decode, fields, first
from tui_mail.mime.structure import Message, Multipart, Part, part_octets
from tui_mail.model.words import _
from tui_mail.text.safe import SafeText, line

DELIVERY: Final = frozenset({"message/delivery-status", "message/global-delivery-status"})
READ: Final = frozenset({"message/disposition-notification", "message/global-disposition-notification"})
HEADERS: Final = frozenset({"text/rfc822-headers", "message/global-headers"})
_MAX_OCTETS: Final = 200_000
MAX_REPORTS: Final = 100
_GROUPS = re.compile(rb"\r?\n[ \t]*\r?\n")
_CODE = re.compile(r"([245]\d\d)-(?:([245]\.\d{1,3}\.\d{1,3}) )?").match
_STATUS = re.compile(r"[245]\.\d{1,3}\.\d{1,3}").match
_ACTIONS: Final = frozenset({"failed", "delayed", "delivered", "relayed", "expanded"})
_SHOWN: Final = 300


def reports(message: Message, part: Part) -> list[Report]:
    """What a part of those types says, one value for each recipient."""
    data = part_octets(message, part, _MAX_OCTETS)
    if part.type in READ:
        return [_read(fields(data))]
    groups = [fields(group) for group in _GROUPS.split(data.strip())[: MAX_REPORTS + 1]]
    # The first group speaks of the message; some programs leave it out.
    return [
        _delivery(group) for group in groups if first(group, "final-recipient") or first(group, "original-recipient")
    ]


def returned(message: Message) -> dict[str, str]:
    """Parts that are, or begin, the message a report is about: section number to its Message-ID."""
    found: dict[str, str] = {}
    waiting: list[Multipart | Part] = [message.root]
    while waiting:
        node = waiting.pop()
        if isinstance(node, Part):
            continue
        waiting += node.members
        if node.kind == "report":
            for member in node.members[1:]:
                if isinstance(member, Part) and (member.inner is not None or member.type in HEADERS):
                    header = fields(part_octets(message, member, _MAX_OCTETS))
                    found[member.id] = message_id(first(header, "message-id").decode("latin-1"))
    return found


def sentence(report: Report) -> SafeText:
    """The report in one line."""
    texts = {
        "failed": _("Not delivered to {recipient}: {reason}"),
        "delayed": _("Not delivered to {recipient} yet, still trying: {reason}"),
        "delivered": _("Delivered to {recipient}"),
        "relayed": _("Passed on to {recipient}, where nobody confirms delivery"),
        "expanded": _("Passed on to the members of {recipient}"),
        "displayed": _("Displayed by {recipient}, as their program says"),
        "deleted": _("Deleted unread by {recipient}, as their program says"),
    }
    text = texts.get(report.action, _("{recipient}: {reason}"))
    reason = report.reason or report.status or report.action or _("no reason is given")
    return line(text.replace("{recipient}", report.recipient or "?").replace("{reason}", reason))


def _delivery(group: list[tuple[str, bytes]]) -> Report:
    action = decode(first(group, "action")).lower().partition(";")[0].strip()
    status = _STATUS(decode(first(group, "status")).strip())
    return Report(
        "delivery",
        action if action in _ACTIONS else "",
        _typed(first(group, "final-recipient") or first(group, "original-recipient")),
        status[0] if status else "",
        _typed(first(group, "diagnostic-code")),
        "",
    )


def _read(group: list[tuple[str, bytes]]) -> Report:
    # It reads "automatic-action/MDN-sent-automatically; displayed/error" (RFC 8098, 3.2.6).
    what = decode(first(group, "disposition")).rpartition(";")[2].partition("/")[0].strip().lower()
    return Report(
        "read",
        what if what.isascii() and what.replace("-", "").isalpha() and len(what) < 30 else "",
        _typed(first(group, "final-recipient")),
        "",
        line(decode(first(group, "error") or first(group, "failure") or first(group, "warning")), _SHOWN),
        message_id(first(group, "original-message-id").decode("latin-1")),
    )


def _typed(value: bytes) -> SafeText:
    """The value behind its type, as in ``rfc822; someone@example.org``."""
    text = decode(value)
    kind, semicolon, rest = text.partition(";")
    return line(_on_one_line(rest if semicolon and kind.strip().replace("-", "").isalnum() else text), _SHOWN)


def _on_one_line(said: str) -> str:
    """What a server said, without the indents of its lines and without the code that it repeats on each."""
    said = " ".join(said.split())
    code = _CODE(said)
    if code is None:
        return said
    again = re.compile(rf" {code[1]}[ -]" + (f"(?:{re.escape(code[2])} )?" if code[2] else ""))
    words = again.sub(" ", said[code.end() :])
    return " ".join(part for part in (code[1], code[2], words) if part)
