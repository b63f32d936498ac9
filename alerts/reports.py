"""How the desk answers its alerts: by week, by rule, by person, by day. Aggregates in SQL.

Times to acknowledge run from the firing to the first acknowledgment, times to resolve from the
firing to the end, whoever or whatever ended it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any, NamedTuple

from django.contrib.auth.models import User

from alerts.models import Severity
from alerts.summary import person
from ops_portal.lib.sql import prepared

MOST_LINES = 100  # of a table
EPISODES = """
WITH taken AS (
    SELECT DISTINCT ON (alert_id) alert_id, at, user_id FROM alerts_acknowledgment
    WHERE at >= %(since)s::timestamptz ORDER BY alert_id, at
), episode AS (
    SELECT a.id, a.rule_id, a.rule_name, a.resolved_by_id, a.resolved_at,
        date_trunc('week', a.started_at AT TIME ZONE %(zone)s::text)::date AS week,
        t.user_id AS acker,
        extract(epoch FROM t.at - a.started_at)::float8 AS acked_after,
        extract(epoch FROM a.resolved_at - a.started_at)::float8 AS resolved_after
    FROM alerts_alert AS a LEFT JOIN taken AS t ON t.alert_id = a.id
    WHERE a.started_at >= %(since)s::timestamptz
)
"""
RESPONSE = f"""{EPISODES}
SELECT grouping(week, rule_name, acker), week, rule_name, acker,
    count(*), count(acked_after), avg(acked_after),
    percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY acked_after),
    count(resolved_after), avg(resolved_after),
    percentile_cont(ARRAY[0.5, 0.9]) WITHIN GROUP (ORDER BY resolved_after)
FROM episode GROUP BY GROUPING SETS ((), (week), (rule_name), (acker))
"""  # noqa: S608 - constants only
NOISE = f"""{EPISODES}, heard AS (
    SELECT n.alert_id, count(*) AS messages FROM alerts_notification AS n
    WHERE n.created_at >= %(since)s::timestamptz AND n.state = 'sent' AND n.channel <> 'stream'
        AND n.alert_id IS NOT NULL
    GROUP BY 1
)
SELECT e.rule_name, max(r.name), count(*), count(acked_after),
    count(*) FILTER (WHERE acked_after IS NOT NULL OR resolved_by_id IS NOT NULL),
    count(*) FILTER (WHERE resolved_after IS NOT NULL AND resolved_by_id IS NULL
                     AND acked_after IS NULL) AS by_itself,
    percentile_cont(0.5) WITHIN GROUP (ORDER BY resolved_after) FILTER (
        WHERE resolved_by_id IS NULL AND acked_after IS NULL),
    coalesce(sum(h.messages), 0)::bigint
FROM episode AS e LEFT JOIN heard AS h ON h.alert_id = e.id
LEFT JOIN alerts_rule AS r ON r.id = e.rule_id
GROUP BY e.rule_name ORDER BY by_itself DESC, count(*) DESC, e.rule_name LIMIT {MOST_LINES}
"""  # noqa: S608 - constants only
DAYS = """
SELECT (started_at AT TIME ZONE %(zone)s::text)::date AS day, severity, count(*)
FROM alerts_alert WHERE started_at >= %(since)s::timestamptz GROUP BY 1, 2
"""
WEEK, RULE, PERSON, WHOLE = 3, 5, 6, 7  # grouping(): a bit for each column that is not grouped by


class Times(NamedTuple):
    """How often it happened, and the seconds it took; None where it never did."""

    times: int
    mean: float | None
    median: float | None
    ninth_decile: float | None


@dataclass(frozen=True, slots=True)
class Line:
    """A week, a rule or a person: how many alerts, how fast they were taken and ended."""

    key: str
    fired: int
    acked: Times
    resolved: Times
    day: date | None = None  # the Monday of a week


@dataclass(frozen=True, slots=True)
class Response:
    whole: Line
    weeks: Sequence[Line]  # newest first
    rules: Sequence[Line]  # the busiest first
    people: Sequence[Line]  # whoever acknowledged first, by how often


@dataclass(frozen=True, slots=True)
class Noise:
    """What a rule cost. `acted`: acknowledged, or resolved by a person."""

    rule: str
    known: bool  # the rule is still there
    fired: int
    acked: int
    acted: int
    by_itself: int  # ended before anybody did anything
    median_seconds: float | None  # of those
    messages: int

    @property
    def by_itself_ratio(self) -> float:
        return self.by_itself / self.fired

    @property
    def acked_ratio(self) -> float:
        return self.acked / self.fired


@dataclass(frozen=True, slots=True)
class Day:
    """A day of the calendar; `level` 0..4 of its number among the days shown."""

    day: date
    counts: Mapping[str, int]  # severity -> alerts that fired, the worst first
    level: int
    ahead: bool = False

    @property
    def total(self) -> int:
        return sum(self.counts.values())


def response(*, since: datetime, zone: str) -> Response:
    """How fast alerts that fired since then were taken and ended; weeks are those of the zone."""
    rows = _rows(RESPONSE, since=since, zone=zone)
    names = User.objects.in_bulk([row[3] for row in rows if row[0] == PERSON and row[3]])
    (whole,) = (_line("", row) for row in rows if row[0] == WHOLE)
    weeks = [_line(str(row[1]), row, day=row[1]) for row in rows if row[0] == WEEK]
    rules = [_line(row[2], row) for row in rows if row[0] == RULE]
    people = [
        _line(person(names[row[3]]), row) for row in rows if row[0] == PERSON and row[3] in names
    ]
    return Response(
        whole,
        sorted(weeks, key=lambda line: line.key, reverse=True),
        sorted(rules, key=lambda line: (-line.fired, line.key))[:MOST_LINES],
        sorted(people, key=lambda line: (-line.acked.times, line.key))[:MOST_LINES],
    )


def noise(*, since: datetime) -> list[Noise]:
    """The rules by how many of their alerts ended by themselves."""
    rows = _rows(NOISE, since=since, zone="UTC")
    return [Noise(name, known is not None, *rest) for name, known, *rest in rows]


def calendar(*, first: date, today: date, since: datetime, zone: str) -> list[list[Day]]:
    """Weeks from Monday to Sunday, the oldest first, from the Monday `first`, which is `since`."""
    found: dict[date, dict[str, int]] = {}
    for day, severity, count in _rows(DAYS, since=since, zone=zone):
        found.setdefault(day, {})[severity] = count
    most = max((sum(counts.values()) for counts in found.values()), default=0)
    weeks = (today - first).days // 7 + 1
    return [
        [_day(first + timedelta(days=7 * week + day), found, most, today) for day in range(7)]
        for week in range(weeks)
    ]


def _day(day: date, found: Mapping[date, Mapping[str, int]], most: int, today: date) -> Day:
    known = found.get(day, {})
    counts = {name: known[name] for name in reversed(Severity.values) if name in known}
    level = -(-4 * sum(counts.values()) // most) if most else 0
    return Day(day, counts, level, ahead=day > today)


def _line(key: str, row: Sequence[Any], *, day: date | None = None) -> Line:
    fired, acked, resolved = row[4], row[5:8], row[8:11]
    return Line(key, fired, _times(*acked), _times(*resolved), day)


def _times(count: int, mean: float | None, parts: Sequence[float | None] | None) -> Times:
    median, ninth_decile = parts or (None, None)
    return Times(count, mean, median, ninth_decile)


def _rows(statement: str, *, since: datetime, zone: str) -> list[tuple[Any, ...]]:
    with prepared() as cursor:
        cursor.execute(statement, {"since": since, "zone": zone})
        return list(cursor.fetchall())
