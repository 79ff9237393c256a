"""An independent look at an IMAP mailbox: the standard library's client, nothing of ours."""

from __future__ import annotations

import contextlib
import imaplib
import re
import ssl
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from tests.fakes.messages import Made


@dataclass(frozen=True, slots=True)
class Login:
    """Where a mailbox is and who reads it."""

    host: str
    port: int
    user: str
    password: str
    ca_file: Path


@contextlib.contextmanager
def signed_in(login: Login) -> Iterator[imaplib.IMAP4_SSL]:
    context = ssl.create_default_context(cafile=str(login.ca_file))
    client = imaplib.IMAP4_SSL(login.host, login.port, ssl_context=context, timeout=30)
    try:
        client.login(login.user, login.password)
        yield client
    finally:
        client.logout()


def fill(login: Login, messages: list[Made], folder: str = "INBOX") -> None:
    """Put messages into a folder, with their dates and seen or not, by pipelined non-synchronising literals."""
    with signed_in(login) as client:
        for start in range(0, len(messages), 200):
            batch = messages[start : start + 200]
            for number, made in enumerate(batch):
                flags = r"(\Seen)" if made.seen else "()"
                when = imaplib.Time2Internaldate(made.received)
                client.send(f"f{number} APPEND {folder} {flags} {when} {{{len(made.raw)}+}}\r\n".encode())
                client.send(made.raw + b"\r\n")
            for number in range(len(batch)):
                while not (line := client.readline()).startswith(f"f{number} ".encode()):
                    assert line, "the server went away"
                assert b" OK " in line, line


def message_ids(login: Login, folder: str) -> dict[str, set[str]]:
    """Message-ID to flags, for every message of a folder; copies would show as ``ID (2)``."""
    found: dict[str, set[str]] = {}
    with signed_in(login) as client:
        status, _ = client.select(f'"{folder}"', readonly=True)
        if status != "OK":
            return found
        _, data = client.uid("FETCH", "1:*", "(FLAGS BODY.PEEK[HEADER.FIELDS (MESSAGE-ID)])")
        for part in data:
            if not isinstance(part, tuple):
                continue
            flags = re.search(rb"FLAGS \(([^)]*)\)", part[0])
            assert flags
            name = part[1].decode().partition(":")[2].strip()
            while name in found:
                name += " (2)"
            found[name] = set(flags[1].decode().split())
    return found
