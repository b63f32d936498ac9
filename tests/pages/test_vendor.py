"""What others wrote is served as they published it."""

import hashlib
from pathlib import Path

import pytest

from tests.house.sources import BASE

VENDOR = BASE / "ops_portal/static/ops_portal/vendor"
CUT = {"chart-4.6.1.umd.min.js": b"\n//# sourceMappingURL=chart.umd.min.js.map\n"}


def rows() -> list[list[str]]:
    """file, package, version, licence, sum as served, sum as published."""
    lines = (VENDOR / "README.md").read_text().splitlines()
    table = [line.strip("|").split("|") for line in lines if line.startswith("|")]
    return [[cell.strip() for cell in row] for row in table[2:]]


def test_each_vendored_file_is_listed() -> None:
    scripts = {path.name for path in VENDOR.iterdir() if path.suffix in {".js", ".css"}}

    assert {row[0] for row in rows()} == scripts


@pytest.mark.parametrize("row", rows(), ids=lambda row: row[0])
def test_the_sums_are_right(row: list[str]) -> None:
    served = (VENDOR / row[0]).read_bytes()
    published = served.removesuffix(b"\n") + CUT.get(row[0], b"")

    assert hashlib.sha256(served).hexdigest() == row[4]
    assert hashlib.sha256(published).hexdigest() == row[5]
    assert Path(VENDOR / row[3].split("(")[1].rstrip(")")).exists()
