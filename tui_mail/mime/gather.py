"""The parts of a message as one text, with the links, marks and doubts that belong to it.

Owns the order of things and the titles between them. Each part is read alone, so that none can close what another opened.
What a converter gives is filtered here, whatever it promises. Must not know what the rest of the message holds.

Of a long page there is a beginning before there is the whole: the same gathering, which ends early.
"""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import replace

from tui_mail.mime import embedded, patches, quotes, reports
from tui_mail.mime.choose import bodies
from tui_mail.mime.enriched import without_commands
from tui_mail.mime.findings import Invitation, Report, Seal
from tui_mail.mime.flowed import join_flowed
from tui_mail.mime.headers import decode, fields, first
from tui_mail.mime.html import MAX_OUT, Begun, HtmlConverter, HtmlText, simple_text
from tui_mail.mime.links import host, plain_links, safe_url
from tui_mail.mime.rendered import Link, Mark, Warning_
from tui_mail.mime.seals import armour
from tui_mail.mime.structure import MAX_TEXT, Message, Part, part_octets, part_text
from tui_mail.model.words import _, ngettext
from tui_mail.text.hosts import poses, readable_host
from tui_mail.text.safe import BLOCK_LIMIT, SafeText, block, line

_MAX_LINKS = 2000
_MAX_MARKS = 20_000
_MAX_NAME = 200
_MAX_INNER = 20
_MAX_HTML = 20
_MAX_WARNED = 5
_MAX_SIMPLE = 200
_INNER_FIELDS = ("From", "To", "Cc", "Date", "Subject")
_OF_LINES = frozenset({"pre", "table", "signature"})
_NEAR = 100
_BETWEEN = "\n\n"
_AHEAD = 20
"""Lines of a beginning that are not shown: what they say decides whether those above belong to a quote or a signature."""


class Gathering:
    """What is gathered part by part."""

    def __init__(
        self,
        message: Message,
        prefer: str,
        html: HtmlConverter,
        subject: str,
        begun: Callable[[Gathering], None] | None = None,
    ) -> None:
        """``begun`` is given, at most once, what is certain to begin all of this, while the rest is still being read."""
        self.texts: list[SafeText] = []
        self.links: list[Link] = []
        self.marks: list[Mark] = []
        self.reports: list[Report] = []
        self.seals: list[Seal] = []
        self.kind = ""
        self.remote_images = self.hidden = self.pixels = 0
        self._message = message
        self._prefer = prefer
        self._html = html
        self._subject = subject
        self._begun = begun
        self._returned = reports.returned(message)
        self._known: set[str] = set()
        self._misleading: list[int] = []
        self._refused = 0
        self._failed = ""
        self._cut = False
        self._room = BLOCK_LIMIT
        self._inner = self._html_parts = self._length = 0

    def text(self) -> SafeText:
        """All of it."""
        return SafeText(_BETWEEN.join(self.texts))

    def add(self, parts: list[Part]) -> None:
        """The parts one after the other."""
        for part in parts:
            if part.id in self._returned or part.type in reports.HEADERS:
                self._add_returned(part)
            elif part.inner is not None:
                self._add_message(part)
            elif part.type in reports.DELIVERY or part.type in reports.READ:
                self._add_report(part)
            elif part.type == "text/html":
                self._add_html(part_text(self._message, part), part.end - part.start > MAX_TEXT)
            else:
                self._add_plain(part)

    def add_wrapped(self) -> None:
        """The text inside a winmail.dat, for a message that has no other."""
        for part in self._message.parts:
            if embedded.is_wrapped(part):
                inside = embedded.unwrapped(self._message, part)
                if inside.html.strip():
                    self._add_html(inside.html[:MAX_TEXT], len(inside.html) > MAX_TEXT)
                elif inside.text.strip():
                    self._append(self._safe(inside.text), "plain", found=True)

    def add_invitations(self, invitations: tuple[Invitation, ...]) -> None:
        """What is known of calendars, for a message that is nothing else."""
        for one in invitations:
            rows = [one.what, one.where, *one.notes.split("\n")]
            self._append(SafeText("\n".join(row for row in rows if row)), "plain")

    def warnings(self) -> list[Warning_]:
        """What the parts gave rise to."""
        return [Warning_(kind, line(text)) for kind, text in self._sentences()]

    def _add_plain(self, part: Part) -> None:
        files: list[embedded.Cut] = []
        if embedded.may_hold(self._message, part):
            text = embedded.whole_text(self._message, part)
            files = embedded.cuts(text)
        if files:
            text = _without(text, files)[:MAX_TEXT]
        else:
            text = part_text(self._message, part)
            self._cut = self._cut or part.end - part.start > MAX_TEXT
        if part.flowed:
            text = join_flowed(text.replace("\r\n", "\n"), part.delsp)
        elif part.type == "text/enriched":
            text = without_commands(text)
        safe = self._safe(text)
        marks = [Mark(start, end, "pre") for start, end, _kind in armour(safe)]
        self.seals += [Seal(kind, "PGP", part.id, (), False) for _start, _end, kind in armour(safe)]
        for start, end, url in plain_links(safe):
            number = self._number(url, line(url))
            if number and len(marks) < _MAX_MARKS:
                marks.append(Mark(start, end, "link", number))
        self._append(safe, "plain", marks, found=True)

    def _add_html(self, html: str, cut: bool) -> None:
        self._html_parts += 1
        if self._failed == "time" or self._html_parts > _MAX_HTML:
            # A message of many such parts would otherwise take many times the time of one.
            answer = simple_text(html[: MAX_OUT if self._html_parts < _MAX_SIMPLE else 0], self._failed or "size")
        else:
            answer = self._html.convert(html, len(self.links) + 1, self._beginning())
        self._cut = self._cut or answer.cut or cut
        self._failed = self._failed or answer.failed
        self.hidden += answer.hidden
        self.remote_images += answer.remote_images
        self.pixels += answer.pixels
        self._refused += answer.refused
        self._add_links(answer)
        self._misleading += answer.misleading
        safe = self._safe(answer.text)
        self._append(safe, "html", _believed(answer, safe), found=True)

    def _add_links(self, answer: HtmlText) -> None:
        for number, url, words in answer.links:
            if safe_url(url) == url:
                self.links.append(Link(number, url, line(words, _MAX_NAME), line(host(url))))

    def _beginning(self) -> Begun | None:
        """Who takes the beginning of the next page: that of all texts, else there is a screen of others already."""
        told, self._begun = self._begun, None
        if told is None or self.texts:
            return None

        def begun(answer: HtmlText) -> None:
            ahead = copy(self)
            if ahead.hold(answer):
                told(ahead)

        return begun

    def hold(self, answer: HtmlText) -> bool:
        """Hold this beginning and nothing else; False where it cannot be said what its lines are before the rest is known."""
        self.texts, self.links, self.marks = [], [], []
        self._add_links(answer)
        safe = self._safe(answer.text)
        if answer.text.rstrip("\n") != safe or quotes.find(safe, self._subject) or patches.find(safe):
            return False
        shown = SafeText("\n".join(safe.split("\n")[:-_AHEAD]))
        marks = [mark for mark in _believed(answer, safe) if mark.end <= len(shown)]
        self._append(shown, "html", marks)
        return bool(self.texts)

    def _add_message(self, part: Part) -> None:
        """A message inside: the fields that say whose it is, then its text."""
        self._inner += 1
        if self._inner > _MAX_INNER or part.inner is None:
            return
        raw = self._message.raw
        header = fields(raw[part.header[0] : part.header[1]])
        if any(first(header, name) for name in _INNER_FIELDS):
            self._append_head(_("A message inside this one"), header)
        inside = Message(raw, b"", header, part.inner, self._message.parts, frozenset())
        self.add(bodies(inside, self._prefer))

    def _add_returned(self, part: Part) -> None:
        """Of the message a report is about, whose it is and no more: the person wrote it, or has it."""
        header = fields(part_octets(self._message, part, 200_000))
        self._append_head(_("The message it is about"), header)

    def _append_head(self, title: str, header: list[tuple[str, bytes]]) -> None:
        shown = [f"{name}: {line(decode(first(header, name)))}" for name in _INNER_FIELDS if first(header, name)]
        rows = line(f"── {title} ──")
        self._append(SafeText("\n".join([rows, *shown])), "plain", [Mark(0, len(rows), "own")])

    def _add_report(self, part: Part) -> None:
        found = reports.reports(self._message, part)
        ids = [one for one in self._returned.values() if one]
        found = [replace(one, original=one.original or ids[0]) if ids else one for one in found]
        room = reports.MAX_REPORTS - len(self.reports)
        self.reports += found[:room]
        rows = SafeText("\n".join(reports.sentence(one) for one in found[:room]))
        self._append(rows, "plain", [Mark(0, len(rows), "report")])

    def _safe(self, text: str) -> SafeText:
        return SafeText(block(text).strip("\n"))

    def _append(self, text: SafeText, kind: str, marks: list[Mark] | None = None, *, found: bool = False) -> None:
        """One more text; ``found``: it is looked through for quotes and patches."""
        if not text.strip():
            return
        self._room -= len(text)
        if self._room < 0:
            self._cut = True
            return
        marks = marks or []
        if found:
            diff = patches.find(text)
            words = quotes.find(text, self._subject)
            # What looks like a quote in a patch is a line of it; its signature is one.
            marks = [*marks, *diff, *(mark for mark in words if not diff or mark.kind == "signature")]
        marks = _merged(text, marks)
        start = self._length + (len(_BETWEEN) if self.texts else 0)
        room = max(_MAX_MARKS - len(self.marks), 0)
        self.marks += [Mark(mark.start + start, mark.end + start, mark.kind, mark.value) for mark in marks[:room]]
        self.texts.append(text)
        self._length = start + len(text)
        self.kind = self.kind or kind

    def _number(self, url: str, words: SafeText) -> int:
        """Links of plain text have a number in the list only; nothing is written into the text. 0: too many."""
        if url in self._known:
            return next((link.number for link in self.links if link.url == url), 0)
        if len(self.links) >= _MAX_LINKS:
            return 0
        self._known.add(url)
        self.links.append(Link(len(self.links) + 1, url, words, line(host(url))))
        return len(self.links)

    def _sentences(self) -> list[tuple[str, str]]:
        """Kinds and sentences of the warnings that hold; see ``rendered.Warning_``."""
        found: list[tuple[str, str]] = []
        for number in self._misleading[:_MAX_WARNED]:
            link = next((one for one in self.links if one.number == number), None)
            if link is not None:
                text = _("Link {number} says {words}, but leads to {host}.")
                found.append(("link-mismatch", text.format(number=number, words=link.text[:80], host=link.host)))
        posing = [link for link in self.links if poses(link.host)]
        for link in posing[:_MAX_WARNED]:
            text = _("Link {number} leads to {host}, which is written with letters that look like others: {readable}")
            words = text.format(number=link.number, host=link.host, readable=readable_host(link.host))
            found.append(("link-look-alike", words))
        if self._refused:
            text = ngettext(
                "{count} link is not offered: it leads neither to the web nor to mail, or hides where it leads.",
                "{count} links are not offered: they lead neither to the web nor to mail, or hide where they lead.",
                self._refused,
            )
            found.append(("link-refused", text.format(count=self._refused)))
        if self._failed:
            reason = _("took too long to lay out") if self._failed == "time" else _("could not be laid out")
            found.append(("html-simple", _("The HTML {reason}; this is its text without links.").format(reason=reason)))
        if self._cut:
            found.append(("cut", _("The message is very long; its text is shown in part.")))
        return found


def _believed(answer: HtmlText, safe: SafeText) -> list[Mark]:
    """The marks of a converter, if its text was safe already and they lie in it."""
    text = answer.text.lstrip("\n")
    gone = len(answer.text) - len(text)
    if text.rstrip("\n") != safe:
        return []
    marks = [Mark(start - gone, end - gone, kind, value) for start, end, kind, value in answer.marks[:_MAX_MARKS]]
    return [mark for mark in marks if 0 <= mark.start < mark.end <= len(safe)]


def _merged(text: str, marks: list[Mark]) -> list[Mark]:
    """Marks by their start; those of lines of one kind that only empty lines part are one, and none stands in its like."""
    done: list[Mark] = []
    latest: dict[str, int] = {}
    for mark in sorted(marks, key=lambda mark: (mark.start, -mark.end)):
        at = latest.get(mark.kind, -1)
        if mark.kind in _OF_LINES and at >= 0 and done[at].value == mark.value:
            before = done[at]
            if mark.start <= before.end + _NEAR and not text[before.end : mark.start].strip():
                done[at] = Mark(before.start, max(before.end, mark.end), mark.kind, mark.value)
                continue
        latest[mark.kind] = len(done)
        done.append(mark)
    return done


def _without(text: str, files: list[embedded.Cut]) -> str:
    """The text with a line for each file that stood in it."""
    pieces: list[str] = []
    at = 0
    for cut in files:
        says = _("[file {name}]") if cut.data is not None else _("[file {name} in yEnc, which cannot be read here]")
        pieces += [text[at : cut.start], says.replace("{name}", cut.name), "\n"]
        at = cut.end
    return "".join([*pieces, text[at:]])
