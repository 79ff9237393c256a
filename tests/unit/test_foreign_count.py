"""How bench/foreign finds messages and counts who reads them the same."""

from __future__ import annotations

import base64
import io
import sys
from pathlib import Path
from typing import Any

import pytest

import bench.foreign.__main__ as foreign
from bench.foreign import asking
from bench.foreign.agree import Verdict, verdicts
from bench.foreign.asking import OURS, Reader
from bench.foreign.deliberate import choice
from bench.foreign.found import Found, is_mail, messages
from bench.foreign.tally import Tally

LETTER = b"From: Ada <ada@example.org>\nSubject: Tea\nDate: Mon, 23 Nov 2026 09:41:00 +0100\n\nAt four.\n"


def answer(subject: str = "Tea", text: str = "At four.", data: bytes = b"At four.", **more: Any) -> dict[str, Any]:
    leaf = {"type": "text/plain", "name": "", "octets": base64.b64encode(data).decode(), "text": text, "encoding": ""}
    return {"subject": subject, "from": [["Ada", "ada@example.org"]], "date": 1, "leaves": [leaf], **more}


def voted(ours: dict[str, Any], *others: dict[str, Any]) -> dict[str, Verdict]:
    answers = {OURS: ours, **{f"reader {number}": one for number, one in enumerate(others)}}
    return {one.field: one for one in verdicts(answers)}


def test_a_field_that_nobody_finds_anything_in_is_not_counted() -> None:
    assert set(voted(answer(), answer(), answer())) == {
        "subject", "from addresses", "from names", "date", "parts", "type", "octets", "text",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("others", "kind"),
    [
        (("Tea", "Tea", "Tea"), "agree"),
        (("Tea", "Tea", "Coffee", "Coffee", "Coffee"), "agree"),  # two are enough
        (("Coffee", "Coffee", "Tea"), "differ"),
        (("Coffee", "Coffee", "Milk", "Milk"), "unsettled"),
        (("Coffee", "Milk", "Tea"), "unsettled"),
        (("T\ufffd", "Tea", "Tea"), "agree"),
        (("T\ufffd", "T\ufffd"), "alone"),
        (("Coffee",), "unsettled"),
    ],
)
def test_the_vote(others: tuple[str, ...], kind: str) -> None:
    assert voted(answer(), *map(answer, others))["subject"].kind == kind


def test_only_what_is_no_matter_is_put_aside() -> None:
    theirs = answer("  Tea\n ", "At four. \r\n", b"At four.\r\n\r\n")
    assert {one.kind for one in voted(answer(), theirs, theirs).values()} == {"agree"}
    for odd in (answer("tea"), answer(text="At  four."), answer(data=b"at four."), answer(date=2)):
        assert [one.kind for one in voted(answer(), odd, odd).values()].count("differ") == 1


def test_octets_of_base64_count_to_the_last() -> None:
    mine = answer()
    mine["leaves"][0]["encoding"] = "base64"
    theirs = answer(data=b"At four.\n")
    assert voted(mine, theirs, theirs)["octets"].kind == "differ"


def test_parts_are_compared_among_those_who_see_as_many() -> None:
    two = answer()
    two["leaves"] = two["leaves"] * 2
    found = voted(answer(text="Other."), two, two, answer())
    assert found["parts"].kind == "differ"
    assert found["text"].ours is None  # those of the majority are missing here
    assert voted(answer(), answer(), two)["text"].kind == "unsettled"


def test_what_is_deliberate_is_named() -> None:
    found = voted(answer("\u201cTea\u201d"), answer("\x93Tea\x94"), answer("\x93Tea\x94"))["subject"]
    meant = choice(found, {})
    assert meant is not None
    assert meant.name == "Windows-1252"
    assert choice(voted(answer(), answer("Coffee"), answer("Coffee"))["subject"], {}) is None


def test_messages_are_found_whatever_they_are_kept_in(tmp_path: Path) -> None:
    other, third = LETTER.replace(b"Tea", b"Milk"), LETTER.replace(b"Tea", b"Rum")
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "one.eml").write_bytes(LETTER)
    (tmp_path / "a" / "again").write_bytes(LETTER)
    (tmp_path / "a" / "code.c").write_bytes(LETTER)
    (tmp_path / "a" / "words.txt").write_bytes(b"Dear all,\n\nSubject: none\nFrom: nobody\n")
    (tmp_path / "box").write_bytes(
        b"".join(b"From a@b Mon Nov 23 09:41:00 2026\n" + one + b"\n" for one in (LETTER, other))
    )
    (tmp_path / "cur").mkdir()
    (tmp_path / "cur" / "1.M2.host:2,S").write_bytes(third)
    found = list(messages([tmp_path]))
    assert sorted(one.raw for one in found) == sorted([LETTER, other, third])
    assert {one.corpus for one in found} == {"cur", tmp_path.name}  # files of the directory itself come first
    assert not is_mail(tmp_path / "a" / "words.txt")


def test_two_readers_are_asked() -> None:
    readers = [Reader(OURS), Reader("Python email")]
    tally = Tally(io.StringIO())
    try:
        for reader in readers:
            reader.ask(LETTER)
        tally.add(Found("here", "one.eml#1", LETTER), {reader.name: reader.answer("one.eml#1") for reader in readers})
        assert readers[0].peak() > 0
    finally:
        for reader in readers:
            reader.stop()
    assert [reader.failures for reader in readers] == [[], []]
    # One other is no majority.
    assert tally.fields["subject", "unsettled"] + tally.fields["text", "unsettled"] == 2
    assert tally.seconds[0][1] == "one.eml#1"


def test_a_directory_is_compared_from_end_to_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mail").mkdir()
    (tmp_path / "mail" / "one.eml").write_bytes(LETTER)
    (tmp_path / "mail" / "two.eml").write_bytes(
        LETTER.replace(b"Tea", b"\x93Tea\x94\nContent-Type: text/plain; charset=us-ascii")
    )
    stdlib = asking.COMMANDS["Python email"]
    others = ("one", "two", "three")
    monkeypatch.setattr(asking, "COMMANDS", {OURS: asking.COMMANDS[OURS], **dict.fromkeys(others, stdlib)})
    monkeypatch.setattr(foreign, "COMMANDS", asking.COMMANDS)
    monkeypatch.setattr(foreign, "version", lambda name: "1.0")
    monkeypatch.setattr(foreign, "install_missing", lambda: None)
    monkeypatch.setattr(foreign, "LISTING", tmp_path / "build" / "differences.txt")
    monkeypatch.setattr(foreign, "PAGE", tmp_path / "page.md")
    monkeypatch.setattr(sys, "argv", ["bench.foreign", str(tmp_path / "mail")])
    foreign.main()
    page = capsys.readouterr().out
    assert "- 2 messages" in page
    assert "as the best parsers read them. Found: 100.000 %" in page
    assert "messages that a parser failed on: tui-mail 0\n" in page
    assert "beside one 1.0, two 1.0, three 1.0" in page
    assert (tmp_path / "build" / "differences.txt").read_text() == ""
    assert not (tmp_path / "page.md").exists()


@pytest.mark.parametrize(
    ("program", "patience", "says"),
    [("import sys; sys.exit()", 60.0, "died"), ("import time; time.sleep(600)", 1.0, "took over 1 s")],
)
def test_a_reader_that_falls_silent_is_counted_and_started_anew(
    monkeypatch: pytest.MonkeyPatch, program: str, patience: float, says: str
) -> None:
    monkeypatch.setitem(asking.COMMANDS, "odd", [sys.executable, "-c", program])
    monkeypatch.setattr(asking, "PATIENCE", patience)
    reader = Reader("odd")
    for number in range(2):
        reader.ask(LETTER)
        assert reader.answer(str(number)) == {}
    assert reader.failures == [("0", says), ("1", says)]
