"""A file and a function stay small enough to be read at once."""

import ast
from pathlib import Path

import pytest

from tests.house.sources import BASE, modules, python_files

PYTHON_LINES, SCRIPT_LINES, FUNCTION_LINES = 350, 200, 60


@pytest.mark.parametrize("path", python_files(), ids=str)
def test_a_python_file_stays_short(path: Path) -> None:
    assert len((BASE / path).read_text().splitlines()) <= PYTHON_LINES


@pytest.mark.parametrize("path", modules(), ids=str)
def test_a_javascript_module_stays_short(path: Path) -> None:
    assert len((BASE / path).read_text().splitlines()) <= SCRIPT_LINES


@pytest.mark.parametrize("path", python_files(), ids=str)
def test_no_function_is_long(path: Path) -> None:
    tree = ast.parse((BASE / path).read_text())
    functions = [
        node for node in ast.walk(tree) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]

    long = [f.name for f in functions if (f.end_lineno or 0) - f.lineno >= FUNCTION_LINES]

    assert long == []
