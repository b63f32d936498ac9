"""The quick way is tried until it fails once; then the careful one is taken for a while."""

from __future__ import annotations


class Care:
    """How many more `batches` go the careful way; both give the same, in other times."""

    def __init__(self, *, batches: int) -> None:
        self._batches = batches
        self._left = 0

    def take(self) -> None:
        self._left = self._batches

    def is_needed(self) -> bool:
        """Ask once a batch."""
        needed = self._left > 0
        self._left -= needed
        return needed
