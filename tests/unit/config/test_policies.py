"""Which folders an account synchronises, and changing that one by one."""

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from tui_mail.config.accounts import Account
from tui_mail.config.policies import synchronises, with_folder
from tui_mail.model.ids import AccountName

WORK = Account(AccountName("work"), "ada@example.org")
PATHS = st.sampled_from(["INBOX", "Archive", "Lists", "Lists/kernel"])


def test_all_but_those_left_out() -> None:
    account = replace(WORK, left_out=("Lists",))
    assert [synchronises(account, path) for path in ("INBOX", "Lists", "Lists/kernel")] == [True, False, True]


def test_only_those_chosen() -> None:
    account = replace(WORK, folders=("INBOX", "Lists"), left_out=("Lists",))
    assert [synchronises(account, path) for path in ("INBOX", "Lists", "Archive")] == [True, False, False]


@given(st.lists(PATHS), st.lists(PATHS), st.lists(st.tuples(PATHS, st.booleans()), max_size=8))
def test_each_choice_is_kept_and_touches_no_other(
    folders: list[str], left_out: list[str], choices: list[tuple[str, bool]]
) -> None:
    account = replace(WORK, folders=tuple(folders), left_out=tuple(left_out))
    every = ("INBOX", "Archive", "Lists", "Lists/kernel", "made later")
    for path, chosen in choices:
        before = {each: synchronises(account, each) for each in every}
        account = with_folder(account, path, chosen=chosen)
        assert {each: synchronises(account, each) for each in every} == {**before, path: chosen}
