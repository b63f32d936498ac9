"""A file and a function stay small enough to be read at once."""

import ast
from collections.abc import Iterable, Iterator
from pathlib import Path

from tests.house.sources import BASE, modules, python_files

PYTHON_LINES, SCRIPT_LINES, FUNCTION_LINES = 350, 200, 60


def test_a_python_file_stays_short() -> None:
    assert longer_than(PYTHON_LINES, python_files()) == []


def test_a_javascript_module_stays_short() -> None:
    assert longer_than(SCRIPT_LINES, modules()) == []


def test_no_function_is_long() -> None:
    assert [found for path in python_files() for found in long_functions(path)] == []


def longer_than(lines: int, paths: Iterable[Path]) -> list[str]:
    return [str(path) for path in paths if len((BASE / path).read_text().splitlines()) > lines]


def long_functions(path: Path) -> Iterator[str]:
    kinds = ast.FunctionDef | ast.AsyncFunctionDef
    for node in ast.walk(ast.parse((BASE / path).read_text())):
        if isinstance(node, kinds) and (node.end_lineno or 0) - node.lineno >= FUNCTION_LINES:
            yield f"{path}: {node.name}"
