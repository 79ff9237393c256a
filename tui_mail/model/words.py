"""The gettext marker. Every string a person reads goes through ``_`` or ``ngettext``."""

from __future__ import annotations

import gettext as _gettext
from pathlib import Path

_catalog = _gettext.translation("tui-mail", Path(__file__).parent.parent / "locale", fallback=True)


def _(message: str) -> str:
    """The translation of ``message`` in the person's language, else ``message`` itself."""
    return _catalog.gettext(message)


def ngettext(singular: str, plural: str, n: int) -> str:
    """The translation that fits the number ``n``."""
    return _catalog.ngettext(singular, plural, n)
