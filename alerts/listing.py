"""The alerts list: tabs, filters and pages that neither skip nor repeat while alerts come in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, cast

from django.db.models import Case, Count, IntegerField, Prefetch, Q, QuerySet, Value, When

from alerts.models import Acknowledgment, Alert, Escalation, Severity
from alerts.summary import person

PAGE = 50  # rows
RECENT = timedelta(hours=24)  # how long a resolved alert stays in the list
OPEN = (Alert.State.FIRING, Alert.State.ACKNOWLEDGED)
FIRING = Q(state=Alert.State.FIRING)
ENVS = ("live", "paper", "backtest")


class Tab(StrEnum):
    FIRING = "firing"
    ACKNOWLEDGED = "acknowledged"
    NODATA = "nodata"
    QUIET = "quiet"
    RESOLVED = "resolved"


TABS = {
    Tab.FIRING: "Firing",
    Tab.ACKNOWLEDGED: "Acknowledged",
    Tab.NODATA: "No data",
    Tab.QUIET: "Kept quiet",
    Tab.RESOLVED: "Resolved 24 h",
}


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for; blank means all."""

    tab: Tab = Tab.FIRING
    q: str = ""
    severity: str = ""
    env: str = ""
    rule: str = ""

    @property
    def narrowed(self) -> bool:
        return bool(self.q or self.severity or self.env or self.rule)


@dataclass(frozen=True, slots=True)
class Row:
    """One alert of the list with who has it and what comes next."""

    alert: Alert
    metric: str = ""
    acknowledged_by: str = ""
    note: str = ""
    next_step_at: datetime | None = None

    @property
    def labels(self) -> dict[str, str]:
        """The labels worth showing: `live` is where everything happens."""
        return {k: v for k, v in self.alert.labels.items() if (k, v) != ("env", "live")}


def select(filters: Filters, *, now: datetime) -> QuerySet[Alert]:
    """The alerts of a tab, worst and newest first."""
    found = _narrowed(filters).filter(_in_tab(filters.tab, now=now))
    return found.annotate(rank=_rank()).order_by("rank", "-started_at", "-pk")


def counts(filters: Filters, *, now: datetime) -> dict[str, int]:
    """How many alerts each tab holds under these filters."""
    each = {tab.value: Count("pk", filter=_in_tab(tab, now=now)) for tab in Tab}
    recent = Q(state__in=OPEN) | Q(resolved_at__gt=now - RECENT)
    return cast("dict[str, int]", _narrowed(filters).filter(recent).aggregate(**each))


def firing_by_severity() -> dict[str, int]:
    """How many alerts fire that nobody has taken or silenced, by severity."""
    firing = Alert.objects.filter(state=Alert.State.FIRING, suppressed_by=[]).order_by()
    return dict(firing.values_list("severity").annotate(Count("pk")))


def page(filters: Filters, *, after: str, now: datetime) -> tuple[list[Row], str]:
    """The rows after the place `after` (blank: the first page) and the place of the next page."""
    found = select(filters, now=now)
    place = _place(after)
    if place:
        rank, started_at, pk = place
        same = Q(rank=rank) & (Q(started_at__lt=started_at) | Q(started_at=started_at, pk__lt=pk))
        found = found.filter(Q(rank__gt=rank) | same)
    alerts = list(_with_people(found)[: PAGE + 1])
    rows = [row(alert) for alert in alerts[:PAGE]]
    return rows, _place_of(alerts[PAGE - 1]) if len(alerts) > PAGE else ""


def attention(limit: int) -> list[Row]:
    """The open alerts that need somebody most: not taken, worst, newest."""
    taken = Case(When(state=Alert.State.ACKNOWLEDGED, then=Value(1)), default=Value(0))
    found = Alert.objects.filter(state__in=OPEN, suppressed_by=[]).annotate(
        rank=_rank(), taken=taken
    )
    return [row(alert) for alert in _with_people(found.order_by("taken", "rank", "-pk"))[:limit]]


def everything(filters: Filters, *, now: datetime) -> Iterator[Row]:
    """All rows of a tab for an export, read in chunks."""
    for alert in _with_people(select(filters, now=now)).iterator(chunk_size=500):
        yield row(alert)


def row(alert: Alert) -> Row:
    taken: Acknowledgment | None = next(iter(alert.current), None)  # type: ignore[attr-defined]
    run: Escalation | None = getattr(alert, "escalation", None)
    return Row(
        alert=alert,
        metric=str(alert.rule_snapshot.get("metric", "")),
        acknowledged_by=person(taken.user) if taken else "",
        note=taken.note if taken else "",
        next_step_at=run.next_at if run else None,
    )


def blank() -> Row:
    """The row that the page fills in for an alert that arrives later."""
    return Row(Alert(severity=Severity.INFO, started_at=datetime.fromtimestamp(0, UTC)))


def _narrowed(filters: Filters) -> QuerySet[Alert]:
    exact: dict[str, Any] = {"severity": filters.severity, "rule_name": filters.rule}
    if filters.env:
        exact["labels__env"] = filters.env
    found = Alert.objects.filter(**{name: value for name, value in exact.items() if value})
    if filters.q:
        words = Q(title__icontains=filters.q) | Q(rule_name__icontains=filters.q)
        found = found.filter(words | Q(labels__icontains=filters.q))
    return found


def _in_tab(tab: Tab, *, now: datetime) -> Q:
    match tab:
        case Tab.FIRING:
            return FIRING & Q(condition=Alert.Condition.BREACH, suppressed_by=[])
        case Tab.NODATA:
            return FIRING & Q(condition=Alert.Condition.NODATA, suppressed_by=[])
        case Tab.QUIET:
            return FIRING & ~Q(suppressed_by=[])
        case Tab.ACKNOWLEDGED:
            return Q(state=Alert.State.ACKNOWLEDGED)
        case Tab.RESOLVED:
            return Q(state=Alert.State.RESOLVED, resolved_at__gt=now - RECENT)


def _rank() -> Case:
    worst_first = reversed(Severity.values)
    return Case(
        *(When(severity=name, then=Value(rank)) for rank, name in enumerate(worst_first)),
        output_field=IntegerField(),
    )


def _with_people(found: QuerySet[Alert]) -> QuerySet[Alert]:
    held = Acknowledgment.objects.filter(ended_at__isnull=True).select_related("user")
    current = Prefetch("acknowledgments", queryset=held, to_attr="current")
    return found.select_related("escalation", "resolved_by").prefetch_related(current)


def _place_of(alert: Alert) -> str:
    return f"{alert.rank}~{alert.started_at.isoformat()}~{alert.pk}"  # type: ignore[attr-defined]


def _place(text: str) -> tuple[int, datetime, int] | None:
    """The place that `_place_of` wrote; None for anything else, which shows the first page."""
    try:
        rank, started_at, pk = text.split("~")
        place = int(rank), datetime.fromisoformat(started_at), int(pk)
    except ValueError:
        return None
    return place if place[1].tzinfo and abs(place[0]) < 10 and abs(place[2]) < 2**63 else None
