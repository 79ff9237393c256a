"""Large messages of which not all is here: outlines and parts, and how they give way."""

from __future__ import annotations

import os

from tests.store.audit import audit
from tests.store.test_eviction import here, text
from tests.store.test_search import Words
from tests.store.world import ACCOUNT, NOW, World, message
from tui_mail.model.ids import ItemId
from tui_mail.store.disk.rawfiles import RawFiles
from tui_mail.store.mirror.results import NewBody, Outline

LEFT_OUT = {"2": 22_000_000, "3.1": 5}


def outlined(world: World, uid: int = 1, raw: bytes = b"outline") -> ItemId:
    """A message whose outline is here."""
    world.put("INBOX", [message(uid, name=f"m{uid}", size=30_000_000)])
    item = world.by_uid("INBOX", uid).id
    assert world.writer.put_outline(item, raw, LEFT_OUT, text(str(uid)))
    return item


def put_part(world: World, item: ItemId, path: str, body: bytes) -> bool:
    landing = RawFiles(world.home).landing()
    landing.whole(body)
    return world.writer.put_part(item, path, landing)


def test_an_outline_is_no_body_and_tells_what_it_lacks(world: World) -> None:
    item = outlined(world)
    assert world.reader.outline(item) == Outline(b"outline", LEFT_OUT)
    assert world.reader.raw(item) is None
    shown = world.by_uid("INBOX", 1)
    assert (shown.has_body, shown.attachments, shown.snippet) == (False, 1, "Snippet 1")
    assert [each.uid for each in world.items(search="word1 has:attachment")] == [1]
    assert [uid for _item, uid in world.writer.wants_bodies(world.folders["INBOX"], 0, 0, 10)] == [1]
    assert world.reader.outline(ItemId(4711)) is None
    audit(world)


def test_a_part_that_came_is_here_for_all_copies(world: World) -> None:
    item = outlined(world)
    world.writer.put_rendered(item, "auto", b"rendering")
    assert world.reader.part(item, "2") is None
    assert put_part(world, item, "2", b"QUJD")
    assert world.reader.part(item, "2") == b"QUJD"
    outline = world.reader.outline(item)
    assert outline is not None
    assert (set(outline.here), outline.absent) == ({"2"}, ["3.1"])
    assert world.reader.rendered(item) == b"rendering", "its text is the same"
    world.put("Archive", [message(7, name="m1", received=message(1).received, size=30_000_000)])
    (copy,) = world.ids("Archive")
    assert world.reader.part(copy, "2") == b"QUJD"
    audit(world)


def test_all_of_it_gives_way_to_the_body(world: World) -> None:
    item = outlined(world)
    put_part(world, item, "2", b"QUJD")
    world.writer.put_rendered(item, "auto", b"rendering")
    assert world.writer.put_body(item, b"whole", Words("whole", ("a.pdf", "inner.txt"), "Whole", 2))
    assert world.reader.outline(item) is None
    assert world.reader.part(item, "2") is None
    assert world.reader.rendered(item) is None
    assert world.reader.raw(item) == b"whole"
    assert [each.uid for each in world.items(search="file:inner.txt")] == [1], "what only the whole told is found"
    assert world.rows("SELECT count(*) FROM outline UNION ALL SELECT count(*) FROM part") == [(0,), (0,)]
    audit(world)


def test_what_is_here_whole_needs_no_outline(world: World) -> None:
    world.put("INBOX", [message(1)])
    item = world.by_uid("INBOX", 1).id
    world.writer.put_bodies(world.folders["INBOX"], 1, [NewBody(1, b"whole", text("1"))])
    assert not world.writer.put_outline(item, b"outline", LEFT_OUT, text("1"))
    assert not put_part(world, item, "2", b"QUJD")
    assert world.reader.outline(item) is None
    assert not world.writer.put_outline(ItemId(4711), b"outline", LEFT_OUT, text("1"))


def test_they_count_and_make_room_oldest_first_with_the_bodies(world: World) -> None:
    for uid in (1, 2, 3):
        outlined(world, uid, b"o" * 100)
    put_part(world, world.by_uid("INBOX", 1).id, "2", b"p" * 900)
    world.put("INBOX", [message(4, name="m4", size=500, received=message(1).received + 1)])
    world.writer.put_bodies(world.folders["INBOX"], 1, [NewBody(4, b"4" * 500, text("4"))])
    assert world.writer.kept_bodies(ACCOUNT, 10_000).octets == 1000 + 500 + 200
    order = sorted(world.items("INBOX"), key=lambda item: item.received)
    sizes = {1: 1000, 2: 100, 3: 100, 4: 500}
    freed = 0
    for item in order[:2]:
        freed += sizes[item.uid or 0]
    assert world.writer.evict(ACCOUNT, freed) == freed
    left = {item.uid for item in order[2:]}
    assert {item.uid for item in order if world.reader.outline(item.id)} | set(here(world)) == left
    assert world.writer.kept_bodies(ACCOUNT, 10_000).octets == sum(sizes[uid or 0] for uid in left)
    audit(world)


def test_one_that_made_room_is_found_and_indexed_anew_when_it_comes_whole(world: World) -> None:
    item = outlined(world)
    world.writer.evict(ACCOUNT, 1)
    assert world.reader.outline(item) is None
    assert [each.uid for each in world.items(search="word1")] == [1]
    world.writer.put_body(item, b"whole", Words("whole", ("inner.txt",), "Whole", 1))
    assert [each.uid for each in world.items(search="file:inner.txt")] == [1]
    audit(world)


def test_files_of_parts_stay_as_long_as_they_are_named(world: World) -> None:
    item = outlined(world)
    put_part(world, item, "2", b"QUJD")
    files = RawFiles(world.home)
    (name,) = files.names()
    os.utime(world.home.raw_dir / name, (NOW - 200_000, NOW - 200_000))
    world.writer.tidy()
    assert files.names() == {name}
    world.writer.put_body(item, b"whole", text("1"))
    world.writer.tidy()
    assert files.names() == set()


def test_a_part_that_comes_after_its_outline_went_is_not_kept(world: World) -> None:
    item = outlined(world)
    world.writer.evict(ACCOUNT, 1)
    assert not put_part(world, item, "2", b"QUJD")
    assert world.rows("SELECT count(*) FROM part") == [(0,)]


def test_they_go_with_their_account(world: World) -> None:
    put_part(world, outlined(world), "2", b"QUJD")
    world.writer.drop_account(ACCOUNT)
    assert world.rows("SELECT count(*) FROM outline UNION ALL SELECT count(*) FROM part") == [(0,), (0,)]
