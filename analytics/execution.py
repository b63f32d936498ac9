"""What the execution page draws: how orders end, how long they take, at what price they fill.

Short spans are read from the executions themselves and exact; longer ones, and those with more
than `EXACT` readings, from sketches by hour and day, which are off by at most 2.5 %.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.db import connection

from analytics import sketches, tallies
from analytics.charts import HOUR, Span, ms, span
from analytics.earlier import execution as earlier
from analytics.earlier.period import span_before
from analytics.histograms import LATENCY as LATENCY_EDGES
from analytics.histograms import SLIPPAGE as SLIPPAGE_EDGES
from analytics.performance import quality
from analytics.performance.quality import ENDED
from analytics.performance.undefined import known
from analytics.scope import Scope
from analytics.tallies import IN_SPAN, OF_ENV
from analytics.tiles import Tile, tile
from ops_portal.lib.words import NARROW, measure, ratio, signed

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

BARS = 120
EXACT = 100_000  # readings that are sorted for one answer; more are read from sketches
SHARES = (0.5, 0.95, 0.99)
OF_SYMBOL = "(%(symbol)s = '' OR symbol = %(symbol)s)"
SLOTS = f"""
SELECT date_bin(%(width)s, bucket, %(epoch)s) AS start, slot, sum(n)::bigint
FROM analytics_sketch, unnest(slots, counts) AS hit(slot, n)
WHERE {OF_ENV} AND {OF_SYMBOL} AND name = %(name)s AND unit = %(unit)s AND {IN_SPAN}
GROUP BY 1, 2
"""  # noqa: S608 - constants only
READINGS = f"""
SELECT coalesce(sum(n), 0)::bigint FROM analytics_sketch, unnest(counts) AS n
WHERE {OF_ENV} AND {OF_SYMBOL} AND name = %(name)s AND unit = 'h' AND {IN_SPAN}
"""  # noqa: S608 - constants only
RAW = f"""
SELECT date_bin(%(width)s, ts, %(epoch)s) AS start, {{column}} FROM analytics_execution
WHERE {OF_ENV} AND {OF_SYMBOL} AND (%(source)s = '' OR source = %(source)s)
  AND (NOT %(several)s OR currency = %(currency)s)
  AND ts >= %(start)s AND ts < %(end)s AND {{column}} IS NOT NULL
"""  # noqa: S608 - constants only
QUANTILES = "percentile_cont(ARRAY[0.5, 0.95, 0.99]) WITHIN GROUP (ORDER BY {column})"
EXACTLY = f"""
WITH found AS ({RAW})
SELECT start, {QUANTILES} FROM found GROUP BY GROUPING SETS ((start), ()) ORDER BY start
"""  # noqa: S608 - constants only
SHARED = f"""
WITH found AS ({RAW})
SELECT width, count(*) FROM (
  SELECT (SELECT count(*) FROM unnest(%(edges)s::float8[]) AS edge WHERE {{column}} > edge) AS width
  FROM found) AS placed GROUP BY 1
"""  # noqa: S608 - constants only


def state(scope: Scope, drawn: Span, *, now: datetime, compares: bool = False) -> dict[str, Any]:
    """Everything the page shows of a scope and a span, as plain JSON; times in epoch ms."""
    bars = span(drawn.start, drawn.end, most=BARS)
    with connection.cursor() as cursor:
        shown = _shown(cursor, scope, bars)
        return {
            "scope": scope.chosen,
            "from": ms(drawn.start),
            "to": ms(drawn.end),
            "now": ms(now),
            "width": bars.width * 1_000,
            **shown,
            "rejections": tallies.most(cursor, scope, bars, kind="rejection"),
            "newest": tallies.newest(cursor, scope, kind="order"),
            "earlier": _earlier(cursor, scope, bars, shown) if compares else None,
        }


def _shown(cursor: CursorWrapper, scope: Scope, bars: Span) -> dict[str, Any]:
    orders = tallies.by_bar(cursor, scope, bars, kind="order")
    return {
        "orders": orders,
        "rates": rates(orders),
        "latency": _distribution(cursor, scope, bars, sketches.LATENCY, LATENCY_EDGES),
        "slippage": _distribution(cursor, scope, bars, sketches.SLIPPAGE, SLIPPAGE_EDGES),
    }


def _earlier(
    cursor: CursorWrapper, scope: Scope, bars: Span, shown: Mapping[str, Any]
) -> dict[str, Any]:
    before = span_before(bars)
    return earlier.state(bars, before, shown, _shown(cursor, scope, before))


def tiles(shown: Mapping[str, Any]) -> list[Tile]:
    """The figures of a `state`, in words."""
    found, latency, slippage = shown["rates"], shown["latency"], shown["slippage"]
    at, none = shown["newest"], "no order has ended"
    return [
        tile("orders", "Orders ended", f"{found['ended']:,}" if found["ended"] else None,
             note=_outcomes(shown["orders"]) or none, at=at, formula="orders_ended"),
        tile("filled", "Fill rate", _share(found["fill_ratio"]),
             note="of the orders that ended" if found["ended"] else none, at=at,
             formula="fill_rate"),
        tile("rejected", "Rejection rate", _share(found["rejection_ratio"]),
             note=_first_reason(shown["rejections"]) if found["ended"] else none, at=at,
             formula="rejection_rate"),
        tile("latency", "Latency, median", _quantile(latency, 0, "execution_seconds"),
             note=_tail(latency, "execution_seconds"), at=at, formula="latency"),
        tile("slippage", "Slippage, median", _quantile(slippage, 0, "bps"),
             note=_tail(slippage, "bps"), at=at, formula="slippage"),
    ]  # fmt: skip


def rates(orders: Iterable[tuple[int, Mapping[str, int]]]) -> dict[str, Any]:
    """How orders ended: their number, and the shares filled and rejected of those that ended.

    Shares are None while no order has ended.
    """
    statuses = _summed(orders)
    return {
        "ended": quality.ended(statuses),
        "fill_ratio": known(quality.fill_ratio(statuses)),
        "rejection_ratio": known(quality.rejection_ratio(statuses)),
    }


def _summed(orders: Iterable[tuple[int, Mapping[str, int]]]) -> Counter[str]:
    sums: Counter[str] = Counter()
    for _, by_status in orders:
        sums.update(by_status)
    return sums


def _distribution(
    cursor: CursorWrapper, scope: Scope, bars: Span, name: str, edges: tuple[float, ...]
) -> dict[str, Any]:
    """Quantiles of the span and of each bar, and how the readings share out between edges."""
    asked = tallies.asked(scope, bars) | {"name": name, "edges": list(edges)}
    asked |= {"several": scope.several}
    exact = _is_exact(cursor, scope, bars, asked)
    whole, curve, shared = (
        _exactly(cursor, asked, sketches.SKETCHED[name])
        if exact
        else _sketched(cursor, scope, bars, name=name, edges=edges)
    )
    return {
        "exact": exact,
        "width": (bars.width if exact else max(bars.width, HOUR)) * 1_000,
        "count": sum(shared),
        "quantiles": whole,
        "curve": curve,
        "edges": list(edges),
        "shares": shared,
    }


def _is_exact(cursor: CursorWrapper, scope: Scope, bars: Span, asked: Mapping[str, Any]) -> bool:
    """Sketches know neither the source nor the currency of a reading."""
    if scope.source or scope.several:
        return True
    cursor.execute(READINGS, {**asked, "start": _hour(bars.start)})
    (readings,) = cursor.fetchone()
    return bool(readings <= EXACT and bars.width < HOUR)


def _outcomes(orders: Iterable[tuple[int, Mapping[str, int]]]) -> str:
    sums = _summed(orders)
    return ", ".join(f"{sums[status]:,} {status.lower()}" for status in ENDED if sums[status])


def _first_reason(reasons: Sequence[tuple[str, int]]) -> str:
    return f"mostly: {reasons[0][0] or 'no reason given'}" if reasons else "none was rejected"


def _share(value: float | None) -> str | None:
    return None if value is None else ratio(value)


def _quantile(found: Mapping[str, Any], place: int, metric: str) -> str | None:
    quantiles = found["quantiles"]
    if quantiles is None:
        return None
    return _worded(quantiles[place], metric)


def _worded(value: float, metric: str) -> str:
    if metric == "bps":
        return f"{signed(value, 2)}{NARROW}bps"
    return measure(value, metric)


def _tail(found: Mapping[str, Any], metric: str) -> str:
    if found["quantiles"] is None:
        return "no order reported it"
    p95, p99 = (_quantile(found, place, metric) for place in (1, 2))
    return f"p95 {p95}, p99 {p99}"


Distribution = tuple[list[float] | None, list[list[Any]], list[int]]


def _exactly(cursor: CursorWrapper, asked: dict[str, Any], column: str) -> Distribution:
    cursor.execute(EXACTLY.format(column=column), asked)
    found = cursor.fetchall()
    whole = next((quantiles for start, quantiles in found if start is None), None)
    curve = [[ms(start), *quantiles] for start, quantiles in found if start is not None]
    cursor.execute(SHARED.format(column=column), asked)
    shared = dict(cursor.fetchall())
    return whole, curve, [shared.get(place, 0) for place in range(len(asked["edges"]) + 1)]


def _sketched(
    cursor: CursorWrapper, scope: Scope, bars: Span, *, name: str, edges: tuple[float, ...]
) -> Distribution:
    wide = Span(_hour(bars.start), bars.end, max(bars.width, HOUR))
    cursor.execute(SLOTS, tallies.asked(scope, wide) | {"name": name})
    by_bar: dict[datetime, dict[int, int]] = {}
    every: dict[int, int] = {}
    for start, slot, count in cursor.fetchall():
        by_bar.setdefault(start, {})[slot] = count
        every[slot] = every.get(slot, 0) + count
    curve = [[ms(start), *_quantiles(by_bar[start])] for start in sorted(by_bar)]
    return _quantiles(every) if every else None, curve, sketches.shares(every, edges)


def _quantiles(slots: sketches.Slots) -> list[float]:
    found = (sketches.quantile(slots, share) for share in SHARES)
    return [value for value in found if value is not None]


def _hour(at: datetime) -> datetime:
    return at.replace(minute=0, second=0, microsecond=0)
