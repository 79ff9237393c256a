"""What is asked of the web on behalf of a message: https, public, bounded, and nothing that tells who asks."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.fakes.web import NAME, WebServer, page, web_server
from tui_mail.backends.public import Reach, addresses_of, is_public
from tui_mail.backends.web import Limits, fetch
from tui_mail.model.errors import CertificateRefused, Refused, Stalled, TuiMailError, Unreachable


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    with web_server(tmp_path_factory.mktemp("web"), "other.example.org") as server:
        yield server


@pytest.fixture
def web(shared: WebServer) -> WebServer:
    shared.pages.clear()
    shared.asked.clear()
    shared.connections = 0
    return shared


PRIVATE = [
    "127.0.0.1", "127.8.8.8", "10.1.2.3", "172.16.0.1", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",
    "224.0.0.1", "239.1.1.1", "255.255.255.255", "192.0.2.1", "198.18.0.1", "240.0.0.1", "::1", "::", "fe80::1", "fe80::1%eth0",
    "fc00::1", "fd12::1", "ff02::1", "2001:db8::1", "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::7f00:1",
    "64:ff9b::10.0.0.1", "2002:7f00:1::", "2002:a00:1::", "::127.0.0.1", "localhost", "", "1", "0x7f.1",
]  # fmt: skip


@pytest.mark.parametrize("address", PRIVATE)
def test_addresses_inside_somebodys_network_are_none_to_go_to(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize(
    "address", ["93.184.216.34", "2606:2800:220:1::1", "::ffff:93.184.216.34", "64:ff9b::5db8:d822"]
)
def test_public_addresses_are(address: str) -> None:
    assert is_public(address)


@given(st.text(max_size=50))
def test_judging_never_raises(text: str) -> None:
    is_public(text)


def test_a_name_that_leads_inside_is_refused_before_anything_is_sent(web: WebServer) -> None:
    """A name such as 127.0.0.1.nip.io, and one whose answers mix both."""
    for found in (["127.0.0.1"], ["93.184.216.34", "127.0.0.1"], ["::ffff:127.0.0.1"]):
        reach = web.reach(names={NAME: found}, allowed=is_public)
        with pytest.raises(Refused, match="not public"):
            fetch(web.url("/"), reach=reach)
    assert web.connections == 0


def test_a_name_that_is_nowhere() -> None:
    def lost(_host: str, _port: int) -> list[str]:
        raise OSError

    with pytest.raises(Unreachable, match="not found"):
        addresses_of("nowhere.example", 443, lost)
    with pytest.raises(Unreachable, match="not found"):
        addresses_of("nowhere.example", 443, lambda _host, _port: [])


@pytest.mark.parametrize(
    "url",
    [
        "http://list.example.org/", "ftp://list.example.org/", "file:///etc/passwd", "javascript:alert(1)", "data:,x",
        "https://user@list.example.org/", "https://list.example.org:99999/", "https://list.example.org/%0d%0aX: y",
        "https://list.example.org/" + "x" * 10_000, "", "-rf", "//list.example.org/",
    ],
)  # fmt: skip
def test_only_clean_https_addresses_are_asked(web: WebServer, url: str) -> None:
    with pytest.raises(Refused):
        fetch(url, reach=web.reach())
    assert web.connections == 0


def test_nothing_tells_who_asks(web: WebServer) -> None:
    web.pages["/u?id=7"] = page(body=b"done", Set_Cookie="track=1")
    for _time in range(2):
        answer = fetch(web.url("/u?id=7#part"), body=b"List-Unsubscribe=One-Click", reach=web.reach())
        assert (answer.status, answer.body) == (200, b"done")
    first, second = web.asked
    assert first == second, "a cookie would make a difference"
    assert first.line == "POST /u?id=7 HTTP/1.1"
    assert first.body == b"List-Unsubscribe=One-Click"
    assert set(first.headers) == {"host", "user-agent", "accept-encoding", "content-length", "connection"}


def test_a_post_is_never_redirected(web: WebServer) -> None:
    web.pages["/u"] = page("307 Temporary Redirect", Location=web.url("/other"))
    with pytest.raises(Refused, match="not followed"):
        fetch(web.url("/u"), body=b"x", limits=Limits(redirects=3), reach=web.reach())
    assert len(web.asked) == 1


def test_redirects_are_judged_each(web: WebServer) -> None:
    web.pages["/a"] = page("302 Found", Location=web.url("/b", "other.example.org"))
    web.pages["/b"] = page(body=b"here")
    limits = Limits(redirects=3)
    assert fetch(web.url("/a"), limits=limits, reach=web.reach()).body == b"here"
    inside = web.reach(names={"other.example.org": ["10.0.0.1"]}, allowed=lambda one: one == "127.0.0.1")
    with pytest.raises(Refused, match="not public"):
        fetch(web.url("/a"), limits=limits, reach=inside)
    web.pages["/a"] = page("302 Found", Location="http://other.example.org/b")
    with pytest.raises(Refused, match="https"):
        fetch(web.url("/a"), limits=limits, reach=web.reach())
    web.pages["/a"] = page("302 Found", Location="/a")
    with pytest.raises(Refused, match="without end"):
        fetch(web.url("/a"), limits=limits, reach=web.reach())
    with pytest.raises(Refused, match="not followed"):
        fetch(web.url("/a"), reach=web.reach())


def test_a_stranger_in_the_servers_place_is_told_nothing(web: WebServer) -> None:
    with pytest.raises(CertificateRefused, match="not trusted"):
        fetch(web.url("/secret", "third.example.org"), reach=web.reach())
    trusting = Reach(lookup=lambda _host, _port: ["127.0.0.1"], allowed=lambda _one: True)
    with pytest.raises(CertificateRefused):
        fetch(web.url("/secret"), reach=trusting)
    assert not web.asked


def test_too_much_is_too_much(web: WebServer) -> None:
    web.pages["/big"] = page(body=b"x" * 70_000)
    with pytest.raises(Refused, match="more than is taken"):
        fetch(web.url("/big"), limits=Limits(octets=65_536), reach=web.reach())


def test_half_an_answer_is_none(web: WebServer) -> None:
    web.pages["/half"] = b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf"
    with pytest.raises(Unreachable):
        fetch(web.url("/half"), reach=web.reach())


@pytest.mark.parametrize(
    "said", [b"", b"nonsense\r\n\r\n", b"HTTP/1.1 xyz\r\n\r\n", b"HTTP/1.1 200 OK\r\n" + b"A: b\r\n" * 500]
)
def test_nonsense_is_a_sentence(web: WebServer, said: bytes) -> None:
    web.pages["/"] = said
    with pytest.raises(TuiMailError) as caught:
        fetch(web.url("/"), reach=web.reach())
    assert caught.value.text.endswith(".")


def test_a_server_that_sends_a_byte_now_and_then_is_given_up(web: WebServer) -> None:
    over = threading.Event()

    def drip(secure: ssl.SSLSocket) -> None:
        secure.sendall(b"HTTP/1.1 200 OK\r\nX: ")
        while not over.wait(0.02):
            secure.sendall(b"x")

    web.pages["/"] = drip
    try:
        with pytest.raises(Stalled):
            fetch(web.url("/"), limits=Limits(seconds=3.0), reach=web.reach())
    finally:
        over.set()
