"""The front page: one verdict, four lanes, what needs somebody, and the day so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

from django.apps import apps
from django.conf import settings
from django.db import connection
from django.db.models import Q, Sum

from alerts import listing
from alerts.models import Alert, Rule, Severity
from analytics import figures, series
from analytics.models import Portfolio, TradeRollup
from analytics.models.trades import Unit
from health import board
from ops_portal.lib.changes import Change, changes
from ops_portal.lib.words import ABSENT, gain, measure, money, ratio

ATTENTION = 8  # open alerts shown
CHANGES = 5
BANDS = 20
HISTORIES = ("alerts.RuleEvent", "alerts.PolicyEvent", "alerts.ReceiverEvent")
LANES = {"trading": "trading", "risk": "alerts", "feeds": "system", "system": "system"}  # -> page
NAMES = {"trading": "Trading", "risk": "Risk", "feeds": "Feeds", "system": "System"}
DRAWDOWN = "current_drawdown"
# Which lane an alert worsens, by the words in its metric; the rest is trading.
WORDS = {
    "risk": ("drawdown", "exposure", "var_", "volatility", "loss"),
    "feeds": ("data_latency", "silence", "feed"),
    "system": ("error", "component", "cpu", "memory", "disk", "portal_", "queue"),
}
# Worst last. What a lane reports and what fires in it count alike.
ORDER = ("up", "info", "absent", "stale", "degraded", "warning", "down", "critical")


@dataclass(frozen=True, slots=True)
class Figure:
    """A value of a lane. `at`: when it is from; None for a sum over the day."""

    label: str
    value: str
    tone: str = ""
    at: datetime | None = None
    key: str = ""


@dataclass(frozen=True, slots=True)
class Lane:
    key: str
    name: str
    page: str
    state: str
    alerts: int
    note: str
    seen_at: datetime | None
    figures: Sequence[Figure] = field(default_factory=tuple)


@dataclass(frozen=True, slots=True)
class Verdict:
    """The sentence on top. `alert`: the one to act on."""

    tone: str
    icon: str
    text: str
    alert: listing.Row | None = None


@dataclass(frozen=True, slots=True)
class Book:
    """Whose money the front page shows."""

    env: str
    currency: str
    days: dict[datetime, Decimal]  # minute -> PnL of the trades closed in it, today
    trades: int
    wins: int
    before: Decimal  # equity at midnight, zero without a starting capital
    has_capital: bool
    known: bool  # anything was ever booked: only then is nothing a zero

    @property
    def pnl(self) -> Decimal:
        return sum(self.days.values(), Decimal(0))


@dataclass(frozen=True, slots=True)
class Overview:
    verdict: Verdict
    lanes: list[Lane]
    attention: list[listing.Row]
    changes: list[Change]
    book: Book
    chart: dict[str, Any]
    components: list[dict[str, Any]]
    drawdown_series: int | None


def read(*, now: datetime) -> Overview:
    """Everything the front page shows."""
    snapshot, book = board.snapshot(now=now), _book(now)
    attention, firing = listing.attention(ATTENTION), listing.untaken()
    drawdown = next(iter(series.latest(DRAWDOWN, {"env": book.env})), None)
    found = {
        "trading": _trading_figures(book),
        "risk": _risk_figures(drawdown),
        "feeds": _feed_figures(snapshot),
        "system": _system_figures(snapshot),
    }
    lanes = [
        _lane(
            row, [some for some in firing if lane_of(some.metric) == row["key"]], found[row["key"]]
        )
        for key in LANES
        for row in snapshot.lanes
        if row["key"] == key
    ]
    return Overview(
        verdict=_verdict(attention, firing, lanes),
        lanes=lanes,
        attention=attention,
        changes=_changes(),
        book=book,
        chart=_chart(book, now=now),
        components=snapshot.components,
        drawdown_series=drawdown.pk if drawdown else None,
    )


def lane_of(metric: str) -> str:
    """The lane whose state an alert on this metric worsens."""
    named = (lane for lane, words in WORDS.items() if any(word in metric for word in words))
    return next(named, "trading")


def _lane(row: dict[str, Any], firing: Sequence[listing.Untaken], found: Sequence[Figure]) -> Lane:
    states = [str(row["state"]), *(some.severity for some in firing)]
    key = str(row["key"])
    return Lane(
        key=key,
        name=NAMES[key],
        page=LANES[key],
        state=max(states, key=ORDER.index),
        alerts=sum(some.number for some in firing),
        note=str(row["note"]),
        seen_at=_moment(row["last_event"]),
        figures=found,
    )


def _verdict(
    attention: Sequence[listing.Row], firing: Sequence[listing.Untaken], lanes: Sequence[Lane]
) -> Verdict:
    if attention and attention[0].state == Alert.State.FIRING:
        first = attention[0].severity
        alike = sum(some.number for some in firing if some.severity == first)
        return _needed(attention[0], max(alike, 1))
    amiss = [lane for lane in lanes if lane.state in ("down", "degraded", "stale")]
    if amiss:
        worst = max(amiss, key=lambda lane: ORDER.index(lane.state))
        tone = "critical" if worst.state == "down" else "warning"
        others = f" and {len(amiss) - 1} more" if len(amiss) > 1 else ""
        text = f"{worst.name}{others} {'are' if others else 'is'} {worst.state}: {worst.note}"
        return Verdict(tone, worst.state if worst.state == "down" else tone, text)
    if attention:
        row = attention[0]
        text = f"{row.acknowledged_by} is on it: {row.title}."
        return Verdict("acked", "acked", text, row)
    if all(lane.state == "absent" for lane in lanes if lane.key != "system"):
        return Verdict("quiet", "nodata", "Nothing has reported yet.")
    return Verdict("ok", "ok", "The desk is well: nothing fires and everything that reports is up.")


def _needed(first: listing.Row, alike: int) -> Verdict:
    """`alike`: how many of its severity fire, counted up to listing.MOST."""
    severity = first.severity
    value = "no data" if first.value is None else f"now {measure(first.value, first.unit)}"
    count = f"{alike:,}" + ("+" if alike >= listing.MOST else "")
    plural = f"{count} {severity} alerts need" if alike > 1 else f"1 {severity} alert needs"
    return Verdict(severity, severity, f"{plural} you: {first.title}, {value}.", first)


def _book(now: datetime) -> Book:
    """Today's trades of the environment `live`, else of the one that has any."""
    with connection.cursor() as cursor:
        scopes = figures.scopes(cursor)
    wanted = ("live", settings.REPORTING_CURRENCY)
    alike = [scope for scope in scopes if scope[0] == "live"] or scopes
    env, currency = wanted if wanted in scopes or not alike else alike[0]
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    mine = TradeRollup.objects.filter(env=env, currency=currency)
    today = mine.filter(unit=Unit.MINUTE, bucket__gte=midnight).order_by()
    minutes = today.values_list("bucket").annotate(Sum("pnl")).order_by("bucket")
    counts = today.aggregate(Sum("trades"), Sum("wins"))
    capital = Portfolio.objects.filter(env=env, currency=currency, strategy="").first()
    earlier = mine.filter(unit=Unit.DAY, bucket__lt=midnight).aggregate(Sum("pnl"))["pnl__sum"]
    return Book(
        env=env,
        currency=currency,
        days=dict(minutes),
        trades=counts["trades__sum"] or 0,
        wins=counts["wins__sum"] or 0,
        before=capital.starting_capital + (earlier or 0) if capital else Decimal(0),
        has_capital=capital is not None,
        known=bool(scopes),
    )


def _chart(book: Book, *, now: datetime) -> dict[str, Any]:
    """The curve of the day and the alerts that fired in it; times in epoch milliseconds."""
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    total, points = book.before, [[_ms(midnight), float(book.before)]]
    for minute, pnl in book.days.items():
        total += pnl
        points.append([_ms(minute), float(total)])
    today = Q(resolved_at__isnull=True) | Q(resolved_at__gte=midnight)
    here = Q(labels__env=book.env) | ~Q(labels__has_key="env")
    fired = Alert.objects.filter(today, here, started_at__lte=now).exclude(severity="info")
    newest = fired.order_by("-started_at")[:BANDS]
    return {
        "env": book.env,
        "currency": book.currency,
        "before": float(book.before),
        "start": _ms(midnight),
        "end": _ms(midnight + timedelta(days=1)),
        "minutes": [[_ms(minute), str(pnl)] for minute, pnl in book.days.items()],
        "points": points,
        "bands": [
            {
                "from": _ms(max(alert.started_at, midnight)),
                "to": _ms(alert.resolved_at) if alert.resolved_at else None,
                "tone": alert.severity,
                "label": alert.title,
            }
            for alert in sorted(newest, key=lambda alert: alert.severity == Severity.CRITICAL)
        ],
    }


def _trading_figures(book: Book) -> list[Figure]:
    if not book.known:
        return [Figure("PnL today", ABSENT), Figure("Trades", ABSENT), Figure("Won", ABSENT)]
    won = ratio(book.wins / book.trades, 0) if book.trades else ABSENT
    return [
        Figure("PnL today", money(book.pnl, book.currency), gain(book.pnl), key="pnl"),
        Figure("Trades", str(book.trades), key="trades"),
        Figure("Won", won),
    ]


def _risk_figures(drawdown: Any) -> list[Figure]:
    limit = Rule.objects.filter(metric=DRAWDOWN, enabled=True).order_by("-threshold").first()
    value = drawdown.last_value if drawdown else None
    shown = measure(value, DRAWDOWN) if drawdown else ABSENT
    at = drawdown.last_ts if drawdown else None
    found = [Figure("Drawdown", shown, at=at, key="drawdown")]
    if limit:
        found.append(Figure("Limit", measure(limit.threshold, DRAWDOWN)))
    return found


def _feed_figures(snapshot: board.Snapshot) -> list[Figure]:
    newest = max((row["last_event"] or 0.0 for row in snapshot.streams), default=0.0)
    known = [row for row in snapshot.streams if row["last_event"]]
    up = sum(row["state"] == "up" for row in known)
    age = Figure("Last event", "" if newest else ABSENT, at=_moment(newest or None), key="newest")
    return [age, Figure("Streams up", f"{up} of {len(known)}" if known else ABSENT)]


def _system_figures(snapshot: board.Snapshot) -> list[Figure]:
    processes, parts = snapshot.processes, snapshot.components
    running = sum(row["state"] == "up" for row in processes)
    alive = sum(row["state"] == "up" for row in parts)
    waiting = sum(snapshot.dead_letters.values())
    return [
        Figure("Processes", f"{running} of {len(processes)}" if processes else ABSENT),
        Figure("Components", f"{alive} of {len(parts)}" if parts else ABSENT),
        Figure("Dead letters", f"{waiting:,}", "loss" if waiting else ""),
    ]


def _changes() -> list[Change]:
    histories = [apps.get_model(name).objects.all() for name in HISTORIES]
    return changes(*histories, newest=CHANGES)


def _moment(epoch: float | None) -> datetime | None:
    return datetime.fromtimestamp(epoch, UTC) if epoch else None


def _ms(moment: datetime) -> int:
    return int(moment.timestamp() * 1000)
