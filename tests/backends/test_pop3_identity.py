"""Which messages of a POP3 server are known: nothing that is new is ever taken for known, and known mail comes once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from hypothesis import given
from hypothesis import strategies as st

from tui_mail.backends.pop3.identity import (
    Identities,
    Known,
    header_fingerprint,
    identify,
    questions,
)
from tui_mail.backends.pop3.listing import Listed, Listing

Naming = Callable[[int, int], str]
"""UIDL of a message by its place in the mailbox and its content."""


def listing(*messages: tuple[str, int], has_uidl: bool = True, odd: int = 0) -> Listing:
    """Of (UIDL, size)."""
    rows = tuple(Listed(number, size, uidl) for number, (uidl, size) in enumerate(messages, 1))
    return Listing(rows, len(rows), sum(each.size for each in rows), has_uidl, odd)


def known(key: int, uidl: str, size: int, header: str = "") -> Known:
    return Known(key, uidl, size, header or f"h{key}")


class TestRules:
    def test_a_server_that_keeps_to_them_is_asked_nothing(self) -> None:
        here = [known(1, "a", 10), known(2, "b", 20), known(3, "c", 30)]
        there = listing(("b", 20), ("c", 30), ("d", 40))
        assert questions(here, there) == ()
        found = identify(here, there)
        assert found == Identities(
            held={1: 2, 2: 3}, new=(3,), changed={}, gone=(1,), unsure=frozenset(), doubtful=frozenset(), nameless=frozenset()
        )  # fmt: skip

    def test_nothing_known_and_nothing_there(self) -> None:
        assert identify([], listing(("a", 1), ("b", 2))).new == (1, 2)
        assert identify([known(1, "a", 1), known(2, "b", 1)], listing()).gone == (1, 2)

    def test_what_an_incomplete_list_lacks_is_not_gone(self) -> None:
        here = [known(1, "a", 10), known(2, "b", 20)]
        assert identify(here, listing(("b", 20))).gone == (1,)
        assert identify(here, listing(("b", 20), odd=1)).gone == ()
        assert identify(here, listing(("", 20), has_uidl=False), {1: "h2"}).gone == ()

    def test_one_name_for_several_is_told_by_headers(self) -> None:
        here = [known(1, "a", 10), known(2, "a", 10)]
        there = listing(("a", 10), ("a", 10), ("a", 10))
        assert questions(here, there) == (1, 2, 3)
        found = identify(here, there, {1: "h2", 2: "h9", 3: "h1"})
        assert found.held == {1: 2, 3: 1}
        assert found.new == (2,)
        assert found.unsure == {1, 3}

    def test_one_name_for_several_without_top_is_told_by_number(self) -> None:
        found = identify([known(1, "a", 10)], listing(("a", 10), ("a", 10)))
        assert found.held == {1: 1}
        assert found.new == (2,)

    def test_as_many_of_one_name_as_before_are_the_same(self) -> None:
        here = [known(1, "a", 10), known(2, "a", 20)]
        there = listing(("a", 20), ("a", 10))
        assert questions(here, there) == ()
        found = identify(here, there)
        assert found.held == {1: 2, 2: 1}
        assert found.unsure == {1, 2}

    def test_another_size_under_the_same_name_is_looked_at(self) -> None:
        here, there = [known(1, "a", 10), known(2, "b", 20)], listing(("a", 11), ("b", 20))
        assert questions(here, there) == (1,)
        same = identify(here, there, {1: "h1"})
        assert same.held == {1: 1, 2: 2}
        assert same.changed == {1: Known(1, "a", 11, "h1", sure=False)}
        assert same.unsure == {1}
        another = identify(here, there, {1: "other"})
        assert another.new == (1,)
        assert another.gone == (1,)
        unseen = identify(here, there)
        assert unseen.new == (1,)
        assert unseen.doubtful == {1}
        assert unseen.gone == ()

    def test_without_names_headers_and_sizes_tell(self) -> None:
        here = [known(1, "", 10), known(2, "", 20), known(3, "", 20, "h2")]
        there = listing(("", 20), ("", 10), ("", 30), has_uidl=False)
        assert questions(here, there) == (1, 2)
        found = identify(here, there, {1: "h2", 2: "other"})
        assert found.held == {1: 2}
        assert found.new == (2, 3)
        assert found.gone == (1, 3)
        assert found.nameless == {2, 3}
        assert found.changed == {}

    def test_without_names_and_headers_nothing_is_known(self) -> None:
        found = identify([known(1, "", 10)], listing(("", 10), has_uidl=False))
        assert found.new == (1,)
        assert found.doubtful == found.nameless == {1}
        assert found.gone == ()

    def test_a_name_kept_back_for_once_is_not_forgotten(self) -> None:
        here = [known(1, "a", 10), known(2, "b", 20)]
        there = listing(("", 10), ("b", 20))
        assert questions(here, there) == (1,)
        found = identify(here, there, {1: "h1"})
        assert found.held == {1: 1, 2: 2}
        assert found.changed == {}
        assert found.unsure == {1}

    def test_a_name_given_late_is_taken(self) -> None:
        here = [known(1, "", 10), known(2, "b", 20), known(3, "c", 30)]
        there = listing(("a", 10), ("b", 20), ("c", 30))
        assert questions(here, there) == (1,)
        found = identify(here, there, {1: "h1"})
        assert found.changed == {1: Known(1, "a", 10, "h1", sure=False)}

    def test_all_new_names_are_looked_through(self) -> None:
        here = [known(1, "a", 10), known(2, "b", 20), known(3, "c", 30)]
        there = listing(("A", 10), ("B", 20), ("C", 30), ("D", 40))
        assert questions(here, there) == (1, 2, 3, 4)
        found = identify(here, there, {1: "h1", 2: "h2", 3: "h3", 4: "h4"})
        assert found.held == {1: 1, 2: 2, 3: 3}
        assert found.new == (4,)
        assert found.gone == ()
        assert found.unsure == {1, 2, 3}
        assert [each.uidl for each in found.changed.values()] == ["A", "B", "C"]

    def test_sizes_counted_in_another_way_after_a_move_do_not_matter_to_a_header_of_its_own(self) -> None:
        here = [known(1, "a", 10), known(2, "b", 20, "~weak")]
        found = identify(here, listing(("A", 11), ("B", 21)), {1: "h1", 2: "~weak"})
        assert found.held == {1: 1}
        assert found.changed == {1: Known(1, "A", 11, "h1", sure=False)}
        assert found.new == (2,)

    def test_a_header_that_many_could_share_is_not_believed_after_a_move(self) -> None:
        """A mailbox that was emptied looks like one with all new names: what is new there must come."""
        here, there = [known(1, "a", 10, "~weak"), known(2, "b", 20)], listing(("A", 10), ("B", 10))
        assert questions(here, there) == (1, 2)
        found = identify(here, there, {1: "~weak", 2: "~other"})
        assert found.new == (1, 2)
        assert found.doubtful == {1}
        assert found.gone == ()

    def test_all_new_names_without_top_are_doubtful(self) -> None:
        found = identify([known(1, "a", 10), known(2, "b", 20)], listing(("A", 10), ("B", 20)))
        assert found.new == (1, 2)
        assert found.doubtful == {1, 2}
        assert found.gone == ()

    def test_what_was_found_by_its_header_stays_unsure_until_somebody_compared(self) -> None:
        here = [Known(1, "A", 10, "h1", sure=False), Known(2, "B", 20, "h2")]
        assert identify(here, listing(("A", 10), ("B", 20))).unsure == {1}

    def test_many_new_ones_are_no_move(self) -> None:
        here = [known(1, "a", 10), known(2, "b", 20)]
        there = listing(("a", 10), ("b", 20), *((f"n{number}", 10) for number in range(100)))
        assert questions(here, there) == ()

    def test_another_name_among_names_that_last_is_another_message(self) -> None:
        """A copy of what was deleted, say: only where names do not last does a header stand for one."""
        here = [known(1, "a", 10), known(2, "b", 20), known(3, "c", 30)]
        there = listing(("b", 20), ("c", 30), ("d", 10), ("e", 10), ("f", 10))
        assert questions(here, there) == ()
        found = identify(here, there, {3: "h1", 4: "h1", 5: "h1"})
        assert found.new == (3, 4, 5)
        assert found.gone == (1,)

    def test_an_emptied_mailbox_with_a_few_new_ones_asks_for_those(self) -> None:
        here = [known(number, f"a{number}", 10) for number in range(100)]
        there = listing(("x", 10), ("y", 10))
        assert questions(here, there) == (1, 2)
        found = identify(here, there, {1: "hx", 2: "hy"})
        assert found.new == (1, 2)
        assert len(found.gone) == 100


class TestHeaders:
    RAW = b"Received: by mx id 7\r\nSubject: x\r\n folded  \r\nMessage-ID: <a@b>\r\n\r\nbody\r\n"

    def test_a_message_looks_like_its_top(self) -> None:
        top = self.RAW.partition(b"\r\n\r\n")[0] + b"\r\n\r\n"
        assert header_fingerprint(self.RAW) == header_fingerprint(top)
        assert header_fingerprint(self.RAW) == header_fingerprint(self.RAW.replace(b"\r\n", b"\n"))
        assert header_fingerprint(self.RAW) != header_fingerprint(self.RAW.replace(b"id 7", b"id 8"))

    def test_what_a_mailbox_adds_does_not_count(self) -> None:
        marked = b"Status: RO\r\nX-UIDL: abc\r\n  folded\r\n" + self.RAW
        assert header_fingerprint(marked) == header_fingerprint(self.RAW)

    def test_a_header_that_many_could_share_is_told_apart(self) -> None:
        assert header_fingerprint(b"Subject: disk full\r\n\r\n").startswith("~")
        assert not header_fingerprint(self.RAW).startswith("~")
        assert header_fingerprint(b"") == header_fingerprint(b"\r\n") == header_fingerprint(b"\r\nbody")

    @given(st.binary(max_size=200))
    def test_it_reads_anything(self, raw: bytes) -> None:
        assert header_fingerprint(raw)


# -- a mailbox and a client that follows it, whatever the server does about names


@dataclass
class Server:
    """Messages are numbers; two of one number are copies of one message, which look the same."""

    naming: Naming
    has_uidl: bool = True
    has_top: bool = True
    sizes: int = 3
    """How many there are."""
    messages: list[int] = field(default_factory=list)

    def listing(self) -> Listing:
        rows = [
            (self.naming(place, content), 100 + content % self.sizes) for place, content in enumerate(self.messages)
        ]
        return listing(*(rows if self.has_uidl else [("", size) for _name, size in rows]), has_uidl=self.has_uidl)

    def headers(self, numbers: Sequence[int]) -> dict[int, str]:
        return {number: f"h{self.messages[number - 1]}" for number in numbers} if self.has_top else {}


@dataclass
class Client:
    known: dict[int, Known] = field(default_factory=dict)
    content: dict[int, int] = field(default_factory=dict)
    """What each key holds."""
    downloads: int = 0

    def follow(self, server: Server) -> Identities:
        there = server.listing()
        here = list(self.known.values())
        found = identify(here, there, server.headers(questions(here, there)))
        numbers = {each.number for each in there.messages}
        assert found.held.keys() | set(found.new) == numbers
        assert not found.held.keys() & set(found.new)
        assert len(set(found.held.values())) == len(found.held)
        assert not set(found.gone) & set(found.held.values())
        assert found.unsure <= found.held.keys()
        assert found.doubtful <= set(found.new)
        assert found.changed.keys() <= set(found.held.values())
        self.known |= found.changed
        for key in found.gone:
            del self.known[key]
        for number in found.new:
            row = there.messages[number - 1]
            key = len(self.content)
            self.content[key] = server.messages[number - 1]
            self.known[key] = Known(key, row.uidl, row.size, f"h{self.content[key]}")
            self.downloads += 1
        return found

    def assert_holds(self, server: Server, found: Identities) -> None:
        """Whatever is taken for known really is here."""
        for number, key in found.held.items():
            assert self.content[key] == server.messages[number - 1]


PROPER: Naming = lambda _place, content: f"u{content}"  # noqa: E731
STEPS = st.lists(
    st.tuples(st.lists(st.integers(0, 9), max_size=4), st.sets(st.integers(0, 12), max_size=4)), min_size=1, max_size=6
)
"""What arrives and which places are deleted, round after round."""


def happen(server: Server, step: tuple[list[int], set[int]]) -> None:
    arriving, deleted = step
    server.messages = [each for place, each in enumerate(server.messages) if place not in deleted] + arriving


@given(STEPS)
def test_names_by_content_with_copies(steps: list[tuple[list[int], set[int]]]) -> None:
    """A server whose UIDL is a hash: copies share it."""
    server, client = Server(PROPER), Client()
    for step in steps:
        happen(server, step)
        found = client.follow(server)
        client.assert_holds(server, found)
        again = client.follow(server)
        assert again.new == again.gone == ()
        assert Counter(client.content[key] for key in client.known) == Counter(server.messages)


@given(STEPS, st.integers(1, 3))
def test_names_that_different_messages_share(steps: list[tuple[list[int], set[int]]], names: int) -> None:
    server, client = Server(lambda _place, content: f"u{content % names}", sizes=100), Client()
    for step in steps:
        happen(server, step)
        found = client.follow(server)
        client.assert_holds(server, found)
        again = client.follow(server)
        assert again.new == again.gone == ()
        assert Counter(client.content[key] for key in client.known) == Counter(server.messages)


@given(STEPS)
def test_names_that_are_numbers(steps: list[tuple[list[int], set[int]]]) -> None:
    """A server that names a message by its place, so that a name goes from one message to another."""
    server, client = Server(lambda place, _content: f"{place + 1}", sizes=100), Client()
    for step in steps:
        happen(server, step)
        found = client.follow(server)
        client.assert_holds(server, found)


@given(STEPS)
def test_no_names_at_all(steps: list[tuple[list[int], set[int]]]) -> None:
    server, client = Server(PROPER, has_uidl=False), Client()
    for step in steps:
        happen(server, step)
        found = client.follow(server)
        client.assert_holds(server, found)
        assert client.follow(server).new == ()
        assert Counter(client.content[key] for key in client.known) == Counter(server.messages)


@given(STEPS, st.sets(st.integers(0, 9)))
def test_some_without_a_name(steps: list[tuple[list[int], set[int]]], nameless: set[int]) -> None:
    server = Server(lambda _place, content: "" if content in nameless else f"u{content}")
    client = Client()
    for step in steps:
        happen(server, step)
        found = client.follow(server)
        client.assert_holds(server, found)
        assert client.follow(server).new == ()


@given(STEPS, STEPS)
def test_a_mailbox_that_moves_is_not_downloaded_again(
    before: list[tuple[list[int], set[int]]], after: list[tuple[list[int], set[int]]]
) -> None:
    server, client = Server(PROPER), Client()
    for step in before:
        happen(server, step)
        client.follow(server)
    downloads = client.downloads
    server.naming = lambda _place, content: f"moved-{content}"
    found = client.follow(server)
    assert found.new == found.gone == ()
    assert client.downloads == downloads
    client.assert_holds(server, found)
    assert client.follow(server).changed == {}
    for step in after:
        happen(server, step)
        found = client.follow(server)
        client.assert_holds(server, found)
        assert client.follow(server).new == ()


@given(STEPS, st.booleans())
def test_without_top_it_comes_twice_rather_than_never(steps: list[tuple[list[int], set[int]]], has_uidl: bool) -> None:
    server, client = Server(PROPER, has_uidl=has_uidl, has_top=False), Client()
    for step in steps:
        happen(server, step)
        client.follow(server)
        held = Counter(client.content.values())
        assert all(held[content] for content in server.messages)


NAMES = st.sampled_from(["", "a", "b", "c"])


@given(
    st.lists(st.tuples(NAMES, st.integers(1, 3), st.sampled_from(["h1", "~h2"])), max_size=8),
    st.lists(st.tuples(NAMES, st.integers(1, 3)), max_size=8),
    st.dictionaries(st.integers(1, 9), st.sampled_from(["h1", "~h2", "h3"])),
    st.integers(0, 1),
)
def test_whatever_a_server_says(
    here: list[tuple[str, int, str]], there: list[tuple[str, int]], headers: dict[int, str], odd: int
) -> None:
    all_known = [Known(key, *each) for key, each in enumerate(here)]
    table = listing(*there, odd=odd)
    found = identify(all_known, table, headers)
    assert sorted([*found.held, *found.new]) == list(range(1, len(there) + 1))
    assert len(set(found.held.values())) == len(found.held)
    assert found.doubtful <= set(questions(all_known, table))
    assert all(headers.get(number, "~").startswith("~") for number in found.doubtful)
    if odd or not table.complete:
        assert all(not all_known[key].uidl for key in found.gone)
    for number, key in found.held.items():
        row, one = table.messages[number - 1], found.changed.get(key, all_known[key])
        assert one.size == row.size
        assert row.uidl in ("", one.uidl)
        if number not in found.unsure:
            assert (row.uidl, row.size) == (one.uidl, one.size)
            assert [each.uidl for each in table.messages].count(row.uidl) == 1
