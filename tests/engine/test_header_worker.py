"""Headers read in a process of their own: the same as here, whatever becomes of the process."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_mail.engine.header_worker import MANY, HeaderWorker
from tui_mail.model.flags import Flag
from tui_mail.model.remote import LIST_FIELDS, NewMessage
from tui_mail.store.mirror.arrival import Arrival, arrival_of

if TYPE_CHECKING:
    import subprocess

SERVE = "from tui_mail.engine import header_worker as w, header_worker; import os, sys, time\n"


def mail(uid: int, header: bytes = b"") -> NewMessage:
    header = header or f"From: Ann <ann{uid}@example.org>\r\nSubject: Re: {uid}\r\n\r\n".encode()
    return NewMessage(uid, Flag.SEEN | Flag.FLAGGED, ("b", "a"), 1_700_000_000 + uid, 100 + uid, header)


def here(new: list[NewMessage]) -> list[Arrival]:
    return [arrival_of(one) for one in new]


def process_of(worker: HeaderWorker) -> subprocess.Popen[bytes]:
    assert worker._process is not None
    return worker._process


def ready(worker: HeaderWorker) -> None:
    """Wait until the process is ready."""
    worker.start()
    end = time.monotonic() + 60
    while not worker._is_ready(process_of(worker)):
        assert time.monotonic() < end
        time.sleep(0.005)


def program(text: str) -> list[str]:
    return [sys.executable, "-P", "-c", SERVE + text]


@pytest.fixture(scope="module")
def shared() -> Iterator[HeaderWorker]:
    with HeaderWorker() as worker:
        ready(worker)
        yield worker


def test_many_are_read_there(shared: HeaderWorker) -> None:
    new = [mail(uid) for uid in range(1, 5001)]
    before = process_of(shared).pid
    assert shared.arrivals(new) == here(new)
    assert process_of(shared).pid == before
    assert all(type(one) is Arrival for one in shared.arrivals(new[:MANY]))


def test_large_headers_go_through_the_pipe(shared: HeaderWorker) -> None:
    new = [mail(uid, b"Subject: " + b"x" * 240_000 + b"\r\nTo: " + b"a@b.org, " * 200) for uid in range(1, MANY + 1)]
    assert shared.arrivals(new) == here(new)
    assert shared.running


odd = st.one_of(
    st.binary(max_size=200),
    st.lists(
        st.tuples(
            st.sampled_from(LIST_FIELDS),
            st.one_of(
                st.binary(max_size=60),
                st.text(max_size=40).map(lambda text: text.encode("utf-8", "surrogatepass")),
                st.sampled_from(
                    [b"<a@b>", b"Re: =?utf-8?B?w6k=?=", b"A <a@b>, B: c@d;", b"Tue, 1 Jul 2025 10:00 +0200"]
                ),
            ),
        ),
        max_size=8,
    ).map(lambda fields: b"".join(name.encode() + b": " + value + b"\r\n" for name, value in fields)),
)
messages = st.builds(
    NewMessage,
    uid=st.integers(1, 2**32 - 1),
    flags=st.integers(0, 127).map(Flag),
    keywords=st.lists(st.text(max_size=10), max_size=3).map(tuple),
    received=st.integers(-(2**40), 2**40),
    size=st.integers(0, 2**63 - 1),
    header=odd,
    strong_id=st.sampled_from(["", "M1", "é"]),
    thread_id=st.sampled_from(["", "T1"]),
)


@given(st.lists(messages, min_size=1, max_size=20))
def test_it_reads_odd_headers_as_they_are_read_here(shared: HeaderWorker, new: list[NewMessage]) -> None:
    many = new * (MANY // len(new) + 1)
    assert shared.arrivals(many) == here(many)
    assert shared.running


def test_without_a_process_they_are_read_here() -> None:
    new = [mail(uid) for uid in range(1, 1000)]
    worker = HeaderWorker()
    assert worker.arrivals(new) == here(new)
    assert not worker.running


def test_a_slow_start_is_not_waited_for() -> None:
    new = [mail(uid) for uid in range(1, 1000)]
    with HeaderWorker(program("time.sleep(600)")) as worker:
        worker.start()
        assert worker.arrivals(new) == here(new)
        assert worker.running


@pytest.mark.parametrize(
    "text",
    [
        "w._write_frame(sys.stdout.buffer, w._READY); sys.stdin.buffer.read(3); os.kill(os.getpid(), 9)",
        "w._write_frame(sys.stdout.buffer, w._READY); print('garbage' * 100, flush=True); time.sleep(600)",
        "w._write_frame(sys.stdout.buffer, w._READY); w._write_frame(sys.stdout.buffer, b'garbage'); time.sleep(600)",
        "w._write_frame(sys.stdout.buffer, w._READY); w._write_frame(sys.stdout.buffer, w.marshal.dumps([1, 2])); time.sleep(600)",
        "w._write_frame(sys.stdout.buffer, w._READY); w._write_frame(sys.stdout.buffer, w.marshal.dumps([])); time.sleep(600)",
        "w._write_frame(sys.stdout.buffer, w._READY); sys.stdin.buffer.read()",
        "w._write_frame(sys.stdout.buffer, w._READY); time.sleep(600)",
        "w.arrival_of = lambda new: 1 / 0; w.main()",
    ],
    ids=["killed", "garbage", "no marshal", "other values", "too few", "never answers", "never reads", "raises"],
)
def test_what_fails_there_is_read_here(text: str) -> None:
    new = [mail(uid) for uid in range(1, 3001)]
    with HeaderWorker(program(text), seconds=0.5) as worker:
        ready(worker)
        process = process_of(worker)
        assert worker.arrivals(new) == here(new)
        assert not worker.running
        assert process.returncode is not None


def test_killed_between_pages_and_started_again() -> None:
    new = [mail(uid) for uid in range(1, 1000)]
    with HeaderWorker() as worker:
        ready(worker)
        process_of(worker).send_signal(signal.SIGKILL)
        assert worker.arrivals(new) == here(new)
        assert not worker.running
        ready(worker)
        assert worker.arrivals(new) == here(new)
        assert worker.running


def test_a_program_that_is_not_there_is_not_tried_for_ever() -> None:
    new = [mail(uid) for uid in range(1, 300)]
    worker = HeaderWorker(["/nonexistent/python"])
    for _try in range(4):
        worker.start()
        assert worker.arrivals(new) == here(new)
        assert not worker.running
    assert worker._failures == 2


def test_it_ends_with_its_pipe() -> None:
    worker = HeaderWorker()
    ready(worker)
    process = process_of(worker)
    assert process.stdin is not None
    process.stdin.close()
    assert process.wait(60) == 0
    worker.close()
