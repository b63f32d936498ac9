"""What the trading pages show, as tables: columns, and lines of plain values."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db import connection
from django.http import QueryDict

from analytics import (
    card,
    charts,
    comparison,
    execution,
    figuregroups,
    following,
    moving,
    positions,
    risk,
    scorecard,
    tradelist,
)
from analytics.asked import Asked
from analytics.earlier import trading as earlier_trading

MOST_TRADES = 100_000
CHUNK, SORTED_CHUNK = 1_000, 25_000  # an order that is not by time is sorted for each
QUANTILES = ("p50", "p95", "p99")
WEEKDAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")

type Line = Sequence[Any]


class Asking(NamedTuple):
    """What an address asks for, at what time."""

    view: Asked
    query: QueryDict
    now: datetime


class Sheet(NamedTuple):
    columns: Sequence[str]
    lines: Iterable[Line]


def trades(asking: Asking) -> Sheet:
    """Those of the range that the list's filters let through, in its order."""
    columns = ("closed", "opened", "symbol", "side", "quantity", "price", "pnl", "fees", "currency",
               "strategy", "exit_reason", "source", "key")  # fmt: skip
    return Sheet(columns, _trades(asking))


def _trades(asking: Asking) -> Iterator[Line]:
    view, query, now = asking
    wanted = replace(tradelist.read(query, view, now=now), before=None)
    left = MOST_TRADES
    chunk = SORTED_CHUNK if wanted.sort else CHUNK
    while left > 0:
        page = tradelist.page(view.scope, wanted, limit=min(chunk, left), sortable=MOST_TRADES)
        for one in page.rows:
            if one.closed_at < view.span.start:
                return
            yield (
                one.closed_at, one.opened_at, one.symbol, one.side, one.quantity, one.price,
                one.pnl, one.fees, one.currency, one.strategy, one.exit_reason, one.source,
                one.trade_key,
            )  # fmt: skip
        left -= len(page.rows)
        if page.older is None or _is_before(page.older, view.span.start):
            return
        wanted = replace(wanted, before=page.older)


def _is_before(cursor: tradelist.Cursor, start: datetime) -> bool:
    return isinstance(cursor.mark, datetime) and cursor.mark < start


def pnl(asking: Asking) -> Sheet:
    state = charts.state(asking.view.scope, asking.view.span, now=asking.now)
    total, lines = state["base"], []
    for at, gained in state["pnl"]:
        total += gained
        lines.append((_at(at), gained, total))
    return Sheet(("time", "pnl", "total"), lines)


def signals(asking: Asking) -> Sheet:
    state = charts.state(asking.view.scope, asking.view.span, now=asking.now)
    return _counts("signal", state["signals"])


def held(asking: Asking) -> Sheet:
    columns = ("symbol", "strategy", "side", "quantity", "entry", "mark", "value", "unrealized",
               "reason", "opened", "positions")  # fmt: skip
    with connection.cursor() as cursor:
        found = [one.told(asking.now)
                 for one in positions.held(cursor, asking.view.scope, now=asking.now)]  # fmt: skip
    return Sheet(columns, [
        (one["symbol"], one["strategy"], one["side"],
         *(_money(one[name]) for name in ("quantity", "entry", "mark", "value", "unrealized")),
         one["reason"], datetime.fromisoformat(one["opened_at"]), one["count"])
        for one in found
    ])  # fmt: skip


def funnel(asking: Asking) -> Sheet:
    """Empty for a range of too many signals."""
    columns = ("stage", "count", "of_previous", "of_first", "median_seconds", "p95_seconds")
    return Sheet(columns, [
        (stage["stage"], stage["count"], stage["of_previous"]["value"], stage["of_first"]["value"],
         stage["seconds"]["p50"]["value"], stage["seconds"]["p95"]["value"])
        for stage in following.stages(asking.view) or []
    ])  # fmt: skip


def figures(asking: Asking) -> Sheet:
    """Every figure of the performance page, exact, and why there is none."""
    account = card.account_of(asking.view)
    with connection.cursor() as cursor:
        measured = scorecard.measure(cursor, account, scorecard.basis_of(account))
        found = scorecard.brief(cursor, measured, now=asking.now)
        if measured.days.tally.trades <= figuregroups.MOST_SINGLES:
            chosen = asking.query.get("benchmark", "")
            for group, more in scorecard.closer(cursor, measured, benchmark=chosen).items():
                found[group] = found.get(group, {}) | more
    return Sheet(("group", "figure", "value", "unit", "reason"), [
        (group, name, _value(entry), entry["unit"], entry.get("reason", ""))
        for group, entries in found.items() if isinstance(entries, dict)
        for name, entry in entries.items()
    ])  # fmt: skip


def days(asking: Asking) -> Sheet:
    account = card.account_of(asking.view)
    with connection.cursor() as cursor:
        measured = scorecard.measure(cursor, account, scorecard.basis_of(account))
        found = scorecard.brief(cursor, measured, now=asking.now)["daily"]
    columns = ("day", "trades", "pnl", "fees", "funding", "flow", "equity", "return")
    return Sheet(columns, [
        (date.fromisoformat(one["day"]), *(one[name] for name in columns[1:])) for one in found
    ])  # fmt: skip


def months(asking: Asking) -> Sheet:
    account = card.account_of(asking.view)
    with connection.cursor() as cursor:
        measured = scorecard.measure(cursor, account, scorecard.basis_of(account))
    columns = ("year", *(f"{number:02}" for number in range(1, 13)), "whole")
    return Sheet(
        columns, [(one["year"], *one["months"], one["whole"]) for one in card.months(measured)]
    )


def shares(asking: Asking) -> Sheet:
    columns = ("strategy", "symbol", "pnl", "trades", "win_ratio", "profit_factor", "fees")
    found = card.state(asking.view, now=asking.now)["shares"]
    return Sheet(columns, [
        (one["strategy"], one["symbol"], Decimal(one["pnl"]), one["trades"], one["win_ratio"],
         one["profit_factor"], Decimal(one["fees"]))
        for one in found
    ])  # fmt: skip


def window(asking: Asking) -> Sheet:
    """The curves of the moving window, one under the other."""
    account = card.account_of(asking.view)
    chosen = moving.WINDOWS.get(asking.query.get("window", ""), moving.DEFAULT)
    with connection.cursor() as cursor:
        measured = scorecard.measure(cursor, account, scorecard.basis_of(account))
        curves = moving.curves(cursor, measured, chosen)
    return Sheet(("figure", "time", "value"), [
        (name, _at(at), value) for name, curve in curves.items() for at, value in curve["points"]
    ])  # fmt: skip


def strategies(asking: Asking) -> Sheet:
    account = card.account_of(asking.view)
    with connection.cursor() as cursor:
        names = comparison.strategies(cursor, asking.view.scope)
        found = comparison.lines(cursor, account, names)
    columns = tuple(comparison.FIGURES)
    return Sheet(("strategy", *columns), [
        (line["strategy"], *(_value(line[name]) for name in columns)) for line in found
    ])  # fmt: skip


def drawdown(asking: Asking) -> Sheet:
    return Sheet(("time", "drawdown"), [(_at(at), fall) for at, fall in _risk(asking)["drawdown"]])


def limits(asking: Asking) -> Sheet:
    columns = ("limit", "strategy", "used", "allowed", "headroom", "usage", "decision", "time")
    return Sheet(columns, [
        (one["name"], one["strategy"], _money(one["used"]), _money(one["allowed"]),
         _money(one["headroom"]), one["usage"], one["decision"], _at(one["at"] * 1_000))
        for one in _risk(asking)["limits"]
    ])  # fmt: skip


def exposure(asking: Asking) -> Sheet:
    columns = ("strategy", "symbol", "gross_exposure", "net_exposure", "leverage", "time")
    return Sheet(columns, [
        (*(one.get(name) for name in columns[:-1]), _at(one["at"] * 1_000))
        for one in _risk(asking)["stakes"]
    ])  # fmt: skip


def hours(asking: Asking) -> Sheet:
    return Sheet(("weekday", "hour", "pnl", "trades"), [
        (WEEKDAYS[int(day) - 1], int(hour), gained, int(count))
        for day, hour, gained, count in sorted(_risk(asking)["hours"])
    ])  # fmt: skip


def decisions(asking: Asking) -> Sheet:
    return _counts("decision", _risk(asking)["decisions"])


def refusals(asking: Asking) -> Sheet:
    return Sheet(("reason", "decisions"), _risk(asking)["refusals"])


def compared_trades(asking: Asking) -> Sheet:
    view = asking.view
    return _compared(earlier_trading.state(view.scope, view.span) if view.compares else None)


def compared_days(asking: Asking) -> Sheet:
    return _compared(card.state(asking.view, now=asking.now)["earlier"])


def compared_risk(asking: Asking) -> Sheet:
    view = asking.view
    found = risk.state(view.scope, view.span, now=asking.now, compares=view.compares)
    return _compared(found["earlier"])


def compared_orders(asking: Asking) -> Sheet:
    view = asking.view
    found = execution.state(view.scope, view.span, now=asking.now, compares=view.compares)
    return _compared(found["earlier"])


def _compared(earlier: dict[str, Any] | None) -> Sheet:
    """Empty where nothing is compared."""
    rows = [] if earlier is None else earlier["figures"]
    return Sheet(("figure", "now", "before", "reason"), [
        (row["label"], *map(_number, row["values"]), row["why"]) for row in rows
    ])  # fmt: skip


def _number(value: float | str | None) -> Any:
    return Decimal(value) if isinstance(value, str) else value


def orders(asking: Asking) -> Sheet:
    return _counts("status", _execution(asking)["orders"])


def latency(asking: Asking) -> Sheet:
    found = _execution(asking)["latency"]["curve"]
    return Sheet(("time", *QUANTILES), [(_at(at), *some) for at, *some in found])


def slippage(asking: Asking) -> Sheet:
    found = _execution(asking)["slippage"]["curve"]
    return Sheet(("time", *QUANTILES), [(_at(at), *some) for at, *some in found])


def rejections(asking: Asking) -> Sheet:
    return Sheet(("reason", "orders"), _execution(asking)["rejections"])


def _risk(asking: Asking) -> dict[str, Any]:
    return risk.state(asking.view.scope, asking.view.span, now=asking.now)


def _execution(asking: Asking) -> dict[str, Any]:
    return execution.state(asking.view.scope, asking.view.span, now=asking.now)


def _counts(what: str, bars: Iterable[tuple[int, dict[str, int]] | list[Any]]) -> Sheet:
    lines = [(_at(at), label, n) for at, counts in bars for label, n in sorted(counts.items())]
    return Sheet(("time", what, "count"), lines)


def _at(ms: float) -> datetime:
    return datetime.fromtimestamp(ms / 1_000, UTC)


def _money(text: str | None) -> Decimal | None:
    return None if text is None else Decimal(text)


def _value(entry: dict[str, Any]) -> Any:
    """Money is text in a figure, for it is exact."""
    value = entry["value"]
    return Decimal(value) if entry["unit"] == "money" and isinstance(value, str) else value


Maker = Callable[[Asking], Sheet]
