"""What the risk page draws: falls from the peak, tails, limits, when money is lost, decisions.

The figures stand on all days of the choice, whatever the range: a drawdown of a week alone would
forget its peak. Charts and counts are of the range.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from typing import TYPE_CHECKING, Any

from django.db import connection

from analytics import equity, figures, localtime, reported, scorecard, tallies
from analytics.book import Account
from analytics.charts import Span, ms, span
from analytics.earlier import risk as earlier
from analytics.performance import streaks
from analytics.performance.undefined import WORDS, Figure, Undefined
from analytics.rollups import plain
from analytics.scope import Scope
from analytics.scorecard import Measured
from analytics.tiles import Tile, tile
from ops_portal.lib.words import measure, money, ratio

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

BARS = 120
# Of each limit its newest decision.
LIMITS = """
SELECT DISTINCT ON (limit_name) limit_name, strategy, limit_used, limit_value, ts, decision
FROM analytics_riskdecision
WHERE env = %(env)s AND (%(strategy)s = '*' OR strategy = %(strategy)s) AND limit_name <> ''
  AND (%(symbol)s = '' OR symbol = %(symbol)s) AND (%(source)s = '' OR source = %(source)s)
  AND limit_value > 0 AND ts > %(now)s - interval '7 days'
ORDER BY limit_name, ts DESC, id DESC
"""
STAKES = """
SELECT name, coalesce(labels->>'strategy', ''), coalesce(labels->>'symbol', ''), last_value,
       extract(epoch FROM last_ts)::float8
FROM analytics_series
WHERE name IN ('gross_exposure', 'net_exposure', 'leverage') AND labels->>'env' = %(env)s
  AND last_value IS NOT NULL
  AND (%(strategy)s = '*' OR coalesce(labels->>'strategy', '') IN ('', %(strategy)s))
  AND (%(symbol)s = '' OR labels->>'symbol' = %(symbol)s)
  AND (%(source)s = '' OR labels->>'source' = %(source)s)
"""


def state(
    scope: Scope, drawn: Span, *, now: datetime, reader: tzinfo = UTC, compares: bool = False
) -> dict[str, Any]:
    """Everything the page shows of a scope and a span, as plain JSON; times in epoch ms."""
    account = Account(**scope.chosen)
    bars = span(drawn.start, drawn.end, most=BARS)
    zone = localtime.zone_of(reader, bars.start, bars.end, by_hour=True)
    with connection.cursor() as cursor:
        measured = scorecard.measure(cursor, account, scorecard.basis_of(account))
        said = reported.of(cursor, account, now=now)
        sums = figures.read(cursor, **scope.chosen)
        return {
            "scope": scope.chosen,
            "from": ms(drawn.start),
            "to": ms(drawn.end),
            "now": ms(now),
            "width": bars.width * 1_000,
            "tiles": _tiles(scope, sums, measured, said),
            "drawdown": equity.falls(cursor, scope, measured.basis.capital, drawn),
            "limits": _limits(cursor, scope, now=now),
            "stakes": _stakes(cursor, scope),
            "hours": localtime.hours(cursor, scope, zone, bars.start, bars.end),
            "zone": zone.told,
            "decisions": tallies.by_bar(cursor, scope, bars, kind="decision"),
            "refusals": tallies.most(cursor, scope, bars, kind="refusal"),
            "earlier": earlier.state(cursor, scope, drawn, bars, capital=measured.basis.capital)
            if compares
            else None,
        }


def _tiles(
    scope: Scope,
    sums: Mapping[str, Any],
    measured: Measured,
    said: Mapping[str, Figure],
) -> list[Tile]:
    days, found = measured.days, measured.found
    number, at = len(days.day), sums["at"]
    runs = streaks.of(days.pnl[days.trades > 0])
    lacks = Undefined.NO_CAPITAL if number else Undefined.NO_DATA
    tails = found.tails if found else None
    over = f"of a day, over {number:,} days"
    told = f"{scope.currency}, as the agent reports it"
    leverage, gross = said["leverage"], said["gross_exposure"]
    return [
        _ratio("drawdown", "Drawdown", _known(sums["drawdown"], lacks),
               note=f"deepest {_share(_known(sums['max_drawdown'], lacks))}", at=at,
               formula="max_drawdown_of_trades"),
        _ratio("var", "Value at risk, 95 %", tails.var_95 if tails else lacks,
               note=f"{over}; beyond it {_share(tails.cvar_95 if tails else lacks)}", at=at,
               formula="var_95"),
        _ratio("var99", "Value at risk, 99 %", tails.var_99 if tails else lacks,
               note=f"{over}; beyond it {_share(tails.cvar_99 if tails else lacks)}", at=at,
               formula="var_95"),
        tile("leverage", "Leverage", _plain(leverage, "leverage"),
             note=_why(leverage, "as the agent reports it"), formula="gross_exposure"),
        tile("exposure", "Gross exposure", _money(gross), note=_why(gross, told),
             formula="gross_exposure"),
        tile("streak", "Losing days in a row", str(_lost(runs.current)) if number else None,
             note=f"longest {runs.losses}" if number else WORDS[Undefined.NO_DATA], at=at,
             formula="max_loss_streak"),
    ]  # fmt: skip


def _known(value: float | None, lacks: Undefined) -> Figure:
    return lacks if value is None else value


def _lost(current: int) -> int:
    """A streak is positive for wins, negative for losses."""
    return max(0, -current)


def _ratio(
    name: str, label: str, value: Figure, *, note: str, at: float | None, formula: str
) -> Tile:
    known = not isinstance(value, Undefined)
    return tile(
        name, label, ratio(value, 2) if not isinstance(value, Undefined) else None,
        note=_why(value, note), at=at if known else None, formula=formula,
    )  # fmt: skip


def _share(value: Figure) -> str:
    return WORDS[value] if isinstance(value, Undefined) else ratio(value, 2)


def _plain(value: Figure, metric: str) -> str | None:
    return None if isinstance(value, Undefined) else measure(value, metric)


def _money(value: Figure) -> str | None:
    return None if isinstance(value, Undefined) else money(value).lstrip("+")


def _why(value: Figure, note: str) -> str:
    return WORDS[value] if isinstance(value, Undefined) else note


def _limits(cursor: CursorWrapper, scope: Scope, *, now: datetime) -> list[dict[str, Any]]:
    """Each limit as its newest decision found it; `usage` 1 is the limit itself."""
    cursor.execute(LIMITS, scope.asked | {"now": now})
    return [
        {
            "name": name,
            "strategy": strategy,
            "used": None if used is None else plain(used),
            "allowed": plain(allowed),
            "headroom": None if used is None else plain(allowed - used),
            "usage": None if used is None else float(used / allowed),
            "decision": decision,
            "at": at.timestamp(),
        }
        for name, strategy, used, allowed, at, decision in cursor.fetchall()
    ]


def _stakes(cursor: CursorWrapper, scope: Scope) -> list[dict[str, Any]]:
    """What is at stake by strategy and symbol, as the agent reports it."""
    cursor.execute(STAKES, scope.asked)
    found: dict[tuple[str, str], dict[str, Any]] = {}
    for name, strategy, symbol, value, at in cursor.fetchall():
        row = found.setdefault((strategy, symbol), {"strategy": strategy, "symbol": symbol})
        row[name] = value
        row["at"] = max(at, row.get("at", at))
    return [found[key] for key in sorted(found)]
