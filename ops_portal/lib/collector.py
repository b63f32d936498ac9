"""Python's search for unused cycles, which stands still whatever else the process does."""

from __future__ import annotations

import gc


def spare(*, after: int) -> None:
    """Leave out for good what the start has made, and look only each `after` new objects."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(after, 50, 100)
