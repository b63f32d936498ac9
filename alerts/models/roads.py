"""How people act from outside the portal: one-use links, and buttons in chats."""

from django.conf import settings
from django.db import models

from ops_portal.lib.history import tracked


class AckToken(models.Model):
    """A link in a mail that takes one alert once, as one person. Only its hash is kept."""

    hash = models.CharField(max_length=64, unique=True)  # SHA-256, hexadecimal
    alert = models.ForeignKey("alerts.Alert", on_delete=models.CASCADE, related_name="+")
    notification = models.ForeignKey(
        "alerts.Notification", on_delete=models.CASCADE, related_name="+"
    )
    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.user_id} for alert {self.alert_id}"


@tracked()
class ChatIdentity(models.Model):
    """Who somebody is in a chat: a button that they press acts as this user."""

    class Service(models.TextChoices):
        SLACK = "slack", "Slack"
        TELEGRAM = "telegram", "Telegram"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="+")
    service = models.CharField(max_length=10, choices=Service.choices)
    external_id = models.CharField(max_length=40)  # Slack's member ID, Telegram's user number

    class Meta:
        verbose_name_plural = "chat identities"
        constraints = [
            models.UniqueConstraint(fields=["service", "external_id"], name="chat_identity_once")
        ]

    def __str__(self) -> str:
        return f"{self.external_id} in {self.service}"


class Callback(models.Model):
    """A button press that came in, or what pretended to be one. Append-only by trigger."""

    service = models.CharField(max_length=10, choices=ChatIdentity.Service.choices)
    at = models.DateTimeField()
    ip = models.CharField(max_length=45, blank=True)
    digest = models.CharField(max_length=64)  # SHA-256 of what was sent, hexadecimal
    accepted = models.BooleanField()
    reason = models.TextField(blank=True)  # why it was refused
    external_id = models.TextField(blank=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["service", "digest"],
                condition=models.Q(accepted=True),
                name="callback_acts_once",
            )
        ]

    def __str__(self) -> str:
        return f"{self.service} {'accepted' if self.accepted else self.reason}"
