"""Text into the terminal's clipboard (OSC 52), validated before it is written.

Owns the only use of the clipboard by dialogs. Must not know who copies.
"""

from __future__ import annotations

from textual.app import App

from tui_mail.model.words import _
from tui_mail.text.safe import SafeText, own

LIMIT = 74_000
"""Octets; terminals drop a longer OSC 52 (xterm takes 100,000 characters of base64)."""


def refused(text: str) -> str:
    """Why ``text`` cannot be copied, as a sentence; empty when it can."""
    if any((ord(char) < 0x20 and char not in "\n\t") or 0x7F <= ord(char) < 0xA0 for char in text):
        return _("It holds control characters and was not copied.")
    try:
        octets = len(text.encode())
    except UnicodeEncodeError:
        return _("It holds broken characters and was not copied.")
    if octets > LIMIT:
        return _("It is too long for the terminal's clipboard.")
    return ""


def copy(app: App[object], text: str) -> SafeText:
    """Put ``text`` into the clipboard; the sentence that says what happened.

    The terminal never confirms; macOS Terminal and some multiplexers take nothing.
    """
    why = refused(text)
    if why:
        return own(why)
    app.copy_to_clipboard(text)
    return own(_("Copied."))
