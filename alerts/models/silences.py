"""What keeps alerts quiet: silences and maintenance windows of people, inhibitions among alerts."""

import uuid

import pgtrigger
from django.conf import settings
from django.db import models
from django.db.models import F, Q

from ops_portal.lib.history import tracked


@tracked()
class Silence(models.Model):
    """Alerts that fit are shown but tell nobody. Its matchers never change: an edit is a successor.

    `starts_at` to `ends_at` is the first window; with a recurrence it comes again, by the wall
    clock of the zone.
    """

    class Kind(models.TextChoices):
        SILENCE = "silence", "Silence"
        MAINTENANCE = "maintenance", "Maintenance"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    kind = models.CharField(max_length=12, choices=Kind.choices, default=Kind.SILENCE)
    matchers = models.JSONField()  # [{"name", "op", "value"}], all must fit
    reason = models.CharField(max_length=200)
    starts_at = models.DateTimeField()
    ends_at = models.DateTimeField()
    recurrence = models.CharField(max_length=200, blank=True)  # RRULE
    zone = models.CharField(max_length=64, default="UTC")
    expire_on_resolve = models.BooleanField(default=False)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="silences"
    )
    created_at = models.DateTimeField()
    hit_at = models.DateTimeField(null=True)  # when it first kept an alert quiet
    ended_at = models.DateTimeField(null=True)  # ended early: by a person, a resolve, a successor
    ended_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )
    replaces = models.ForeignKey(
        "self", null=True, on_delete=models.PROTECT, related_name="successors"
    )

    class Meta:
        ordering = ["-starts_at"]
        constraints = [
            models.CheckConstraint(condition=Q(ends_at__gt=F("starts_at")), name="silence_lasts"),
            models.CheckConstraint(condition=~Q(reason=""), name="silence_has_reason"),
            models.CheckConstraint(condition=~Q(matchers=[]), name="silence_has_matchers"),
        ]
        triggers = [
            pgtrigger.Trigger(
                name="same_matchers",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.Q(old__matchers__df=pgtrigger.F("new__matchers")),
                func=(
                    "RAISE EXCEPTION 'the matchers of a silence never change'"
                    " USING ERRCODE = 'check_violation';"
                ),
            )
        ]

    def __str__(self) -> str:
        return f"{self.get_kind_display()}: {self.reason}"


@tracked()
class Inhibition(models.Model):
    """While a source alert is open, target alerts with the same `equal` labels are kept quiet."""

    name = models.CharField(max_length=80, unique=True)
    source = models.JSONField()  # matchers
    target = models.JSONField()
    equal = models.JSONField(default=list, blank=True)  # label names; a missing one counts as ""
    enabled = models.BooleanField(default=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(source=[]) & ~Q(target=[]), name="inhibition_has_matchers"
            )
        ]

    def __str__(self) -> str:
        return self.name
