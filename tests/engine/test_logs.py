import logging
from pathlib import Path

import pytest

from tui_mail.engine.logs import close_log, open_log, redacted


@pytest.mark.parametrize(
    ("text", "hidden"),
    [
        ("password=hunter2 for ada", "hunter2"),
        ("Token: abc.def", "abc.def"),
        ("A1 LOGIN ada hunter2", "ada"),
        ("Authorization: Bearer xyz", "xyz"),
        ("secret hunter2", "hunter2"),
    ],
)
def test_what_stands_behind_such_words_is_hidden(text: str, hidden: str) -> None:
    assert hidden not in redacted(text).split()


def test_the_log_is_plain_text_and_rotates(tmp_path: Path) -> None:
    path = tmp_path / "engine.log"
    handler = open_log(path)
    log = logging.getLogger("tui_mail.engine.test")
    try:
        log.info("the server said \x1b[2J\x07 and \u202e more")
        log.debug("too much")
        try:
            raise ValueError("password=hunter2")
        except ValueError:
            log.exception("crashed")
        for number in range(12_000):
            log.info("%d %s", number, "x" * 100)
    finally:
        close_log(handler)
    written = "".join(each.read_text() for each in sorted(tmp_path.iterdir(), reverse=True))
    assert "\x1b" not in written
    assert "\x07" not in written
    assert "hunter2" not in written
    assert "too much" not in written
    assert "Traceback" in written
    assert (tmp_path / "engine.log.1").exists()
    assert path.stat().st_size < 1_100_000
