"""What is fetched to read a message, by what its server tells of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from tui_mail.mime.choose import bodies
from tui_mail.mime.foresight import MAX_NEEDED, MAX_SMALL, SMALL, Choice, choose
from tui_mail.mime.outline import structure
from tui_mail.mime.structure import parse
from tui_mail.model.structure import RemotePart

MESSAGES = sorted((Path(__file__).parents[2] / "data").glob("*.eml"))
FILE = RemotePart("9", "video/mp4", 78_000_000, "base64", name="film.mp4", disposition="attachment")


def chosen(*parts: RemotePart) -> Choice | None:
    return choose(RemotePart("", "multipart/mixed", members=(*parts, FILE)))


@pytest.mark.parametrize(
    ("part", "fetched"),
    [
        (RemotePart("1", "text/plain", 200_000), True),
        (RemotePart("1", "text/html", 200_000), True),
        (RemotePart("1", "text/calendar", 200_000), True),
        (RemotePart("1", "text/plain", 200_000, name="notes.txt", disposition="inline"), True),
        (RemotePart("1", "text/html", 200_000, name="page.html", disposition="inline"), False),
        (RemotePart("1", "text/csv", 200_000, name="data.csv"), False),
        (RemotePart("1", "text/plain", 200_000, disposition="attachment"), False),
        (RemotePart("1", "message/delivery-status", 200_000, disposition="attachment"), True),
        (RemotePart("1", "message/rfc822", 200_000), True),
        (RemotePart("1", "message/rfc822", MAX_NEEDED + 1), False),
        (RemotePart("1", "message/rfc822", 200_000, disposition="attachment"), False),
        (RemotePart("1", "image/png", SMALL), True),
        (RemotePart("1", "image/png", SMALL + 1), False),
    ],
)
def test_texts_and_small_parts_come(part: RemotePart, fetched: bool) -> None:
    choice = chosen(part)
    assert choice is not None
    assert ("1" in choice.wanted) == fetched
    assert choice.left_out["9"] == 57_000_000
    assert set(choice.left_out).isdisjoint(choice.wanted)


def test_many_small_ones_do_not_come_all() -> None:
    choice = chosen(*(RemotePart(str(number), "image/png", SMALL) for number in range(10, 100)))
    assert choice is not None
    assert len(choice.wanted) == MAX_SMALL // SMALL


@pytest.mark.parametrize(
    "whole",
    [
        RemotePart("", "multipart/mixed", members=(RemotePart("1", "text/plain", 400_000), RemotePart("2", "image/png", 399_999))),
        RemotePart("", "multipart/mixed", members=(RemotePart("1", "text/plain", MAX_NEEDED + 1), FILE)),
        RemotePart("", "multipart/mixed", members=(RemotePart("1", "application/ms-tnef", 1000), FILE)),
        RemotePart("", "multipart/mixed", members=(RemotePart("1", "application/octet-stream", 90_000, name="WINMAIL.DAT"), FILE)),
        RemotePart("1", "text/html", 900_000, name="page.html"),
        RemotePart("", "multipart/mixed", members=(RemotePart("1", "text/plain", 4),)),
    ],
)  # fmt: skip
def test_what_is_better_fetched_whole(whole: RemotePart) -> None:
    assert choose(whole) is None


def test_a_message_that_is_one_file_keeps_it_on_the_server() -> None:
    choice = choose(RemotePart("1", "application/pkcs7-mime", 780_000, "base64", name="smime.p7m"))
    assert choice == Choice(frozenset(), {"1": 570_000})


@pytest.mark.parametrize("path", MESSAGES, ids=lambda path: path.stem)
def test_what_is_read_of_any_message_is_fetched(path: Path) -> None:
    """Were the other parts of the message large, its text would come all the same."""
    message = parse(path.read_bytes())
    whole = structure(message)
    read = {part.path for part in whole.leaves()} & {part.id for part in bodies(message)}
    grown = RemotePart("", "multipart/mixed", members=(*whole.leaves(), FILE))
    choice = choose(grown)
    assert choice is None or read <= choice.wanted
