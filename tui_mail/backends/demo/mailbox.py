"""A small mail server in a directory: folders, messages, flags, UIDs and change numbers, kept in files.

``index.json`` names every folder and message; ``messages/HASH.eml`` holds the bytes, shared by copies. Every change
writes the bytes first and then the whole index anew, under another name that is renamed over the old one: a kill at
any moment leaves the state before the change or the one after it. One process at a time; the engine's lock sees to that.
Must not know what the messages say, nor that the caller is asynchronous.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias
from weakref import WeakValueDictionary

from tui_mail.model.errors import Gone, Refused, Unreachable
from tui_mail.model.flags import Flag
from tui_mail.model.mail import Role
from tui_mail.model.words import _

FORMAT = 1
"""Of index.json; another number is not read."""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A message to be put into a folder."""

    folder: str
    raw: bytes
    received: int
    """INTERNALDATE, seconds UTC."""
    flags: Flag = Flag.NONE
    keywords: tuple[str, ...] = ()


@dataclass(slots=True)
class Message:
    """One copy of a message in one folder."""

    uid: int
    flags: Flag
    keywords: tuple[str, ...]
    """Sorted."""
    received: int
    size: int
    file: str
    """Name under messages/, without its suffix: a hash of the bytes."""
    modseq: int
    origin: tuple[int, int] = (0, 0)
    """UIDVALIDITY and UID it was copied or moved from, so that a repeated move finds what the first one did."""


@dataclass(slots=True)
class Box:
    """One folder."""

    name: str
    role: Role | None
    uidvalidity: int
    subscribed: bool = True
    uidnext: int = 1
    modseq: int = 0
    """The number of the last change in this folder; numbers grow over the whole mailbox."""
    messages: dict[int, Message] = field(default_factory=dict)
    """By UID, ascending."""


Start: TypeAlias = Callable[[], tuple[Sequence[tuple[str, Role | None]], Iterable[Delivery]]]
"""Folders, and the messages that a new mailbox begins with."""


class Mailbox:
    """The files under ``directory``; ``start`` says which folders and messages a new one begins with.

    Raises Unreachable when the files cannot be read or written, Gone for a folder or UIDVALIDITY that is not there,
    Refused for what no server would do. After an error the state is the one on disk.
    """

    def __init__(self, directory: Path, start: Start) -> None:
        self._directory = directory
        self._bytes = directory / "messages"
        self._index = directory / "index.json"
        self._start = start
        self._uidvalidity = 0
        self._modseq = 0
        self.boxes: dict[str, Box] = {}
        self.listeners: set[Callable[[], None]] = set()
        """Called after every change."""

    def open(self) -> None:
        """Read the index, or fill a new mailbox; bytes that no message names any more are removed.

        Open already: nothing, unless somebody removed the files.
        """
        if self.boxes and self._index.exists():
            return
        try:
            self._bytes.mkdir(mode=0o700, parents=True, exist_ok=True)
            if self._index.exists():
                self._load()
            else:
                self._fill()
            self._sweep()
        except OSError as error:
            raise self._trouble(error) from error

    def box(self, name: str, uidvalidity: int | None = None) -> Box:
        """The folder called ``name``, checked against ``uidvalidity`` where one is given. Raises Gone."""
        box = self.boxes.get(name)
        if box is None:
            raise Gone(_("There is no folder {name} any more.").format(name=name))
        if uidvalidity is not None and uidvalidity != box.uidvalidity:
            raise Gone(_("The folder {name} was made anew since.").format(name=name))
        return box

    def read(self, message: Message) -> bytes:
        """The exact bytes."""
        try:
            return self._path(message.file).read_bytes()
        except FileNotFoundError as error:
            raise Gone(_("The message is not there any more.")) from error
        except OSError as error:
            raise self._trouble(error) from error

    def add(self, delivery: Delivery) -> Message:
        """Put a message into its folder."""
        with self._change():
            return self._insert(self.box(delivery.folder), delivery)

    def set_flags(
        self, box: Box, uids: Iterable[int], add: Flag, remove: Flag, more: Sequence[str], less: Sequence[str]
    ) -> None:
        """Add and remove flags and keywords (compared without case) of messages that are there."""
        dropped = {keyword.lower() for keyword in less}
        with self._change():
            for uid in uids:
                message = box.messages[uid]
                flags = (message.flags | add) & ~remove
                kept = {word.lower(): word for word in message.keywords if word.lower() not in dropped}
                for word in more:
                    kept.setdefault(word.lower(), word)
                keywords = tuple(sorted(kept.values()))
                if (flags, keywords) != (message.flags, message.keywords):
                    message.flags, message.keywords = flags, keywords
                    message.modseq = self._touch(box)

    def copy(self, box: Box, uids: Iterable[int], target: Box, *, move: bool) -> dict[int, int]:
        """Copy or move messages that are there; returns source UID to UID in the target."""
        places = {}
        with self._change():
            for uid in uids:
                message = box.messages[uid]
                copied = Message(
                    target.uidnext,
                    message.flags,
                    message.keywords,
                    message.received,
                    message.size,
                    message.file,
                    self._touch(target),
                    (box.uidvalidity, uid),
                )
                target.uidnext += 1
                target.messages[copied.uid] = copied
                places[uid] = copied.uid
                if move:
                    del box.messages[uid]
                    self._touch(box)
        return places

    def expunge(self, box: Box, uids: Iterable[int]) -> None:
        """Remove messages that are there, for ever."""
        with self._change():
            files = {box.messages.pop(uid).file for uid in uids}
            if files:
                self._touch(box)
        self._forget(files)

    def create(self, name: str, role: Role | None) -> Box:
        """A new folder; one that is there already stays as it is, and takes the role if it has none."""
        with self._change():
            if not name or not all(name.split("/")):
                raise Refused(_("A folder needs a name, without empty levels."))
            box = self.boxes.get(name)
            if box is None:
                self._uidvalidity += 1
                box = self.boxes[name] = Box(name, None, self._uidvalidity)
            if role is not None and box.role is None and all(other.role != role for other in self.boxes.values()):
                box.role = role
        return box

    def rename(self, old: str, new: str) -> None:
        """Rename a folder and what stands below it; done already is no error."""
        with self._change():
            if old == "INBOX":
                raise Refused(_("The inbox cannot be renamed."))
            moved = {name: new + name[len(old) :] for name in self.boxes if name == old or name.startswith(old + "/")}
            if not moved and new in self.boxes:
                return
            if not moved:
                raise Gone(_("There is no folder {name} any more.").format(name=old))
            if not all(new.split("/")) or new.startswith(old + "/") or self.boxes.keys() & set(moved.values()):
                raise Refused(_("A folder {name} exists already, or cannot exist.").format(name=new))
            boxes = {moved.get(name, name): box for name, box in self.boxes.items()}
            for name, box in boxes.items():
                box.name = name
            self.boxes = boxes

    def delete(self, name: str) -> None:
        """Delete a folder with its messages, not those below it; one that is not there is no error."""
        with self._change():
            if name == "INBOX":
                raise Refused(_("The inbox cannot be deleted."))
            box = self.boxes.pop(name, None)
        if box is not None:
            self._forget({message.file for message in box.messages.values()})

    def subscribe(self, name: str, subscribed: bool) -> Box:
        """Set or clear the subscription."""
        with self._change():
            box = self.box(name)
            box.subscribed = subscribed
        return box

    # What follows touches the files.

    @contextlib.contextmanager
    def _change(self) -> Iterator[None]:
        """Save what the block did, or bring back what is on disk."""
        try:
            yield
            self._save()
        except OSError as error:
            self._load()
            raise self._trouble(error) from error
        except BaseException:
            self._load()
            raise
        for listener in list(self.listeners):
            listener()

    def _touch(self, box: Box) -> int:
        self._modseq += 1
        box.modseq = self._modseq
        return box.modseq

    def _insert(self, box: Box, delivery: Delivery, *, durable: bool = True) -> Message:
        file = hashlib.sha256(delivery.raw).hexdigest()[:32]
        path = self._path(file)
        if not path.exists():
            write_whole(path, delivery.raw, durable=durable)
        message = Message(
            box.uidnext,
            delivery.flags,
            tuple(sorted(set(delivery.keywords))),
            delivery.received,
            len(delivery.raw),
            file,
            self._touch(box),
        )
        box.uidnext += 1
        box.messages[message.uid] = message
        return message

    def _fill(self) -> None:
        self.boxes = {}
        folders, deliveries = self._start()
        for name, role in folders:
            self._uidvalidity += 1
            self.boxes[name] = Box(name, role, self._uidvalidity)
        for delivery in deliveries:
            # What the program can make again at any time is not worth a few hundred calls of fsync.
            self._insert(self.boxes[delivery.folder], delivery, durable=False)
        self._save()

    def _save(self) -> None:
        folders = [
            {
                "name": box.name,
                "role": box.role,
                "uidvalidity": box.uidvalidity,
                "subscribed": box.subscribed,
                "uidnext": box.uidnext,
                "modseq": box.modseq,
                "messages": [
                    [m.uid, int(m.flags), m.keywords, m.received, m.size, m.file, m.modseq, m.origin]
                    for m in box.messages.values()
                ],
            }
            for box in self.boxes.values()
        ]
        index = {"format": FORMAT, "uidvalidity": self._uidvalidity, "modseq": self._modseq, "folders": folders}
        write_whole(self._index, json.dumps(index, separators=(",", ":")).encode(), durable=True)

    def _load(self) -> None:
        try:
            index = json.loads(self._index.read_bytes())
            if index["format"] != FORMAT:
                raise ValueError
            boxes = {}
            for entry in index["folders"]:
                box = Box(
                    entry["name"],
                    None if entry["role"] is None else Role(entry["role"]),
                    entry["uidvalidity"],
                    entry["subscribed"],
                    entry["uidnext"],
                    entry["modseq"],
                )
                for uid, flags, keywords, received, size, file, modseq, origin in entry["messages"]:
                    box.messages[uid] = Message(
                        uid, Flag(flags), tuple(keywords), received, size, file, modseq, (origin[0], origin[1])
                    )
                boxes[box.name] = box
        except (ValueError, KeyError, TypeError, IndexError) as error:
            raise Unreachable(
                _("The practice mailbox {path} cannot be read; remove it to start a new one.").format(path=self._index)
            ) from error
        self.boxes, self._uidvalidity, self._modseq = boxes, index["uidvalidity"], index["modseq"]

    def _sweep(self) -> None:
        """Remove what a kill left behind."""
        _fresh(self._index).unlink(missing_ok=True)
        used = {f"{message.file}.eml" for box in self.boxes.values() for message in box.messages.values()}
        for entry in os.scandir(self._bytes):
            if entry.name not in used:
                Path(entry.path).unlink(missing_ok=True)

    def _forget(self, files: set[str]) -> None:
        used = {message.file for box in self.boxes.values() for message in box.messages.values()}
        for file in files - used:
            with contextlib.suppress(OSError):  # the sweep of the next start tries again
                self._path(file).unlink()

    def _path(self, file: str) -> Path:
        return self._bytes / f"{file}.eml"

    def _trouble(self, error: OSError) -> Unreachable:
        return Unreachable(
            _("The practice mailbox under {path} cannot be used: {reason}.").format(
                path=self._directory, reason=error.strerror or type(error).__name__
            )
        )


_open: WeakValueDictionary[Path, Mailbox] = WeakValueDictionary()


def shared(directory: Path, start: Start) -> Mailbox:
    """The mailbox of this directory: one object for everybody in this process, so that all see every change."""
    mailbox = _open.get(directory)
    if mailbox is None:
        mailbox = _open[directory] = Mailbox(directory, start)
    return mailbox


def write_whole(path: Path, data: bytes, *, durable: bool) -> None:
    """Write ``data`` so that ``path`` is the old file or the whole new one, and after return the new one.

    ``durable`` outlives a power cut as well, not only the end of the process.
    """
    fresh = _fresh(path)
    with fresh.open("wb") as stream:
        os.fchmod(stream.fileno(), 0o600)
        stream.write(data)
        if durable:
            stream.flush()
            os.fsync(stream.fileno())
    fresh.replace(path)


def _fresh(path: Path) -> Path:
    return path.with_name(path.name + ".new")
