"""Whose words a line is: the writer's own, or quoted from a message before; and what is only a signature.

Owns the recognition in text that is laid out: marks of quoting, the heads that Outlook puts above a message instead, lines
that say who wrote, signatures. Reads several languages. Linear. Must not know how a quote is shown.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from tui_mail.mime.rendered import Mark

MAX_MARKS: Final = 10_000
_MARKS = re.compile(r" ?>(?: ?>)* ?").match
_FIELD = re.compile(r"\*?([^\W\d_][^:*\n]{0,24}?)\*? ?[:：]\*?(?: |\xa0|$)").match
_WINDOW: Final = 9
"""Lines in which the fields of a head stand."""
# The names of the fields in the languages that mail programs speak.
_FROM = frozenset(
    "from|von|de|da|van|från|fra|od|от|від|lähettäjä|kimden|feladó|odesílatel|από|发件人|寄件者|差出人|보낸 사람|من|מאת".split(
        "|"
    )
)
_SENT = frozenset(
    "sent|date|gesendet|gesendet am|datum|envoyé|date d'envoi|enviado|enviado el|enviado em|enviada em|fecha|data|inviato|"
    "verzonden|skickat|sendt|wysłano|отправлено|дата|надіслано|lähetetty|gönderilme tarihi|tarih|küldve|odesláno|στάλθηκε|发送时间|日期|傳送時間|"
    "送信日時|日付|보낸 날짜|날짜|تاريخ|נשלח".split("|")
)
_OTHER = frozenset(
    "to|an|à|a|para|per|aan|till|til|do|кому|vastaanottaja|kime|címzett|komu|προς|收件人|收件者|宛先|받는 사람|إلى|אל|cc|kopie|"
    "copie|subject|betreff|objet|asunto|assunto|oggetto|onderwerp|ämne|emne|temat|тема|aihe|konu|tárgy|předmět|θέμα|主题|"
    "主旨|件名|제목|الموضوع|נושא".split("|")
)
_SEPARATOR = re.compile(
    r"\s*(?:_{10,}|-{2,}\s*(?P<words>[^-\n]{3,60}?)\s*-{2,}|─{10,}|(?P<begin>Begin forwarded message|Anfang der weitergeleiteten"
    r" Nachricht|Début du message transféré|Inicio del mensaje reenviado)\s?:)\s*$",
    re.IGNORECASE,
).match
_PASSED_ON = re.compile(
    r"forward|weitergeleitet|transféré|reenviado|inoltrat|doorgestuurd|vidarebef|videresend|przekazan|пересыла|转发|轉寄|転送",
    re.IGNORECASE,
).search
_FORWARD_SUBJECT = re.compile(r"\s*(?:fwd?|wg|tr|rv|enc|i|vb|vl|pd|doorst|转发|轉寄)\s?[:：]", re.IGNORECASE).match
_WROTE = re.compile(
    r"(?:wrote|writes|said|schrieb|schreibt|a écrit|escribió|escreveu|ha scritto|scrisse|schreef|skrev|napisał(?:\(a\))?|пишет|"
    r"написал(?:\(а\))?|kirjoitti|yazdı|írta|napsal\(?a?\)?|έγραψε|写道|寫道|のメール|작성|wrote on [^\n]{1,60})[^\n]{0,80}[:：]\s*$",
    re.IGNORECASE,
).search
# What is said in no language but by an address and a time, as in Russian and Japanese mail.
_MAILBOX = re.compile(r"[<(][^\s<>()]{1,250}@[^\s<>()]{1,250}[>)]").search
_TIME = re.compile(r"(?<!\d)\d{1,2}[:.]\d\d(?!\d)").search
_DATED = re.compile(r"\b\d{1,2}[:.]\d\d\b|\b(?:19|20)\d\d\b").search
_SIGNS: Final = frozenset({"-- ", "--", "—"})
_SIGNATURE_MAX: Final = 15
_ATTRIBUTION_MAX: Final = 300
_COLONS: Final = (":", "：", ": ")


def find(text: str, subject: str = "") -> list[Mark]:
    """Marks of kinds ``quote``, ``attribution``, ``forwarded`` and ``signature``, in order."""
    rows = text.split("\n")
    starts: list[int] = []
    at = 0
    for row in rows:
        starts.append(at)
        at += len(row) + 1
    kinds = _Kinds(rows, bool(_FORWARD_SUBJECT(subject)))
    return _joined(rows, starts, kinds.read())[:MAX_MARKS]


def level(row: str) -> int:
    """How deep a line is quoted by its own marks."""
    if row.startswith(">From "):
        return 0  # so written for the sake of mailboxes that are one file
    found = _MARKS(row)
    return found[0].count(">") if found else 0


class _Kinds:
    """Kind and value of every line, by one pass from the top."""

    def __init__(self, rows: Sequence[str], forwards: bool) -> None:
        self._rows = rows
        self._forwards = forwards
        self._kinds: list[tuple[str, int]] = []
        self._words = False  # somebody's own words stand above
        self._open = False  # the line above begins the line that says who wrote

    def read(self) -> list[tuple[str, int]]:
        base = head_end = 0
        signature = False
        head = ("", 0)
        for number, row in enumerate(self._rows):
            if number < head_end:
                self._kinds.append(head)
                continue
            own = level(row)
            found = None if own else self._head(number)
            if found:
                head_end, passed_on = found
                base += not passed_on
                head = ("forwarded", base) if passed_on else ("quote", base)
                signature = False
                self._kinds.append(head)
                continue
            if own or base:
                self._kinds.append(("quote", base + own))
                signature = False
            elif self._is_attribution(number):
                self._kinds.append(("attribution", 0))
                signature = False
            elif signature or (self._words and row in _SIGNS and self._is_signature(number)):
                signature = True
                self._kinds.append(("signature", 0))
            else:
                self._words = self._words or bool(row.strip())
                self._kinds.append(("", 0))
        return self._kinds

    def _head(self, number: int) -> tuple[int, bool] | None:
        """Where a head that begins here ends, and whether what follows is the very thing that is passed on."""
        row = self._rows[number]
        separator = _SEPARATOR(row)
        at = number
        if separator:
            at += 1
            while at < len(self._rows) and at <= number + 2 and not self._rows[at].strip():
                at += 1
        elif not (found := _FIELD(row)) or found[1].strip().lower() not in _FROM:
            return None
        forwards = bool(separator and _PASSED_ON(row))
        end = self._fields(at, anywhere=forwards)
        if end is None:
            return None
        passed_on = forwards or (self._forwards and not any(k == "quote" for k, _ in self._kinds[-1:]))
        return end, passed_on

    def _fields(self, at: int, *, anywhere: bool) -> int | None:
        """Where the fields end that begin with From, or hold it ``anywhere``; None when they are none."""
        first = _FIELD(self._rows[at]) if at < len(self._rows) else None
        name = first[1].strip().lower() if first else ""
        if name not in _FROM and not (anywhere and (name in _SENT or name in _OTHER)):
            return None
        seen: set[str] = set()
        whose = False
        end = at
        for number in range(at, min(at + _WINDOW, len(self._rows))):
            field = _FIELD(self._rows[number])
            name = field[1].strip().lower() if field else ""
            if name in _FROM:
                whose = True
            elif name in _SENT:
                seen.add("sent")
            elif name in _OTHER:
                seen.add(name)
            elif self._rows[number].strip() and not field and len(seen) < 2:
                continue  # a long field that was broken
            elif not self._rows[number].strip() and len(seen) >= 2:
                break
            if name:
                end = number + 1
        return end if whose and "sent" in seen and len(seen) >= 2 else None

    def _is_attribution(self, number: int) -> bool:
        """True for ``… wrote:`` when the next line that is not empty is quoted, and for the first half of one on two lines."""
        row = self._rows[number]
        goes_on, self._open = self._open, False
        if row.endswith(_COLONS):
            return goes_on or (says_who(row) and self._is_quoted_after(number))
        following = self._rows[number + 1] if number + 1 < len(self._rows) else ""
        if not following.endswith(_COLONS) or not _DATED(row) or _DATED(following) or row.endswith(("!", "?")):
            return False
        begins = number == 0 or not self._rows[number - 1].strip()
        self._open = begins and says_who(f"{row} {following}") and self._is_quoted_after(number + 1)
        return self._open

    def _is_quoted_after(self, number: int) -> bool:
        """True when the next line that is not empty is quoted."""
        following = (row for row in self._rows[number + 1 : number + 4] if row.strip())
        return level(next(following, "")) > 0

    def _is_signature(self, number: int) -> bool:
        """True when few lines follow before the text ends or a quote begins; ``-- `` itself is always believed."""
        if self._rows[number] == "-- ":
            return True
        after = self._rows[number + 1 : number + 2 + _SIGNATURE_MAX]
        return len(after) <= _SIGNATURE_MAX or any(level(row) for row in after)


def says_who(row: str) -> bool:
    """True for what programs write above a quote."""
    if len(row) > _ATTRIBUTION_MAX or not row.endswith(_COLONS):
        return False
    return _WROTE(row) is not None or (_MAILBOX(row) is not None and _TIME(row) is not None)


def _joined(rows: Sequence[str], starts: Sequence[int], kinds: Sequence[tuple[str, int]]) -> list[Mark]:
    """One mark for lines of a kind that touch, without empty lines at its end."""
    marks: list[Mark] = []
    first = 0
    for number in range(1, len(rows) + 1):
        if number < len(rows) and kinds[number] == kinds[first]:
            continue
        kind, value = kinds[first]
        last = number - 1
        while last > first and not rows[last].strip():
            last -= 1
        end = starts[last] + len(rows[last])
        if kind and end > starts[first]:
            marks.append(Mark(starts[first], end, kind, value))
        first = number
    return marks
