"""How people and their scripts come in: secrets of which only the hash is stored."""

import secrets
from hashlib import sha256

from django.conf import settings
from django.contrib.auth.models import User
from django.db import models
from django.db.models import F, Q

from ops_portal.lib.history import tracked, tracked_members
from ops_portal.roles import Role


def new_token() -> str:
    return secrets.token_urlsafe(32)


def digest(token: str) -> str:
    return sha256(token.encode()).hexdigest()


class SetupToken(models.Model):
    """The link that makes the first administrator."""

    digest = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"setup until {self.expires_at.isoformat()}"


@tracked(exclude=["digest"])
class Invitation(models.Model):
    """One person, one role, one link."""

    email = models.EmailField()
    role = models.CharField(max_length=10, choices=[(role.value, role.value) for role in Role])
    digest = models.CharField(max_length=64, unique=True, editable=False)
    invited_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="invitations"
    )
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    accepted_at = models.DateTimeField(null=True, editable=False)
    accepted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        null=True,
        editable=False,
        on_delete=models.PROTECT,
        related_name="accepted_invitations",
    )
    revoked_at = models.DateTimeField(null=True, editable=False)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__gt=F("created_at")), name="invitation_expires_later"
            ),
            models.CheckConstraint(
                condition=Q(accepted_at__isnull=True) | Q(accepted_by__isnull=False),
                name="invitation_accepted_has_person",
            ),
            models.CheckConstraint(
                condition=Q(role__in=[role.value for role in Role]), name="invitation_role_known"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.email} as {self.role}"


@tracked(exclude=["digest", "last_used_at"])
class AccessToken(models.Model):
    """Lets a script act on alerts with the rights of its owner."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="access_tokens"
    )
    name = models.CharField(max_length=40)
    digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField()
    expires_at = models.DateTimeField(null=True)  # null: never
    last_used_at = models.DateTimeField(null=True)
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(expires_at__isnull=True) | Q(expires_at__gt=F("created_at")),
                name="access_token_expires_later",
            ),
            models.UniqueConstraint(
                fields=["user", "name"],
                condition=Q(revoked_at__isnull=True),
                name="access_token_one_of_a_name",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.name} of {self.user}"


class RightsEdition(models.Model):
    """One row: its mark is new after every change of anybody's groups, permissions or factors.

    Triggers write it. A random mark, not a counter: after a rollback no mark comes twice.
    """

    id = models.SmallIntegerField(primary_key=True, default=1)
    mark = models.UUIDField()

    class Meta:
        default_permissions = ()
        constraints = [models.CheckConstraint(condition=Q(id=1), name="rights_edition_one_row")]

    def __str__(self) -> str:
        return str(self.mark)


@tracked_members(app_label="ops_portal", model_name="UserRoleEvent")
class UserRole(User.groups.through):  # type: ignore[name-defined]
    """Who has which role, for the history."""

    class Meta:
        proxy = True
        default_permissions = ()


@tracked(
    app_label="ops_portal",
    model_name="UserEvent",
    exclude=["password", "last_login", "date_joined"],
)
class Account(User):
    """What an administrator can change of a user, for the history."""

    class Meta:
        proxy = True
        default_permissions = ()


class ReportReader(models.Model):
    """Somebody who wants the report of each week by mail."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="report_reader"
    )
    since = models.DateTimeField()

    class Meta:
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.user} since {self.since.isoformat()}"


class ReportMail(models.Model):
    """The report of one week that is owed to one person; whoever claims the row sends it."""

    class State(models.TextChoices):
        OWED = "owed"
        SENT = "sent"
        FAILED = "failed"
        DROPPED = "dropped"  # the person may not see it any more, or wants none

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.CASCADE, related_name="report_mails"
    )
    first = models.DateField()  # the Monday of the week
    state = models.CharField(max_length=10, choices=State.choices, default=State.OWED)
    tries = models.PositiveSmallIntegerField(default=0)
    next_try_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)
    error = models.TextField(blank=True)

    class Meta:
        default_permissions = ()
        constraints = [
            models.UniqueConstraint(fields=["user", "first"], name="report_mail_once"),
            models.CheckConstraint(
                condition=Q(sent_at__isnull=True) | Q(state="sent"), name="report_mail_sent_is_sent"
            ),
        ]
        indexes = [
            models.Index(fields=["next_try_at"], condition=Q(state="owed"), name="report_mail_due")
        ]

    def __str__(self) -> str:
        return f"week from {self.first} to {self.user}: {self.state}"
