"""The folder pane's rows: order, names, levels, counts."""

from dataclasses import replace

from tests.fakes.mail import a_folder
from tui_mail.model.mail import Role
from tui_mail.ui.tree import Branch, Kind, branches

WORK = [
    a_folder(1, "INBOX", Role.INBOX, unread=50, total=100),
    a_folder(2, "Trash", Role.TRASH, unread=3, total=5),
    a_folder(3, "Lists/kernel", unread=214),
    a_folder(4, "Lists/python/dev", unread=17),
    a_folder(5, "Drafts", Role.DRAFTS, total=2),
    a_folder(6, "Sent", Role.SENT, unread=1),
    a_folder(7, "Archive", Role.ARCHIVE),
    a_folder(8, "archive old"),
]


def words(rows: list[Branch]) -> list[str]:
    return ["  " * row.depth + row.name + (f" {row.count}" if row.count else "") for row in rows]


def test_roles_first_then_the_tree() -> None:
    assert words(branches(WORK)) == [
        "work",
        "Inbox 50",
        "Starred",
        "Drafts 2",
        "Outbox",
        "Sent",
        "Archive",
        "Trash",
        "",
        "archive old",
        "Lists",
        "  kernel 214",
        "  python",
        "    dev 17",
    ]


def test_several_accounts_have_all_inboxes_on_top() -> None:
    rows = branches([*WORK, a_folder(20, "INBOX", Role.INBOX, account="private", unread=12)])
    assert words(rows)[:3] == ["All inboxes 62", "", "work"]
    assert words(rows)[-4:] == ["private", "Inbox 12", "Starred", "Outbox"]


def test_a_folded_account_shows_its_name_only() -> None:
    assert [row.kind for row in branches(WORK, {"work"})] == [Kind.ACCOUNT]


def test_a_level_without_mail_cannot_be_chosen() -> None:
    rows = {str(row.name): row for row in branches([*WORK, replace(a_folder(9, "Projects"), selectable=False)])}
    assert not rows["Lists"].choosable
    assert not rows["Projects"].choosable
    assert rows["Inbox"].choosable


def test_the_servers_own_starred_folder_takes_the_place_of_the_view() -> None:
    rows = branches([*WORK, a_folder(9, "[Gmail]/Starred", Role.FLAGGED)])
    assert [row.kind for row in rows if row.name == "Starred"] == [Kind.FOLDER]


def test_folders_not_subscribed_are_left_out() -> None:
    assert "News" not in words(branches([*WORK, replace(a_folder(9, "News"), subscribed=False)]))


def test_hostile_names_are_safe() -> None:
    rows = branches([a_folder(1, "a\x1b[2J/\u202eb/[/red]")])
    assert all("\x1b" not in row.name and "\u202e" not in row.name for row in rows)


def test_what_is_on_its_way_out_is_counted_for_each_account() -> None:
    rows = branches([*WORK, a_folder(20, "INBOX", Role.INBOX, account="private")], outgoing={"work": 2})
    assert [(row.account, row.count) for row in rows if row.kind is Kind.OUTBOX] == [("work", 2), ("private", 0)]
    assert all(row.choosable for row in rows if row.kind is Kind.OUTBOX)
