"""Curves and bars as points of a picture that is 720 wide: drawn by the page without a script."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, MARGIN = 720.0, 160.0, 6.0


@dataclass(frozen=True, slots=True)
class Curve:
    """`points` for a polyline; `zero` is where 0 lies, None outside the picture."""

    points: str
    low: float
    high: float
    zero: float | None


@dataclass(frozen=True, slots=True)
class Bar:
    """One value, from 0 up or down."""

    x: float
    y: float
    width: float
    height: float
    gain: str
    title: str


def curve(values: Sequence[float], *, top: float | None = None) -> Curve | None:
    """Evenly spaced values, from left to right; None for fewer than two. `top`: the upper edge."""
    if len(values) < 2:
        return None
    low, high = min(values), max(values) if top is None else top
    step = WIDTH / (len(values) - 1)
    points = " ".join(
        f"{place * step:.1f},{_y(value, low, high):.1f}" for place, value in enumerate(values)
    )
    return Curve(points, low, high, _y(0.0, low, high) if low <= 0 <= high else None)


def bars(values: Sequence[float], titles: Sequence[str]) -> list[Bar]:
    """One for each value, around a line at 0."""
    if not values:
        return []
    low, high = min(0.0, *values), max(0.0, *values)
    step = WIDTH / len(values)
    made = []
    for place, (value, title) in enumerate(zip(values, titles, strict=True)):
        upper, lower = _y(max(value, 0.0), low, high), _y(min(value, 0.0), low, high)
        made.append(
            Bar(
                round(place * step + step * 0.1, 1), round(upper, 1), round(step * 0.8, 1),
                round(lower - upper, 1), "profit" if value > 0 else "loss" if value < 0 else "",
                title,
            )
        )  # fmt: skip
    return made


def _y(value: float, low: float, high: float) -> float:
    share = (high - value) / (high - low) if high > low else 0.5
    return MARGIN + share * (HEIGHT - 2 * MARGIN)
