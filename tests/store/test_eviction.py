"""Bodies that make room: the oldest, and only what the server has; found by a search all the same, and fetched again."""

from __future__ import annotations

import os
import shutil
import tempfile
from pathlib import Path

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.store.audit import audit
from tests.store.test_search import Words
from tests.store.world import ACCOUNT, FOLDERS, NOW, World, message
from tui_mail.model.flags import Flag
from tui_mail.model.remote import RemoteFolder
from tui_mail.store.disk.rawfiles import RawFiles
from tui_mail.store.mirror.bodies import LARGEST_ROW
from tui_mail.store.mirror.results import NewBody

SIZE = 1000


def text(name: str) -> Words:
    return Words(f"word{name}", (f"file{name}.pdf",), f"Snippet {name}", 1)


def fill(world: World, folder: str, uids: list[int], size: int = SIZE) -> None:
    """Messages with bodies, each with a word of its own."""
    world.put(folder, [message(uid, name=f"m{uid}", size=size) for uid in uids])
    bodies = [NewBody(uid, bytes([uid % 256]) * size, text(str(uid))) for uid in uids]
    world.writer.put_bodies(world.folders[folder], 1, bodies)


def here(world: World, folder: str = "INBOX") -> list[int | None]:
    return sorted((item.uid for item in world.items(folder) if item.has_body), key=lambda uid: uid or 0)


def test_the_oldest_go_until_there_is_room(world: World) -> None:
    fill(world, "INBOX", list(range(1, 11)))
    assert world.writer.kept_bodies(ACCOUNT, 5000).octets == 10 * SIZE
    assert world.writer.evict(ACCOUNT, 3500) == 4 * SIZE
    assert here(world) == [5, 6, 7, 8, 9, 10]
    kept = world.writer.kept_bodies(ACCOUNT, 6000)
    assert kept.octets == 6 * SIZE
    received = {item.uid: item.received for item in world.items("INBOX")}
    assert kept.since == received[4] + 1
    assert [uid for _item, uid in world.writer.wants_bodies(world.folders["INBOX"], kept.since, 0, 100)] == []
    assert [uid for _item, uid in world.writer.wants_bodies(world.folders["INBOX"], 0, 0, 100)] == [4, 3, 2, 1]
    audit(world)


def test_what_was_learnt_of_a_body_stays(world: World) -> None:
    fill(world, "INBOX", [1, 2])
    item = world.by_uid("INBOX", 1)
    world.writer.put_rendered(item.id, "auto", b"rendering")
    assert world.writer.evict(ACCOUNT, 1) == SIZE
    after = world.by_uid("INBOX", 1)
    assert (after.has_body, after.attachments, after.snippet) == (False, 1, "Snippet 1")
    assert world.reader.raw(item.id) is None
    assert world.reader.rendered(item.id) is None
    for search in ("word1", "file:file1.pdf", "has:attachment word1"):
        assert [each.uid for each in world.items(search=search)] == [1], search


def test_fetched_again_it_is_indexed_once(world: World) -> None:
    fill(world, "INBOX", [1])
    rows = world.rows("SELECT search_row FROM content")
    assert world.writer.evict(ACCOUNT, SIZE) == SIZE
    fill_again = [NewBody(1, b"\1" * SIZE, text("1"))]
    assert world.writer.put_bodies(world.folders["INBOX"], 1, fill_again) == (world.by_uid("INBOX", 1).id,)
    assert world.rows("SELECT search_row FROM content") == rows
    assert [each.uid for each in world.items(search="word1")] == [1]
    assert world.reader.raw(world.by_uid("INBOX", 1).id) == b"\1" * SIZE
    audit(world)


def test_a_large_one_gives_its_file_back(world: World) -> None:
    fill(world, "INBOX", [1, 2], LARGEST_ROW + 1)
    names = RawFiles(world.home).names()
    for name in names:
        os.utime(world.home.raw_dir / name, (1, 1))
    world.writer.evict(ACCOUNT, 1)
    world.writer.tidy()
    (left,) = RawFiles(world.home).names()
    assert world.rows("SELECT file FROM content WHERE body = 2") == [(left,)]


def test_other_accounts_keep_theirs(world: World) -> None:
    fill(world, "INBOX", [1])
    assert world.writer.kept_bodies("elsewhere", 1).octets == 0  # type: ignore[arg-type]  # a plain name
    assert world.writer.evict("elsewhere", SIZE) == 0  # type: ignore[arg-type]  # likewise
    assert here(world) == [1]


def test_much_room_lets_older_ones_come_again(world: World) -> None:
    fill(world, "INBOX", [1, 2, 3, 4])
    world.writer.evict(ACCOUNT, 3 * SIZE)
    assert world.writer.kept_bodies(ACCOUNT, 2 * SIZE).since
    assert world.writer.kept_bodies(ACCOUNT, 2 * SIZE + 1).since == 0
    assert world.writer.kept_bodies(ACCOUNT, 2 * SIZE).since == 0


def test_what_may_not_go(world: World) -> None:
    """Each for its own reason, though it is the oldest."""
    fill(world, "INBOX", list(range(1, 9)))
    world.put("INBOX", flags=[(1, Flag.DRAFT)])
    world.gestures.archive([world.by_uid("INBOX", 2).id])  # an operation waits for it
    world.put("INBOX", vanished=[3])  # no longer on the server
    world.writer.fold()
    world.writer.put_folders(ACCOUNT, [RemoteFolder(each.name, each.name) for each in FOLDERS if each.path != "Lists"])
    world.gestures.append(
        world.folders["Trash"], [(b"Subject: only here\r\n\r\nx\r\n", Flag.NONE, (), 1000)], RawFiles(world.home)
    )
    world.writer.fold()
    while world.writer.evict(ACCOUNT, 100 * SIZE):
        pass
    assert here(world) == [1]
    (archived,) = world.items("Archive")
    assert archived.has_body
    assert world.rows(
        "SELECT count(*) FROM content c JOIN item i ON i.content = c.id WHERE i.gone_at IS NOT NULL AND c.body"
    ) == [(1,)]
    (added,) = world.items("Trash")
    assert (added.subject, added.has_body) == ("only here", True)


def test_what_lies_in_a_folder_that_is_missing_stays(world: World) -> None:
    fill(world, "Lists", [1])
    world.writer.put_folders(ACCOUNT, [each for each in FOLDERS if each.path != "Lists"])
    assert world.writer.evict(ACCOUNT, SIZE) == 0
    world.writer.put_folders(ACCOUNT, FOLDERS)
    assert world.writer.evict(ACCOUNT, SIZE) == SIZE


STEPS = st.lists(
    st.tuples(
        st.sampled_from(
            ["arrive", "copy", "vanish", "draft", "move", "confirm", "append", "evict", "hide", "show", "delete"]
        ),
        st.integers(1, 12),
        st.integers(1, 6 * SIZE),
    ),
    min_size=1,
    max_size=30,
)


@settings(max_examples=60, suppress_health_check=list(HealthCheck))
@given(STEPS)
def test_after_any_history_all_is_on_the_server_or_still_here(steps: list[tuple[str, int, int]]) -> None:
    directory = Path(tempfile.mkdtemp())
    world = World.make(directory)
    try:
        _live(world, steps)
    finally:
        world.close()
        shutil.rmtree(directory)


def _live(world: World, steps: list[tuple[str, int, int]]) -> None:
    raws: dict[int, bytes] = {}
    number = 100
    for step, uid, octets in steps:
        number += 1
        items = {item.uid: item.id for item in world.items("INBOX") if item.uid is not None}
        match step:
            case "arrive":
                fill(world, "INBOX", [number])
            case "copy":
                # Another client copied it: the same message at another place.
                known = {item.uid: item for item in world.items("INBOX")}
                for place, item in list(known.items())[:1]:
                    world.put("Lists", [message(number, name=f"m{place}", size=SIZE, received=item.received)])
            case "vanish" if items:
                world.put("INBOX", vanished=[sorted(items)[uid % len(items)]])
            case "draft" if items:
                world.put("INBOX", flags=[(sorted(items)[uid % len(items)], Flag.DRAFT)])
            case "move" if items:
                world.gestures.archive([items[sorted(items)[uid % len(items)]]])
            case "delete" if items:
                world.gestures.delete([items[sorted(items)[uid % len(items)]]])
            case "confirm":
                for operation in world.writer.next_operations(ACCOUNT):
                    if operation.items:
                        world.writer.start(operation, 1)
                        world.writer.confirm(operation, None, None)
            case "append":
                octets_of = f"Subject: only{number}\r\n\r\n{'x' * uid}\r\n".encode()
                world.gestures.append(
                    world.folders["Trash"], [(octets_of, Flag.NONE, (), NOW - number)], RawFiles(world.home)
                )
                world.writer.fold()
            case "hide":
                world.writer.put_folders(ACCOUNT, [each for each in FOLDERS if each.path != "INBOX"])
            case "show":
                world.writer.put_folders(ACCOUNT, FOLDERS)
            case "evict":
                _evict(world, octets)
        every = world.items("INBOX", "Archive", "Trash", "Lists")
        raws |= {item.id: raw for item in every if (raw := world.reader.raw(item.id)) is not None}
    world.writer.put_folders(ACCOUNT, FOLDERS)
    _fetch_again(world, raws)


def _bodies(world: World) -> dict[object, object]:
    return dict(world.rows("SELECT id, body FROM content"))  # type: ignore[arg-type]  # pairs


def _found(world: World) -> dict[str, list[int]]:
    return {word: sorted(world.ids(search=word)) for word in (f"word{number}" for number in range(101, 131))}


def _evict(world: World, octets: int) -> None:
    before, found = _bodies(world), _found(world)
    freed = world.writer.evict(ACCOUNT, octets)
    after = _bodies(world)
    gone = {content for content in before if before[content] and not after[content]}
    pending = world.writer._pending
    for content in gone:
        copies = world.rows(
            "SELECT i.id, i.server_uid, i.flags, f.name, f.missing_since, f.role FROM item i"
            " LEFT JOIN folder f ON f.id = i.server_folder WHERE i.content = ?",
            content,
        )
        assert any(uid is not None and name and missing is None for _id, uid, _flags, name, missing, _role in copies)
        assert not any(int(flags) & Flag.DRAFT for _id, _uid, flags, *_rest in copies)  # type: ignore[call-overload]
        assert not any(item in pending for item, *_rest in copies)
    assert _found(world) == found
    received: dict[object, int] = dict(world.rows("SELECT id, received FROM content"))  # type: ignore[arg-type]  # pairs
    if freed >= octets:
        again = world.writer.evict(ACCOUNT, 1)
        later = {content for content, body in _bodies(world).items() if after[content] and not body}
        assert bool(again) == bool(later)
        assert all(received[one] <= received[other] for one in gone for other in later), "the oldest go first"
    else:
        assert world.writer.evict(ACCOUNT, 1) == 0, "there was nothing more that may go"
    audit(world)


def _fetch_again(world: World, raws: dict[int, bytes]) -> None:
    """Every body that was here is here, or can be had from the server at the place that is known."""
    moved = [item for item in world.items("Archive") if item.uid is None]
    world.put(
        "Archive",
        [
            message(1000 + item.id, name=item.message_id.removesuffix("@x"), size=SIZE, received=item.received)
            for item in moved
            if world.rows("SELECT 1 FROM awaited WHERE item = ?", item.id)
        ],
    )
    for folder in ("INBOX", "Archive", "Lists"):
        wanted = world.writer.wants_bodies(world.folders[folder], 0, 0, 1000)
        fetched = [NewBody(uid, raws[item], text("again")) for item, uid in wanted if item in raws]
        world.writer.put_bodies(world.folders[folder], 1, fetched)
    for item in world.items("INBOX", "Archive", "Trash", "Lists"):
        if item.id in raws:
            assert world.reader.raw(item.id) == raws[item.id]
    audit(world)
