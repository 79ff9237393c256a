"""Which file system a directory is on, by a table of mounts, and which cannot hold a home."""

from pathlib import Path

import pytest

from tui_mail.config import disk
from tui_mail.config.paths import Home
from tui_mail.model.errors import StoreError

LOCAL = "overlay / overlay rw 0 0\nproc /proc proc rw 0 0\n"


def mounts(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, *lines: str) -> None:
    table = tmp_path / "mounts"
    table.write_text(LOCAL + "".join(f"{line}\n" for line in lines))
    monkeypatch.setattr(disk, "MOUNTS", table)


def test_the_nearest_mount_counts_and_of_two_at_one_place_the_later(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    shared = tmp_path / "sha red"
    (shared / "deep").mkdir(parents=True)
    name = str(shared).replace(" ", "\\040")
    mounts(monkeypatch, tmp_path, f"server:/x {name} nfs4 rw,vers=4.2 0 0")
    assert disk.file_system(shared / "deep" / "not there yet") == "nfs4"
    assert disk.file_system(tmp_path) == "overlay"
    assert disk.file_system(shared.with_name("sha red too")) == "overlay"
    mounts(monkeypatch, tmp_path, f"server:/x {name} nfs4 rw 0 0", f"/dev/sdb1 {name} ext4 rw 0 0")
    assert disk.file_system(shared) == "ext4"


def test_a_link_leads_to_where_it_leads(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "there").mkdir()
    (tmp_path / "here").symlink_to(tmp_path / "there")
    mounts(monkeypatch, tmp_path, f"me@host:/ {tmp_path}/there fuse.sshfs rw 0 0")
    assert disk.file_system(tmp_path / "here" / "data") == "fuse.sshfs"


def test_without_a_table_nothing_is_told(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(disk, "MOUNTS", tmp_path / "none")
    assert disk.file_system(tmp_path) == ""
    disk.refuse_network(tmp_path)


@pytest.mark.parametrize("kind", ["nfs", "nfs4", "cifs", "smb3", "fuse.sshfs"])
def test_a_home_on_another_machine_is_not_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str) -> None:
    place = tmp_path / "place"
    place.mkdir()
    mounts(monkeypatch, tmp_path, f"x {place} {kind} rw 0 0")
    with pytest.raises(StoreError, match="network file system"):
        Home.find(str(place / "home"), {}).create()
    assert list(place.iterdir()) == []


@pytest.mark.parametrize("kind", ["ext4", "btrfs", "xfs", "tmpfs", "9p", "fuse.gocryptfs"])
def test_others_are_left_to_be_tried(monkeypatch: pytest.MonkeyPatch, tmp_path: Path, kind: str) -> None:
    mounts(monkeypatch, tmp_path, f"x {tmp_path} {kind} rw 0 0")
    Home.find(str(tmp_path / "home"), {}).create()
