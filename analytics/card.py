"""What the performance page draws: every figure with its reason, the equity, the calendar, months.

All of it comes from whole UTC days of the range, read from rollups: the cost does not grow with the
number of trades. The calendar alone shows days of the reader's zone.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta, tzinfo
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from django.db import connection

from analytics import figuregroups, localtime, scorecard
from analytics.asked import ALL, Asked
from analytics.book import Account, bounds
from analytics.charts import DAY, EPOCH, ms
from analytics.earlier import performance as earlier
from analytics.localtime import Zone
from analytics.performance.thinning import MOST, places
from analytics.rollups import plain
from analytics.scope import Scope
from analytics.scorecard import Measured
from analytics.tiles import Tile, tile
from ops_portal.lib.words import gain

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

POINTS = MOST  # of a curve
CALENDAR = 371  # days: fifty-three weeks
SHARES = """
SELECT strategy, symbol, sum(trades)::bigint, sum(wins)::bigint, sum(gross_profit),
       sum(gross_loss), sum(pnl), sum(fees)
FROM analytics_traderollup
WHERE env = %(env)s AND currency = %(currency)s AND unit = 'd'
  AND (%(strategy)s = '*' OR strategy = %(strategy)s)
  AND (%(symbol)s = '' OR symbol = %(symbol)s)
  AND (%(source)s = '' OR source = %(source)s) AND bucket >= %(start)s AND bucket < %(end)s
GROUP BY 1, 2 ORDER BY 7 DESC LIMIT 100
"""

type Card = dict[str, Any]


def account_of(view: Asked) -> Account:
    """The days that the address asks for; all of them where it names no range."""
    first, last = (
        (None, None)
        if view.range == ALL
        else (view.span.start.date(), (view.span.end - timedelta(microseconds=1)).date())
    )
    scope = view.scope
    return Account(**scope.chosen, first=first, last=last)


def state(view: Asked, *, now: datetime, reader: tzinfo = UTC) -> dict[str, Any]:
    """Everything the page shows, as plain JSON; times in epoch ms."""
    account = account_of(view)
    with connection.cursor() as cursor:
        measured = scorecard.measure(cursor, account, scorecard.basis_of(account))
        found = scorecard.brief(cursor, measured, now=now)
        shares = shares_of(cursor, view.scope, account)
        zone, calendar = _calendar(cursor, view, found["daily"], reader)
        before = earlier.state(cursor, measured) if view.compares else None
    days, curves = found["daily"], scorecard.curves(measured)
    ends = list(map(_end, curves["day"]))
    return {
        "scope": account.chosen,
        "now": ms(now),
        "tiles": tiles(found, account, now=now),
        "groups": figuregroups.told(figuregroups.GROUPS, found, account.currency),
        "days_per_year": measured.basis.days_per_year,
        "equity": list(zip(ends, curves["equity"], strict=True)),
        "drawdown": list(zip(ends, curves["drawdown"], strict=True)),
        "gains": thinned(_sums(days)),
        "calendar": calendar,
        "zone": zone.told,
        "months": months(measured),
        "shares": shares,
        "earlier": before,
    }


def _calendar(
    cursor: CursorWrapper, view: Asked, daily: Sequence[Card], reader: tzinfo
) -> tuple[Zone, list[list[Any]]]:
    """[day, PnL, trades] of the days that the range touches, in the zone that they are told in."""
    end = localtime.midnight(view.span.end - timedelta(microseconds=1), reader) + 2 * localtime.DAY
    start = max(view.span.start, end - CALENDAR * localtime.DAY)
    start, end = localtime.midnight(start, reader), localtime.midnight(end - localtime.HOUR, reader)
    zone = localtime.zone_of(reader, start, end)
    if zone.name == "UTC":
        return zone, [[day["day"], day["pnl"], day["trades"]] for day in daily[-CALENDAR:]]
    return zone, localtime.days(cursor, view.scope, zone, start, end)


def tiles(found: Card, account: Account, *, now: datetime) -> list[Tile]:
    at = now.timestamp() if found["daily"] else None
    chosen = (
        ("money", "net_pnl", "Net PnL"), ("returns", "total_return", "Return"),
        ("returns", "sharpe", "Sharpe"), ("drawdown", "max_drawdown", "Deepest drawdown"),
        ("trades", "win_rate", "Win rate"), ("trades", "profit_factor", "Profit factor"),
    )  # fmt: skip
    return [
        tile(
            name, label, figuregroups.worded(name, found[group][name], account.currency),
            note=figuregroups.note(found[group][name]), at=at, formula=name,
            gain=gain(found[group][name]["value"]) if name == "net_pnl" else "",
        )
        for group, name, label in chosen
    ]  # fmt: skip


def _sums(days: Sequence[Card]) -> list[list[float]]:
    gained = np.cumsum([day["pnl"] for day in days]).tolist()
    return [[_end(day["day"]), total] for day, total in zip(days, gained, strict=True)]


def thinned(points: list[list[float]]) -> list[list[float]]:
    """At most POINTS, the lowest and the highest among them."""
    values = np.array([value for _, value in points])
    return [points[place] for place in places(values, most=POINTS)]


def months(measured: Measured) -> list[dict[str, Any]]:
    """By year, newest first: the twelve months and the year, as returns or, without capital, PnL.

    A month in which nothing was there yet is null.
    """
    found = scorecard.months(measured) or _gained_by_month(measured)
    whole = sum if measured.series is None else _compounded
    years = sorted({month[:4] for month in found}, reverse=True)
    return [
        {
            "year": int(year),
            "months": [found.get(f"{year}-{number:02}") for number in range(1, 13)],
            "whole": whole(value for month, value in found.items() if month.startswith(year)),
        }
        for year in years
    ]


def _gained_by_month(measured: Measured) -> dict[str, float]:
    sums: dict[str, float] = {}
    for day, pnl in zip(measured.days.day.tolist(), measured.days.pnl.tolist(), strict=True):
        sums[f"{day:%Y-%m}"] = sums.get(f"{day:%Y-%m}", 0.0) + pnl
    return sums


def _compounded(returns: Iterable[float]) -> float:
    return prod(1.0 + value for value in returns) - 1.0


def shares_of(cursor: CursorWrapper, scope: Scope, account: Account) -> list[dict[str, Any]]:
    """What each strategy made in each symbol, the best first."""
    start, end = bounds(account)
    cursor.execute(SHARES, scope.chosen | {"start": start, "end": end})
    return [
        {
            "strategy": strategy,
            "symbol": symbol,
            "trades": trades,
            "win_ratio": wins / trades if trades else None,
            "profit_factor": float(profit / loss) if loss else None,
            "pnl": plain(pnl),
            "fees": plain(fees),
        }
        for strategy, symbol, trades, wins, profit, loss, pnl, fees in cursor.fetchall()
    ]


def _end(day: str) -> int:
    """When the day ended, epoch ms."""
    return ms(datetime.fromisoformat(day).replace(tzinfo=EPOCH.tzinfo)) + DAY * 1_000
