"""The pictures of a mail: the curve, and the PnL of each day, as PNG."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from alerts.receivers import picture
from alerts.receivers.picture import GRID, HEIGHT, MARGIN, PAPER, WIDTH

PROFIT, LOSS = (23, 113, 58), (179, 22, 31)
GAP = 0.1  # of the width of a bar, on either side


def curve(levels: Sequence[float]) -> bytes:
    """Blank bytes for fewer than two levels."""
    return picture.draw(list(enumerate(levels)))


def bars(values: Sequence[float]) -> bytes:
    """From a line at zero, up and down; blank bytes where nothing was won or lost."""
    if not any(values):
        return b""
    low, high = min(0.0, *values), max(0.0, *values)
    pixels = np.full((HEIGHT, WIDTH, 3), PAPER, np.uint8)
    step = (WIDTH - 2 * MARGIN) / len(values)

    def row(value: float) -> int:
        return MARGIN + round((high - value) / (high - low) * (HEIGHT - 2 * MARGIN - 1))

    for place, value in enumerate(values):
        left, right = MARGIN + (place + GAP) * step, MARGIN + (place + 1 - GAP) * step
        upper, lower = sorted((row(value), row(0.0)))
        pixels[upper:lower, round(left) : max(round(right), round(left) + 1)] = (
            PROFIT if value > 0 else LOSS
        )
    pixels[row(0.0), MARGIN:-MARGIN] = GRID
    return picture.png(pixels)
