"""Bodies, renderings, raw files, and what housekeeping throws away."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tests.store.audit import audit
from tests.store.test_search import Words
from tests.store.world import NOW, World, message
from tui_mail.mime.searchtext import search_text
from tui_mail.model.ids import ItemId
from tui_mail.store.disk.rawfiles import RawFiles
from tui_mail.store.mirror.bodies import LARGEST_ROW
from tui_mail.store.mirror.results import NewBody

RAW = bytes(range(256)) * 4


def put(world: World, uid: int, raw: bytes, words: Words | None = None) -> tuple[ItemId, ...]:
    return world.writer.put_bodies(world.folders["INBOX"], 1, [NewBody(uid, raw, words or Words("text"))])


@pytest.mark.parametrize(
    "raw",
    [RAW, b"", b"x" * LARGEST_ROW, b"y" * (LARGEST_ROW + 1), os.urandom(1_000_000)],
    ids=["message", "empty", "row", "file", "random"],
)
def test_bytes_come_back_exactly(world: World, raw: bytes) -> None:
    world.put("INBOX", [message(1)])
    (item,) = world.ids("INBOX")
    assert world.reader.raw(item) is None
    assert put(world, 1, raw) == (item,)
    assert world.reader.raw(item) == raw
    stream = world.reader.open_raw(item)
    assert stream is not None
    with stream:
        assert stream.read(10) == raw[:10]
    assert len(RawFiles(world.home).names()) == (len(raw) > LARGEST_ROW)
    assert world.items("INBOX")[0].has_body


def test_copies_share_a_body(world: World) -> None:
    world.put("INBOX", [message(1)])
    put(world, 1, RAW, Words("text", ("a.pdf", "b.pdf"), "Short", 2))
    world.put("Archive", [message(7, name="m1", received=message(1).received)])
    (copy,) = world.items("Archive")
    assert (copy.has_body, copy.attachments, copy.snippet) == (True, 2, "Short")
    assert world.reader.raw(copy.id) == RAW
    assert world.writer.wants_bodies(world.folders["Archive"], 0, 0, 10) == []
    audit(world)


def test_attachments_are_guessed_and_then_known(world: World) -> None:
    world.put("INBOX", [message(1, extra="Content-Type: multipart/mixed; boundary=x"), message(2)])
    assert [item.uid for item in world.items("INBOX", search="has:attachment")] == [1]
    put(world, 1, RAW, Words("text"))
    put(world, 2, RAW + b"2", Words("text", ("x.pdf",), "", 1))
    assert [item.uid for item in world.items("INBOX", search="has:attachment")] == [2]
    assert [item.attachments for item in world.items("INBOX")] == [1, 0]
    (row,) = [one for one in world.reader.list_conversations(world.query("INBOX"), 10) if one.attachments]
    assert row.newest.uid == 2
    audit(world)


def test_bodies_for_another_uidvalidity_are_left_out(world: World) -> None:
    world.put("INBOX", [message(1)])
    assert world.writer.put_bodies(world.folders["INBOX"], 2, [NewBody(1, RAW, Words("text"))]) == ()
    assert put(world, 99, RAW) == ()
    assert not world.writer.put_body(ItemId(12345), RAW, Words("text"))


def test_which_bodies_are_wanted(world: World) -> None:
    world.put("INBOX", [message(uid, received=NOW - uid * 100, size=uid * 10) for uid in range(1, 7)])
    inbox = world.folders["INBOX"]
    put(world, 2, RAW)

    def wanted(since: int, size: int, limit: int = 10) -> list[int]:
        return [uid for _item, uid in world.writer.wants_bodies(inbox, since, size, limit)]

    assert wanted(0, 0) == [1, 3, 4, 5, 6]
    assert wanted(0, 0, 2) == [1, 3]
    assert wanted(NOW - 450, 0) == [1, 3, 4]
    assert wanted(0, 45) == [1, 3, 4]
    world.put("INBOX", vanished=[1])
    assert wanted(0, 0) == [3, 4, 5, 6]


def test_a_rendering_lasts_as_long_as_its_body(world: World) -> None:
    world.put("INBOX", [message(1)])
    (item,) = world.ids("INBOX")
    assert world.reader.rendered(item) is None
    world.writer.put_rendered(item, "auto", b"one")
    world.writer.put_rendered(item, "html", b"two")
    world.writer.put_rendered(item, "auto", b"three")
    assert (world.reader.rendered(item), world.reader.rendered(item, "html")) == (b"three", b"two")
    world.gestures.copy([item], world.folders["Lists"])
    assert world.reader.rendered(world.ids("Lists")[0]) == b"three"
    put(world, 1, RAW)
    assert world.reader.rendered(item) is None


def test_a_beginning_lasts_until_all_of_the_rendering_is_there(world: World) -> None:
    world.put("INBOX", [message(1)])
    (item,) = world.ids("INBOX")
    world.writer.put_beginning(item, "auto", b"one")
    world.writer.put_beginning(item, "html", b"html")
    world.writer.put_beginning(item, "auto", b"two")
    assert (world.reader.beginning(item), world.reader.rendered(item)) == (b"two", None)
    world.writer.put_rendered(item, "auto", b"two and three")
    assert (world.reader.beginning(item), world.reader.rendered(item)) == (None, b"two and three")
    assert world.reader.beginning(item, "html") == b"html"
    put(world, 1, RAW)
    assert world.reader.beginning(item, "html") is None


def test_real_search_text_fits(world: World) -> None:
    world.put("INBOX", [message(1)])
    raw = b"Subject: x\r\nContent-Type: text/plain\r\n\r\nThe heron waits.\r\n"
    world.writer.put_body(world.ids("INBOX")[0], raw, search_text(raw))
    assert world.found("heron waits") == ["Lunch"]


def test_what_vanished_is_kept_two_days_and_then_goes_with_all_it_has(world: World) -> None:
    world.put("INBOX", [message(1), message(2)])
    put(world, 1, b"z" * (LARGEST_ROW + 5))
    world.writer.put_rendered(world.by_uid("INBOX", 1).id, "auto", b"r")
    world.put("INBOX", vanished=[1])
    (name,) = RawFiles(world.home).names()
    path = world.home.raw_dir / name
    os.utime(path, (NOW - 10 * 86400, NOW - 10 * 86400))
    world.clock.advance(86400)
    world.writer.tidy()
    assert world.rows("SELECT count(*) FROM item") == [(2,)]
    assert path.exists()
    world.clock.advance(86400 + 60)
    world.writer.tidy()
    assert world.rows("SELECT count(*) FROM item") == [(1,)]
    assert world.rows("SELECT count(*) FROM content") == [(1,)]
    assert world.rows("SELECT count(*) FROM rendered") == [(0,)]
    assert not path.exists()
    audit(world)


def test_what_an_operation_waits_for_is_kept(world: World) -> None:
    world.put("INBOX", [message(1)])
    world.gestures.archive(world.ids("INBOX"))
    world.writer.fold()
    name = RawFiles(world.home).put(b"a draft")
    os.utime(world.home.raw_dir / name, (1, 1))
    action = world.gestures.append(world.folders["Lists"], [(b"Subject: d\r\n\r\n", world.items("Archive")[0].flags, (), 0)],
                                   RawFiles(world.home))  # fmt: skip
    assert action is not None
    (raw,) = [one.raw for one in world.reader.pending() if one.raw]
    os.utime(world.home.raw_dir / raw, (1, 1))
    world.put("INBOX", vanished=[1])
    world.clock.advance(30 * 86400)
    world.writer.tidy()
    assert RawFiles(world.home).names() == {raw}
    assert world.rows("SELECT count(*) FROM item WHERE gone_at IS NOT NULL") == [(1,)]


def test_unfinished_files_are_removed(world: World) -> None:
    left = world.home.raw_dir / ".new-0123"
    left.write_bytes(b"half")
    os.utime(left, (1, 1))
    world.writer.tidy()
    assert not left.exists()


def test_a_name_never_stands_for_half_a_file(tmp_path: Path, world: World) -> None:
    raw = RawFiles(world.home)

    def broken() -> object:
        yield b"some"
        raise OSError(28, "No space left on device")

    with pytest.raises(Exception, match="disk is full"):
        raw.put_stream(broken())  # type: ignore[arg-type]
    assert list(world.home.raw_dir.iterdir()) == []
    assert raw.put(b"same") == raw.put_stream([b"sa", b"me"])
    assert raw.read("0" * 64) is None
