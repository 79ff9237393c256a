"""How far a long piece of work is, in words: ``Archive 41,200 of 100,000``.

Must not know where the numbers come from.
"""

from __future__ import annotations

from tui_mail.model.words import _
from tui_mail.text.safe import SafeText, line, own
from tui_mail.text.sizes import human_size

_LIMIT = 24


def progress_words(folder: str, what: str, done: int, total: int) -> SafeText:
    """``what`` is headers, bodies, messages or message (in octets); ``total`` 0: not known."""
    name = line(folder, _LIMIT)
    if what == "message":
        done_words, total_words = human_size(done), human_size(total)
        return own(_("message {done} of {total}").format(done=done_words, total=total_words))
    if what == "bodies":
        name = SafeText(_("text of {folder}").format(folder=name)) if name else line(_("text"))
    elif what == "messages":
        name = line(_("fetched"))
    if total:
        words = _("{folder} {done} of {total}").format(folder=name, done=grouped(done), total=grouped(total))
    elif not done:
        words = _("{folder} …").format(folder=name)  # "Sent 0" would be read as a count of what was sent
    else:
        words = _("{folder} {done}").format(folder=name, done=grouped(done))
    return SafeText(words.strip())


def grouped(number: int) -> str:
    """A number with its thousands apart."""
    return f"{number:,}"
