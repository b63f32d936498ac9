"""One alert is one episode: from firing to resolved, with everything that happened to it."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Case, F, IntegerField, Q, Value, When

from alerts.models.rules import Rule, Severity

RANK = Case(
    *(When(severity=name, then=Value(at)) for at, name in enumerate(reversed(Severity.values))),
    output_field=IntegerField(),
)  # the worst first
# The tabs of the list, each in an index of its own: an open alert is in one of them. What an alert
# shows while it is open (value, when it was seen) is in none, so that showing it costs no index.
LISTED = {
    "alert_firing": Q(state="firing", condition="breach", suppressed_by=[]),
    "alert_acknowledged": Q(state="acknowledged"),
    "alert_without_data": Q(state="firing", condition="nodata", suppressed_by=[]),
    "alert_quiet": Q(state="firing") & ~Q(suppressed_by=[]),
}


class Alert(models.Model):
    """An episode.

    `state` is written by alerts.transitions alone; `version` counts its transitions.
    """

    class State(models.TextChoices):
        FIRING = "firing", "Firing"
        ACKNOWLEDGED = "acknowledged", "Acknowledged"
        RESOLVED = "resolved", "Resolved"

    class Condition(models.TextChoices):
        BREACH = "breach", "Condition holds"
        NODATA = "nodata", "No data"

    uid = models.UUIDField(default=uuid.uuid4, unique=True, editable=False)
    fingerprint = models.CharField(max_length=16)  # FNV-1a 64 over the sorted labels
    rule = models.ForeignKey(
        Rule, null=True, blank=True, on_delete=models.SET_NULL, related_name="alerts"
    )
    rule_name = models.TextField()
    rule_snapshot = models.JSONField(default=dict)  # the rule as it was when it fired
    series_id = models.BigIntegerField(null=True)
    source = models.TextField(default="ops-portal")
    title = models.TextField()
    description = models.TextField(blank=True)
    runbook_url = models.TextField(blank=True)
    severity = models.CharField(max_length=10, choices=Severity.choices)
    labels = models.JSONField(default=dict)
    condition = models.CharField(max_length=10, choices=Condition.choices, default=Condition.BREACH)
    state = models.CharField(max_length=12, choices=State.choices, default=State.FIRING)
    value = models.FloatField(null=True)
    peak_value = models.FloatField(null=True)  # the worst value seen while open
    threshold = models.FloatField(null=True)
    started_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    occurrences = models.PositiveIntegerField(default=1)
    acknowledged_at = models.DateTimeField(null=True)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="acknowledged_alerts",
    )
    acknowledged_until = models.DateTimeField(null=True)  # snoozed: then it fires again
    assignee = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="assigned_alerts",
    )  # who works on it, whoever acknowledged
    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        on_delete=models.PROTECT,
        related_name="resolved_alerts",
    )
    suppressed_by = models.JSONField(default=list)  # [{"kind", "id", ...}]: why nobody is told
    previous = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL)
    version = models.PositiveIntegerField(default=0)

    class Meta:
        ordering = ["-started_at", "-id"]
        constraints = [
            models.CheckConstraint(
                condition=Q(state__in=["firing", "acknowledged", "resolved"]),
                name="alert_state_known",
            ),
            models.UniqueConstraint(
                fields=["fingerprint"],
                condition=~Q(state="resolved"),
                name="alert_one_open_per_fingerprint",
            ),
            models.CheckConstraint(
                condition=Q(state="resolved", resolved_at__isnull=False)
                | (~Q(state="resolved") & Q(resolved_at__isnull=True)),
                name="alert_resolved_has_time",
            ),
            models.CheckConstraint(
                condition=~Q(state="acknowledged")
                | Q(acknowledged_at__isnull=False, acknowledged_by__isnull=False),
                name="alert_acknowledged_has_person",
            ),
            models.CheckConstraint(
                condition=Q(acknowledged_until__isnull=True) | Q(state="acknowledged"),
                name="alert_only_acknowledged_ends",
            ),
        ]
        indexes = [
            models.Index(fields=["-started_at", "-id"], name="alert_recent"),
            *(
                models.Index(
                    RANK, F("started_at").desc(), F("id").desc(), condition=held, name=name
                )
                for name, held in LISTED.items()
            ),
            models.Index(
                fields=["-started_at"],
                condition=~Q(state="resolved") & ~Q(source="ops-portal"),
                name="alert_of_others",
            ),
            models.Index(fields=["fingerprint", "-started_at"], name="alert_former"),
            models.Index(
                fields=["-resolved_at"], condition=Q(state="resolved"), name="alert_ended"
            ),
            models.Index(
                fields=["acknowledged_until"],
                condition=Q(acknowledged_until__isnull=False),
                name="alert_acknowledgment_ends",
            ),
        ]
        permissions = [
            ("acknowledge_alert", "Can acknowledge and unacknowledge alerts"),
            ("resolve_alert", "Can resolve alerts"),
            ("comment_alert", "Can comment on alerts"),
        ]

    def __str__(self) -> str:
        return f"#{self.pk} {self.title}"

    @property
    def is_open(self) -> bool:
        return self.state != self.State.RESOLVED


class Transition(models.Model):
    """One change of an alert. Append-only: a trigger refuses update, delete and truncate.

    `hash` seals the row and the one before it; a trigger writes it, `alerts.chain` checks it.
    """

    class Action(models.TextChoices):
        FIRED = "fired"
        NO_DATA = "no_data"  # the open alert lost its data
        DATA_BACK = "data_back"
        ESCALATED = "escalated"
        ACKNOWLEDGED = "acknowledged"
        SNOOZED = "snoozed"  # acknowledged until a time
        UNACKNOWLEDGED = "unacknowledged"
        ASSIGNED = "assigned"  # to somebody, or to nobody
        COMMENTED = "commented"
        RESOLVED = "resolved"
        REOPENED = "reopened"  # a resolved alert goes on as a new one
        SUPPRESSED = "suppressed"  # kept quiet from now on, or for other reasons than before
        UNSUPPRESSED = "unsuppressed"

    class Via(models.TextChoices):
        ENGINE = "engine"
        TIMER = "timer"
        WEB = "web"
        ADMIN = "admin"
        STREAM = "stream"
        LINK = "link"  # of a mail
        SLACK = "slack"
        TELEGRAM = "telegram"

    alert = models.ForeignKey(
        Alert, on_delete=models.PROTECT, related_name="transitions", db_index=False
    )  # transition_seq_once begins with it
    seq = models.PositiveIntegerField()
    action = models.TextField(choices=Action.choices)
    from_state = models.TextField(blank=True)
    to_state = models.TextField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT)
    via = models.TextField(choices=Via.choices)
    note = models.TextField(blank=True)
    value = models.FloatField(null=True)
    detail = models.JSONField(default=dict)
    at = models.DateTimeField()
    hash = models.BinaryField(default=b"", editable=False)  # SHA-256, 32 bytes

    class Meta:
        ordering = ["alert_id", "seq"]
        constraints = [models.UniqueConstraint(fields=["alert", "seq"], name="transition_seq_once")]

    def __str__(self) -> str:
        return f"{self.alert_id}.{self.seq} {self.action}"


class Acknowledgment(models.Model):
    """A person took the alert. At most one is current (`ended_at` null) per alert."""

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="acknowledgments")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    note = models.TextField(blank=True)
    at = models.DateTimeField()
    ended_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["alert"],
                condition=Q(ended_at__isnull=True),
                name="acknowledgment_one_current",
            )
        ]

    def __str__(self) -> str:
        return f"{self.alert_id} by {self.user_id}"


class Comment(models.Model):
    """What a person wrote on an alert."""

    alert = models.ForeignKey(Alert, on_delete=models.PROTECT, related_name="comments")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT)
    body = models.TextField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return self.body[:60]
