import pytest

from tui_mail.config.paths import Home
from tui_mail.link import crashes
from tui_mail.model.errors import EngineTrouble

NOW = 1_800_000_000.0


def test_three_crashes_in_a_row_are_a_sentence(home: Home) -> None:
    for number in range(3):
        crashes.refuse_loop(home, NOW + number)
        crashes.record_crash(home, NOW + number)
    with pytest.raises(EngineTrouble, match=r"engine\.log"):
        crashes.refuse_loop(home, NOW + 3)


def test_an_engine_that_ends_well_forgets_them(home: Home) -> None:
    for number in range(3):
        crashes.record_crash(home, NOW + number)
    crashes.clear_crashes(home)
    crashes.refuse_loop(home, NOW + 4)


def test_after_a_while_one_more_is_tried(home: Home) -> None:
    for number in range(3):
        crashes.record_crash(home, NOW + number)
    crashes.refuse_loop(home, NOW + 3600)


def test_another_version_starts_from_nothing(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    for number in range(3):
        crashes.record_crash(home, NOW + number)
    monkeypatch.setattr("tui_mail.__version__", "99.0")
    crashes.refuse_loop(home, NOW + 4)


def test_a_fault_counts_before_and_after_it_is_absorbed(home: Home) -> None:
    crashes.record_crash(home, NOW)
    crashes.record_crash(home, NOW)
    crashes.fault_file(home).write_text("Fatal Python error: Segmentation fault\n")
    with pytest.raises(EngineTrouble):
        crashes.refuse_loop(home, NOW)
    assert "Segmentation" in crashes.absorb_fault(home, NOW)
    assert not crashes.fault_file(home).exists()
    with pytest.raises(EngineTrouble):
        crashes.refuse_loop(home, NOW)


def test_an_empty_fault_file_is_no_crash(home: Home) -> None:
    crashes.fault_file(home).write_text("")
    assert crashes.absorb_fault(home, NOW) == ""
    crashes.refuse_loop(home, NOW)


@pytest.mark.parametrize("junk", ["", "{", "[]", '{"count": "x"}', "\x00"])
def test_a_damaged_count_is_none(home: Home, junk: str) -> None:
    (home.state / "engine.crashes").write_text(junk)
    crashes.refuse_loop(home, NOW)
    crashes.record_crash(home, NOW)
