import asyncio

from hypothesis import given
from hypothesis import strategies as st

from tui_mail.link.backlog import Backlog
from tui_mail.link.messages import Alert, Changed, Done, Message, Progress, State, Trouble


async def test_changes_grow_together_and_keep_their_place() -> None:
    backlog = Backlog()
    backlog.put(Changed(rev=3, folders=[1, 2], new_mail=1))
    backlog.put(Done(id=1))
    backlog.put(Changed(rev=5, folders=[2, 9], new_mail=2))
    assert await backlog.take() == [Changed(rev=5, folders=[1, 2, 9], new_mail=3), Done(id=1)]


async def test_a_changed_list_of_folders_does_not_vanish_among_named_ones() -> None:
    backlog = Backlog()
    backlog.put(Changed(rev=1, folders=[]))
    backlog.put(Changed(rev=2, folders=[4]))
    assert await backlog.take() == [Changed(rev=1, folders=[]), Changed(rev=2, folders=[4])]


async def test_the_last_state_and_progress_win() -> None:
    backlog = Backlog()
    for done in range(1000):
        backlog.put(Progress(account="a", folder=1, what="headers", done=done, total=1000))
        backlog.put(State(account="a", state="syncing" if done % 2 else "online"))
    progress, state = await backlog.take()
    assert progress == Progress(account="a", folder=1, what="headers", done=999, total=1000)
    assert state == State(account="a", state="syncing")


async def test_sentences_are_bounded_and_the_newest_stay() -> None:
    backlog = Backlog()
    for number in range(1000):
        backlog.put(Trouble(account="a", kind="refused", text=str(number)))
    taken = await backlog.take()
    assert len(taken) == 200
    assert taken[-1] == Trouble(account="a", kind="refused", text="999")


async def test_take_waits_and_close_ends_it() -> None:
    backlog = Backlog()
    taking = asyncio.create_task(backlog.take())
    await asyncio.sleep(0)
    assert not taking.done()
    backlog.put(Alert(account="a", text="x"))
    assert await taking == [Alert(account="a", text="x")]
    backlog.put(Done(id=7))
    backlog.close()
    backlog.put(Done(id=8))
    assert await backlog.take() == [Done(id=7)]
    assert await backlog.take() == []


MESSAGES = st.one_of(
    st.builds(
        Changed, rev=st.integers(0, 99), folders=st.lists(st.integers(1, 5), max_size=3), new_mail=st.integers(0, 3)
    ),
    st.builds(State, account=st.sampled_from("ab"), state=st.sampled_from(["online", "offline"])),
    st.builds(Done, id=st.integers(1, 10_000)),
)


@given(st.lists(MESSAGES, max_size=60))
async def test_nothing_that_matters_is_lost(messages: list[Message]) -> None:
    backlog = Backlog()
    for message in messages:
        backlog.put(message)
    backlog.close()
    taken = await backlog.take()
    for account in "ab":
        states = [m for m in messages if isinstance(m, State) and m.account == account]
        assert [m for m in taken if isinstance(m, State) and m.account == account] == states[-1:]
    assert {m.id for m in taken if isinstance(m, Done)} == {m.id for m in messages if isinstance(m, Done)}
    for group in (taken, messages):
        assert {f for m in group if isinstance(m, Changed) for f in m.folders} == {
            f for m in messages if isinstance(m, Changed) for f in m.folders
        }
    assert sum(m.new_mail for m in taken if isinstance(m, Changed)) == sum(
        m.new_mail for m in messages if isinstance(m, Changed)
    )
