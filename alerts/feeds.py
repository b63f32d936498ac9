"""Who is on call as a calendar (RFC 5545) that other programs subscribe to.

Times are instants in UTC, so that no reader needs our zone rules. A shift keeps its UID from the
day it comes into sight until it is long over: schedule, first instant, person.
"""

from __future__ import annotations

import uuid
from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from urllib.parse import urlsplit

from django.conf import settings
from django.contrib.auth.models import User
from icalendar import Calendar, Event

from alerts import oncall
from alerts.models import OnCallSpan, PersonalFeed, Schedule
from alerts.oncall import FALLBACK, INSTANT, LOOKED_AHEAD, OnCall
from alerts.summary import person

AHEAD = timedelta(days=90)
KEPT = timedelta(days=90)  # of what is over
PRODUCT = "-//Ops Portal//On call//EN"


def of_schedule(schedule: Schedule, *, now: datetime) -> bytes:
    """Everybody's shifts, and where nobody is."""
    events = [_event(schedule, shift, now=now) for shift in shifts(schedule, now=now)]
    return _calendar(f"On call: {schedule.name}", events)


def of_person(user: User, *, now: datetime) -> bytes:
    """The shifts of one person in every schedule, also those they have as fallback."""
    events = [
        _event(schedule, shift, now=now)
        for schedule in Schedule.objects.select_related("fallback")
        for shift in shifts(schedule, now=now)
        if shift.user == user
    ]
    return _calendar(f"On call: {person(user)}", events)


def shifts(schedule: Schedule, *, now: datetime) -> list[OnCall]:
    """What was, by the record; what is and will be, by the schedule; each with its true ends."""
    today = now.replace(hour=0, minute=0, second=0, microsecond=0)
    recorded = OnCallSpan.objects.filter(schedule=schedule).select_related("user")
    over = recorded.filter(ends_at__gt=today - KEPT, ends_at__lte=now)
    past = [
        OnCall(one.starts_at, one.ends_at, one.user, one.source, one.source in {FALLBACK, ""})
        for one in over
        if one.ends_at is not None
    ]
    ahead = oncall.shifts(schedule, now, today + AHEAD + LOOKED_AHEAD)
    ahead[0] = replace(ahead[0], start=_began(schedule, ahead[0], past, now=now))
    return [*past, *(one for one in ahead if one.start < today + AHEAD)]


def rotate(schedule: Schedule) -> None:
    """Give the schedule another key: whoever had the old link sees nothing more."""
    schedule.feed_key = uuid.uuid4()
    schedule.save(update_fields=["feed_key"])


def own(user: User, *, fresh: bool = False) -> PersonalFeed:
    """The feed of the person; `fresh`: with another key than before."""
    feed, made = PersonalFeed.objects.get_or_create(user=user)
    if fresh and not made:
        feed.key = uuid.uuid4()
        feed.save(update_fields=["key"])
    return feed


def _began(
    schedule: Schedule, current: OnCall, past: Sequence[OnCall], *, now: datetime
) -> datetime:
    """When the current shift began: as it is written, else as the rotation says."""
    open_span = OnCallSpan.objects.filter(schedule=schedule, ends_at=None).first()
    user_id = current.user.pk if current.user else None
    if open_span and (open_span.user_id, open_span.source) == (user_id, current.source):
        return min(open_span.starts_at, now)
    before = oncall.shifts(schedule, now - LOOKED_AHEAD, now + INSTANT)[-1].start
    return max(before, past[-1].end) if past else before


def _event(schedule: Schedule, shift: OnCall, *, now: datetime) -> Event:
    whom = shift.user.pk if shift.user else 0
    host = urlsplit(settings.PORTAL_URL).hostname or "localhost"
    event = Event()
    event.add("uid", f"{schedule.pk}-{shift.start.astimezone(UTC):%Y%m%dT%H%M%SZ}-{whom}@{host}")
    event.add("dtstamp", min(shift.start, now.replace(hour=0, minute=0, second=0)).astimezone(UTC))
    event.add("dtstart", shift.start.astimezone(UTC))
    event.add("dtend", shift.end.astimezone(UTC))
    event.add("summary", f"{_named(shift)} on call: {schedule.name}")
    event.add("description", _why(shift))
    event.add("url", f"{settings.PORTAL_URL.rstrip('/')}/on-call/")
    event.add("transp", "TRANSPARENT")  # being on call does not make the day a busy one
    return event


def _named(shift: OnCall) -> str:
    if shift.user is None:
        return "Nobody"
    return f"{person(shift.user)} (fallback)" if shift.gap else person(shift.user)


def _why(shift: OnCall) -> str:
    if shift.gap:
        return "No layer of the schedule has anybody."
    return "Agreed beside the schedule." if shift.source == "override" else f"Layer {shift.source}."


def _calendar(name: str, events: Iterable[Event]) -> bytes:
    calendar = Calendar()
    calendar.add("prodid", PRODUCT)
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", name)
    calendar.add("refresh-interval", timedelta(minutes=15), parameters={"VALUE": "DURATION"})
    calendar.add("x-published-ttl", "PT15M")
    for event in events:
        calendar.add_component(event)
    return bytes(calendar.to_ical())
