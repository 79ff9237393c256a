"""A real engine, a real IMAP server, and a kill at every stage: nothing lost, nothing doubled, both sides equal."""

import random
from collections.abc import Iterator

import pytest

from tests.e2e.independent import Login, fill, message_ids
from tests.engine.test_process import inbox, kill, pending, until
from tests.fakes.messages import make_messages
from tests.unit.link.homes import short_home
from tui_mail.config.accountfiles import save_account
from tui_mail.config.accounts import from_table
from tui_mail.config.paths import Home
from tui_mail.engine.secrets import Secrets
from tui_mail.link.call import call
from tui_mail.link.lock import lock_holder
from tui_mail.link.messages import Sync, Wake
from tui_mail.link.start import ensure_engine, stop_engine
from tui_mail.model.clock import SystemClock
from tui_mail.model.flags import Flag
from tui_mail.model.ids import AccountName
from tui_mail.store.gestures.journal import Journal
from tui_mail.store.gestures.messages import Gestures
from tui_mail.store.reader import Reader
from tui_mail.store.reading.query import ListQuery

pytestmark = pytest.mark.dovecot

MESSAGES = 800


@pytest.fixture
def home(imap_login: Login) -> Iterator[Home]:
    with short_home() as made:
        server = {
            "host": imap_login.host,
            "port": imap_login.port,
            "security": "tls",
            "ca_file": str(imap_login.ca_file),
        }
        save_account(
            made,
            from_table(
                {
                    "name": "work",
                    "email": "work@example.org",
                    "user": imap_login.user,
                    "password": "file",
                    "imap": server,
                }
            ),
        )
        Secrets(made).save(AccountName("work"), imap_login.password, "file")
        yield made
        if lock_holder(made):
            kill(made)


def here(home: Home) -> dict[str, set[str]]:
    """Folder to Message-IDs, as the store has them."""
    reader = Reader(home)
    try:
        return {
            folder.path: {
                f"<{item.message_id}>" for item in reader.list_items(ListQuery(folders=(folder.id,)), 10 * MESSAGES)
            }
            for folder in reader.folders()
        }
    finally:
        reader.close()


def test_kills_at_any_moment_of_a_synchronisation_and_of_operations(home: Home, imap_login: Login) -> None:
    made = list(make_messages(MESSAGES))
    fill(imap_login, made)
    everything = set(message_ids(imap_login, "INBOX"))
    chance = random.Random(7)
    for _ in range(4):
        ensure_engine(home, wait=True)
        enough = chance.randrange(0, MESSAGES // 2)
        until(lambda enough=enough: len(inbox(home)) > enough)  # type: ignore[misc]  # the loop's value
        kill(home)
    ensure_engine(home, wait=True)
    assert call(home, Sync(id=1)).ok
    known = inbox(home)
    assert len(known) == len(set(known)) == MESSAGES
    chosen = chance.sample(known, 300)
    for start in range(0, 300, 100):
        reader, journal = Reader(home), Journal(home, SystemClock())
        person = Gestures(reader, journal)
        person.archive(chosen[start : start + 100])
        person.mark(chosen[start : start + 50], add=Flag.FLAGGED)
        journal.close()
        reader.close()
        ensure_engine(home, wait=True)
        call(home, Wake(id=1))
        kill(home)
    ensure_engine(home, wait=True)
    until(lambda: not pending(home))
    assert call(home, Sync(id=1)).ok
    stop_engine(home)

    left, archived = message_ids(imap_login, "INBOX"), message_ids(imap_login, "Archive")
    assert len(left) == MESSAGES - 300
    assert len(archived) == 300
    assert set(left) | set(archived) == everything
    assert sum(r"\Flagged" in flags for flags in archived.values()) == 150
    found = here(home)
    assert found["INBOX"] == set(left)
    assert found["Archive"] == set(archived)
    assert set(inbox(home)) == set(known) - set(chosen)
