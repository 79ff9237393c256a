"""The catalogue: every request and every event, as they go over the socket, one JSON object a line.

A request carries an ``id`` chosen by the client and ends in exactly one ``Done`` of that id. Events carry none.
The first line each way is ``Hello``.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field, fields
from typing import Any, ClassVar

PROTOCOL = 1
"""Grows when a message changes its meaning; both sides must be equal."""


@dataclass(frozen=True, slots=True)
class Message:
    """Base of the catalogue; ``name`` is the ``type`` on the wire."""

    name: ClassVar[str] = ""


@dataclass(frozen=True, slots=True)
class Hello(Message):
    """Who is there: program version, protocol, process id."""

    name: ClassVar[str] = "hello"
    version: str
    protocol: int = PROTOCOL
    pid: int = 0


@dataclass(frozen=True, slots=True)
class Request(Message):
    """Something asked of the engine."""

    id: int


@dataclass(frozen=True, slots=True)
class Wake(Request):
    """There are new rows in the journal: fold them and carry them out."""

    name: ClassVar[str] = "wake"


@dataclass(frozen=True, slots=True)
class WaitOperations(Request):
    """Done when none of these operations is queued, running or to be retried any more; fails if one failed."""

    name: ClassVar[str] = "wait-operations"
    operations: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class WaitOutbox(Request):
    """Done when each of these messages has been tried: accepted, refused, of unknown outcome, or to be tried again.

    One still held is waited for. What follows an acceptance (the copy in Sent) is seen to before.
    """

    name: ClassVar[str] = "wait-outbox"
    messages: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Sync(Request):
    """A round over one account or all ("" is all), one folder by path or all. Done.result: the JSON of `sync`.

    Of one folder: ``anew`` reads all of it again, ``older`` brings what was left on the server by its age: "more" the
    next stretch, "all" everything.
    """

    name: ClassVar[str] = "sync"
    account: str = ""
    folder: str = ""
    bodies: str = ""
    anew: bool = False
    older: str = ""


@dataclass(frozen=True, slots=True)
class Fetch(Request):
    """Bring the body of an item into the store, before anything else; with ``part`` only that, where the rest of the item
    need not be here. Cancelled, a part is given up.
    """

    name: ClassVar[str] = "fetch"
    item: int = 0
    part: str = ""
    rest: bool = False
    """Also where only the header is here because the message is larger than the account wants (POP3)."""


@dataclass(frozen=True, slots=True)
class Render(Request):
    """Render an item into the cache of the store, if it is not there. What is needed to read it is fetched: of a large
    message not all of its parts.
    """

    name: ClassVar[str] = "render"
    item: int = 0
    prefer: str = ""


@dataclass(frozen=True, slots=True)
class CheckSignature(Request):
    """Check the DKIM signatures of an item, which asks name servers. Done.result: ``signatures``, each as
    ``mime.signatures.as_table`` makes it.
    """

    name: ClassVar[str] = "check-signature"
    item: int = 0


@dataclass(frozen=True, slots=True)
class WaysOut(Request):
    """How the mailing list of an item can be left, best way first; may ask name servers whether the item is signed.

    Done.result: ``list`` (its name, see ``mime.lists.list_key``), ``ways`` (each with kind, target, body, subject, host).
    """

    name: ClassVar[str] = "ways-out"
    item: int = 0


@dataclass(frozen=True, slots=True)
class Unsubscribe(Request):
    """Leave the mailing list of an item by one click (RFC 8058), at ``target``, which the person has confirmed."""

    name: ClassVar[str] = "unsubscribe"
    item: int = 0
    target: str = ""


@dataclass(frozen=True, slots=True)
class Pictures(Request):
    """Fetch the pictures of an item that lie on other machines into the directory ``folder``, once.

    "" for ``folder`` fetches nothing. Done.result: ``hosts``, ``count``; ``saved`` (paths), ``trouble`` (sentences).
    """

    name: ClassVar[str] = "pictures"
    item: int = 0
    folder: str = ""


@dataclass(frozen=True, slots=True)
class Search(Request):
    """Let the server of an account search its folders for each of ``texts``. Done.result: ``found``, for each text in
    turn the numbers of items in the store, at most 5,000.
    """

    name: ClassVar[str] = "search"
    account: str = ""
    texts: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Cancel(Request):
    """Stop the request with the id ``target``; that one ends in Done(ok=False, kind="cancelled")."""

    name: ClassVar[str] = "cancel"
    target: int = 0


@dataclass(frozen=True, slots=True)
class Watch(Request):
    """What this client has on screen: fetch its bodies and poll its folder first."""

    name: ClassVar[str] = "watch"
    folder: int = 0
    items: list[int] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class TryAccount(Request):
    """Try every login of an account that is not saved yet. ``account`` is the table of its file; ``secret`` is shown
    to no log.
    """

    name: ClassVar[str] = "try-account"
    account: dict[str, Any] = field(default_factory=dict)
    secret: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class SaveAccount(Request):
    """Save an account and its secret, and start it. ``where`` is keyring, file or "" (a command gives the secret)."""

    name: ClassVar[str] = "save-account"
    account: dict[str, Any] = field(default_factory=dict)
    secret: str = field(default="", repr=False)
    where: str = ""


@dataclass(frozen=True, slots=True)
class RenameAccount(Request):
    """Call an account ``to`` from now on, everywhere."""

    name: ClassVar[str] = "rename-account"
    account: str = ""
    to: str = ""


@dataclass(frozen=True, slots=True)
class Reload(Request):
    """Configuration or accounts changed on disk."""

    name: ClassVar[str] = "reload"


@dataclass(frozen=True, slots=True)
class Status(Request):
    """Done.result: the JSON of `status`."""

    name: ClassVar[str] = "status"


@dataclass(frozen=True, slots=True)
class Stop(Request):
    """End the engine in good order."""

    name: ClassVar[str] = "stop"


@dataclass(frozen=True, slots=True)
class Done(Message):
    """The end of a request. ``kind`` and ``text`` are those of the error when ``ok`` is false."""

    name: ClassVar[str] = "done"
    id: int
    ok: bool = True
    kind: str = ""
    text: str = ""
    result: dict[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Changed(Message):
    """Rows of mail.db up to ``rev`` are committed. ``folders`` are those touched (empty: the list of folders itself,
    or accounts).
    """

    name: ClassVar[str] = "changed"
    rev: int
    folders: list[int] = field(default_factory=list)
    new_mail: int = 0


@dataclass(frozen=True, slots=True)
class Begun(Message):
    """The store has the beginning of a rendering that somebody asked for (``Render``); the whole of it follows."""

    name: ClassVar[str] = "begun"
    item: int
    prefer: str


@dataclass(frozen=True, slots=True)
class Progress(Message):
    """How far a long piece of work is. ``total`` 0: not known."""

    name: ClassVar[str] = "progress"
    account: str
    folder: int
    what: str
    """headers, bodies, messages (fetched from a POP3 server, of no folder), or message: octets of one that a person waits
    for, ``done`` equal to ``total`` at its end.
    """
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class State(Message):
    """An account's connection: offline, connecting, syncing, online, sign-in, error.

    ``kind`` is that of the error it came to (``model.errors``), where there was one.
    """

    name: ClassVar[str] = "state"
    account: str
    state: str
    text: str = ""
    retry_at: float = 0.0
    kind: str = ""


@dataclass(frozen=True, slots=True)
class Fetching(Message):
    """Whether old mail and bodies are fetched by themselves, when that changed."""

    name: ClassVar[str] = "fetching"
    paused: bool


@dataclass(frozen=True, slots=True)
class Trouble(Message):
    """Something a person should know: an operation refused, a conflict."""

    name: ClassVar[str] = "trouble"
    account: str
    kind: str
    text: str
    operation: int = 0


@dataclass(frozen=True, slots=True)
class Alert(Message):
    """The server's own [ALERT] (RFC 9051, 7.1), unfiltered: make it safe before showing."""

    name: ClassVar[str] = "alert"
    account: str
    text: str


REQUESTS: tuple[type[Request], ...] = (
    Wake,
    WaitOperations,
    WaitOutbox,
    Sync,
    Fetch,
    Render,
    CheckSignature,
    WaysOut,
    Unsubscribe,
    Pictures,
    Search,
    Cancel,
    Watch,
    TryAccount,
    SaveAccount,
    RenameAccount,
    Reload,
    Status,
    Stop,
)
EVENTS: tuple[type[Message], ...] = (Changed, Begun, Progress, State, Fetching, Trouble, Alert)
_CATALOGUE: tuple[type[Message], ...] = (Hello, Done, *REQUESTS, *EVENTS)
_BY_NAME: dict[str, type[Message]] = {cls.name: cls for cls in _CATALOGUE}


def encode(message: Message) -> bytes:
    """One line, with its line end."""
    return json.dumps({"type": message.name, **asdict(message)}, separators=(",", ":")).encode() + b"\n"


def decode(line: bytes) -> Message:
    """The message of one line. Raises ValueError on anything that is not one; unknown fields are ignored."""
    data = json.loads(line)
    if not isinstance(data, dict):
        raise ValueError("a message is a JSON object")
    cls = _BY_NAME.get(str(data.get("type")))
    if cls is None:
        raise ValueError(f"unknown message {data.get('type')!r}")
    known = {f.name for f in fields(cls)}
    try:
        return cls(**{key: value for key, value in data.items() if key in known})
    except TypeError as error:
        raise ValueError(str(error)) from error
