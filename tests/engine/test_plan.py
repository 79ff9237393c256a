from collections import defaultdict

from hypothesis import given
from hypothesis import strategies as st

from tui_mail.engine.plan import MESSAGE_KINDS, MOST_UIDS, make_plan, trains
from tui_mail.model.flags import Flag
from tui_mail.model.ids import AccountName, FolderId, ItemId, OperationId
from tui_mail.model.mail import ItemRef
from tui_mail.model.operation import Operation, OperationKind

INBOX, ARCHIVE, TRASH = FolderId(1), FolderId(2), FolderId(3)


def ref(item: int, folder: FolderId = INBOX, uid: int | None = None, uidvalidity: int = 7) -> ItemRef:
    return ItemRef(ItemId(item), folder, uidvalidity, item if uid is None else uid, b"f" * 16)


def operation(number: int, kind: OperationKind, *items: ItemRef, **more: object) -> Operation:
    return Operation(OperationId(number), AccountName("a"), kind, items, **more)  # type: ignore[arg-type]


def test_many_gestures_of_one_kind_travel_together() -> None:
    plan = make_plan(operation(n, OperationKind.FLAGS, ref(n), add=Flag.SEEN) for n in range(1, 201))
    (step,) = plan.steps
    assert step.uids == tuple(range(1, 201))
    assert len(step.shares) == 200


def test_what_differs_travels_apart() -> None:
    plan = make_plan(
        [
            operation(1, OperationKind.FLAGS, ref(1), add=Flag.SEEN),
            operation(2, OperationKind.FLAGS, ref(2), add=Flag.FLAGGED),
            operation(3, OperationKind.FLAGS, ref(3), remove=Flag.SEEN),
            operation(4, OperationKind.MOVE, ref(4), target=ARCHIVE),
            operation(5, OperationKind.MOVE, ref(5), target=TRASH),
            operation(6, OperationKind.FLAGS, ref(6, uidvalidity=8), add=Flag.SEEN),
        ]
    )
    assert [step.uids for step in plan.steps] == [(1,), (2,), (3,), (4,), (5,), (6,)]


def test_later_intent_is_not_overtaken_by_an_earlier_one() -> None:
    plan = make_plan(
        [
            operation(1, OperationKind.FLAGS, ref(1), ref(2), add=Flag.SEEN),
            operation(2, OperationKind.FLAGS, ref(1), remove=Flag.SEEN),
            operation(3, OperationKind.FLAGS, ref(1), add=Flag.SEEN),
            operation(4, OperationKind.FLAGS, ref(3), add=Flag.SEEN),
        ]
    )
    assert [(step.sample.add, step.uids) for step in plan.steps] == [
        (Flag.SEEN, (1, 2)),
        (Flag.NONE, (1,)),
        (Flag.SEEN, (1, 3)),
    ]


def test_a_message_that_leaves_waits_for_its_new_place() -> None:
    plan = make_plan(
        [
            operation(1, OperationKind.MOVE, ref(1), target=ARCHIVE),
            operation(2, OperationKind.FLAGS, ref(1), ref(2), add=Flag.FLAGGED),
            operation(3, OperationKind.MOVE, ref(1), target=TRASH),
        ]
    )
    assert [(step.kind, step.uids) for step in plan.steps] == [
        (OperationKind.MOVE, (1,)),
        (OperationKind.FLAGS, (2,)),
    ]
    assert plan.placeless == ()


def test_a_message_without_a_place_is_named() -> None:
    waiting = operation(1, OperationKind.FLAGS, ref(1, ARCHIVE, uid=0), add=Flag.SEEN)
    plan = make_plan([waiting, operation(2, OperationKind.FLAGS, ref(2), add=Flag.SEEN)])
    assert plan.placeless == (waiting,)
    assert [step.uids for step in plan.steps] == [(2,)]


def test_nothing_passes_a_change_of_folders() -> None:
    plan = make_plan(
        [
            operation(1, OperationKind.FLAGS, ref(1), add=Flag.SEEN),
            operation(2, OperationKind.CREATE_FOLDER, target=ARCHIVE, path="Archive"),
            operation(3, OperationKind.FLAGS, ref(2), add=Flag.SEEN),
        ]
    )
    assert [step.kind for step in plan.steps] == [
        OperationKind.FLAGS,
        OperationKind.CREATE_FOLDER,
        OperationKind.FLAGS,
    ]


def test_two_copies_of_one_message_stay_two() -> None:
    plan = make_plan(
        [
            operation(1, OperationKind.COPY, ref(1), target=ARCHIVE, copies=(ItemId(101),)),
            operation(2, OperationKind.COPY, ref(1), target=ARCHIVE, copies=(ItemId(102),)),
        ]
    )
    assert [step.uids for step in plan.steps] == [(1,), (1,)]


def test_ten_thousand_go_in_sets_of_a_thousand() -> None:
    plan = make_plan([operation(1, OperationKind.MOVE, *(ref(n) for n in range(1, 10_001)), target=ARCHIVE)])
    assert [len(step.uids) for step in plan.steps] == [MOST_UIDS] * 10
    assert sorted(uid for step in plan.steps for uid in step.uids) == list(range(1, 10_001))


KINDS = st.sampled_from(
    [OperationKind.FLAGS, OperationKind.MOVE, OperationKind.COPY, OperationKind.EXPUNGE, OperationKind.CREATE_FOLDER]
)
SHAPES = st.tuples(
    KINDS,
    st.lists(st.integers(1, 8), min_size=1, max_size=5, unique=True),
    st.sampled_from([Flag.SEEN, Flag.FLAGGED]),
    st.booleans(),
)


def test_sets_that_ask_the_same_go_abreast_where_that_may_be() -> None:
    many = range(1, 2 * MOST_UIDS + 2)
    steps = make_plan(
        [
            operation(1, OperationKind.MOVE, *map(ref, many), target=ARCHIVE),
            operation(2, OperationKind.MOVE, *(ref(10_000 + item, TRASH) for item in many), target=ARCHIVE),
            operation(3, OperationKind.COPY, *(ref(20_000 + item, ARCHIVE) for item in many), target=INBOX),
            operation(4, OperationKind.FLAGS, *(ref(30_000 + item, ARCHIVE) for item in many), add=Flag.SEEN),
        ]
    ).steps
    found = trains(steps, {OperationKind.MOVE, OperationKind.FLAGS})
    assert [len(train) for train in found] == [3, 3, 1, 1, 1, 3]
    assert [step for train in found for step in train] == list(steps)
    assert [len(train) for train in trains(steps, ())] == [1] * 12


@given(st.lists(SHAPES, max_size=25))
def test_each_message_sees_its_operations_in_order(shapes: list[tuple[OperationKind, list[int], Flag, bool]]) -> None:
    operations = []
    for number, (kind, items, flag, add) in enumerate(shapes, 1):
        operations.append(
            operation(
                number,
                kind,
                *(() if kind not in MESSAGE_KINDS else (ref(item) for item in items)),
                target=ARCHIVE,
                add=flag if add else Flag.NONE,
                remove=Flag.NONE if add else flag,
                copies=(ItemId(100 + number),) if kind is OperationKind.COPY else (),
            )
        )
    sent: dict[int, list[int]] = defaultdict(list)
    for step in make_plan(operations).steps:
        assert len(step.uids) <= MOST_UIDS
        for share in step.shares:
            assert share.operation.kind is step.kind
            for place in share.items:
                sent[place.item].append(share.operation.id)
    for item in range(1, 9):
        asked = [each for each in operations if any(one.item == item for one in each.items)]
        ids: list[int] = []
        for each in asked:
            ids.append(each.id)
            if each.kind in (OperationKind.MOVE, OperationKind.EXPUNGE):
                break
        assert sent[item] == ids
