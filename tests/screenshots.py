"""The pictures of the README: `python -m tests.screenshots` draws a seeded desk on test servers."""

import sys
from pathlib import Path

import pytest

if __name__ == "__main__":
    pictures = Path(__file__).parent / "pages" / "pictures.py"
    sys.exit(pytest.main(["-q", "-p", "no:randomly", str(pictures)]))
