"""Quotes, signatures and patches in text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_mail.mime import patches, quotes
from tui_mail.mime.patches import is_patch
from tui_mail.mime.rendered import Mark


def named(text: str, marks: list[Mark]) -> list[tuple[str, int, str]]:
    return [(mark.kind, mark.value, text[mark.start : mark.end]) for mark in marks]


def found(text: str, subject: str = "") -> list[tuple[str, int, str]]:
    return named(text, quotes.find(text, subject))


def test_levels() -> None:
    text = "On Monday Grace wrote:\n> a\n>> b\n> > c\n\nmine\n>From here"
    assert found(text) == [
        ("attribution", 0, "On Monday Grace wrote:"),
        ("quote", 1, "> a"),
        ("quote", 2, ">> b\n> > c"),
    ]


@pytest.mark.parametrize(
    "line",
    [
        "On Mon, Nov 23, 2026 at 5:02\u202fPM Ada <ada@example.net> wrote:",
        "пн, 23 нояб. 2026 г. в 17:02, Ada <ada@example.net>:",
        "2026年11月23日(月) 17:02 Ada <ada@example.net>:",
        "Ada <ada@example.net> 于2026年11月23日周一 17:02写道：",
        "* Ada Lovelace <ada@example.net> [2026-11-23 17:02]:",
        "في الاثنين، 23 نوفمبر 2026 في 5:02 م تمت كتابة ما يلي بواسطة Ada <ada@example.net>:",
    ],
)
def test_who_wrote_what_is_quoted(line: str) -> None:
    assert found(f"mine\n\n{line}\n\n> old") == [("attribution", 0, line), ("quote", 1, "> old")]
    assert found(f"mine\n\n{line}\n\nno quote") == []


@pytest.mark.parametrize(
    "lines",
    [
        "On Mon, Nov 23, 2026 at 5:02 PM Augusta Ada King, Countess of Lovelace <\nada@example.net> wrote:",
        "Am Mo., 23. Nov. 2026 um 17:02 Uhr schrieb Augusta Ada King, Countess of Lovelace <\nada@example.net>:",
        "On Mon, 23 Nov 2026 17:02:00 +0100\nAda <ada@example.net> wrote:",
    ],
)
def test_who_wrote_it_on_two_lines(lines: str) -> None:
    assert found(f"{lines}\n> old") == [("attribution", 0, lines), ("quote", 1, "> old")]
    assert found(f"mine\n\n{lines}\n\n> old") == [("attribution", 0, lines), ("quote", 1, "> old")]


def test_who_wrote_it_is_no_signature() -> None:
    line = "On 23 November 2026 17:02:00 CET, Ada <ada@example.net> wrote:"
    assert found(f"mine\n-- \nSent from a telephone\n\n{line}\n>old") == [
        ("signature", 0, "-- \nSent from a telephone"), ("attribution", 0, line), ("quote", 1, ">old"),
    ]  # fmt: skip


@pytest.mark.parametrize("words", ["We met in 2026.\nHere is what Ada wrote:", "At 17:02 already!\nAda wrote:"])
def test_a_sentence_before_it_is_ones_own(words: str) -> None:
    last = words.partition("\n")[2]
    assert found(f"Hello,\n{words}\n> old") == [("attribution", 0, last), ("quote", 1, "> old")]


HEAD = {
    "en": ("From: Grace", "Sent: Monday", "To: Ada", "Subject: x"),
    "de": ("Von: Grace", "Gesendet: Montag", "An: Ada", "Betreff: x"),
    "fr": ("De : Grace", "Envoyé : lundi", "À : Ada", "Objet : x"),
    "es": ("De: Grace", "Enviado el: lunes", "Para: Ada", "Asunto: x"),
    "it": ("Da: Grace", "Inviato: lunedì", "A: Ada", "Oggetto: x"),
    "nl": ("Van: Grace", "Verzonden: maandag", "Aan: Ada", "Onderwerp: x"),
    "pt": ("De: Grace", "Enviada em: segunda-feira", "Para: Ada", "Assunto: x"),
    "pl": ("Od: Grace", "Wysłano: poniedziałek", "Do: Ada", "Temat: x"),
    "sv": ("Från: Grace", "Skickat: måndag", "Till: Ada", "Ämne: x"),
    "ru": ("От: Grace", "Отправлено: понедельник", "Кому: Ada", "Тема: x"),
    "zh": ("发件人: Grace", "发送时间: 星期一", "收件人: Ada", "主题: x"),
    "ja": ("差出人: Grace", "送信日時: 月曜日", "宛先: Ada", "件名: x"),
    "bold": ("*From:* Grace", "*Sent:* Monday", "*To:* Ada", "*Subject:* x"),
}


@pytest.mark.parametrize("head", HEAD.values(), ids=HEAD)
def test_what_stands_below_the_head_of_another_message_is_a_quote(head: tuple[str, ...]) -> None:
    below = "\n".join(head) + "\n\nold words\n> older"
    assert found(f"mine\n\n{below}") == [("quote", 1, below.rpartition("\n")[0]), ("quote", 2, "> older")]


def test_the_ruler_above_belongs_to_the_head() -> None:
    below = "-----Original Message-----\n" + "\n".join(HEAD["en"]) + "\n\nold"
    assert found(f"mine\n\n{below}") == [("quote", 1, below)]


def test_a_message_passed_on_is_what_one_wants_to_read() -> None:
    head = "---------- Forwarded message ---------\n" + "\n".join(HEAD["en"])
    assert found(f"look\n\n{head}\n\nwords") == [("forwarded", 0, head)]
    thunderbird = "-------- Forwarded Message --------\nSubject: \tx\nDate: \tMonday\nFrom: \tGrace\nTo: \tAda"
    assert found(f"look\n\n{thunderbird}\n\nwords") == [("forwarded", 0, thunderbird)]
    assert found(f"look\n\n{thunderbird.replace('From', 'Form')}\n\nwords") == []
    outlook = "\n".join(HEAD["en"])
    assert found(f"{outlook}\n\nwords", "FW: x") == [("forwarded", 0, outlook)]


@pytest.mark.parametrize(
    "text", ["From: the heart\nTo: all\n\nthanks", "From: a\n\nSent: b", "To: Ada\nSubject: x\n\nwords"]
)
def test_a_letter_that_begins_so_is_no_head(text: str) -> None:
    assert found(text) == []


def test_signatures() -> None:
    assert found("words\n-- \nGrace\n\nAdmiral") == [("signature", 0, "-- \nGrace\n\nAdmiral")]
    assert found("words\n--\nGrace") == [("signature", 0, "--\nGrace")]
    assert found("words\n--\n" + "line\n" * 30) == []
    assert found("-- \nnothing above") == []
    assert [kind for kind, _level, _words in found("words\n-- \nGrace\n> quoted below")] == ["signature", "quote"]


PATCH = """Fix it

---
 a | 2 +-

diff --git a/a b/a
index 1111111..2222222 100644
--- a/a
+++ b/a
@@ -1,3 +1,3 @@ where
 one
-two
+zwei

-- \n2.39
"""


def test_a_patch() -> None:
    assert named(PATCH, patches.find(PATCH)) == [
        ("patch-file", 0, "diff --git a/a b/a\nindex 1111111..2222222 100644\n--- a/a\n+++ b/a"),
        ("patch-hunk", 0, "@@ -1,3 +1,3 @@ where"),
        ("patch-context", 0, " one"),
        ("patch-removed", 0, "-two"),
        ("patch-added", 0, "+zwei"),
    ]


def test_a_patch_of_several_files_and_without_git() -> None:
    text = "--- a.txt\n+++ b.txt\n@@ -1 +1,2 @@\n-a\n+b\n+c\n\\ No newline at end of file\nIndex: x\n--- x\n+++ x\n@@ -0,0 +1 @@\n+y\nend"
    kinds = [kind for kind, _value, _words in named(text, patches.find(text))]
    assert kinds == [
        "patch-file",
        "patch-hunk",
        "patch-removed",
        "patch-added",
        "patch-context",
        "patch-file",
        "patch-hunk",
        "patch-added",
    ]


@pytest.mark.parametrize(
    "text", ["+ fast\n- slow", "--- end ---", "@@ -1,2 +1,2 @@\n-a", "--- a\n\n+++ b", "-- \nGrace"]
)
def test_what_only_looks_like_one(text: str) -> None:
    assert patches.find(text) == []


def test_a_broken_hunk_ends_where_it_breaks() -> None:
    text = PATCH.replace("+zwei", "wrapped line\n-- not removed")
    assert [words for kind, _value, words in named(text, patches.find(text)) if kind == "patch-removed"] == ["-two"]


def test_patches_by_type_and_name() -> None:
    assert is_patch("text/x-patch", "")
    assert is_patch("application/octet-stream", "0001-x.PATCH")
    assert not is_patch("text/plain", "patch.txt")


LINES = st.lists(
    st.one_of(
        st.sampled_from([*(row for head in HEAD.values() for row in head), "> a", ">> b", "-- ", "--", "", "wrote:", "x", "@@ -1,2 +1,2 @@", "+a",
                         "-b", " c", "--- a", "+++ b", "diff --git a b", "-----Original Message-----", "Forwarded message:", "____________"]),
        st.text(max_size=6),
    ),
    max_size=30,
).map("\n".join)  # fmt: skip


@given(LINES, st.sampled_from(["", "Fwd: x"]))
def test_marks_lie_in_order_and_end_where_lines_end(text: str, subject: str) -> None:
    for marks in (quotes.find(text, subject), patches.find(text)):
        last = 0
        for mark in marks:
            assert last <= mark.start < mark.end <= len(text)
            assert mark.start == 0 or text[mark.start - 1] == "\n"
            assert mark.end == len(text) or text[mark.end] == "\n"
            last = mark.end


@pytest.mark.timeout(60)
@pytest.mark.parametrize(
    "line",
    ["From: a", "> x", "--- a\n+++ b", "@@ -1,9 +1,9 @@", "wrote:", "-- ", ">" * 100, "____________", "a" * 200 + ":"],
)
def test_long_texts(line: str) -> None:
    text = f"{line}\n" * 50_000
    assert len(quotes.find(text)) <= quotes.MAX_MARKS
    assert len(patches.find(text)) <= patches.MAX_MARKS
