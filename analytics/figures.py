"""The figures of an environment, read from rollups: the same for pages, frames and /metrics."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import TYPE_CHECKING, Any, NamedTuple

from django.conf import settings

from analytics import buckets, paths
from analytics.bundle import Answer, Bundle
from analytics.paths import WHOLE, Paths
from analytics.performance.trades import win_ratio
from analytics.performance.undefined import known
from analytics.rollups import plain
from analytics.scope import Scope

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

TOTALS = """
SELECT coalesce(sum(trades), 0)::bigint, coalesce(sum(wins), 0)::bigint,
       coalesce(sum(losses), 0)::bigint, coalesce(sum(breakeven), 0)::bigint,
       coalesce(sum(pnl), 0), coalesce(sum(fees), 0)
FROM analytics_traderollup
WHERE env = %(env)s AND unit = 'd' AND currency = %(currency)s
  AND (%(strategy)s = '*' OR strategy = %(strategy)s)
  AND (%(symbol)s = '' OR symbol = %(symbol)s)
  AND (%(source)s = '' OR source = %(source)s)
"""
SIGNALS = """
SELECT coalesce(sum(count), 0)::bigint FROM {events}
WHERE env = %(env)s AND kind = 'signal' AND unit = 'd'
  AND (%(strategy)s = '*' OR strategy = %(strategy)s)
"""
NEWEST = """
SELECT extract(epoch FROM max(newest_at))::float8 FROM analytics_accountday
WHERE env = %(env)s AND currency = %(currency)s AND strategy = %(strategy)s
"""
# Of a part of them: the day first, so that a symbol traded long ago is not looked for row by row.
LAST_DAY = """
SELECT date_trunc('day', max(bucket), 'UTC') FROM analytics_traderollup
WHERE env = %(env)s AND unit = 'd' AND currency = %(currency)s AND trades > 0
  AND (%(strategy)s = '*' OR strategy = %(strategy)s)
  AND (%(symbol)s = '' OR symbol = %(symbol)s)
  AND (%(source)s = '' OR source = %(source)s)
"""
NEWEST_OF_PART = """
SELECT extract(epoch FROM max(closed_at))::float8 FROM analytics_trade
WHERE env = %(env)s AND currency = %(currency)s
  AND closed_at >= %(day)s AND closed_at < %(day)s::timestamptz + interval '1 day'
  AND (%(strategy)s = '*' OR strategy = %(strategy)s)
  AND (%(symbol)s = '' OR symbol = %(symbol)s) AND (%(source)s = '' OR source = %(source)s)
"""
# What the account, or the strategy in it, began with.
CAPITAL = """
SELECT starting_capital FROM analytics_portfolio
WHERE env = %(env)s AND currency = %(currency)s
  AND strategy = CASE WHEN %(strategy)s = '*' THEN '' ELSE %(strategy)s END
"""
SCOPES = """
SELECT DISTINCT env, currency FROM analytics_accountday WHERE strategy = '*'
UNION
SELECT DISTINCT env, %s FROM analytics_eventrollup WHERE kind = 'signal' AND unit = 'd'
ORDER BY 1, 2
"""

_paths = Paths()


def read(
    cursor: CursorWrapper,
    *,
    env: str,
    currency: str,
    strategy: str = WHOLE,
    symbol: str = "",
    source: str = "",
) -> dict[str, Any]:
    """Totals of an environment and currency, or of a strategy, symbol or source in it.

    Money as strings. `win_ratio` is None without trades; `drawdown` and `max_drawdown` are ratios
    <= 0, None without a starting capital or a trade; `at` is the epoch of the newest trade or None.
    """
    [found] = read_all(cursor, [Scope(env, currency, strategy, symbol, source)])
    return found


def read_all(cursor: CursorWrapper, scopes: Iterable[Scope]) -> list[dict[str, Any]]:
    """As `read`, of each scope; the server is asked once for most of it."""
    bundle = Bundle(cursor)
    asked = [(scope, _ask(bundle, scope)) for scope in scopes]
    bundle.send()
    return [_figures(cursor, scope, answers) for scope, answers in asked]


class Answers(NamedTuple):
    totals: Answer
    signals: Answer
    newest: Answer  # of a part: the day in which it traded last
    capital: Answer


def _ask(bundle: Bundle, scope: Scope) -> Answers:
    asked = scope.asked
    return Answers(
        bundle.add(TOTALS, asked),
        bundle.add(SIGNALS.format(events=buckets.events(scope, "signal")), asked),
        bundle.add(LAST_DAY if scope.is_part else NEWEST, asked),
        bundle.add(CAPITAL, asked),
    )


def _figures(cursor: CursorWrapper, scope: Scope, asked: Answers) -> dict[str, Any]:
    [(trades, wins, losses, breakeven, pnl, fees)] = asked.totals.rows
    [(signals,)] = asked.signals.rows
    [(newest,)] = asked.newest.rows
    current = worst = None
    if scope.is_part:
        cursor.execute(NEWEST_OF_PART, scope.asked | {"day": newest})
        (newest,) = cursor.fetchone()
    elif trades and asked.capital.rows:
        current, worst = _drawdown(cursor, scope, asked.capital.rows[0][0])
    return {
        "pnl": plain(pnl),
        "fees": plain(fees),
        "trades": trades,
        "wins": wins,
        "losses": losses,
        "breakeven": breakeven,
        "win_ratio": known(win_ratio(wins, trades)),
        "signals": signals,
        "drawdown": current,
        "max_drawdown": worst,
        "at": newest,
    }


def scopes(cursor: CursorWrapper) -> list[tuple[str, str]]:
    """(env, currency) of everything that has trades, or signals in the reporting currency."""
    cursor.execute(SCOPES, [settings.REPORTING_CURRENCY])
    return list(cursor.fetchall())


def _drawdown(cursor: CursorWrapper, scope: Scope, capital: Decimal) -> tuple[float, float]:
    path = paths.Scope(scope.env, scope.currency, scope.strategy)
    found = _paths.drawdown(cursor, path, capital)
    return float(found.current) + 0.0, float(found.worst) + 0.0
