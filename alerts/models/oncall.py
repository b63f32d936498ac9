"""Who is on call: schedules of layers, what was agreed beside them, and what came of it."""

import uuid
from datetime import time
from zoneinfo import available_timezones

from django.conf import settings
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import BigIntegerRangeField, DateTimeRangeField
from django.contrib.postgres.fields.ranges import RangeOperators
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import F, Func, Q, Value

from alerts.rotations import Kind
from ops_portal.lib.history import tracked, tracked_members

ALL_WEEK = 127  # bit 0 is Monday
PERSON = settings.AUTH_USER_MODEL


def check_zone(name: str) -> None:
    if name not in available_timezones():
        raise ValidationError(f"“{name}” is no time zone, such as Europe/Madrid.", code="zone")


def one_at_a_time(name: str) -> ExclusionConstraint:
    """No two rows of one schedule share an instant of [starts_at, ends_at).

    The schedule is compared as a range of one number: that needs no extension of PostgreSQL.
    """
    schedule = Func(
        F("schedule"),
        F("schedule"),
        Value("[]"),
        function="int8range",
        output_field=BigIntegerRangeField(),
    )
    during = Func(
        F("starts_at"), F("ends_at"), function="tstzrange", output_field=DateTimeRangeField()
    )
    return ExclusionConstraint(
        name=name,
        expressions=[
            (schedule, RangeOperators.OVERLAPS),
            (during, RangeOperators.OVERLAPS),
        ],
        violation_error_message="Somebody has agreed to take a part of this time already.",
    )


@tracked()
class Team(models.Model):
    """People who are told together."""

    name = models.CharField(max_length=80, unique=True)
    members = models.ManyToManyField(settings.AUTH_USER_MODEL, blank=True, related_name="teams")

    def __str__(self) -> str:
        return self.name


@tracked_members(model_name="TeamMemberEvent")
class TeamMember(Team.members.through):  # type: ignore[name-defined]
    """The members of a team, for the history."""

    class Meta:
        proxy = True
        default_permissions = ()


@tracked(exclude=["feed_key", "recorded_until"])
class Schedule(models.Model):
    """One person at a time, from layers; `fallback` where they have nobody."""

    name = models.CharField(max_length=80, unique=True)
    time_zone = models.CharField(max_length=60, default="UTC", validators=[check_zone])
    fallback = models.ForeignKey(
        PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    gaps_expected = models.BooleanField(default=False)  # a gap is no alert: office hours only
    feed_key = models.UUIDField(default=uuid.uuid4, editable=False)  # changed: old links are dead
    recorded_until = models.DateTimeField(null=True, editable=False)  # spans are written up to here

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


@tracked()
class ScheduleLayer(models.Model):
    """People take turns of `length` units; a higher position covers the lower ones."""

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="layers")
    position = models.PositiveSmallIntegerField(default=0)
    name = models.CharField(max_length=60)
    kind = models.CharField(
        max_length=10, choices=[(kind.value, kind.value) for kind in Kind], default=Kind.WEEKLY
    )
    length = models.PositiveSmallIntegerField(
        default=1, validators=[MinValueValidator(1), MaxValueValidator(999)]
    )
    first_day = models.DateField()  # of the first turn, in the zone of the schedule
    hand_over_at = models.TimeField(default=time(9))
    last_day = models.DateField(null=True, blank=True)
    weekdays = models.PositiveSmallIntegerField(default=ALL_WEEK)  # bit mask, bit 0 is Monday
    opens = models.TimeField(default=time())
    closes = models.TimeField(default=time())  # at or before `opens`: on the next day

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(length__gte=1, length__lte=999), name="layer_length_bounded"
            ),
            models.CheckConstraint(
                condition=Q(weekdays__gte=1, weekdays__lte=ALL_WEEK), name="layer_has_weekdays"
            ),
            models.CheckConstraint(
                condition=Q(last_day__isnull=True) | Q(last_day__gte=F("first_day")),
                name="layer_ends_after_start",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.schedule}: {self.name}"


@tracked()
class Participant(models.Model):
    """A person's turn in a layer."""

    layer = models.ForeignKey(ScheduleLayer, on_delete=models.CASCADE, related_name="participants")
    position = models.PositiveSmallIntegerField(default=0)
    user = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")

    class Meta:
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["layer", "position"],
                deferrable=models.Deferrable.DEFERRED,
                name="participant_position",
            )
        ]

    def __str__(self) -> str:
        return f"{self.layer} {self.position + 1}: {self.user}"


@tracked()
class Override(models.Model):
    """`user` takes a part of a schedule, from `replaces` where that is given."""

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="overrides")
    user = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    replaces = models.ForeignKey(
        PERSON, null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    reason = models.CharField(max_length=200, blank=True)
    made_by = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField()

    class Meta:
        ordering = ["starts_at"]
        constraints = [
            models.CheckConstraint(
                condition=Q(ends_at__gt=F("starts_at")), name="override_ends_after_start"
            ),
            one_at_a_time("override_one_at_a_time"),
        ]

    def __str__(self) -> str:
        return f"{self.schedule}: {self.user} from {self.starts_at.isoformat()}"


@tracked()
class Swap(models.Model):
    """`asker` offers a shift to `taker` for one of theirs; accepted, it is two overrides."""

    class State(models.TextChoices):
        ASKED = "asked"
        ACCEPTED = "accepted"
        DECLINED = "declined"
        WITHDRAWN = "withdrawn"

    schedule = models.ForeignKey(Schedule, on_delete=models.CASCADE, related_name="swaps")
    asker = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="swaps_asked")
    taker = models.ForeignKey(PERSON, on_delete=models.PROTECT, related_name="swaps_offered")
    gives_from = models.DateTimeField()
    gives_until = models.DateTimeField()
    takes_from = models.DateTimeField()
    takes_until = models.DateTimeField()
    note = models.CharField(max_length=200, blank=True)
    state = models.CharField(max_length=10, choices=State.choices, default=State.ASKED)
    asked_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)

    class Meta:
        ordering = ["gives_from"]
        constraints = [
            models.CheckConstraint(
                condition=Q(gives_until__gt=F("gives_from"), takes_until__gt=F("takes_from")),
                name="swap_times_in_order",
            ),
            models.CheckConstraint(condition=~Q(asker=F("taker")), name="swap_between_two_people"),
        ]

    def __str__(self) -> str:
        return f"{self.asker} with {self.taker}: {self.state}"


class OnCallSpan(models.Model):
    """Evidence: who was on call when. A trigger lets nothing change but an end that was open."""

    schedule = models.ForeignKey(Schedule, on_delete=models.PROTECT, related_name="spans")
    user = models.ForeignKey(PERSON, null=True, on_delete=models.PROTECT, related_name="+")
    source = models.TextField(blank=True)  # the layer, `override`, `fallback`; blank: nobody
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField(null=True)  # null: until now

    class Meta:
        ordering = ["starts_at"]
        constraints = [
            models.UniqueConstraint(
                fields=["schedule"], condition=Q(ends_at__isnull=True), name="span_one_open"
            ),
            models.CheckConstraint(
                condition=Q(ends_at__isnull=True) | Q(ends_at__gt=F("starts_at")),
                name="span_ends_after_start",
            ),
            one_at_a_time("span_one_at_a_time"),
        ]

    def __str__(self) -> str:
        return f"{self.schedule}: {self.user} from {self.starts_at.isoformat()}"


class PersonalFeed(models.Model):
    """The key of a person's own calendar feed: whoever has it reads their shifts."""

    user = models.OneToOneField(PERSON, on_delete=models.CASCADE, related_name="feed")
    key = models.UUIDField(default=uuid.uuid4, unique=True)  # changed: old links are dead

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"feed of {self.user}"
