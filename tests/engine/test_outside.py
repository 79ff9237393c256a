"""What the engine does outside of an account's own servers: only when asked, within bounds, and told in words."""

from __future__ import annotations

import stat
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from tests.engine.world import World
from tests.fakes.memory_backend import Box
from tests.fakes.web import NAME, WebServer, page, web_server
from tests.unit.mime.test_dkim import Key
from tui_mail.backends.public import Reach, is_public
from tui_mail.engine.outside import Outside
from tui_mail.engine.pictures import ending
from tui_mail.link.messages import CheckSignature, Fetch, Pictures, Progress, Render, Unsubscribe, WaysOut
from tui_mail.mime.signatures import from_table, verdict_words
from tui_mail.model.errors import NotFound, Refused, Unreachable
from tui_mail.model.ids import AccountName, ItemId
from tui_mail.model.mail import Role
from tui_mail.store.tables.leaving import Leave

MakeWorld = Callable[..., World]
PNG = b"\x89PNG\r\n\x1a\n" + b"x" * 20


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> Key:
    return Key(tmp_path_factory.mktemp("keys"), 2048)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebServer]:
    with web_server(tmp_path_factory.mktemp("web")) as server:
        yield server


@pytest.fixture
def web(shared: WebServer) -> WebServer:
    shared.pages.clear()
    shared.asked.clear()
    shared.connections = 0
    return shared


def newsletter(url: str, *, post: str = "List-Unsubscribe=One-Click", more: str = "", body: str = "Hello.") -> bytes:
    return (
        f"From: News <news@example.org>\r\nTo: bob@example.org\r\nSubject: Weekly\r\nMessage-ID: <w@example.org>\r\n{more}"
        f"List-Id: News <news.example.org>\r\nList-Unsubscribe: <mailto:leave@example.org?subject=off>, <{url}>\r\n"
        f"List-Unsubscribe-Post: {post}\r\n\r\n{body}\r\n"
    ).encode()


def signed(key: Key, raw: bytes, *, everything: bool = True) -> bytes:
    names = [b"from", b"subject"] + ([b"list-unsubscribe", b"list-unsubscribe-post"] if everything else [])
    return key.sign(raw, include_headers=names)


async def arrived(world: World, raw: bytes, folder: str = "INBOX") -> ItemId:
    world.server.deliver(raw, folder)
    await world.synced()
    return world.items(folder)[0].id


class TestSignatures:
    async def test_a_signature_is_checked_with_the_key_of_its_domain(self, make_world: MakeWorld, key: Key) -> None:
        world = make_world()
        world.outside = Outside(resolve=key.resolve)
        async with world.running(alone=True) as engine:
            item = await arrived(world, signed(key, newsletter("https://example.org/u")))
            done = await engine.handle(CheckSignature(1, item))
        (found,) = [from_table(one) for one in done.result["signatures"]]
        assert (found.result, found.domain, found.aligned) == ("pass", "example.org", True)
        assert key.asked[-1] == "sel._domainkey.example.org"
        assert verdict_words((found,)) == ("The signature of example.org is good: the message is as it left there.",)

    async def test_without_a_name_server_it_is_said(self, make_world: MakeWorld, key: Key) -> None:
        def silent(_name: str) -> bytes | None:
            raise TimeoutError

        world = make_world()
        world.outside = Outside(resolve=silent)
        async with world.running(alone=True) as engine:
            item = await arrived(world, signed(key, newsletter("https://example.org/u")))
            done = await engine.handle(CheckSignature(1, item))
        assert "could not be asked for" in verdict_words(tuple(map(from_table, done.result["signatures"])))[0]

    async def test_a_message_without_one_asks_nobody(self, make_world: MakeWorld) -> None:
        world = make_world(1)
        async with world.running(alone=True) as engine:
            await world.synced()
            done = await engine.handle(CheckSignature(1, world.items()[0].id))
        assert done.result == {"signatures": []}
        assert "no DKIM signature" in verdict_words(())[0]


def kinds(result: dict[str, list[dict[str, str]]]) -> list[str]:
    return [way["kind"] for way in result["ways"]]


class TestLeaving:
    async def test_one_click_posts_once_and_is_remembered(
        self, make_world: MakeWorld, key: Key, web: WebServer
    ) -> None:
        web.pages["/u?id=1"] = page()
        world = make_world()
        world.outside = Outside(web.reach(), key.resolve)
        async with world.running(alone=True) as engine:
            item = await arrived(world, signed(key, newsletter(web.url("/u?id=1"))))
            ways = (await engine.handle(WaysOut(1, item))).result
            assert kinds(ways) == ["one-click", "mailto", "link"]
            assert not web.connections, "looking asks nobody"
            target = ways["ways"][0]["target"]
            done = await engine.handle(Unsubscribe(2, item, target))
        assert done.result["host"] == NAME
        (asked,) = web.asked
        assert asked.line == "POST /u?id=1 HTTP/1.1"
        assert asked.body == b"List-Unsubscribe=One-Click"
        assert asked.headers["content-type"] == "application/x-www-form-urlencoded"
        assert not {"cookie", "referer", "authorization", "from"} & set(asked.headers)
        with world.reading() as reader:
            left = reader.left_list(AccountName("work"), "news.example.org")
        assert left == Leave("one-click", NAME, int(world.clock.now()))

    @pytest.mark.parametrize("what", ["unsigned", "not covered", "spoilt"])
    async def test_one_click_is_not_offered_where_nobody_answers_for_it(
        self, make_world: MakeWorld, key: Key, web: WebServer, what: str
    ) -> None:
        raw = newsletter(web.url("/u"))
        if what == "not covered":
            raw = signed(key, raw, everything=False)
        elif what == "spoilt":
            raw = signed(key, raw).replace(b"Hello.", b"Bye.")
        world = make_world()
        world.outside = Outside(web.reach(), key.resolve)
        async with world.running(alone=True) as engine:
            item = await arrived(world, raw)
            assert kinds((await engine.handle(WaysOut(1, item))).result) == ["mailto", "link"]
            with pytest.raises(Refused, match="does not offer"):
                await engine.handle(Unsubscribe(2, item, web.url("/u")))
        assert not web.connections

    async def test_the_word_of_the_accounts_own_server_is_enough(self, make_world: MakeWorld, web: WebServer) -> None:
        world = make_world(authserv_id="mx.example.org")
        more = "Authentication-Results: mx.example.org; dkim=pass header.d=example.org\r\n"
        forged = "Authentication-Results: mx.evil.example; dkim=pass header.d=example.org\r\n"
        async with world.running(alone=True) as engine:
            item = await arrived(world, newsletter(web.url("/u"), more=more))
            assert kinds((await engine.handle(WaysOut(1, item))).result)[0] == "one-click"
            item = await arrived(world, newsletter(web.url("/u"), more=forged))
            assert kinds((await engine.handle(WaysOut(1, item))).result)[0] == "mailto"

    async def test_an_address_that_was_not_confirmed_is_not_asked(
        self, make_world: MakeWorld, key: Key, web: WebServer
    ) -> None:
        world = make_world()
        world.outside = Outside(web.reach(), key.resolve)
        async with world.running(alone=True) as engine:
            item = await arrived(world, signed(key, newsletter(web.url("/u"))))
            with pytest.raises(Refused, match="does not offer"):
                await engine.handle(Unsubscribe(2, item, web.url("/other")))
        assert not web.connections

    @pytest.mark.parametrize(
        "url",
        [
            "https://127.0.0.1/u",
            "https://10.0.0.1/u",
            "https://[::1]/u",
            "https://localhost/u",
            "http://list.example.org/u",
        ],
    )
    async def test_private_and_plain_addresses_are_no_way(self, make_world: MakeWorld, key: Key, url: str) -> None:
        world = make_world()
        world.outside = Outside(resolve=key.resolve)
        async with world.running(alone=True) as engine:
            item = await arrived(world, signed(key, newsletter(url)))
            assert "one-click" not in kinds((await engine.handle(WaysOut(1, item))).result)

    async def test_a_name_that_leads_inside_is_found_out(self, make_world: MakeWorld, key: Key, web: WebServer) -> None:
        world = make_world()
        world.outside = Outside(web.reach(names={NAME: ["10.0.0.7"]}, allowed=is_public), key.resolve)
        async with world.running(alone=True) as engine:
            item = await arrived(world, signed(key, newsletter(web.url("/u"))))
            with pytest.raises(Refused, match="not public"):
                await engine.handle(Unsubscribe(2, item, web.url("/u")))
        with world.reading() as reader:
            assert reader.left_list(AccountName("work"), "news.example.org") is None

    async def test_what_the_server_refuses_is_not_remembered(
        self, make_world: MakeWorld, key: Key, web: WebServer
    ) -> None:
        web.pages["/u"] = page("404 Not Found")
        world = make_world()
        world.outside = Outside(web.reach(), key.resolve)
        async with world.running(alone=True) as engine:
            item = await arrived(world, signed(key, newsletter(web.url("/u"))))
            with pytest.raises(Refused, match="404"):
                await engine.handle(Unsubscribe(2, item, web.url("/u")))
            web.pages["/u"] = page("302 Found", Location="https://elsewhere.example/")
            with pytest.raises(Refused, match="not followed"):
                await engine.handle(Unsubscribe(3, item, web.url("/u")))
        with world.reading() as reader:
            assert reader.left_list(AccountName("work"), "news.example.org") is None

    async def test_nothing_is_offered_for_junk_nor_where_there_is_no_list(
        self, make_world: MakeWorld, key: Key, web: WebServer
    ) -> None:
        world = make_world(1)
        world.server.boxes["Junk"] = Box("Junk", Role.JUNK)
        async with world.running(alone=True) as engine:
            await world.synced()
            with pytest.raises(NotFound, match="does not say"):
                await engine.handle(WaysOut(1, world.items()[0].id))
            item = await arrived(world, signed(key, newsletter(web.url("/u"))), "Junk")
            for request in (WaysOut(2, item), Unsubscribe(3, item, web.url("/u"))):
                with pytest.raises(Refused, match="junk"):
                    await engine.handle(request)


class TestPictures:
    HTML = (
        "From: a@example.org\r\nContent-Type: text/html\r\n\r\n<img src='{0}/a/one.png?x'><img src='{0}/two.svg'><img src='{0}/gone.png'>"
        "<img src='http://plain.example/x.png'><img src='{0}/p.gif' width=1 height=1><img src='https://inside.example/x.png'>\r\n"
    )

    async def test_they_are_fetched_once_when_asked_and_checked(
        self, make_world: MakeWorld, web: WebServer, tmp_path: Path
    ) -> None:
        web.pages |= {
            "/a/one.png?x": page(body=PNG, Content_Type="text/html"),
            "/two.svg": page(body=b"<svg onload=x>", Content_Type="image/png"),
            "/p.gif": page(body=b"GIF89a"),
        }
        world = make_world()
        world.outside = Outside(
            web.reach(names={"inside.example": ["192.168.0.1"]}, allowed=lambda one: one == "127.0.0.1")
        )
        async with world.running(alone=True) as engine:
            item = await arrived(world, self.HTML.format(web.url("")).encode())
            told = (await engine.handle(Pictures(1, item))).result
            assert (told["hosts"], told["count"], told["saved"]) == ([NAME, "inside.example"], 4, [])
            assert not web.connections
            done = (await engine.handle(Pictures(2, item, str(tmp_path)))).result
        (path,) = map(Path, done["saved"])
        assert path.read_bytes() == PNG
        assert path.name == "01 one.png"
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
        assert sorted(done["trouble"]) == [
            "inside.example leads to an address that is not public, inside of somebody's own network: nothing was sent.",
            f"{NAME} does not give the image (answer 404).",
            f"{NAME} gave something that is no image; it was not kept.",
        ]
        assert sorted(asked.line.split(" ")[1] for asked in web.asked) == ["/a/one.png?x", "/gone.png", "/two.svg"]
        assert not any({"cookie", "referer"} & set(asked.headers) for asked in web.asked)

    def test_a_picture_is_what_begins_like_one(self) -> None:
        assert ending(PNG) == "png"
        assert ending(b"RIFF1234WEBPx") == "webp"
        assert ending(b"<svg") == ending(b"") == ending(b"MZ\x90") == ""

    async def test_rendering_fetches_nothing(self, make_world: MakeWorld, web: WebServer) -> None:
        """Nothing remote is fetched by rendering, ever: no name is looked up and nobody connects."""
        looked_up: list[str] = []
        world = make_world()

        def lookup(host: str, _port: int) -> list[str]:
            looked_up.append(host)
            return ["127.0.0.1"]

        def resolve(name: str) -> None:
            looked_up.append(name)

        reach = web.reach()
        world.outside = Outside(type(reach)(lookup, reach.allowed, reach.context), resolve)
        async with world.running(alone=True) as engine:
            for raw in (self.HTML.format(web.url("")).encode(), newsletter(web.url("/u"))):
                item = await arrived(world, raw)
                for prefer in ("auto", "html", "plain"):
                    assert (await engine.handle(Render(1, item, prefer))).ok
        assert not looked_up
        assert not web.connections


async def test_without_a_network_it_is_a_sentence(make_world: MakeWorld, key: Key) -> None:
    world = make_world()

    def lost(_host: str, _port: int) -> list[str]:
        raise OSError

    world.outside = Outside(Reach(lookup=lost), key.resolve)
    async with world.running(alone=True) as engine:
        item = await arrived(world, signed(key, newsletter("https://list.example.org/u")))
        with pytest.raises(Unreachable, match="not found"):
            await engine.handle(Unsubscribe(2, item, "https://list.example.org/u"))


async def test_how_far_a_long_message_is(make_world: MakeWorld) -> None:
    world = make_world(bodies="none")
    raw = newsletter("https://example.org/u", body="x" * 70 + "\r\n" * 200_000)
    async with world.running(alone=True) as engine:
        item = await arrived(world, raw)
        assert (await engine.handle(Fetch(1, item))).ok
        await world.until(
            lambda: any(isinstance(event, Progress) and event.what == "message" for event in world.events)
        )
    told = [event for event in world.events if isinstance(event, Progress) and event.what == "message"]
    assert told[0].done < told[0].total
    assert told[-1].done == told[-1].total == len(raw)
