"""Attachments that are not what they seem, or that do something when they are opened.

Owns the judgement by name and type. Must not know files; the octets themselves are not looked at.
"""

from __future__ import annotations

import re
from typing import Final

from tui_mail.mime.rendered import Warning_
from tui_mail.model.words import _
from tui_mail.text.safe import file_name, line

_RUNS: Final = frozenset(
    "exe com scr pif bat cmd msi msp mst cpl hta jar js jse vb vbs vbe wsf wsh ws ps1 psm1 reg lnk inf scf url website chm"
    " application gadget msc appx msix iso img vhd vhdx dll sys sh bash zsh csh command desktop app pkg dmg deb rpm run"
    " appimage py pyw pl rb php xll ade adp mde one svgz library-ms search-ms".split()
)
_MACROS: Final = frozenset("docm dotm xlsm xlsb xltm xlam pptm potm ppsm ppam sldm".split())
_MACRO_TYPES = re.compile(r"\.macroenabled", re.IGNORECASE).search
_SEEMS: Final = frozenset(
    "pdf doc docx xls xlsx ppt pptx odt ods txt rtf csv jpg jpeg png gif bmp webp mp3 mp4 wav avi mov htm html xml zip".split()
)
_RUNNING_TYPES: Final = frozenset(
    {
        "application/x-msdownload", "application/x-msdos-program", "application/x-dosexec", "application/x-sh",
        "application/x-shellscript", "text/x-sh", "application/x-desktop", "application/x-executable", "application/hta",
        "application/java-archive", "application/x-ms-installer", "application/x-msi", "application/vnd.microsoft.portable-executable",
    }
)  # fmt: skip
_TURNING = re.compile("[\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069]")
_NAME: Final = 80


def attachment_warnings(name: str, kind: str) -> list[Warning_]:
    """Doubts about one attachment, whose ``name`` is unfiltered.

    Kinds: ``name-turned``, ``double-extension``, ``executable``, ``macros``.
    """
    found: list[Warning_] = []
    shown = file_name(name, _NAME)
    if _TURNING.search(name):
        text = _("The name of the attachment {name} holds characters that turn its end around.")
        found.append(Warning_("name-turned", line(text.replace("{name}", shown))))
    ends = _endings(name)
    if runs(name, kind):
        if len(ends) > 1 and ends[-2] in _SEEMS and ends[-1] in _RUNS:
            text = _("The attachment {name} poses as a document, but it is a program.")
            found.append(Warning_("double-extension", line(text.replace("{name}", shown))))
        else:
            text = _("The attachment {name} can run as a program when it is opened.")
            found.append(Warning_("executable", line(text.replace("{name}", shown or line(kind)))))
    elif macros(name, kind):
        text = _("The attachment {name} may hold macros, which can run when it is opened.")
        found.append(Warning_("macros", line(text.replace("{name}", shown or line(kind)))))
    return found


def macros(name: str, kind: str) -> bool:
    """True for documents that may hold macros."""
    ends = _endings(name)
    return (bool(ends) and ends[-1] in _MACROS) or _MACRO_TYPES(kind) is not None


def runs(name: str, kind: str) -> bool:
    """True for what must not be opened by a key alone."""
    ends = _endings(name)
    return kind in _RUNNING_TYPES or (bool(ends) and ends[-1] in _RUNS)


def _endings(name: str) -> list[str]:
    """What stands behind the dots, in lower case, the way a system would read it: without spaces and dots at the end."""
    plain = _TURNING.sub("", re.split(r"[/\\]", name[-300:])[-1]).replace("\0", "")
    return [one.strip().lower() for one in plain.rstrip(" .").split(".")[1:]]
