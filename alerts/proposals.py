"""What a calendar would change in a schedule: shown first, then agreed all at once."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from django.contrib.auth.models import User
from django.core import signing
from django.db import transaction

from alerts import oncall, shifts
from alerts.icalendars import Busy
from alerts.models import Override, Schedule
from alerts.summary import person

SALT = "alerts.proposals"
SHOWN_SECONDS = 3_600  # how long what was shown can be agreed
FEED_WORDS = " on call"  # as our own calendars write their titles: `Ana on call: Desk`


@dataclass(frozen=True, slots=True)
class Proposal:
    """`user` takes [start, end) from `replaces`; `problem` says why not."""

    start: datetime
    end: datetime
    title: str
    user: User | None = None
    replaces: User | None = None
    problem: str = ""


def of_shifts(schedule: Schedule, spans: Iterable[Busy], *, now: datetime) -> list[Proposal]:
    """Each span names who is on call in it: by the address of a guest, else by its title."""
    known = _by_name()
    found = []
    for span in spans:
        if span.end <= now:
            continue
        user, problem = _named(span, known)
        found.append(Proposal(max(span.start, now), span.end, span.title, user, problem=problem))
    return _checked(schedule, found)


def of_absences(
    schedule: Schedule, spans: Iterable[Busy], *, absent: User, cover: User, now: datetime
) -> list[Proposal]:
    """In these spans `absent` is not to be called: `cover` takes the shifts they have then."""
    found = [
        Proposal(one.start, one.end, span.title, cover, absent)
        for span in spans
        if span.end > now
        for one in oncall.shifts(schedule, max(span.start, now), span.end)
        if one.user == absent and not one.gap
    ]
    return _checked(schedule, found)


def agree(schedule: Schedule, proposals: Iterable[Proposal], *, by: User, now: datetime) -> int:
    """Make them all, or none. Returns how many. Raises PermissionDenied, shifts.NotPossible."""
    made = 0
    with transaction.atomic():
        for one in proposals:
            if one.problem or one.user is None:
                continue
            shifts.take(
                schedule, user=one.user, replaces=one.replaces, start=one.start, end=one.end,
                by=by, reason=one.title, now=now,
            )  # fmt: skip
            made += 1
    return made


def sealed(schedule: Schedule, proposals: Sequence[Proposal], *, by: User) -> str:
    """What was shown, signed, so that exactly that is agreed."""
    rows = [
        (one.start.isoformat(), one.end.isoformat(), one.title, one.user.pk,
         one.replaces.pk if one.replaces else None)
        for one in proposals
        if one.user is not None and not one.problem
    ]  # fmt: skip
    shown = {"schedule": schedule.pk, "by": by.pk, "rows": rows}
    return signing.dumps(shown, salt=SALT, compress=True)


def opened(text: str, *, by: User) -> tuple[Schedule, list[Proposal]]:
    """What `sealed` was given. Raises shifts.NotPossible for anything else."""
    try:
        shown = signing.loads(text, salt=SALT, max_age=SHOWN_SECONDS)
    except signing.BadSignature as wrong:
        raise shifts.NotPossible("What was shown is too old. Look at it again.") from wrong
    schedule = Schedule.objects.filter(pk=shown["schedule"]).first()
    if schedule is None or shown["by"] != by.pk:
        raise shifts.NotPossible("The schedule is gone, or somebody else was shown this.")
    people = User.objects.in_bulk({key for row in shown["rows"] for key in row[3:] if key})
    return schedule, [
        Proposal(
            datetime.fromisoformat(start), datetime.fromisoformat(end), title, people.get(user),
            people.get(replaced),
        )
        for start, end, title, user, replaced in shown["rows"]
    ]  # fmt: skip


def _checked(schedule: Schedule, proposals: Iterable[Proposal]) -> list[Proposal]:
    """Each with what stands in its way; of two that overlap the first is kept."""
    checked: list[Proposal] = []
    for one in sorted(proposals, key=lambda each: each.start):
        problem = one.problem or _obstacle(schedule, one)
        if not problem and any(_overlap(one, other) for other in checked if not other.problem):
            problem = "It overlaps the one before."
        checked.append(replace(one, problem=problem))
    return checked


def _obstacle(schedule: Schedule, one: Proposal) -> str:
    if one.user is None or not one.user.is_active or not one.user.has_perm(shifts.TAKE):
        return "That person may not acknowledge alerts, so cannot be on call."
    there = oncall.shifts(schedule, one.start, one.end)
    if all(each.user == one.user and not each.gap for each in there):
        return "Nothing to change: they have it already."
    taken = Override.objects.filter(
        schedule=schedule, starts_at__lt=one.end, ends_at__gt=one.start
    ).select_related("user")
    holder = taken.first()
    return f"{person(holder.user)} has agreed to take a part of it already." if holder else ""


def _overlap(one: Proposal, other: Proposal) -> bool:
    return one.start < other.end and other.start < one.end


def _by_name() -> dict[str, User | None]:
    """Everybody by login, full name and address, in small letters; None where two share it."""
    found: dict[str, User | None] = {}
    for user in User.objects.filter(is_active=True):
        names = {user.get_username(), user.get_full_name(), user.email}
        for name in {each.strip().lower() for each in names} - {""}:
            found[name] = None if name in found else user
    return found


def _named(span: Busy, known: Mapping[str, User | None]) -> tuple[User | None, str]:
    """(who, why not)."""
    guests = {known[one] for one in span.people if one in known}
    title = span.title.lower()
    named = guests or {
        known[one] for one in (title, title.partition(FEED_WORDS)[0]) if one in known
    }
    if len(named) == 1 and (user := named.pop()) is not None:
        return user, ""
    return None, "It names several people." if named else "It names nobody that the portal knows."
