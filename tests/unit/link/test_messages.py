import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui_mail.link.messages import Done, Hello, SaveAccount, WaitOperations, decode, encode
from tui_mail.link.outcome import as_error, check, failure
from tui_mail.model import errors


@given(
    st.builds(
        Done,
        id=st.integers(0, 1 << 40),
        ok=st.booleans(),
        kind=st.text(max_size=10),
        text=st.text(max_size=200),
        result=st.dictionaries(st.text(max_size=5), st.integers() | st.text(max_size=5), max_size=3),
    )
)
def test_a_message_comes_back_as_it_went(done: Done) -> None:
    line = encode(done)
    assert line.endswith(b"\n")
    assert b"\n" not in line[:-1]
    assert decode(line) == done


@given(st.binary(max_size=200))
def test_anything_else_is_a_value_error(line: bytes) -> None:
    try:
        decode(line)
    except ValueError:
        pass


@pytest.mark.parametrize(
    "line", [b"[]", b"1", b"null", b'{"type":"nothing"}', b'{"type":"done"}', b'{"type":["done"]}', b"{", b"\xff"]
)
def test_what_is_no_message_is_refused(line: bytes) -> None:
    with pytest.raises(ValueError):
        decode(line)


def test_unknown_fields_are_ignored() -> None:
    assert decode(b'{"type":"hello","version":"9","colour":"red"}') == Hello(version="9")


def test_a_secret_is_on_the_wire_and_not_in_the_repr() -> None:
    request = SaveAccount(id=1, account={"name": "a"}, secret="hunter2", where="file")
    assert json.loads(encode(request))["secret"] == "hunter2"
    assert "hunter2" not in repr(request)


def test_lists_come_back_as_lists() -> None:
    assert decode(encode(WaitOperations(id=1, operations=[3, 4]))) == WaitOperations(id=1, operations=[3, 4])


@pytest.mark.parametrize(
    "error",
    [
        errors.SignInRefused("x"),
        errors.Unreachable("x"),
        errors.Stalled("x"),
        errors.CertificateRefused("x"),
        errors.Throttled("x", 3.0),
        errors.Refused("x"),
        errors.NotFound("x"),
        errors.StoreFull("x"),
        errors.QueryError("x", 4),
        errors.ConfigError("x"),
        errors.TuiMailError("x"),
    ],
)
def test_an_error_keeps_its_kind_across_the_link(error: errors.TuiMailError) -> None:
    done = failure(3, error)
    assert (done.id, done.ok) == (3, False)
    with pytest.raises(type(error)) as caught:
        check(done)
    assert type(caught.value) is type(error)
    assert caught.value.text == "x"


def test_an_unknown_kind_is_trouble_with_the_engine() -> None:
    assert type(as_error("from-the-future", "x")) is errors.EngineTrouble
    assert check(Done(id=1)) == Done(id=1)
