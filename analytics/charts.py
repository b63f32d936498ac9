"""What the trading page draws: curves and counts from rollups.

Everything is plain JSON. Money in figures and rows is text, points of curves are floats; times are
epoch milliseconds.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection

from analytics import buckets, figures
from analytics.scope import Scope

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

MINUTE, HOUR, DAY = 60, 3_600, 86_400
# Buckets of a curve in seconds, each made of whole rollups; the narrowest that keeps it short.
WIDTHS = (
    *(60, 300, 600, 900, 1_800),
    *(HOUR, 2 * HOUR, 3 * HOUR, 6 * HOUR, 12 * HOUR),
    *(DAY, 2 * DAY, 4 * DAY, 7 * DAY, 14 * DAY, 28 * DAY),
)
POINTS, BARS = 1_500, 120
# What is longer is read by the hour and then by the day, in fewer points: each bucket has a row for
# each strategy and symbol, and weeks of minutes or half a year of hours would be read for points
# that no eye tells apart.
BY_MINUTE, BY_HOUR = timedelta(days=10), timedelta(days=125)
WIDE_POINTS = 500
# Minutes that are told beside wide buckets, so that a pushed minute finds its place.
TAIL = timedelta(hours=2)

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SCOPE = """env = %(env)s AND currency = %(currency)s
  AND (%(strategy)s = '*' OR strategy = %(strategy)s)
  AND (%(symbol)s = '' OR symbol = %(symbol)s)
  AND (%(source)s = '' OR source = %(source)s)"""
PNL = f"""
SELECT (extract(epoch FROM start) * 1000)::bigint, pnl::float8
FROM (SELECT date_bin(%(width)s, bucket, %(epoch)s) AS start, sum(pnl) AS pnl
      FROM analytics_traderollup
      WHERE {SCOPE} AND unit = %(unit)s AND bucket >= %(start)s AND bucket < %(end)s
      GROUP BY 1) AS binned
ORDER BY start
"""  # noqa: S608 - constants only
BEFORE = f"""
SELECT coalesce(sum(pnl), 0) FROM analytics_traderollup
WHERE {SCOPE} AND ((unit = 'd' AND bucket < %(day)s)
   OR (unit = 'h' AND bucket >= %(day)s AND bucket < %(hour)s)
   OR (unit = 'm' AND bucket >= %(hour)s AND bucket < %(start)s))
"""  # noqa: S608 - constants only
SIGNALS = """
SELECT date_bin(%(width)s, bucket, %(epoch)s) AS start, label, sum(count)::bigint
FROM {events}
WHERE env = %(env)s AND kind = 'signal' AND (%(strategy)s = '*' OR strategy = %(strategy)s)
  AND unit = %(unit)s AND bucket >= %(start)s AND bucket < %(end)s
GROUP BY 1, 2 ORDER BY 1, 2
"""
FIRST = f"SELECT min(bucket) FROM analytics_traderollup WHERE {SCOPE} AND unit = 'd'"  # noqa: S608
LAST_SIGNAL = """
SELECT extract(epoch FROM max(bucket))::float8 FROM {events}
WHERE env = %(env)s AND kind = 'signal' AND unit = 'm'
  AND (%(strategy)s = '*' OR strategy = %(strategy)s)
"""
FEED = """
SELECT extract(epoch FROM max(last_event_at))::float8 FROM analytics_streamstate
WHERE stream IN ('trading_signals', 'trade_executions', 'risk_decisions', 'performance_metrics')
"""


@dataclass(frozen=True, slots=True)
class Span:
    """From when to when, in whole buckets of `width` seconds."""

    start: datetime
    end: datetime
    width: int

    @property
    def unit(self) -> str:
        """The widest rollup that fits the bucket."""
        return "d" if self.width % DAY == 0 else "h" if self.width % HOUR == 0 else "m"


def span(start: datetime, end: datetime, *, most: int = POINTS) -> Span:
    """The narrowest buckets that make no more than `most`."""
    length = end - start
    wide = min(most, WIDE_POINTS)
    width = next(
        (
            one
            for one in WIDTHS
            if length.total_seconds() / one <= (most if one < HOUR else wide)
            and (one >= HOUR or length <= BY_MINUTE)
            and (one >= DAY or length <= BY_HOUR)
        ),
        WIDTHS[-1],
    )
    step = timedelta(seconds=width)
    return Span(EPOCH + (start - EPOCH) // step * step, end, width)


def first_trade_day(scope: Scope) -> datetime | None:
    with connection.cursor() as cursor:
        cursor.execute(FIRST, scope.chosen)
        first: datetime | None = cursor.fetchone()[0]
    return first


def state(scope: Scope, drawn: Span, *, now: datetime) -> dict[str, Any]:
    """Everything the page shows of a scope and a span, but the trades."""
    with connection.cursor() as cursor:
        minutes = Span(max(drawn.start, _floor(now, MINUTE) - TAIL), drawn.end, MINUTE)
        bars = span(drawn.start, drawn.end, most=BARS)
        return {
            "scope": scope.chosen,
            "from": ms(drawn.start),
            "to": ms(drawn.end),
            "width": drawn.width * 1_000,
            "now": ms(now),
            "figures": figures.read(cursor, **scope.chosen),
            "feed_at": _scalar(cursor, FEED),
            "signals_at": _scalar(cursor, _of_signals(LAST_SIGNAL, scope), scope.asked),
            "base": float(_scalar(cursor, BEFORE, _asked(scope, drawn)) or 0),
            "pnl": pnl(cursor, scope, drawn),
            "bar": bars.width * 1_000,
            "signals": _signals(cursor, scope, bars),
            "tail": {
                "from": ms(minutes.start),
                "pnl": pnl(cursor, scope, minutes),
                "signals": _signals(cursor, scope, minutes),
            },
        }


def pnl(cursor: CursorWrapper, scope: Scope, drawn: Span) -> list[list[float]]:
    """[ms, sum of the bucket]; buckets without a trade are left out."""
    cursor.execute(PNL, _asked(scope, drawn))
    return [list(found) for found in cursor.fetchall()]


def _signals(cursor: CursorWrapper, scope: Scope, drawn: Span) -> list[list[Any]]:
    """[ms, {type: count}]."""
    cursor.execute(_of_signals(SIGNALS, scope), _asked(scope, drawn))
    found: dict[int, dict[str, int]] = {}
    for start, label, count in cursor.fetchall():
        found.setdefault(ms(start), {})[label] = count
    return [[at, by_type] for at, by_type in found.items()]


def _of_signals(statement: str, scope: Scope) -> str:
    return statement.format(events=buckets.events(scope, "signal"))


def _asked(scope: Scope, drawn: Span | None = None) -> dict[str, Any]:
    asked = scope.asked | {"epoch": EPOCH}
    if drawn is not None:
        asked |= {"start": drawn.start, "end": drawn.end, "unit": drawn.unit}
        asked |= {"width": timedelta(seconds=drawn.width)}
        asked |= {"day": _floor(drawn.start, DAY), "hour": _floor(drawn.start, HOUR)}
    return asked


def _scalar(cursor: CursorWrapper, sql: str, asked: dict[str, Any] | None = None) -> Any:
    cursor.execute(sql, asked)
    return cursor.fetchone()[0]


def _floor(at: datetime, seconds: int) -> datetime:
    step = timedelta(seconds=seconds)
    return EPOCH + (at - EPOCH) // step * step


def ms(at: datetime) -> int:
    return (at - EPOCH) // timedelta(milliseconds=1)
