"""Rules of the house that no linter knows."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
MODULES = sorted((ROOT / "tui_mail").rglob("*.py"))
STORE = sorted(path.parent for path in (ROOT / "tui_mail/store").rglob("__init__.py"))


def imported(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def layer(path: Path) -> str:
    return path.relative_to(ROOT / "tui_mail").parts[0]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(ROOT)))
class TestModule:
    def test_opens_by_saying_what_it_owns(self, path: Path) -> None:
        assert ast.get_docstring(ast.parse(path.read_text())), "a module opens with what it owns and must not know"

    def test_is_one_idea_long(self, path: Path) -> None:
        assert len(path.read_text().splitlines()) <= 500

    def test_imports_what_its_layer_may(self, path: Path) -> None:
        names = set(imported(path))
        if layer(path) != "ui":
            assert not {name for name in names if name.split(".")[0] == "textual"}
        if layer(path) == "text":
            assert {name for name in names if name.split(".")[0] == "rich"} <= {"rich.cells"} | {
                f"rich.cells.{name}" for name in ("cell_len", "split_graphemes", "get_character_cell_size")
            }
        elif layer(path) != "ui":
            assert not {name for name in names if name.split(".")[0] == "rich"}
        if layer(path) != "store":
            assert "sqlite3" not in names


def test_every_suppression_has_a_code_and_a_reason() -> None:
    wanted = re.compile(r"# noqa: [A-Z]+\d+(, [A-Z]+\d+)* -- \w|# type: ignore\[[a-z-]+(, [a-z-]+)*\] +# \w")
    silent = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in MODULES
        for line in path.read_text().splitlines()
        if re.search(r"# noqa|# type: ignore", line) and not wanted.search(line)
    ]
    assert not silent


@pytest.mark.parametrize("room", STORE, ids=lambda room: str(room.relative_to(ROOT)))
def test_the_map_of_a_room_of_the_store_names_everything_in_it(room: Path) -> None:
    named = set(re.findall(r"``(\w+)``", ast.get_docstring(ast.parse((room / "__init__.py").read_text())) or ""))
    there = {path.stem for path in room.iterdir() if path.suffix == ".py" or path.is_dir()}
    assert named == there - {"__init__", "__pycache__"}


@pytest.mark.parametrize("room", STORE[1:], ids=lambda room: str(room.relative_to(ROOT)))
def test_a_room_of_the_store_loads_nothing_by_itself(room: Path) -> None:
    assert not set(imported(room / "__init__.py"))


def test_the_app_class_stays_small() -> None:
    tree = ast.parse((ROOT / "tui_mail/ui/app.py").read_text())
    classes = [node for node in tree.body if isinstance(node, ast.ClassDef) and node.name.endswith("App")]
    assert classes
    for node in classes:
        assert (node.end_lineno or 0) - node.lineno < 300


def test_markup_is_never_on() -> None:
    """Text of a message in Textual markup can crash the program or run an action."""
    for path in MODULES:
        if layer(path) == "ui":
            assert "markup=True" not in path.read_text()
            assert "from_markup" not in path.read_text()


def test_shell_is_never_used() -> None:
    for path in MODULES:
        source = path.read_text()
        assert "shell=True" not in source
        assert "os.system(" not in source
