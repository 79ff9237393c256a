"""A large message on a real server, read by an engine of its own process: little comes, and what comes is exact."""

from __future__ import annotations

import base64
import random
from collections.abc import Iterator

import pytest

from tests.e2e.independent import Login, signed_in
from tests.unit.link.homes import short_home
from tui_mail.config.accountfiles import save_account
from tui_mail.config.accounts import from_table
from tui_mail.config.paths import Home
from tui_mail.engine.secrets import Secrets
from tui_mail.link.call import call
from tui_mail.link.messages import Fetch, Render, Sync
from tui_mail.link.start import ensure_engine, stop_engine
from tui_mail.mime.outline import with_part
from tui_mail.mime.rendered import from_bytes
from tui_mail.mime.structure import parse, part_bytes
from tui_mail.model.ids import AccountName
from tui_mail.store.reader import Reader
from tui_mail.store.reading.query import ListQuery

pytestmark = pytest.mark.dovecot

FILM = random.Random(1).randbytes(3_000_000)
RAW = (
    b"From: Ada <ada@example.org>\r\nSubject: The film\r\nMessage-ID: <film@example.org>\r\nMIME-Version: 1.0\r\n"
    b'Content-Type: multipart/mixed; boundary="b"\r\n\r\n--b\r\nContent-Type: text/plain; charset=iso-8859-1\r\n'
    b"Content-Transfer-Encoding: quoted-printable\r\n\r\nGr=FC=DFe\r\n--b\r\nContent-Type: video/mp4\r\n"
    b"Content-Transfer-Encoding: base64\r\nContent-Disposition: attachment; filename*=utf-8''F%C3%BClm.mp4\r\n\r\n"
    + base64.encodebytes(FILM).replace(b"\n", b"\r\n")
    + b"--b--\r\n"
)


@pytest.fixture
def home(imap_login: Login) -> Iterator[Home]:
    server = {"host": imap_login.host, "port": imap_login.port, "security": "tls", "ca_file": str(imap_login.ca_file)}
    table = {"name": "work", "email": "work@example.org", "user": imap_login.user, "password": "file", "imap": server}
    with short_home() as made:
        save_account(made, from_table(table))
        Secrets(made).save(AccountName("work"), imap_login.password, "file")
        yield made
        stop_engine(made)


def test_reading_it_brings_its_text_and_then_the_file_that_is_wanted(home: Home, imap_login: Login) -> None:
    with signed_in(imap_login) as client:
        client.append("INBOX", "", "", RAW)
    ensure_engine(home, wait=True)
    assert call(home, Sync(id=1)).ok
    reader = Reader(home)
    try:
        (item,) = reader.list_items(ListQuery(folders=tuple(folder.id for folder in reader.folders())), 10)
        assert call(home, Render(id=2, item=item.id)).ok
        rendered = from_bytes(reader.rendered(item.id) or b"")
        assert rendered is not None
        assert rendered.text == "Grüße"
        assert [(part.name, part.type) for part in rendered.parts if part.is_attachment] == [("Fülm.mp4", "video/mp4")]
        assert abs(rendered.parts[1].size - len(FILM)) < 10
        outline = reader.outline(item.id)
        assert outline is not None
        assert (outline.absent, len(outline.raw) < 1000) == (["2"], True)
        assert call(home, Fetch(id=3, item=item.id, part="2")).ok
        body = reader.part(item.id, "2")
        assert body is not None
        assert part_bytes(parse(with_part(outline.raw, "2", body)), "2") == FILM
        assert call(home, Fetch(id=4, item=item.id)).ok
        assert reader.raw(item.id) == RAW
        assert reader.outline(item.id) is None
    finally:
        reader.close()
    with signed_in(imap_login) as client:
        client.select("INBOX", readonly=True)
        _status, data = client.uid("SEARCH", "UNSEEN")
        assert data == [b"1"]
