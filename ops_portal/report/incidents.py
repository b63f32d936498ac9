"""The alerts of a period, in numbers and by name."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from django.db import connection

from alerts.models import Alert, Severity

MOST = 10  # alerts that are listed, the worst first
WORST_FIRST = tuple(reversed(Severity.values))
NUMBERS = """
SELECT severity, count(*), count(taken), avg(extract(epoch FROM taken - started_at))::float8,
       avg(extract(epoch FROM resolved_at - started_at))::float8
FROM alerts_alert AS a LEFT JOIN LATERAL (
    SELECT min(at) AS taken FROM alerts_acknowledgment WHERE alert_id = a.id) AS t ON true
WHERE started_at >= %(start)s AND started_at < %(end)s
GROUP BY GROUPING SETS ((), (severity))
"""


@dataclass(frozen=True, slots=True)
class Incidents:
    """Alerts that fired in the period. Times in seconds; None where it never happened."""

    fired: int
    acknowledged: int
    counts: Mapping[str, int]  # severity -> how many, the worst first
    to_acknowledge: float | None
    to_resolve: float | None
    worst: Sequence[Alert]


def of(start: datetime, end: datetime) -> Incidents:
    with connection.cursor() as cursor:
        cursor.execute(NUMBERS, {"start": start, "end": end})
        found = {severity: numbers for severity, *numbers in cursor.fetchall()}
    fired, acknowledged, to_acknowledge, to_resolve = found[None]
    return Incidents(
        fired,
        acknowledged,
        {name: found[name][0] for name in WORST_FIRST if name in found},
        to_acknowledge,
        to_resolve,
        _worst(start, end),
    )


def _worst(start: datetime, end: datetime) -> list[Alert]:
    found: list[Alert] = []
    for severity in WORST_FIRST:
        alerts = Alert.objects.filter(
            severity=severity, started_at__gte=start, started_at__lt=end
        ).order_by("started_at", "pk")
        found += alerts[: MOST - len(found)]
    return found
