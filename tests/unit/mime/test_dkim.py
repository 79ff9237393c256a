"""DKIM checked here: signed by the library itself, with a key of this run, and no name server."""

from __future__ import annotations

import base64
import subprocess
import sys
from pathlib import Path

import dkim
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_mail.mime import dkim as ours
from tui_mail.mime.dkim import best, verify

MESSAGE = b"From: Grace <grace@example.org>\r\nTo: me@example.org\r\nSubject: x\r\nList-Unsubscribe: <https://example.org/u>\r\n\r\nwords\r\n"


class Key:
    """A key pair, and the record a name server would give."""

    def __init__(self, directory: Path, bits: int) -> None:
        path = directory / f"{bits}.pem"
        subprocess.run(
            ["openssl", "genrsa", "-traditional", "-out", str(path), str(bits)], check=True, capture_output=True
        )
        public = subprocess.run(
            ["openssl", "rsa", "-in", str(path), "-pubout", "-outform", "DER"], check=True, capture_output=True
        )
        self.private = path.read_bytes()
        self.record = b"v=DKIM1; k=rsa; p=" + base64.b64encode(public.stdout)
        self.asked: list[str] = []

    def resolve(self, name: str) -> bytes | None:
        self.asked.append(name)
        return self.record

    def sign(self, message: bytes = MESSAGE, domain: bytes = b"example.org", **options: object) -> bytes:
        return bytes(dkim.sign(message, b"sel", domain, self.private, **options)) + message


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Key:
    return Key(tmp_path_factory.mktemp("keys"), 2048)


def result(raw: bytes, key: Key, domain: str = "example.org") -> tuple[str, bool]:
    (found,) = verify(raw, key.resolve, domain)
    return found.result, found.aligned


def test_a_good_signature(key: Key) -> None:
    raw = key.sign(include_headers=[b"from", b"subject", b"list-unsubscribe"])
    (found,) = verify(raw, key.resolve, "mail.example.org")
    assert (found.result, found.domain, found.selector, found.aligned, found.partial) == (
        "pass",
        "example.org",
        "sel",
        True,
        False,
    )
    assert found.covered == {"from", "subject", "list-unsubscribe"}
    assert key.asked[-1] == "sel._domainkey.example.org"
    assert result(raw.replace(b"\r\n", b"\n"), key) == ("pass", True)


def test_changes_break_it(key: Key) -> None:
    raw = key.sign()
    assert result(raw.replace(b"words", b"other"), key)[0] == "fail"
    assert result(raw.replace(b"Subject: x", b"Subject: y"), key)[0] == "fail"
    assert result(b"From: evil@evil.example\r\n" + raw, key)[0] == "fail"


def test_of_another_domain(key: Key) -> None:
    assert result(key.sign(domain=b"mailer.example"), key) == ("pass", False)
    assert result(key.sign(domain=b"mailer.example"), key, "") == ("pass", False)


def test_a_signature_over_the_beginning_alone_says_so(key: Key) -> None:
    raw = key.sign(length=True)
    (found,) = verify(raw + b"more below\r\n", key.resolve, "example.org")
    assert (found.result, found.partial) == ("pass", True)


def test_no_answer_no_key_and_weak_keys(key: Key, tmp_path: Path) -> None:
    raw = key.sign()

    def silent(_name: str) -> bytes | None:
        raise TimeoutError

    assert verify(raw, silent)[0].result == "temperror"
    assert verify(raw, lambda _name: None)[0].result == "permerror"
    assert verify(raw, lambda _name: b"v=DKIM1; p=")[0].result == "permerror"
    assert verify(raw, lambda _name: b"v=DKIM1; p=" + b"A" * 100_000)[0].result == "permerror"
    weak = Key(tmp_path, 512)
    assert verify(weak.sign(), weak.resolve)[0].result == "policy"
    assert verify(key.sign(signature_algorithm=b"rsa-sha1"), key.resolve)[0].result == "policy"


def test_several(key: Key) -> None:
    raw = key.sign()
    twice = bytes(dkim.sign(raw, b"two", b"mailer.example", key.private)) + raw
    found = verify(twice.replace(b"words", b"words"), key.resolve, "example.org")
    assert [(one.result, one.domain) for one in found] == [("pass", "mailer.example"), ("pass", "example.org")]
    chosen = best(found)
    assert chosen is not None
    assert chosen.domain == "example.org"
    assert verify(MESSAGE, key.resolve) == ()
    assert best(()) is None
    many = b"".join(b"DKIM-Signature: v=1\r\n" for _number in range(50)) + MESSAGE
    assert len(verify(many, key.resolve)) == ours.MAX_SIGNATURES


@given(
    st.one_of(st.binary(max_size=80), st.text("vabhdslctx=1;: /rsa-sha256", max_size=80).map(str.encode)),
    st.binary(max_size=40),
)
def test_no_field_and_no_record_raises(value: bytes, record: bytes) -> None:
    raw = b"DKIM-Signature: v=1; a=rsa-sha256; d=example.org; s=s; h=from; bh=AAAA; b=AAAA;" + value + b"\r\n" + MESSAGE
    for found in verify(raw, lambda _name: record):
        assert found.result in {"fail", "permerror", "policy", "temperror"}


def test_without_the_library(key: Key, monkeypatch: pytest.MonkeyPatch) -> None:
    raw = key.sign()
    monkeypatch.setitem(sys.modules, "dkim", None)
    assert verify(raw, key.resolve)[0].result == "unavailable"
