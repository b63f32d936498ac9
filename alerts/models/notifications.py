"""The outbox: a row is the queue."""

from django.conf import settings
from django.db import models
from django.db.models import Q

from ops_portal.lib.history import tracked


@tracked(exclude=["secret"])
class Receiver(models.Model):
    """Where a message can go. What a kind must be told stands in alerts.receivers.

    What is secret of it is encrypted at rest and never shown again.
    """

    class Kind(models.TextChoices):
        EMAIL = "email", "E-mail"
        SLACK = "slack", "Slack incoming webhook"
        SLACK_BOT = "slack_bot", "Slack bot"
        TELEGRAM = "telegram", "Telegram"
        DISCORD = "discord", "Discord webhook"
        TEAMS = "teams", "Microsoft Teams workflow"
        PAGERDUTY = "pagerduty", "PagerDuty Events v2"
        WEBHOOK = "webhook", "Webhook"
        WEBPUSH = "webpush", "Web push to a browser"
        APPRISE = "apprise", "Other service (Apprise)"

    name = models.CharField(max_length=80, unique=True)
    kind = models.CharField(max_length=10, choices=Kind.choices)
    address = models.CharField(max_length=254, blank=True)  # e-mail addresses, comma separated
    options = models.JSONField(default=dict, blank=True)  # what else the kind asks, not secret
    secret = models.BinaryField(
        default=b"", editable=False
    )  # one secret as it is, several as a JSON object; encrypted by ops_portal.lib.secrets
    per_minute = models.PositiveSmallIntegerField(null=True, blank=True)  # null: as its kind
    fallback = models.ForeignKey("self", null=True, blank=True, on_delete=models.SET_NULL)
    enabled = models.BooleanField(default=True)
    # The person whose own address it is; nobody's is a channel that several share.
    owner = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="addresses",
    )
    verified_at = models.DateTimeField(null=True, blank=True, editable=False)  # of an owner's
    # The shared receiver whose secrets an owner's address uses: the desk's bot writes to a person.
    through = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.PROTECT, related_name="lends_to"
    )

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(per_minute__isnull=True) | Q(per_minute__gte=1),
                name="receiver_takes_something",
            ),
            models.CheckConstraint(
                condition=~Q(fallback=models.F("id")), name="receiver_falls_back_to_another"
            ),
        ]

    def __str__(self) -> str:
        return self.name


class ReceiverState(models.Model):
    """How a receiver has been answering: the circuit breaker and the allowance of messages."""

    receiver = models.OneToOneField(
        Receiver, primary_key=True, on_delete=models.CASCADE, related_name="line"
    )
    failures = models.PositiveIntegerField(default=0)  # in a row
    open_until = models.DateTimeField(null=True)  # left alone until then
    spent_until = models.DateTimeField(null=True)  # the allowance is used up to this time
    free_at = models.DateTimeField(null=True)  # when the next message may go
    rest_until = models.DateTimeField(null=True)  # after a crowd of alerts, from single ones
    grave_rest_until = models.DateTimeField(null=True)  # the same of critical ones
    last_sent_at = models.DateTimeField(null=True)
    last_failed_at = models.DateTimeField(null=True)
    last_error = models.TextField(blank=True)

    def __str__(self) -> str:
        return f"{self.receiver_id}: {self.failures} failures"


class Notification(models.Model):
    """A message that is owed. Claimed by lease, sent at least once, repeats carry the same key."""

    class Channel(models.TextChoices):
        EMAIL = "email"
        SLACK = "slack"
        SLACK_BOT = "slack_bot"
        TELEGRAM = "telegram"
        DISCORD = "discord"
        TEAMS = "teams"
        PAGERDUTY = "pagerduty"
        WEBHOOK = "webhook"
        WEBPUSH = "webpush"
        APPRISE = "apprise"
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
        "alerts.Alert",
        null=True,
        on_delete=models.PROTECT,
        related_name="notifications",
        db_index=False,  # notification_of_alert begins with it
    )
    group = models.ForeignKey(
        "alerts.AlertGroup", null=True, on_delete=models.SET_NULL, related_name="notifications"
    )
    receiver = models.ForeignKey(Receiver, null=True, on_delete=models.PROTECT)
    receiver_name = models.TextField(blank=True)
    channel = models.TextField(choices=Channel.choices)
    reason = models.TextField()  # fired, escalated, acknowledged, resolved, ...
    transition_seq = models.PositiveIntegerField(default=0)
    title = models.TextField(blank=True)  # in one line, as a bundle names it
    payload = models.JSONField()  # rendered when it became due
    reference = models.JSONField(default=dict)  # the other side's name for the message
    bundle = models.ForeignKey("self", null=True, on_delete=models.PROTECT)  # it went with that one
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
            models.Index(fields=["alert", "created_at"], name="notification_of_alert"),
            models.Index(
                fields=["receiver", "priority", "next_try_at", "id"],
                condition=Q(state="pending"),
                name="notification_waits",
            ),
            models.Index(
                fields=["receiver", "priority", "next_try_at", "id"],
                condition=Q(state="pending", alert__isnull=True),
                name="notification_of_many_waits",
            ),
            models.Index(
                fields=["lease_until"], condition=Q(state="sending"), name="notification_leased"
            ),
            models.Index(
                fields=["id"],
                condition=Q(channel="stream", state__in=["pending", "sending"]),
                name="notification_of_stream",
            ),
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
