"""The outbox: a row is the queue."""

from django.db import models
from django.db.models import Q

from ops_portal.lib.history import tracked


@tracked(exclude=["secret"])
class Receiver(models.Model):
    """Where a message can go.

    The target (webhook URL) is a secret: encrypted at rest, never shown again.
    """

    class Kind(models.TextChoices):
        EMAIL = "email", "E-mail"
        SLACK = "slack", "Slack incoming webhook"

    name = models.CharField(max_length=80, unique=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    address = models.CharField(max_length=254, blank=True)  # e-mail addresses, comma separated
    secret = models.BinaryField(
        default=b"", editable=False
    )  # encrypted webhook URL, see ops_portal.lib.secrets
    enabled = models.BooleanField(default=True)

    def __str__(self) -> str:
        return self.name


class Notification(models.Model):
    """A message that is owed. Claimed by lease, sent at least once, repeats carry the same key."""

    class Channel(models.TextChoices):
        EMAIL = "email"
        SLACK = "slack"
        STREAM = "stream"  # the stream `alerts`

    class State(models.TextChoices):
        PENDING = "pending"
        SENDING = "sending"
        SENT = "sent"
        FAILED = "failed"
        SKIPPED = "skipped"  # overtaken: a firing message after the alert was resolved

    key = models.TextField(
        unique=True
    )  # idempotency key: alert uid, transition seq, channel, receiver
    alert = models.ForeignKey(
        "alerts.Alert", null=True, on_delete=models.PROTECT, related_name="notifications"
    )
    group = models.ForeignKey(
        "alerts.AlertGroup", null=True, on_delete=models.SET_NULL, related_name="notifications"
    )
    receiver = models.ForeignKey(Receiver, null=True, on_delete=models.PROTECT)
    receiver_name = models.TextField(blank=True)
    channel = models.TextField(choices=Channel.choices)
    reason = models.TextField()  # fired, escalated, acknowledged, resolved, ...
    transition_seq = models.PositiveIntegerField(default=0)
    payload = models.JSONField()  # rendered when it became due
    priority = models.PositiveSmallIntegerField(
        default=1
    )  # 0 critical, 1 warning, 2 info, 3 the stream
    state = models.TextField(choices=State.choices, default=State.PENDING)
    created_at = models.DateTimeField()
    next_try_at = models.DateTimeField()
    attempts = models.PositiveSmallIntegerField(default=0)
    lease_until = models.DateTimeField(null=True)
    lease_owner = models.TextField(blank=True)
    sent_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=~Q(state="sending") | Q(lease_until__isnull=False),
                name="notification_sending_has_lease",
            ),
            models.CheckConstraint(
                condition=~Q(state="sent") | Q(sent_at__isnull=False),
                name="notification_sent_has_time",
            ),
        ]
        indexes = [
            models.Index(
                fields=["priority", "next_try_at"],
                condition=Q(state__in=["pending", "sending"]),
                name="notification_due",
            ),
            models.Index(fields=["alert", "created_at"], name="notification_of_alert"),
        ]

    def __str__(self) -> str:
        return self.key


class Attempt(models.Model):
    """One try to deliver a notification. Append-only by trigger."""

    notification = models.ForeignKey(Notification, on_delete=models.PROTECT, related_name="tries")
    n = models.PositiveSmallIntegerField()
    started_at = models.DateTimeField()
    seconds = models.FloatField()
    ok = models.BooleanField()
    status = models.TextField(blank=True)  # HTTP status or SMTP code
    error = models.TextField(blank=True)
    response = models.TextField(blank=True)  # first 200 characters

    class Meta:
        constraints = [models.UniqueConstraint(fields=["notification", "n"], name="attempt_once")]

    def __str__(self) -> str:
        return f"{self.notification_id}.{self.n}"
