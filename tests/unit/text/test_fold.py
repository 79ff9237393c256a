"""Words for search: the index and the query agree on them."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from tests.unit.text.test_safe import texts
from tui_mail.text.fold import fold, index_text, terms

mixed = st.one_of(texts, st.text(), st.text("aÉß日本ไทย한국 _-'हिन्दी"))


def as_tokenized(text: str) -> list[str]:
    """What FTS5's ascii tokenizer makes of it: runs of ASCII letters and digits and of anything above ASCII."""
    return re.findall(r"(?:[0-9A-Za-z]|[^\x00-\x7f])+", text)


@given(mixed)
def test_the_index_has_exactly_the_terms(text: str) -> None:
    assert as_tokenized(index_text(text)) == terms(text)


@given(mixed)
def test_folding_twice_changes_nothing(text: str) -> None:
    assert terms(" ".join(terms(text))) == terms(text)


def test_case_and_diacritics() -> None:
    assert fold("Łódź Straße ÉCOLE Ærø") == "lodz strasse ecole aero"
    assert terms("Crème brûlée, CRÈME") == ["creme", "brulee", "creme"]
    assert terms("Ĳssel ﬁn ①") == ["ijssel", "fin", "1"]


def test_words_are_letters_and_digits() -> None:
    assert terms("it's e-mail_2 a@b.org") == ["it", "s", "e", "mail", "2", "a", "b", "org"]
    assert terms("“quoted” — dash…") == ["quoted", "dash"]
    assert terms("***") == []


def test_scripts_without_spaces_are_split() -> None:
    assert terms("会議の日程 v2") == ["会", "議", "の", "日", "程", "v2"]
    assert terms("ไทย") == ["ไ", "ท", "ย"]
    assert terms("한국어 메일") == ["한국어", "메일"]
    assert terms("が") == ["が"]


def test_vowel_signs_stay_in_their_word() -> None:
    assert terms("हिन्दी भाषा") == ["हिन्दी", "भाषा"]


def test_invisible_characters_do_not_split_words() -> None:
    assert terms("pay\u200bpal soft\u00adhyphen") == ["paypal", "softhyphen"]
