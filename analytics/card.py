"""What the performance page draws: every figure with its reason, the equity, the calendar, months.

All of it comes from whole UTC days of the range, read from rollups: the cost does not grow with the
number of trades. The calendar alone shows days of the reader's zone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime, time, timedelta, tzinfo
from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np
from django.db import connection

from analytics import formulas, localtime, scorecard
from analytics.asked import ALL, Asked
from analytics.book import Account
from analytics.charts import DAY, EPOCH, ms
from analytics.earlier import performance as earlier
from analytics.localtime import Zone
from analytics.performance.thinning import MOST, places
from analytics.performance.undefined import WORDS
from analytics.rollups import plain
from analytics.scope import Scope
from analytics.scorecard import Measured
from analytics.tiles import Tile, tile
from ops_portal.lib.words import ABSENT, gain, minus, money, ratio

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

POINTS = MOST  # of a curve
CALENDAR = 371  # days: fifty-three weeks
# Group of the card, word, its figures in the order of the page with their words.
GROUPS: Sequence[tuple[str, str, Mapping[str, str]]] = (
    ("returns", "Return", {
        "total_return": "Return", "cagr": "CAGR", "volatility": "Volatility", "sharpe": "Sharpe",
        "sortino": "Sortino", "calmar": "Calmar", "omega": "Omega", "periods": "Days",
    }),
    ("drawdown", "Drawdown, by day", {
        "max_drawdown": "Deepest", "current_drawdown": "Now", "max_drawdown_money": "Deepest fall",
        "max_drawdown_peak": "Peak", "max_drawdown_trough": "Trough",
        "max_drawdown_recovery": "Recovered", "longest_underwater": "Longest under water",
        "current_underwater": "Under water now", "ulcer_index": "Ulcer index",
    }),
    ("trades", "Trades", {
        "trades": "Trades", "win_rate": "Win rate", "win_rate_ex_breakeven": "Without breakeven",
        "profit_factor": "Profit factor", "expectancy": "Expectancy", "avg_win": "Average win",
        "avg_loss": "Average loss", "payoff_ratio": "Payoff", "kelly": "Kelly",
    }),
    ("tails", "Days, by their tails", {
        "var_95": "Value at risk, 95 %", "cvar_95": "Expected shortfall, 95 %",
        "var_99": "Value at risk, 99 %", "var_95_normal": "95 %, were it normal",
        "best_period": "Best day", "worst_period": "Worst day", "skew": "Skew",
        "kurtosis_excess": "Excess kurtosis",
    }),
    ("money", "Money", {
        "net_pnl": "Net PnL", "gross_profit": "Gross profit", "gross_loss": "Gross loss",
        "fees": "Fees of trades", "ledger_fees": "Other fees", "funding": "Funding",
        "flows": "Deposits and withdrawals",
        "unrealized_pnl": "Unrealized", "equity_start": "Equity before", "equity_end": "Equity",
    }),
    ("rolling", "The last thirty", {
        "win_rate": "Win rate, trades", "profit_factor": "Profit factor, trades",
        "sharpe": "Sharpe, days", "volatility": "Volatility, days",
    }),
)  # fmt: skip
PERCENT = frozenset((
    "total_return", "cagr", "volatility", "max_drawdown", "current_drawdown", "ulcer_index",
    "win_rate", "win_rate_ex_breakeven", "kelly", "var_95", "cvar_95", "var_99", "var_95_normal",
    "best_period", "worst_period",
))  # fmt: skip
SIGNED = frozenset(("net_pnl", "unrealized_pnl", "expectancy", "funding", "ledger_fees", "flows"))
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
        "groups": groups(found, account.currency),
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
            name, label, _figure(name, found[group][name], account.currency),
            note=_note(found[group][name]), at=at, formula=name,
            gain=gain(found[group][name]["value"]) if name == "net_pnl" else "",
        )
        for group, name, label in chosen
    ]  # fmt: skip


def groups(found: Card, currency: str) -> list[dict[str, Any]]:
    """Each group's title and figures: name, label, words, why there is none, anchor."""
    known = formulas.anchors()
    return [
        {
            "title": title,
            "figures": [
                {
                    "label": label,
                    "figure": _figure(name, entry, currency) or ABSENT,
                    "note": _note(entry),
                    "formula": known.get(name, name),
                }
                for name, label in names.items()
                if (entry := found[group].get(name)) is not None
            ],
        }
        for group, title, names in GROUPS
    ]


def _figure(name: str, entry: Mapping[str, Any], currency: str) -> str | None:
    value, unit = entry["value"], entry["unit"]
    if value is None:
        return None
    if unit == "money":
        words = money(value, currency)
        return words if name in SIGNED else words.removeprefix("+")
    if unit == "count":
        return f"{value:,}"
    if unit == "days":
        return f"{value:,} d"
    if unit == "date":
        return str(value)
    return ratio(value, 2) if name in PERCENT else minus(f"{value:,.3f}")


def _note(entry: Mapping[str, Any]) -> str:
    if entry["value"] is None:
        return WORDS[entry["reason"]] if "reason" in entry else "not yet"
    return f"from only {entry['n']:,} values" if entry.get("low_sample") else ""


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
    start = datetime.combine(account.first, time(), EPOCH.tzinfo) if account.first else EPOCH
    end = datetime.combine(account.last or date(2100, 1, 1), time(), EPOCH.tzinfo)
    asked = scope.chosen | {"start": start, "end": end + timedelta(days=1)}
    cursor.execute(SHARES, asked)
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
