"""Vendored code is what its README says it is."""

from __future__ import annotations

import re
from hashlib import sha256
from pathlib import Path

import pytest
import unfold

OVERRIDES = Path(__file__).resolve().parents[2] / "ops_portal" / "overrides"


def test_the_vendored_alpine_is_the_one_that_was_reviewed() -> None:
    folder = OVERRIDES / "unfold" / "js" / "alpine"

    stated = re.findall(r"`([0-9a-f]{64})`", (folder / "README.md").read_text())

    assert stated == [sha256((folder / "alpine.js").read_bytes()).hexdigest()]


@pytest.mark.parametrize("path", list(OVERRIDES.rglob("*.js")), ids=lambda path: path.name)
def test_an_override_stands_in_for_a_file_that_exists(path: Path) -> None:
    library = Path(unfold.__file__).parent / "static"

    assert (library / path.relative_to(OVERRIDES)).exists()
