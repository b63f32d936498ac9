"""The state of the desk's components and of the portal's processes for Prometheus."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import datetime

from django.db.models import Sum
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric

from health.lanes import component_state
from health.models import Component, ErrorGroup, Process
from health.processes import current
from health.status import State

LIVE = "live"
HEALTH_OF = {State.UP: 100.0, State.DEGRADED: 50.0, State.DOWN: 0.0, State.STALE: 0.0}


def families(*, now: datetime) -> Iterator[Metric]:
    components = list(Component.objects.order_by("env", "name"))
    yield from _components(components, now=now)
    yield from _processes(now=now)
    errors = CounterMetricFamily(
        "ops_trading_errors", "Errors that the agent reported.", labels=["severity"]
    )
    for severity, number in ErrorGroup.objects.values_list("severity").annotate(Sum("count")):
        errors.add_metric([severity], number)
    yield errors


def _components(components: list[Component], *, now: datetime) -> Iterator[Metric]:
    judged = [(component, component_state(component, now=now)) for component in components]
    live = [
        0.0 if state is State.STALE else _health(component, state)
        for component, state in judged
        if component.env == LIVE
    ]
    if live:
        yield GaugeMetricFamily(
            "system_health", "The least healthy component, 0 to 100; silent is 0.", value=min(live)
        )
    family = GaugeMetricFamily(
        "ops_trading_components", "Components of the agent.", labels=["env", "state"]
    )
    counts = Counter((component.env, state) for component, state in judged)
    for env in sorted({component.env for component in components}):
        for state in HEALTH_OF:
            family.add_metric([env, state], counts[env, state])
    yield family


def _health(component: Component, state: State) -> float:
    return HEALTH_OF[state] if component.health is None else component.health


def _processes(*, now: datetime) -> Iterator[Metric]:
    ages = GaugeMetricFamily(
        "ops_portal_process_beat_age_seconds", "Since the newest beat of a kind.", labels=["kind"]
    )
    sockets = GaugeMetricFamily("ops_portal_live_sockets", "Open live connections.")
    newest: dict[str, float] = {}
    total = 0
    for process in current(Process.objects.filter(stopped_at=None), now=now):
        age = (now - process.last_beat_at).total_seconds()
        newest[process.kind] = min(age, newest.get(process.kind, age))
        total += process.detail.get("sockets", 0)
    for kind, age in sorted(newest.items()):
        ages.add_metric([kind], age)
    if "live" in newest:
        sockets.add_metric([], total)
    yield ages
    yield sockets
