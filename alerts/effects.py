"""What a judgment leads to in the database: alerts that fire, change and resolve."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime, timedelta

from django.db import connection

from alerts import transitions
from alerts.episodes import episode_of, snapshot
from alerts.lifecycle import BREACH, MISSING, Effect, resolved_by_person
from alerts.models import Alert, Rule, RuleError, Transition
from alerts.summary import frames, summaries
from alerts.transitions import Change
from alerts.watch import Watch
from analytics.live import Frame

ACTIONS = {
    Effect.RESOLVE: Transition.Action.RESOLVED,
    Effect.LOSE_DATA: Transition.Action.NO_DATA,
    Effect.REGAIN_DATA: Transition.Action.DATA_BACK,
}
FIRES = {Effect.FIRE: BREACH, Effect.FIRE_NODATA: MISSING}
MOST_ASKED = 5_000
OF_LATE = timedelta(minutes=1)  # longer than a commit takes
SHOW = """
UPDATE alerts_alert AS a SET
    value = n.value, last_seen_at = %s,
    peak_value = CASE WHEN n.value IS NULL THEN a.peak_value
        WHEN a.peak_value IS NULL THEN n.value
        WHEN n.rising THEN greatest(a.peak_value, n.value)
        ELSE least(a.peak_value, n.value) END
FROM (SELECT * FROM unnest(%s::bigint[], %s::float8[], %s::bool[]) AS n(id, value, rising)
      ORDER BY id) AS n
WHERE a.id = n.id AND a.state <> 'resolved'
RETURNING a.id
"""


def carry_out(effects: Mapping[Watch, Effect], *, now: datetime) -> list[Frame]:
    """Fire, change or resolve the alerts of these watches, what fires first.

    Nothing is shown where the rule is gone, or a person was first.
    """
    firing = {watch: FIRES[effect] for watch, effect in effects.items() if effect in FIRES}
    others = {watch: effect for watch, effect in effects.items() if effect not in FIRES}
    shown = _fire(firing, now=now) if firing else []
    shown += _change(others, now=now) if others else []
    return frames(shown, now=now)


def _fire(watches: Mapping[Watch, str], *, now: datetime) -> list[Alert]:
    ids = {watch.plan.rule_id for watch in watches}
    held = Rule.objects.select_related("policy", "calendar").in_bulk(existing_rules(ids))
    known = [watch for watch in watches if watch.plan.rule_id in held]
    snapshots = {pk: snapshot(rule) for pk, rule in held.items()}
    episodes = [
        episode_of(held[pk], watch, watches[watch], snapshots[pk])
        for watch in known
        for pk in [watch.plan.rule_id]
    ]
    opened = transitions.fire_all(episodes, via=Transition.Via.ENGINE, now=now)
    for watch, (alert, _) in zip(known, opened, strict=True):
        watch.alert_id, watch.shown = alert.pk, watch.value
    return [alert for alert, _ in opened]


def _change(effects: Mapping[Watch, Effect], *, now: datetime) -> list[Alert]:
    watches = {watch.alert_id: watch for watch in effects if watch.alert_id is not None}
    changed = transitions.change_all(
        [_wanted(pk, watch, effects[watch], now=now) for pk, watch in watches.items()],
        via=Transition.Via.ENGINE,
        now=now,
    )
    for pk, watch in watches.items():
        alert = changed.done.get(pk)
        watch.alert_id = pk if alert is not None and alert.is_open else None
        if pk in changed.refused and effects[watch] is not Effect.RESOLVE:
            watch.instance = resolved_by_person(watch.instance)
    return list(changed.done.values())


def _wanted(alert_id: int, watch: Watch, effect: Effect, *, now: datetime) -> Change:
    fields: dict[str, object] = {"value": watch.value, "last_seen_at": now}
    if effect is not Effect.RESOLVE:
        fields["condition"] = watch.instance.alerting
    return Change(
        alert_id=alert_id,
        action=ACTIONS[effect],
        to_state=transitions.RESOLVED if effect is Effect.RESOLVE else None,
        fields=fields,
    )


def existing_rules(ids: Collection[int]) -> set[int]:
    """Those of the rules that are still there, kept from deletion until the commit.

    Foreign keys are checked at the commit only: a rule deleted meanwhile would fail the batch.
    """
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT id FROM alerts_rule WHERE id = ANY(%s) ORDER BY id FOR KEY SHARE", [list(ids)]
        )
        return {pk for (pk,) in cursor.fetchall()}


def show_values(watches: Sequence[Watch], *, now: datetime) -> list[Frame]:
    """Bring the values of open alerts up to date, and forget alerts that a person resolved."""
    if not watches:
        return []
    columns = (
        [watch.alert_id for watch in watches],
        [watch.value for watch in watches],
        [watch.plan.comparison in {">", ">="} for watch in watches],
    )
    with connection.cursor() as cursor:
        cursor.execute(SHOW, [now, *columns])
        shown = {pk for (pk,) in cursor.fetchall()}
    changed = [watch.alert_id for watch in watches if watch.value != watch.shown]
    for watch in watches:
        watch.shown = watch.value
    alerts = Alert.objects.filter(pk__in=shown.intersection(changed))
    return [
        Frame("alerts", str(alert.pk), now.timestamp(), data, urgent=False)
        for alert, data in summaries(alerts)
    ]


def resolved_meanwhile(watches: Sequence[Watch], *, now: datetime) -> list[Watch]:
    """The watches whose alert a person has resolved since the last look.

    In a storm those that ended of late are asked for, not each by its id.
    """
    ids = [watch.alert_id for watch in watches if watch.alert_id]
    ended = Alert.objects.filter(state="resolved")
    few = len(ids) <= MOST_ASKED
    found = ended.filter(pk__in=ids) if few else ended.filter(resolved_at__gt=now - OF_LATE)
    gone = set(found.order_by().values_list("pk", flat=True)) if ids else set()
    return [watch for watch in watches if watch.alert_id in gone]


def resolve_uncovered(alerts: Mapping[int, str], *, now: datetime) -> list[Frame]:
    """Resolve alerts that no rule speaks for any more; `alerts`: id -> why."""
    changes = [
        Change(
            alert_id=alert_id,
            action=Transition.Action.RESOLVED,
            to_state=transitions.RESOLVED,
            note=why,
        )
        for alert_id, why in sorted(alerts.items())
    ]
    changed = transitions.change_all(changes, via=Transition.Via.ENGINE, now=now)
    return frames(changed.done.values(), now=now)


def write_failures(failures: Mapping[int, str], *, now: datetime) -> None:
    """Make the table say which rules fail now, and why; a failure keeps its first time."""
    RuleError.objects.exclude(rule__in=failures).delete()
    known = dict(RuleError.objects.values_list("rule_id", "message"))
    for rule_id in existing_rules([pk for pk in failures if failures[pk] != known.get(pk)]):
        RuleError.objects.update_or_create(
            rule_id=rule_id, defaults={"message": failures[rule_id], "at": now}
        )
