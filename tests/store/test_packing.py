"""Values in columns come back as they went in."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from tui_mail.model.flags import Flag
from tui_mail.model.ids import AccountName, FolderId, ItemId, OperationId
from tui_mail.model.mail import Address, ItemRef
from tui_mail.model.operation import Operation, OperationKind
from tui_mail.store.mirror.effect import apply, effective, made
from tui_mail.store.tables.keepdb import pack_operations, unpack_operations
from tui_mail.store.tables.packing import pack_numbers, pack_refs, unpack_numbers, unpack_refs
from tui_mail.store.tables.rows import decode_addresses, decode_keywords, encode_addresses, encode_keywords

big = st.integers(0, (1 << 63) - 1)
refs = st.builds(
    ItemRef,
    item=big.map(ItemId),
    folder=st.integers(0, 3).map(FolderId),
    uidvalidity=st.integers(0, 2),
    uid=st.integers(0, (1 << 32) - 1),
    fingerprint=st.binary(min_size=16, max_size=16),
)
words = st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\n\t"), min_size=1, max_size=8)


@given(st.lists(big))
def test_numbers(numbers: list[int]) -> None:
    assert list(unpack_numbers(pack_numbers(numbers))) == numbers


@given(st.lists(refs, max_size=20))
def test_references(items: list[ItemRef]) -> None:
    assert unpack_refs(pack_refs(items)) == tuple(items)


def test_references_of_one_folder_are_small() -> None:
    items = [ItemRef(ItemId(number), FolderId(1), 1, number, bytes(16)) for number in range(10_000)]
    assert len(pack_refs(items)) < 32 * 10_000 + 32


@given(st.lists(st.builds(Address, name=words | st.just(""), address=words), max_size=4))
def test_addresses(addresses: list[Address]) -> None:
    assert decode_addresses(encode_addresses(addresses)) == tuple(addresses)


@given(st.lists(st.builds(Address, name=st.text(), address=st.text()), min_size=1, max_size=3))
def test_stray_controls_never_shift_the_columns(addresses: list[Address]) -> None:
    assert len(decode_addresses(encode_addresses(addresses))) == len(addresses)


@given(st.lists(words))
def test_keywords(keywords: list[str]) -> None:
    assert decode_keywords(encode_keywords(keywords)) == tuple(sorted(set(keywords)))


@given(st.lists(refs, max_size=4), st.lists(words, max_size=2), big)
def test_operations(items: list[ItemRef], keywords: list[str], copy: int) -> None:
    operation = Operation(
        OperationId(0),
        AccountName("a"),
        OperationKind.COPY,
        tuple(items),
        add=Flag.SEEN,
        add_keywords=tuple(keywords),
        target=FolderId(3),
        copies=(ItemId(copy),),
    )
    (back,) = unpack_operations(pack_operations([operation]))
    assert [ref.item for ref in back.items] == [ref.item for ref in items]
    assert (back.add, back.add_keywords, back.target, back.copies) == (
        operation.add, operation.add_keywords, operation.target, operation.copies,
    )  # fmt: skip
    assert unpack_operations(pack_operations([])) == ()


def an_operation(kind: OperationKind, **values: object) -> Operation:
    return Operation(OperationId(1), AccountName("a"), kind, (), **values)  # type: ignore[arg-type]


def test_what_operations_do_to_an_item() -> None:
    mark = an_operation(
        OperationKind.FLAGS, add=Flag.SEEN, remove=Flag.FLAGGED, add_keywords=("b",), remove_keywords=("a",)
    )
    move = an_operation(OperationKind.MOVE, target=FolderId(7))
    gone = an_operation(OperationKind.EXPUNGE)
    copy = an_operation(OperationKind.COPY, target=FolderId(7))
    assert apply(mark, (1, 4, "a")) == (1, 1, "b")
    assert apply(move, (1, 4, "a")) == (7, 4, "a")
    assert apply(gone, (1, 4, "a")) == (0, 4, "a")
    assert apply(copy, (1, 4, "a")) == (1, 4, "a")
    assert apply(move, (0, 4, "a")) == (0, 4, "a")
    assert made(copy, (0, 4, "a")) == (7, 4, "a")
    assert effective((0, 0, ""), [(copy, True), (mark, False), (gone, False), (move, False)]) == (0, 1, "b")


@given(st.integers(0, 127), st.integers(0, 127), st.integers(0, 127))
def test_marking_twice_is_marking_once(flags: int, add: int, remove: int) -> None:
    mark = an_operation(OperationKind.FLAGS, add=Flag(add), remove=Flag(remove & ~add))
    once = apply(mark, (1, flags, ""))
    assert apply(mark, once) == once
