"""By the engine's clock: keep the evidence of who was on call, and call when nobody is."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from alerts import oncall, transitions
from alerts.births import Episode
from alerts.models import Alert, OnCallSpan, Schedule, Transition
from alerts.summary import frame
from analytics.live import Frame
from analytics.series import fingerprint

RULE = "schedule_gap"


def watch(*, now: datetime) -> list[Frame]:
    """Write the spans up to now; open and close the alert of each schedule's gap.

    After an outage the hand-overs that were missed are written with their true times. Safe to run
    in several engines: the row of the schedule decides.
    """
    frames: list[Frame] = []
    for key in Schedule.objects.values_list("pk", flat=True):
        with transaction.atomic():
            locked = Schedule.objects.select_for_update(skip_locked=True, of=("self",))
            schedule = locked.select_related("fallback").filter(pk=key).first()
            if schedule is None or (schedule.recorded_until or now) > now:
                continue
            record(schedule, now=now)
            frames += _tell_of_gap(schedule, now=now)
    return frames


def record(schedule: Schedule, *, now: datetime) -> None:
    """Append the spans of [recorded until, now]; the caller holds the row of the schedule.

    When the schedule now says something else of the time that is written already, it was edited:
    that counts from now on.
    """
    last = OnCallSpan.objects.filter(schedule=schedule, ends_at=None).first()
    seen = oncall.shifts(schedule, schedule.recorded_until or now, now + oncall.INSTANT)
    if last is not None and not _same(last, seen[0]):
        seen = oncall.shifts(schedule, now, now + oncall.INSTANT)
    for one in seen:
        if last is not None and _same(last, one):
            continue
        if last is not None:
            last.ends_at = one.start
            last.save(update_fields=["ends_at"])
        last = OnCallSpan.objects.create(
            schedule=schedule, user=one.user, source=one.source, starts_at=one.start
        )
    schedule.recorded_until = now
    schedule.save(update_fields=["recorded_until"])


def _same(last: OnCallSpan, one: oncall.OnCall) -> bool:
    return (last.user_id, last.source) == (one.user.pk if one.user else None, one.source)


def _tell_of_gap(schedule: Schedule, *, now: datetime) -> list[Frame]:
    labels = {"alertname": RULE, "schedule": schedule.name}
    key = fingerprint(labels)
    known = Alert.objects.filter(fingerprint=key).exclude(state=Alert.State.RESOLVED).first()
    gap = oncall.who(schedule, now).gap and not schedule.gaps_expected
    if gap and known is None:
        alert, _ = transitions.fire(_episode(schedule, key, labels), via="timer", now=now)
        return [frame(alert, now=now)]
    if not gap and known is not None:
        alert = transitions.change(
            known.pk,
            action=Transition.Action.RESOLVED,
            to_state=transitions.RESOLVED,
            via=Transition.Via.TIMER,
            now=now,
        )
        return [frame(alert, now=now)]
    return []


def _episode(schedule: Schedule, key: str, labels: dict[str, str]) -> Episode:
    person = schedule.fallback if schedule.fallback and schedule.fallback.is_active else None
    told = f"{person} is told instead." if person else "There is no fallback person either."
    return Episode(
        fingerprint=key,
        rule_name=RULE,
        title=f"Nobody is on call in {schedule.name}",
        description=f"No layer of the schedule has anybody now. {told}",
        severity="warning" if person else "critical",
        labels=labels,
    )
