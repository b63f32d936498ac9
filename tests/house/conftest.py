"""What the tests of the house share."""

from pathlib import Path
from tempfile import gettempdir

import pytest


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A folder for a desk; PostgreSQL of root runs under another user, who must get there."""
    for folder in (tmp_path, *tmp_path.parents):
        if Path(gettempdir()) in folder.parents:
            folder.chmod(0o711)
    return tmp_path / "state"
