"""The execution page: how orders ended, how long they took, at what price they filled."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from analytics.charts import Span
from analytics.earlier.period import told
from analytics.earlier.rows import (
    LESS,
    MORE,
    Compared,
    in_bps,
    in_counts,
    in_seconds,
    in_shares,
    rows,
)  # fmt: skip
from analytics.performance.undefined import Figure, Undefined

type Shown = Mapping[str, Any]  # as `analytics.execution.shown` tells a span


def state(bars: Span, before: Span, now: Shown, earlier: Shown) -> dict[str, Any]:
    """The medians of the bars before, and the figures of both."""
    lines = {name: [point[:2] for point in earlier[name]["curve"]]
             for name in ("latency", "slippage")}  # fmt: skip
    return told(bars, before, rows(FIGURES, now, earlier), **lines)


def _rate(name: str) -> Callable[[Shown], Figure]:
    def rate(shown: Shown) -> Figure:
        value: float | None = shown["rates"][name]
        return Undefined.NO_DATA if value is None else value

    return rate


def _quantile(name: str, place: int) -> Callable[[Shown], Figure]:
    def quantile(shown: Shown) -> Figure:
        quantiles: list[float] | None = shown[name]["quantiles"]
        return Undefined.NO_DATA if quantiles is None else quantiles[place]

    return quantile


FIGURES: list[Compared[Shown]] = [
    in_counts("Orders ended", lambda shown: int(shown["rates"]["ended"])),
    in_shares("Fill rate", _rate("fill_ratio"), better=MORE),
    in_shares("Rejection rate", _rate("rejection_ratio"), better=LESS),
    in_seconds("Latency, median", _quantile("latency", 0), better=LESS),
    in_seconds("Latency, p95", _quantile("latency", 1), better=LESS),
    in_seconds("Latency, p99", _quantile("latency", 2), better=LESS),
    in_bps("Slippage, median", _quantile("slippage", 0), better=LESS),
    in_bps("Slippage, p95", _quantile("slippage", 1), better=LESS),
]
