"""The alerts list: tabs, filters and pages that neither skip nor repeat while alerts come in.

Plain SQL: the list is what a desk opens most, and the ORM would take longer to word these
statements than PostgreSQL takes to answer them.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple, cast
from uuid import UUID

from alerts import measures
from alerts.duty import EDITED, Edition
from alerts.models import Severity
from ops_portal.lib.sql import prepared

PAGE = 50  # rows
CHUNK = 500  # rows of an export that are read at once
MOST = 10_000  # alerts that are counted: a storm of any size is counted in milliseconds
RECENT = timedelta(hours=24)  # how long a resolved alert stays in the list
ENVS = ("live", "paper", "backtest")


class Tab(StrEnum):
    FIRING = "firing"
    ACKNOWLEDGED = "acknowledged"
    NODATA = "nodata"
    QUIET = "quiet"
    RESOLVED = "resolved"


TABS = {
    Tab.FIRING: "Firing",
    Tab.ACKNOWLEDGED: "Acknowledged",
    Tab.NODATA: "No data",
    Tab.QUIET: "Kept quiet",
    Tab.RESOLVED: "Resolved 24 h",
}
HEARD = "a.suppressed_by = '[]'"  # nothing keeps it quiet
IN_TAB = {
    Tab.FIRING: f"a.state = 'firing' AND a.condition = 'breach' AND {HEARD}",
    Tab.ACKNOWLEDGED: "a.state = 'acknowledged'",
    Tab.NODATA: f"a.state = 'firing' AND a.condition = 'nodata' AND {HEARD}",
    Tab.QUIET: f"a.state = 'firing' AND NOT {HEARD}",
    Tab.RESOLVED: "a.state = 'resolved' AND a.resolved_at > %(recent)s",
}
RANKS = {name: rank for rank, name in enumerate(reversed(Severity.values))}  # the worst first
# As in the indexes of alerts.models.alerts.LISTED, or they are of no use.
RANK = f"CASE {' '.join(f"WHEN a.severity = '{name}' THEN {at}" for name, at in RANKS.items())} END"
FILTERED = """
(%(severity)s = '' OR a.severity = %(severity)s)
AND (%(rule)s = '' OR a.rule_name = %(rule)s)
AND (%(env)s = '' OR a.labels ->> 'env' = %(env)s)
AND (%(q)s = '' OR a.title ILIKE %(like)s OR a.rule_name ILIKE %(like)s
     OR a.labels::text ILIKE %(like)s)
"""
COUNTED = ", ".join(f"'{name}'" for name in measures.UNITLESS)
UNIT = f"""
CASE WHEN a.rule_snapshot ->> 'aggregate' IN ({COUNTED})
     THEN '' ELSE coalesce(a.rule_snapshot ->> 'metric', '') END
"""
ROWS = f"""
SELECT a.id, {RANK}, a.uid, a.version, a.title, a.rule_name, a.severity, a.state, a.condition,
       a.labels::text, {UNIT}, a.value, a.threshold,
       a.started_at, a.acknowledged_at, a.resolved_at,
       coalesce(nullif(btrim(u.first_name || ' ' || u.last_name), ''), u.username, ''),
       coalesce(k.note, ''), e.next_at,
       coalesce((SELECT string_agg(why ->> 'name', ', ') FROM jsonb_array_elements(a.suppressed_by)
                 AS why), ''),
       coalesce(nullif(btrim(w.first_name || ' ' || w.last_name), ''), w.username, ''),
       a.acknowledged_until, a.assignee_id
FROM ({{chosen}}) AS a
LEFT JOIN alerts_escalation e ON e.alert_id = a.id
LEFT JOIN alerts_acknowledgment k ON k.alert_id = a.id AND k.ended_at IS NULL
LEFT JOIN auth_user u ON u.id = k.user_id
LEFT JOIN auth_user w ON w.id = a.assignee_id
"""  # noqa: S608 - constants only
PLACED = f"""
({RANK} > %(rank)s OR ({RANK} = %(rank)s AND (a.started_at, a.id) < (%(at)s, %(pk)s)))
"""
ORDER = f"ORDER BY {RANK}, a.started_at DESC, a.id DESC"
# What is sorted is short: the rows are put together for those that are shown.
CHOSEN = f"SELECT a.* FROM alerts_alert AS a WHERE {{held}} {ORDER} LIMIT %(limit)s"  # noqa: S608
UNTAKEN = (Tab.FIRING, Tab.NODATA)
FIRST = " UNION ALL ".join(
    f"({CHOSEN.format(held=f'{IN_TAB[tab]} AND {HEARD}')})" for tab in (*UNTAKEN, Tab.ACKNOWLEDGED)
)
ATTENTION = f"""{ROWS.format(chosen=FIRST)}
ORDER BY a.state = 'acknowledged', {RANK}, a.id DESC LIMIT %(limit)s
"""


def _some(columns: str, held: str, order: str = ORDER) -> str:
    """Up to MOST in the order of the index."""
    return f"(SELECT {columns} FROM alerts_alert AS a WHERE {held} {order} LIMIT {MOST})"  # noqa: S608


LATEST = "ORDER BY a.resolved_at DESC"
NUMBERS = {
    tab: _some("", f"{held} AND {FILTERED}", LATEST if tab is Tab.RESOLVED else ORDER)
    for tab, held in IN_TAB.items()
}
COUNTS = f"SELECT {', '.join(f'(SELECT count(*) FROM {some} AS a)' for some in NUMBERS.values())}"  # noqa: S608
DESK = f"""
SELECT severity, count(*)
FROM ({" UNION ALL ".join(_some("severity", IN_TAB[tab]) for tab in UNTAKEN)}) AS worst
GROUP BY severity
UNION ALL SELECT '', count(*) FROM alerts_receiver WHERE enabled
{" ".join(f"UNION ALL SELECT '{name}', coalesce(max(pgh_id), 0) FROM {name}" for name in EDITED)}
"""  # noqa: S608 - constants only
UNTAKEN_OF = f"""
SELECT coalesce(r.metric, worst.rule_snapshot ->> 'metric', ''), worst.severity, count(*)
FROM ({" UNION ALL ".join(_some("rule_id, rule_snapshot, severity", IN_TAB[t]) for t in UNTAKEN)})
     AS worst LEFT JOIN alerts_rule AS r ON r.id = worst.rule_id
GROUP BY 1, 2
"""  # noqa: S608 - constants only


class Untaken(NamedTuple):
    """How many alerts on a metric fire that nobody has taken, of one severity."""

    metric: str
    severity: str
    number: int


@dataclass(frozen=True, slots=True)
class Filters:
    """What the address asks for; blank means all."""

    tab: Tab = Tab.FIRING
    q: str = ""
    severity: str = ""
    env: str = ""
    rule: str = ""

    @property
    def narrowed(self) -> bool:
        return bool(self.q or self.severity or self.env or self.rule)


class Row(NamedTuple):
    """One alert of the list with who has it and what comes next; the columns of ROWS."""

    id: int
    rank: int
    uid: UUID
    version: int
    title: str
    rule_name: str
    severity: str
    state: str
    condition: str
    labels_json: str
    unit: str  # the metric whose name tells the unit of the value, as measures.unit
    value: float | None
    threshold: float | None
    started_at: datetime
    acknowledged_at: datetime | None
    resolved_at: datetime | None
    acknowledged_by: str
    note: str
    next_step_at: datetime | None
    quiet_by: str  # what keeps it quiet, for people to read
    assignee: str
    snoozed_until: datetime | None
    assignee_id: int | None

    @property
    def labels(self) -> dict[str, str]:
        return cast("dict[str, str]", json.loads(self.labels_json))

    @property
    def shown_labels(self) -> dict[str, str]:
        """The labels worth showing: `live` is where everything happens."""
        return {k: v for k, v in self.labels.items() if (k, v) != ("env", "live")}


# The row that the page fills in for an alert that arrives later.
BLANK = Row(
    0, 0, UUID(int=0), 0, "", "", Severity.INFO.value, "firing", "breach", "{}", "", None, None,
    datetime.fromtimestamp(0, UTC), None, None, "", "", None, "", "", None,
    None,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Desk:
    """What every page says of the desk: how many alerts fire that nobody has taken, by severity
    (of the worst MOST with data, and of as many without), and whether anybody could be told of one.
    """

    firing: dict[str, int]
    has_receiver: bool
    schedules: Edition = ()  # changes whenever who is on call may have


def page(
    filters: Filters, *, after: str, now: datetime, limit: int | None = None
) -> tuple[list[Row], str]:
    """The rows of the tab, worst and newest first, after the place `after` (blank: the first page),
    and the place of the next page.
    """
    limit, place = limit or PAGE, _place(after)
    wanted = [IN_TAB[filters.tab], FILTERED, *([PLACED] if place else [])]
    asked = _asked(filters, now=now) | (place or {}) | {"limit": limit + 1}
    chosen = CHOSEN.format(held=" AND ".join(wanted))
    rows = _rows(f"{ROWS.format(chosen=chosen)} {ORDER}", asked)
    return rows[:limit], _place_of(rows[limit - 1]) if len(rows) > limit else ""


def everything(filters: Filters, *, now: datetime) -> Iterator[Row]:
    """All rows of a tab for an export, read in chunks."""
    rows, after = page(filters, after="", now=now, limit=CHUNK)
    yield from rows
    while after:
        rows, after = page(filters, after=after, now=now, limit=CHUNK)
        yield from rows


def counts(filters: Filters, *, now: datetime) -> dict[str, int]:
    """How many alerts each tab holds under these filters, MOST at most."""
    with prepared() as cursor:
        cursor.execute(COUNTS, _asked(filters, now=now))
        return dict(zip((tab.value for tab in IN_TAB), cursor.fetchone(), strict=True))


def attention(limit: int) -> list[Row]:
    """The open alerts that need somebody most: not taken, worst, newest."""
    return _rows(ATTENTION, {"limit": limit})


def untaken() -> list[Untaken]:
    """What fires by metric and severity, of the worst MOST with data and of as many without."""
    with prepared() as cursor:
        cursor.execute(UNTAKEN_OF)
        return [Untaken._make(found) for found in cursor.fetchall()]


def desk() -> Desk:
    with prepared() as cursor:
        cursor.execute(DESK)
        found: dict[str, int] = dict(cursor.fetchall())
    receivers, edition = found.pop(""), tuple(found.pop(name) for name in EDITED)
    return Desk(firing=found, has_receiver=receivers > 0, schedules=edition)


def _rows(sql: str, asked: Any) -> list[Row]:
    with prepared() as cursor:
        cursor.execute(sql, asked)
        return [Row._make(found) for found in cursor.fetchall()]


def _asked(filters: Filters, *, now: datetime) -> dict[str, Any]:
    text = filters.q.replace("\\", r"\\").replace("%", r"\%").replace("_", r"\_")
    return {**asdict(filters), "like": f"%{text}%", "recent": now - RECENT}


def _place_of(row: Row) -> str:
    return f"{row.rank}~{row.started_at.isoformat()}~{row.id}"


def _place(text: str) -> dict[str, Any] | None:
    """The place that `_place_of` wrote; None for anything else, which shows the first page."""
    try:
        first, second, third = text.split("~")
        rank, started_at, pk = int(first), datetime.fromisoformat(second), int(third)
    except ValueError:
        return None
    known = started_at.tzinfo and abs(rank) < 10 and abs(pk) < 2**63
    return {"rank": rank, "at": started_at, "pk": pk} if known else None
