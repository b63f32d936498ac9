"""A small picture of a value around the firing: a PNG of numpy and zlib, nothing else.

Points are (seconds, value), oldest first; a gap is a None.
"""

from __future__ import annotations

import math
import struct
import zlib
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

Pixels = NDArray[np.uint8]
Point = tuple[float, float | None]

WIDTH, HEIGHT, MARGIN, THICK = 1_120, 280, 16, 4  # shown at half its size, sharp on any screen
PAPER, GRID, LINE = (255, 255, 255), (228, 231, 235), (47, 111, 222)
LIMIT, FIRED = (180, 35, 24), (253, 226, 224)
DASH = 12  # pixels


def draw(
    points: Sequence[Point], *, threshold: float | None = None, fired: float | None = None
) -> bytes:
    """The PNG; blank bytes when no two points hold a value. `fired`: seconds, tinted from there."""
    known = [(at, value) for at, value in points if value is not None and math.isfinite(value)]
    if len(known) < 2 or known[0][0] == known[-1][0]:
        return b""
    values = [value for _, value in known] + ([] if threshold is None else [threshold])
    low, high = min(values), max(values)
    spread = (high - low) or abs(high) or 1.0
    low, high = low - spread * 0.08, high + spread * 0.08
    start, end = known[0][0], known[-1][0]

    def x(at: float) -> int:
        return MARGIN + round((at - start) / (end - start) * (WIDTH - 2 * MARGIN - 1))

    def y(value: float) -> int:
        return MARGIN + round((high - value) / (high - low) * (HEIGHT - 2 * MARGIN - 1))

    pixels = np.full((HEIGHT, WIDTH, 3), PAPER, np.uint8)
    if fired is not None and fired < end:
        pixels[MARGIN:-MARGIN, max(MARGIN, x(max(start, fired))) : WIDTH - MARGIN] = FIRED
    for part in range(5):
        pixels[MARGIN + part * (HEIGHT - 2 * MARGIN - 1) // 4, MARGIN:-MARGIN] = GRID
    if threshold is not None:
        _dashed(pixels, y(threshold))
    for (at, value), (after, following) in _neighbours(points):
        _line(pixels, x(at), y(value), x(after), y(following))
    return png(pixels)


def png(pixels: Pixels) -> bytes:
    """The file of an array of height x width x RGB (PNG specification, sections 5 and 9)."""
    height, width, _ = pixels.shape
    rows = np.zeros((height, width * 3 + 1), np.uint8)  # the first byte of a row: no filter
    rows[:, 1:] = pixels.reshape(height, -1)
    head = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    body = zlib.compress(rows.tobytes(), 9)
    parts = ((b"IHDR", head), (b"IDAT", body), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(_chunk(name, content) for name, content in parts)


def _chunk(name: bytes, content: bytes) -> bytes:
    check = struct.pack(">I", zlib.crc32(name + content))
    return struct.pack(">I", len(content)) + name + content + check


def _neighbours(
    points: Sequence[Point],
) -> list[tuple[tuple[float, float], tuple[float, float]]]:
    """Pairs of points that follow each other without a gap."""
    pairs = pairwise(points)
    return [
        ((at, value), (after, following))
        for (at, value), (after, following) in pairs
        if value is not None
        and following is not None
        and math.isfinite(value)
        and math.isfinite(following)
    ]


def _line(pixels: Pixels, x0: int, y0: int, x1: int, y1: int) -> None:
    steps = max(abs(x1 - x0), abs(y1 - y0)) + 1
    across = np.linspace(x0, x1, steps).round().astype(int)
    down = np.linspace(y0, y1, steps).round().astype(int)
    for dx in range(THICK):
        for dy in range(THICK):
            pixels[
                np.clip(down + dy - THICK // 2, 0, HEIGHT - 1),
                np.clip(across + dx - THICK // 2, 0, WIDTH - 1),
            ] = LINE


def _dashed(pixels: Pixels, row: int) -> None:
    for left in range(MARGIN, WIDTH - MARGIN, 2 * DASH):
        pixels[row - 1 : row + 1, left : min(left + DASH, WIDTH - MARGIN)] = LIMIT
