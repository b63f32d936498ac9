"""The desk's figures for Prometheus, read from the rows when it scrapes.

The agent's own metric names stay as they are, without labels: they speak of the environment `live`
and, where money counts, of the reporting currency. An undefined value is an absent series.
"""

from __future__ import annotations

from collections.abc import Iterator
from itertools import accumulate

from django.db.models import Sum
from prometheus_client.core import (
    CounterMetricFamily,
    GaugeMetricFamily,
    HistogramMetricFamily,
    Metric,
)

from analytics.histograms import EDGES
from analytics.models import EventRollup, Histogram, Series, StreamState, TradeRollup

LIVE = "live"
DAY = "d"
LATENCIES = {
    "execution_latency_seconds": "Seconds from order to execution, as the agent reports them.",
    "data_latency_seconds": "Seconds by which the agent's market data was late.",
}
REPORTED = {  # series of the agent -> (metric, what it says); labels: env, strategy
    "portal_drawdown_ratio": ("ops_trading_drawdown_ratio", "Fall from the highest equity, <= 0."),
    "leverage": ("ops_trading_leverage_ratio", "Exposure by equity, as reported."),
}
EXPOSURES = {"gross_exposure": "gross", "net_exposure": "net"}


def families(*, currency: str) -> Iterator[Metric]:
    """All families of the desk. `currency`: the one that the unlabelled figures speak of."""
    yield from _agents_own(currency)
    yield from _latencies()
    yield from _trading()
    yield from _reported()
    yield from _intake()


def _agents_own(currency: str) -> Iterator[Metric]:
    live = TradeRollup.objects.filter(unit=DAY, env=LIVE)
    signals = EventRollup.objects.filter(unit=DAY, env=LIVE, kind=EventRollup.Kind.SIGNAL)
    yield CounterMetricFamily(
        "signals_generated",
        "Signals stored, all strategies.",
        value=signals.aggregate(n=Sum("count"))["n"] or 0,
    )
    yield CounterMetricFamily(
        "trades_executed", "Closed trades.", value=live.aggregate(n=Sum("trades"))["n"] or 0
    )
    sums = live.filter(currency=currency).aggregate(
        trades=Sum("trades"), wins=Sum("wins"), pnl=Sum("pnl")
    )
    if sums["trades"]:
        yield GaugeMetricFamily(
            "current_pnl", "Realised PnL net of fees, reporting currency.", value=float(sums["pnl"])
        )
        yield GaugeMetricFamily(
            "win_rate",
            "Winning trades by closed trades, percent 0 to 100.",
            value=100.0 * sums["wins"] / sums["trades"],
        )
    sharpe = _newest("sharpe_ratio")
    if sharpe is not None:
        yield GaugeMetricFamily("sharpe_ratio", "As the agent reports it.", value=sharpe)


def _newest(name: str) -> float | None:
    series = Series.objects.filter(name=name, labels__env=LIVE, last_ts__isnull=False)
    newest = series.order_by("-last_ts").first()
    return newest.last_value if newest else None


def _latencies() -> Iterator[Metric]:
    kept = {row.name: row for row in Histogram.objects.filter(env=LIVE)}
    for name, said in LATENCIES.items():
        family = HistogramMetricFamily(name, said)
        if name in kept:
            family.add_metric([], _cumulated(kept[name]), kept[name].total)
            yield family
    if "slippage_bps" in kept:
        family = HistogramMetricFamily(
            "ops_trading_slippage_bps", "Price paid against price asked, basis points."
        )
        family.add_metric([], _cumulated(kept["slippage_bps"]), kept["slippage_bps"].total)
        yield family


def _cumulated(row: Histogram) -> list[tuple[str, float]]:
    edges = [*(str(edge) for edge in EDGES[row.name]), "+Inf"]
    return list(zip(edges, accumulate(row.counts), strict=True))


def _trading() -> Iterator[Metric]:
    pnl = GaugeMetricFamily(
        "ops_trading_pnl",
        "Sums since the first trade.",
        labels=["env", "strategy", "currency", "kind"],
    )
    grouped = TradeRollup.objects.filter(unit=DAY).values_list("env", "strategy", "currency")
    for env, strategy, currency, realized, fees in grouped.annotate(Sum("pnl"), Sum("fees")):
        pnl.add_metric([env, strategy, currency, "realized"], float(realized))
        pnl.add_metric([env, strategy, currency, "fees"], float(fees))
    yield pnl
    kinds = {
        EventRollup.Kind.SIGNAL: ("ops_trading_signals", "Signals by type.", "type"),
        EventRollup.Kind.DECISION: ("ops_trading_decisions", "Risk decisions.", "decision"),
        EventRollup.Kind.ORDER: ("ops_trading_orders", "Order outcomes.", "status"),
    }
    counts = EventRollup.objects.filter(unit=DAY).values_list("kind", "label", "env", "strategy")
    rows = list(counts.annotate(Sum("count")))
    for kind, (name, said, label) in kinds.items():
        family = CounterMetricFamily(name, said, labels=[label, "env", "strategy"])
        for of, value, env, strategy, number in rows:
            if of == kind:
                family.add_metric([value, env, strategy], number)
        yield family


def _reported() -> Iterator[Metric]:
    wanted = [*REPORTED, *EXPOSURES]
    rows = Series.objects.filter(name__in=wanted, last_value__isnull=False).order_by("last_ts")
    found = {
        (row.name, row.labels.get("env", LIVE), row.labels.get("strategy", "")): row for row in rows
    }
    for series, (name, said) in REPORTED.items():
        family = GaugeMetricFamily(name, said, labels=["env", "strategy"])
        for (of, env, strategy), row in found.items():
            if of == series and row.last_value is not None:
                family.add_metric([env, strategy], row.last_value)
        yield family
    family = GaugeMetricFamily(
        "ops_trading_exposure", "As reported, quote currency.", labels=["kind", "env", "strategy"]
    )
    for (of, env, strategy), row in found.items():
        if of in EXPOSURES and row.last_value is not None:
            family.add_metric([EXPOSURES[of], env, strategy], row.last_value)
    yield family


def _intake() -> Iterator[Metric]:
    events = CounterMetricFamily("ops_trading_ingest_events", "Events stored.", labels=["stream"])
    repeated = CounterMetricFamily(
        "ops_trading_ingest_duplicates", "Events that were stored before.", labels=["stream"]
    )
    lost = CounterMetricFamily(
        "ops_trading_ingest_lost", "Entries trimmed before they were read.", labels=["stream"]
    )
    rejected = CounterMetricFamily(
        "ops_trading_ingest_rejected", "Entries not understood.", labels=["stream", "reason"]
    )
    inferred = CounterMetricFamily(
        "ops_trading_ingest_inferred", "Fields that were guessed.", labels=["stream", "field"]
    )
    lag = GaugeMetricFamily(
        "ops_trading_ingest_lag_seconds", "Age of the oldest entry that waits.", labels=["stream"]
    )
    for state in StreamState.objects.order_by("stream"):
        events.add_metric([state.stream], state.accepted)
        repeated.add_metric([state.stream], state.duplicates)
        lost.add_metric([state.stream], state.lost)
        for reason, number in state.rejected.items():
            rejected.add_metric([state.stream, reason], number)
        for name, number in state.inferred.items():
            inferred.add_metric([state.stream, name], number)
        if state.oldest_waiting_seconds is not None:
            lag.add_metric([state.stream], state.oldest_waiting_seconds)
    yield from (events, repeated, lost, rejected, inferred, lag)
