"""How each person wants to be told, and what is still to be told to them."""

from django.conf import settings
from django.core.validators import MaxValueValidator
from django.db import models
from django.db.models import F, Q

from alerts.models.oncall import check_zone
from alerts.models.rules import Severity
from ops_portal.lib.history import tracked

LONGEST_DELAY = 86_400  # seconds


@tracked()
class QuietHours(models.Model):
    """When a person is asleep, on the clock of their zone; both ends equal: never."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="quiet_hours"
    )
    time_zone = models.CharField(max_length=60, default="UTC", validators=[check_zone])
    begins = models.TimeField()
    ends = models.TimeField()

    class Meta:
        verbose_name_plural = "quiet hours"

    def __str__(self) -> str:
        return f"{self.user}: {self.begins:%H:%M}-{self.ends:%H:%M} {self.time_zone}"


@tracked()
class NotificationRule(models.Model):
    """One address of a person, so long after a step reached them.

    It counts from `severity` upwards. `important` rules are the second list, for important steps.
    """

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="notification_rules"
    )
    important = models.BooleanField(default=False)
    position = models.PositiveSmallIntegerField(default=0)
    receiver = models.ForeignKey(
        "alerts.Receiver", on_delete=models.CASCADE, related_name="notification_rules"
    )
    delay_seconds = models.PositiveIntegerField(
        default=0, validators=[MaxValueValidator(LONGEST_DELAY)]
    )
    severity = models.CharField(max_length=10, choices=Severity.choices, default=Severity.INFO)
    through_quiet_hours = models.BooleanField(default=False)

    class Meta:
        ordering = ["important", "position", "pk"]
        constraints = [
            models.CheckConstraint(
                condition=Q(delay_seconds__lte=LONGEST_DELAY), name="personal_delay_bounded"
            )
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.receiver} after {self.delay_seconds} s"


class Verification(models.Model):
    """A code that was sent to an address; whoever reads it there may enter it."""

    receiver = models.OneToOneField(
        "alerts.Receiver", on_delete=models.CASCADE, related_name="verification"
    )
    digest = models.CharField(max_length=64)
    sent_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    tries = models.PositiveSmallIntegerField(default=0)

    class Meta:
        default_permissions = ()
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("sent_at")), name="verification_expires_later"
            )
        ]

    def __str__(self) -> str:
        return f"{self.receiver} until {self.expires_at.isoformat()}"


class LaterMessage(models.Model):
    """A person's rule whose time comes later. It stops with the acknowledgment of the alert."""

    class State(models.TextChoices):
        WAITING = "waiting"
        OWED = "owed"  # a notification was written
        STOPPED = "stopped"  # somebody was first

    alert = models.ForeignKey(
        "alerts.Alert", on_delete=models.PROTECT, related_name="later_messages"
    )
    run = models.UUIDField()
    step = models.PositiveSmallIntegerField()
    loop = models.PositiveSmallIntegerField()
    transition_seq = models.PositiveIntegerField()
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+")
    receiver = models.ForeignKey("alerts.Receiver", on_delete=models.PROTECT, related_name="+")
    due_at = models.DateTimeField()
    state = models.CharField(max_length=10, choices=State.choices, default=State.WAITING)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(
                fields=["alert", "run", "loop", "step", "receiver", "due_at"],
                name="later_message_once",
            )
        ]
        indexes = [
            models.Index(fields=["due_at"], condition=Q(state="waiting"), name="later_message_due"),
            models.Index(fields=["alert"], name="later_message_of_alert"),
        ]

    def __str__(self) -> str:
        return f"{self.alert_id} {self.receiver_id} at {self.due_at.isoformat()}"
