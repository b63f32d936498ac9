"""What people agree on beside the schedule: take a part of it, give one for another."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.db import IntegrityError, transaction

from alerts import oncall
from alerts.models import Override, Schedule, Swap

TAKE = "alerts.acknowledge_alert"  # who may be called may take a shift


class NotPossible(ValueError):
    """The shift cannot be taken or exchanged like this; the text says why, for a person."""


def take(
    schedule: Schedule,
    *,
    user: User,
    start: datetime,
    end: datetime,
    by: User,
    now: datetime,
    replaces: User | None = None,
    reason: str = "",
) -> Override:
    """Put `user` on call in [start, end); what is past stays as it was.

    Raises PermissionDenied, NotPossible.
    """
    _demand(by)
    start = max(start, now)
    if end <= start:
        raise NotPossible("The shift must end later than it begins, and later than now.")
    if not user.is_active or not user.has_perm(TAKE):
        raise NotPossible(f"{user} may not acknowledge alerts, so cannot be on call.")
    try:
        with transaction.atomic():
            return Override.objects.create(
                schedule=schedule,
                user=user,
                replaces=replaces,
                starts_at=start,
                ends_at=end,
                reason=reason.strip()[:200],
                made_by=by,
                made_at=now,
            )
    except IntegrityError as refusal:
        taken = Override.objects.filter(schedule=schedule, starts_at__lt=end, ends_at__gt=start)
        holder = taken.select_related("user").first()
        named = holder.user if holder else "Somebody"
        raise NotPossible(f"{named} has agreed to take a part of this time already.") from refusal


def drop(override: Override, *, by: User, now: datetime) -> None:
    """Take an agreement back: the part of it that is still to come. Raises PermissionDenied."""
    if by != override.user and by != override.made_by and not by.has_perm("alerts.change_schedule"):
        raise PermissionDenied(TAKE)
    if override.starts_at < now < override.ends_at:
        override.ends_at = now
        override.save(update_fields=["ends_at"])
    elif override.starts_at >= now:
        override.delete()


def ask(
    schedule: Schedule,
    *,
    asker: User,
    taker: User,
    gives: tuple[datetime, datetime],
    takes: tuple[datetime, datetime],
    note: str = "",
    now: datetime,
) -> Swap:
    """Offer the shift `gives` of `asker` for the shift `takes` of `taker`.

    Raises PermissionDenied, NotPossible.
    """
    _demand(asker)
    if asker == taker:
        raise NotPossible("A swap needs two people.")
    _check_owner(schedule, asker, gives, now=now)
    _check_owner(schedule, taker, takes, now=now)
    return Swap.objects.create(
        schedule=schedule,
        asker=asker,
        taker=taker,
        gives_from=gives[0],
        gives_until=gives[1],
        takes_from=takes[0],
        takes_until=takes[1],
        note=note.strip()[:200],
        asked_at=now,
    )


def answer(swap_id: int, *, by: User, accept: bool, now: datetime) -> Swap:
    """Accept, decline, or (who asked) withdraw. Accepted, both shifts change hands at once.

    Raises PermissionDenied, NotPossible, Swap.DoesNotExist.
    """
    with transaction.atomic():
        swap = Swap.objects.select_for_update(of=("self",)).get(pk=swap_id)
        if by.pk not in {swap.taker_id, swap.asker_id} or (accept and by.pk != swap.taker_id):
            raise PermissionDenied(TAKE)
        if swap.state != Swap.State.ASKED:
            raise NotPossible(f"The swap was {swap.state} already.")
        if accept:
            _exchange(swap, now=now)
            swap.state = Swap.State.ACCEPTED
        else:
            declined = by.pk == swap.taker_id
            swap.state = Swap.State.DECLINED if declined else Swap.State.WITHDRAWN
        swap.answered_at = now
        swap.save(update_fields=["state", "answered_at"])
    return swap


def _exchange(swap: Swap, *, now: datetime) -> None:
    asker, taker, schedule = swap.asker, swap.taker, swap.schedule
    gives, takes = (swap.gives_from, swap.gives_until), (swap.takes_from, swap.takes_until)
    _check_owner(schedule, asker, gives, now=now)
    _check_owner(schedule, taker, takes, now=now)
    why = f"swap {swap.pk}"
    for user, replaces, (start, end) in ((taker, asker, gives), (asker, taker, takes)):
        take(
            schedule, user=user, replaces=replaces, start=start, end=end, by=taker, now=now,
            reason=why,
        )  # fmt: skip


def _check_owner(
    schedule: Schedule, user: User, part: tuple[datetime, datetime], *, now: datetime
) -> None:
    if part[0] < now or part[1] <= part[0]:
        raise NotPossible("Only shifts that are still to come can be swapped.")
    if any(one.user != user or one.gap for one in oncall.shifts(schedule, *part)):
        raise NotPossible(f"{user} is not on call for the whole of that time.")


def _demand(user: User) -> None:
    if not user.has_perm(TAKE):
        raise PermissionDenied(TAKE)
