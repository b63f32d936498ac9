"""How many events of a kind there were, by label: read from the rollups of events."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING, Any

from analytics import buckets
from analytics.charts import EPOCH, Span, ms
from analytics.scope import Scope

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

OF_ENV = "env = %(env)s AND (%(strategy)s = '*' OR strategy = %(strategy)s)"
IN_SPAN = "bucket >= %(start)s AND bucket < %(end)s"
COUNTS = f"""
SELECT date_bin(%(width)s, bucket, %(epoch)s) AS start, label, sum(count)::bigint
FROM {{events}}
WHERE {OF_ENV} AND kind = %(kind)s AND unit = %(unit)s AND {IN_SPAN}
GROUP BY 1, 2 ORDER BY 1, 2
"""  # noqa: S608 - constants only
REASONS = f"""
SELECT label, sum(count)::bigint AS n FROM {{events}}
WHERE {OF_ENV} AND kind = %(kind)s AND unit = %(unit)s AND {IN_SPAN}
GROUP BY 1 ORDER BY n DESC, label LIMIT 12
"""  # noqa: S608 - constants only
NEWEST = f"""
SELECT extract(epoch FROM max(bucket))::float8 FROM {{events}}
WHERE {OF_ENV} AND kind = %(kind)s AND unit = 'm'
"""  # noqa: S608 - constants only


def by_bar(
    cursor: CursorWrapper, scope: Scope, bars: Span, *, kind: str
) -> list[tuple[int, dict[str, int]]]:
    """[ms, {label: count}] of each bar that has any."""
    cursor.execute(_counting(COUNTS, scope, kind), asked(scope, bars) | {"kind": kind})
    found: dict[int, dict[str, int]] = {}
    for start, label, count in cursor.fetchall():
        found.setdefault(ms(start), {})[label] = count
    return list(found.items())


def most(cursor: CursorWrapper, scope: Scope, bars: Span, *, kind: str) -> list[tuple[str, int]]:
    """The labels that came most often in the span, with their counts."""
    cursor.execute(_counting(REASONS, scope, kind), asked(scope, bars) | {"kind": kind})
    return list(cursor.fetchall())


def newest(cursor: CursorWrapper, scope: Scope, *, kind: str) -> float | None:
    """The minute of the newest event, epoch seconds."""
    cursor.execute(_counting(NEWEST, scope, kind), scope.asked | {"kind": kind})
    found: float | None = cursor.fetchone()[0]
    return found


def _counting(statement: str, scope: Scope, kind: str) -> str:
    return statement.format(events=buckets.events(scope, kind))


def asked(scope: Scope, bars: Span) -> dict[str, Any]:
    """The parameters of a statement over bars."""
    return {
        **scope.asked,
        "start": bars.start,
        "end": bars.end,
        "unit": bars.unit,
        "width": timedelta(seconds=bars.width),
        "epoch": EPOCH,
    }
