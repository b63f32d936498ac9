"""The desk's machines: how they report, and what goes wrong with them."""

from __future__ import annotations

import math
from collections.abc import Iterator
from random import Random

from ops_portal.simulation.market import Market

REPORT_SECONDS = 10
# Component -> usual CPU and memory in percent.
COMPONENTS = {
    "data-ingestion": (18.0, 34.0),
    "signal-engine": (41.0, 52.0),
    "risk-manager": (7.0, 21.0),
    "order-executor": (11.0, 27.0),
}
ERRORS = (
    (
        "data-ingestion",
        "warning",
        "WebSocketDisconnect",
        "feed closed by peer, reconnecting",
        5_400,
    ),
    ("order-executor", "warning", "OrderRejected", "post-only order would have crossed", 3_600),
    ("signal-engine", "info", "SlowFeature", "feature window took {n} ms", 2_700),
    ("risk-manager", "warning", "StalePrice", "mark price is {n} ms old", 7_200),
    ("order-executor", "critical", "InsufficientMargin", "order of {n} USDT refused", 21_600),
)  # component, severity, type, message, seconds between two on average


def machine_entries(rng: Random, market: Market, at: float) -> Iterator[tuple[str, dict[str, str]]]:
    """(stream, fields) of this second."""
    if int(at) % REPORT_SECONDS == 0:
        busy = market.crash_at(at) is not None
        for component, (cpu, memory) in COMPONENTS.items():
            yield "system_metrics", _report(rng, component, cpu, memory, busy=busy, at=at)
    for component, severity, kind, message, seconds in ERRORS:
        if rng.random() < 1 / seconds:
            yield "error_events", _error(rng, component, severity, kind, message)


def _report(
    rng: Random, component: str, cpu: float, memory: float, *, busy: bool, at: float
) -> dict[str, str]:
    load = cpu * (1.6 if busy else 1.0) + rng.gauss(0, 2.5) + 4 * math.sin(at / 1_700)
    latency = math.exp(rng.gauss(math.log(0.9 if busy else 0.12), 0.4))
    degraded = component == "data-ingestion" and latency > 2.5
    fields = {
        "component": component, "source": component, "status": "degraded" if degraded else "ok",
        "health": f"{rng.uniform(55, 75) if degraded else rng.uniform(96, 100):.1f}",
        "cpu_percent": f"{min(99.0, max(1.0, load)):.1f}",
        "memory_percent": f"{memory + 3 * math.sin(at / 5_000) + rng.gauss(0, 0.4):.1f}",
        "disk_percent": f"{37 + at % 86_400 / 20_000:.1f}",
        "queue_lag": str(max(0, int(rng.gauss(40 if busy else 3, 4)))),
    }  # fmt: skip
    if component == "data-ingestion":
        fields |= {"data_latency": f"{latency:.4f}", "ws_connected": "true"}
        fields["last_candle_ts"] = str(int(at // 60 * 60_000))
    return fields


def _error(rng: Random, component: str, severity: str, kind: str, message: str) -> dict[str, str]:
    return {
        "component": component, "source": component, "severity": severity, "error_type": kind,
        "message": message.format(n=rng.randint(120, 4_000)),
    }  # fmt: skip
