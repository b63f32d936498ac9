"""Tells channels of groups: one message for many alerts, however many fire at once.

1. Groups that are due are claimed; those another engine holds are passed over.
2. A group has news when an alert in it fires that was not told, or one that was told has ended;
   else it is told again after its route's repeat interval, while somebody must still act.
3. Alerts that are kept quiet or taken make no news. Who was never told that an alert fires is not
   told that it ended.
4. A channel gets a few messages of single groups in five minutes, the most severe first; what goes
   beyond is one digest of all other groups, at most every half minute. So a storm of any size is
   at most 20 messages, and a critical group finds room in it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from django.db import connection, transaction
from django.db.models import Case, IntegerField, Value, When

from alerts import measures, notifications, routing
from alerts.models import Alert, AlertGroup, Notification, Severity
from alerts.receivers.base import GroupLine, GroupMessage
from alerts.tree import Channel, Place

WINDOW = timedelta(minutes=5)
ALONE, ALONE_CRITICAL = 5, 10  # messages of single groups in a window
DIGEST_PAUSE = timedelta(seconds=30)  # at most 10 digests in a window
AT_ONCE = 20_000  # groups
SHOWN = 10  # alerts of a message, groups of a digest
RANKS = tuple(reversed(Severity.values))  # the worst first
COUNT = """
SELECT m.group_id,
    count(*) FILTER (WHERE a.state = 'firing' AND a.suppressed_by = '[]'),
    count(*) FILTER (WHERE a.state = 'firing' AND a.suppressed_by = '[]' AND m.told_at IS NULL),
    count(*) FILTER (WHERE a.state = 'resolved' AND m.told_at IS NOT NULL),
    count(*) FILTER (WHERE a.state <> 'resolved'),
    min(array_position(%s::text[], a.severity::text)) FILTER (
        WHERE (a.state = 'firing' AND a.suppressed_by = '[]')
           OR (a.state = 'resolved' AND m.told_at IS NOT NULL))
FROM alerts_groupmember AS m JOIN alerts_alert AS a ON a.id = m.alert_id
WHERE m.left_at IS NULL AND m.group_id = ANY(%s) GROUP BY m.group_id
"""
TELL = """
UPDATE alerts_groupmember AS m SET told_at = %(now)s FROM alerts_alert AS a
WHERE a.id = m.alert_id AND m.group_id = ANY(%(groups)s) AND m.left_at IS NULL
  AND m.told_at IS NULL AND a.state = 'firing' AND a.suppressed_by = '[]'
"""
LEAVE = """
UPDATE alerts_groupmember AS m SET left_at = %(now)s FROM alerts_alert AS a
WHERE a.id = m.alert_id AND m.group_id = ANY(%(groups)s) AND m.left_at IS NULL
  AND a.state = 'resolved'
"""
NOTE = """
UPDATE alerts_alertgroup AS g SET last_notified_at = %(now)s, messages = messages + 1,
    last_firing = n.firing, last_resolved = n.ended
FROM unnest(%(groups)s::bigint[], %(firing)s::int[], %(ended)s::int[]) AS n(id, firing, ended)
WHERE g.id = n.id
"""
DUE = "UPDATE alerts_alertgroup SET next_flush_at = %s, closed_at = %s WHERE id = ANY(%s)"


@dataclass(frozen=True, slots=True)
class News:
    """What there is to tell of one group. `rank`: of its worst severity, 0 the worst."""

    group: AlertGroup
    place: Place
    firing: int
    ended: int
    rank: int
    again: bool

    @property
    def severity(self) -> str:
        return RANKS[self.rank]


def flush_due(*, now: datetime) -> int:
    """Tell of the groups that are due; returns how many were looked at.

    Those with critical alerts first, and on their own: no storm of others holds them up.
    """
    return _flush_some(grave=True, now=now) + _flush_some(grave=False, now=now)


def _flush_some(*, grave: bool, now: datetime) -> int:
    with transaction.atomic():
        due = AlertGroup.objects.select_for_update(skip_locked=True).filter(
            closed_at=None, next_flush_at__lte=now, grave=grave
        )
        groups = list(due.order_by("next_flush_at")[:AT_ONCE])
        if groups:
            _flush(groups, now=now)
    return len(groups)


def _flush(groups: Sequence[AlertGroup], *, now: datetime) -> None:
    places = routing.every_place()
    groups = _without_muted(groups, places, now=now)
    counts = _counts([group.pk for group in groups])
    news: dict[tuple[Channel, ...], list[News]] = {}
    for group in groups:
        place = places.get(group.route_id or 0)
        found = place and _news(group, place, counts.get(group.pk), now=now)
        if place and found:
            news.setdefault(place.receivers, []).append(found)
    late: list[int] = []
    for receivers, items in news.items():
        late += _tell(receivers, items, now=now)
    _move_on([group for group in groups if group.pk not in late], counts, places, now=now)


def _without_muted(
    groups: Sequence[AlertGroup], places: dict[int, Place], *, now: datetime
) -> list[AlertGroup]:
    """Groups that a calendar keeps quiet wait; what there is to tell then is told later."""
    heard: list[AlertGroup] = []
    waiting: list[AlertGroup] = []
    at = now.timestamp()
    for group in groups:
        place = places.get(group.route_id or 0)
        if place is None or not place.muted_by(at):
            heard.append(group)
        else:
            later = min(at + place.interval, place.changes_at(at))
            group.next_flush_at = datetime.fromtimestamp(later, UTC)
            waiting.append(group)
    AlertGroup.objects.bulk_update(waiting, ["next_flush_at"])
    return heard


def _counts(groups: list[int]) -> dict[int, tuple[int, int, int, int, int | None]]:
    """Per group: firing, firing and not told, ended and told, not resolved, the worst rank."""
    with connection.cursor() as cursor:
        cursor.execute(COUNT, [list(RANKS), groups])
        return {row[0]: (row[1], row[2], row[3], row[4], row[5]) for row in cursor.fetchall()}


def _news(
    group: AlertGroup,
    place: Place,
    counts: tuple[int, int, int, int, int | None] | None,
    *,
    now: datetime,
) -> News | None:
    if counts is None or not place.receivers:
        return None
    firing, fresh, ended, _, rank = counts
    told = group.last_notified_at
    again = bool(firing and told and told <= now - timedelta(seconds=place.repeat))
    if not (fresh or ended or again):
        return None
    return News(group, place, firing, ended, (rank or 1) - 1, again and not (fresh or ended))


def _tell(receivers: tuple[Channel, ...], news: list[News], *, now: datetime) -> list[int]:
    """Owe the messages to these receivers; returns the groups that must wait for a digest."""
    room, digest_at = _room(receivers, now=now)
    alone: list[News] = []
    rest: list[News] = []
    for item in sorted(news, key=lambda item: (item.rank, item.group.pk)):
        most = ALONE_CRITICAL if item.severity == Severity.CRITICAL else ALONE
        (alone if room + len(alone) < most else rest).append(item)
    for item in alone:
        key = f"group:{item.group.pk}:{item.group.messages + 1}"
        _owe(receivers, _message(item, now=now), item.group, key, now=now)
    told = list(alone)
    if rest and digest_at <= now:
        key = f"digest:{rest[0].group.pk}:{rest[0].group.messages + 1}"
        _owe(receivers, _digest(rest, now=now), None, key, now=now)
        told += rest
    elif rest:
        late = [item.group.pk for item in rest]
        with connection.cursor() as cursor:
            cursor.execute(DUE, [digest_at, None, late])
    _note(told, now=now)
    return [item.group.pk for item in rest] if rest and digest_at > now else []


def _room(receivers: tuple[Channel, ...], *, now: datetime) -> tuple[int, datetime]:
    """How many messages of single groups the fullest of them had, and when a digest may go."""
    recent = Notification.objects.filter(created_at__gt=now - WINDOW, alert=None).exclude(
        state=Notification.State.SKIPPED
    )
    alone, digest_at = 0, now
    for receiver in receivers:
        own = recent.filter(receiver=receiver.id)
        alone = max(alone, own.filter(reason="group").count())
        last = own.filter(reason="digest").order_by("-created_at").first()
        if last is not None:
            digest_at = max(digest_at, last.created_at + DIGEST_PAUSE)
    return alone, digest_at


def _owe(
    receivers: Iterable[Channel],
    message: GroupMessage,
    group: AlertGroup | None,
    key: str,
    *,
    now: datetime,
) -> None:
    entries = [{"id": receiver.id, "name": receiver.name} for receiver in receivers]
    notifications.owe_group(message, receivers=entries, group=group, key=key, now=now)


def _note(told: Sequence[News], *, now: datetime) -> None:
    """Write down who was told of what; ended alerts leave the groups afterwards."""
    ids = [item.group.pk for item in told]
    columns: dict[str, Any] = {
        "now": now,
        "groups": ids,
        "firing": [item.firing for item in told],
        "ended": [item.ended for item in told],
    }
    with connection.cursor() as cursor:
        cursor.execute(TELL, {"now": now, "groups": ids})
        cursor.execute(NOTE, columns)


def _move_on(
    groups: Sequence[AlertGroup],
    counts: dict[int, tuple[int, int, int, int, int | None]],
    places: dict[int, Place],
    *,
    now: datetime,
) -> None:
    """Let ended alerts leave, close groups without alerts, and set when the others are due."""
    intervals: dict[int, list[int]] = {}
    closed = []
    for group in groups:
        place = places.get(group.route_id or 0)
        if place is None or not counts.get(group.pk, (0, 0, 0, 0, None))[3]:
            closed.append(group.pk)
        else:
            intervals.setdefault(place.interval, []).append(group.pk)
    with connection.cursor() as cursor:
        cursor.execute(LEAVE, {"now": now, "groups": [group.pk for group in groups]})
        cursor.execute(DUE, [None, now, closed])
        for seconds, ids in intervals.items():
            cursor.execute(DUE, [now + timedelta(seconds=seconds), None, ids])


def _message(item: News, *, now: datetime) -> GroupMessage:
    rank = Case(
        *(When(severity=name, then=Value(place)) for place, name in enumerate(RANKS)),
        output_field=IntegerField(),
    )
    worst = Alert.objects.annotate(rank=rank).order_by("rank", "-started_at")
    present: dict[str, Any] = {"memberships__group": item.group, "memberships__left_at": None}
    firing = worst.filter(**present, state=Alert.State.FIRING, suppressed_by=[])
    ended = worst.filter(**present, state=Alert.State.RESOLVED, memberships__told_at__isnull=False)
    labels = ", ".join(f"{name}={value}" for name, value in sorted(item.group.labels.items()))
    return GroupMessage(
        reason="repeat" if item.again else "news",
        title=labels or item.group.route_name,
        severity=item.severity,
        firing=item.firing,
        resolved=item.ended,
        at=now,
        thread=f"group-{item.group.pk}",
        opens_thread=item.group.messages == 0,
        route=item.group.route_name,
        lines=tuple(_line(alert) for alert in [*firing[:SHOWN], *ended[:SHOWN]][:SHOWN]),
        url=routing.address("/alerts/"),
    )


def _digest(news: Sequence[News], *, now: datetime) -> GroupMessage:
    lines = tuple(
        GroupLine(
            title=item.group.group_key.partition(":")[2] or item.group.group_key,
            severity=item.severity,
            state="firing" if item.firing else "resolved",
            count=item.firing or item.ended,
        )
        for item in news[:SHOWN]
    )
    return GroupMessage(
        reason="digest",
        title=f"{len(news):,} groups of alerts",
        severity=news[0].severity,
        firing=sum(item.firing for item in news),
        resolved=sum(item.ended for item in news),
        at=now,
        thread=f"digest-{news[0].group.pk}-{news[0].group.messages + 1}",
        opens_thread=True,
        route=news[0].group.route_name,
        lines=lines,
        url=routing.address("/alerts/"),
    )


def _line(alert: Alert) -> GroupLine:
    return GroupLine(
        title=alert.title,
        severity=alert.severity,
        state=alert.state,
        value=alert.value,
        unit=measures.unit(alert.rule_snapshot),
        url=routing.address(f"/alerts/{alert.pk}/"),
    )
