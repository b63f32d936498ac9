"""What the agent reports of itself: performance, components, errors; and foreign alerts."""

from __future__ import annotations

from typing import Any

from analytics.events.envelope import Bag
from analytics.events.structs import ErrorEvent, ForeignAlert, Performance, SystemMetrics
from analytics.fields import InvalidEvent, flag, is_void, ratio, text, whole

PERFORMANCE_NUMBERS = frozenset(
    (
        "total_trades", "current_pnl", "realized_pnl", "unrealized_pnl", "fees", "equity",
        "balance", "net_flow", "sharpe_ratio", "sortino_ratio", "max_drawdown", "profit_factor",
        "gross_exposure", "net_exposure", "leverage", "margin_used_ratio", "open_positions",
    )
)  # fmt: skip
GAUGES = ("cpu_percent", "memory_percent", "disk_percent", "data_latency")
STATUSES = {
    "ok": "ok", "healthy": "ok", "up": "ok", "green": "ok", "running": "ok", "1": "ok",
    "true": "ok", "alive": "ok", "online": "ok", "good": "ok", "active": "ok", "normal": "ok",
    "degraded": "degraded", "warn": "degraded", "warning": "degraded", "yellow": "degraded",
    "slow": "degraded",
    "down": "down", "error": "down", "fail": "down", "failed": "down", "red": "down",
    "dead": "down", "0": "down", "false": "down", "critical": "down", "stopped": "down",
    "offline": "down", "unhealthy": "down",
}  # fmt: skip
SEVERITIES = {
    "debug": "info", "info": "info", "notice": "info", "low": "info",
    "warn": "warning", "warning": "warning", "medium": "warning",
    "error": "critical", "fatal": "critical", "critical": "critical", "high": "critical",
    "emergency": "critical", "alert": "critical",
}  # fmt: skip
ALERT_STATUSES = {
    "firing": "firing", "active": "firing", "open": "firing", "triggered": "firing",
    "acknowledged": "acknowledged", "acked": "acknowledged", "escalated": "escalated",
    "silenced": "silenced", "suppressed": "silenced",
    "resolved": "resolved", "ok": "resolved", "closed": "resolved", "cleared": "resolved",
}  # fmt: skip
LONGEST_TEXT = 32 * 1024
LONGEST_NAME = 200  # of a figure: it names a series


def _numbers(fields: dict[str, Any], known: frozenset[str]) -> dict[str, float | None]:
    """Every numeric field, taken out of `fields`; what is no number, or no name, stays there.

    A known name that holds no number raises; NaN is None, and so is an empty one that is known.
    """
    found: dict[str, float | None] = {}
    for name in list(fields):
        value = fields[name]
        if isinstance(value, bool | dict | list) or len(name) > LONGEST_NAME:
            continue
        if name in known:
            found[name] = ratio(fields.pop(name), name)
            continue
        try:
            figure = ratio(value, name)
        except InvalidEvent:
            continue
        if figure is not None or is_void(value):
            found[name] = figure
            del fields[name]
    return found


def read_performance(bag: Bag) -> Performance:
    fields = bag.fields
    percent = "percent" in bag.text("unit").lower()
    positions = fields.pop("positions", None)
    values: dict[str, float | None] = {}
    if "current_drawdown" in fields:
        values["current_drawdown"] = _drawdown(bag, percent)
    _win_rate(bag, values)
    values |= _numbers(fields, PERFORMANCE_NUMBERS)
    if not values and not positions:
        raise InvalidEvent("missing_field", "No figure at all.")
    return Performance(
        **bag.common,
        values=values,
        positions=[item for item in positions if isinstance(item, dict)]
        if isinstance(positions, list)
        else [],
    )


def _drawdown(bag: Bag, percent: bool) -> float | None:
    """A ratio <= 0; a positive magnitude is negated and flagged, beyond 1 needs `unit=percent`."""
    value = ratio(bag.fields.pop("current_drawdown"), "current_drawdown")
    if value is None:
        return None
    if percent:
        value /= 100
    if abs(value) > 1:
        raise InvalidEvent("unknown_unit", "`current_drawdown` is beyond 1: ratio or percent?")
    if value > 0:
        bag.inferred.append("current_drawdown")
        return -value
    return value + 0.0  # no negative zero


def _win_rate(bag: Bag, values: dict[str, float | None]) -> None:
    """Percent and ratio from whichever was sent; 0 < win_rate <= 1 is a ratio, flagged."""
    fields = bag.fields
    if "win_rate_ratio" in fields:
        share = ratio(fields.pop("win_rate_ratio"), "win_rate_ratio")
        if share is not None and not 0 <= share <= 1:
            raise InvalidEvent("out_of_range", "`win_rate_ratio` lies outside 0..1.")
        fields.pop("win_rate", None)
        values["win_rate_ratio"] = share
        values["win_rate"] = None if share is None else share * 100
    elif "win_rate" in fields:
        rate = ratio(fields.pop("win_rate"), "win_rate")
        if rate is not None and not 0 <= rate <= 100:
            raise InvalidEvent("out_of_range", "`win_rate` lies outside 0..100.")
        if rate is not None and 0 < rate <= 1:
            bag.inferred.append("win_rate")
            values["win_rate"] = rate * 100
            return  # the rule on win_rate_ratio stays quiet until the unit is certain
        values["win_rate"] = rate
        values["win_rate_ratio"] = None if rate is None else rate / 100


def read_system(bag: Bag) -> SystemMetrics:
    fields = bag.fields
    component = bag.text("component")
    if not component:
        raise InvalidEvent("missing_field", "`component` is missing.")
    status, health, sent = _health(bag)
    gauges, void = _gauges(fields)
    connected = flag(fields.get("ws_connected"), "ws_connected")
    if "ws_connected" in fields and connected is None:
        void |= {"ws_connected"}
    fields.pop("ws_connected", None)
    return SystemMetrics(
        **bag.common,
        component=component,
        status=status,
        health=health,
        health_sent=sent,
        **gauges,
        void=void,
        ws_connected=connected,
        last_candle_at=bag.instant("last_candle_ts"),
        metrics=_numbers(fields, frozenset()),
    )


def _gauges(fields: dict[str, Any]) -> tuple[dict[str, Any], frozenset[str]]:
    """The four gauges of a component, and those of them that were sent without a number."""
    sent = {name for name in GAUGES if name in fields}
    gauges = {name: ratio(fields.pop(name, None), name) for name in GAUGES}
    if "data_latency_ms" in fields:
        sent.add("data_latency")
        ms = ratio(fields.pop("data_latency_ms"), "data_latency_ms")
        if gauges["data_latency"] is None and ms is not None:
            gauges["data_latency"] = ms / 1_000
    return gauges, frozenset(name for name in sent if gauges[name] is None)


def _health(bag: Bag) -> tuple[str, float | None, bool]:
    """Status, `health` as a figure 0..100, and whether such a figure was sent, were it NaN.

    Where there is no status `health` may be a word; 0 and 1 alone are words.
    """
    fields = bag.fields
    status = bag.choice("status", STATUSES)
    if "health" not in fields:
        return status, None, False
    word = str(fields["health"]).strip().lower()
    if not status and word in STATUSES:
        return bag.choice("health", STATUSES), None, False
    return status, ratio(fields.pop("health"), "health"), True


def read_error(bag: Bag) -> ErrorEvent:
    fields = bag.fields
    error_type = bag.text("error_type")
    message = bag.text("message", longest=LONGEST_TEXT)
    if not error_type and not message:
        raise InvalidEvent("missing_field", "Neither `error_type` nor `message`.")
    count = whole(fields.pop("count", None), "count")
    if count is not None and not 1 <= count <= 1_000_000:
        raise InvalidEvent("out_of_range", "`count` lies outside 1..1000000.")
    return ErrorEvent(
        **bag.common,
        component=bag.text("component"),
        severity=bag.choice("severity", SEVERITIES) or "critical",
        error_type=error_type,
        message=message,
        stack=str(fields.pop("stack", None) or "")[:LONGEST_TEXT],
        fingerprint=bag.text("fingerprint", longest=40),
        count=1 if count is None else count,
    )


def read_alert(bag: Bag) -> ForeignAlert:
    fields = bag.fields
    alert_id = bag.text("alert_id")
    title = bag.text("title", longest=2_000)
    if not alert_id and not title:
        raise InvalidEvent("missing_field", "Neither `id` nor `title`.")
    labels, metrics = fields.pop("labels", None), fields.pop("metrics", None)
    return ForeignAlert(
        **bag.common,
        alert_id=alert_id or title[:200],
        alert_uid=bag.text("alert_uid"),
        fingerprint=bag.text("fingerprint"),
        severity=bag.choice("severity", SEVERITIES) or "warning",
        title=title or alert_id,
        message=bag.text("message", longest=LONGEST_TEXT),
        status=bag.choice("status", ALERT_STATUSES) or "firing",
        labels={str(key): text(value, "labels") for key, value in labels.items()}
        if isinstance(labels, dict)
        else {},
        metrics=metrics if isinstance(metrics, dict) else {},
        value=ratio(fields.pop("value", None), "value"),
        threshold=ratio(fields.pop("threshold", None), "threshold"),
        rule_id=bag.text("rule_id"),
        url=bag.text("url", longest=2_000),
        starts_at=bag.instant("starts_at"),
        ends_at=bag.instant("ends_at"),
        producer=bag.text("producer"),
    )
