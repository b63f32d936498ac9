"""Who is told when nobody acknowledges."""

import uuid

from django.conf import settings
from django.db import models
from django.db.models import Q

from alerts.models.oncall import check_zone
from alerts.models.rules import Severity
from ops_portal.lib.history import tracked, tracked_members


@tracked()
class Policy(models.Model):
    """Steps in order; after the last they repeat `repeat` times."""

    name = models.CharField(max_length=80, unique=True)
    repeat = models.PositiveSmallIntegerField(default=0)
    is_default = models.BooleanField(default=False)

    class Meta:
        verbose_name_plural = "policies"
        constraints = [
            models.CheckConstraint(condition=Q(repeat__lte=9), name="policy_repeat_bounded"),
            models.UniqueConstraint(
                fields=["is_default"], condition=Q(is_default=True), name="policy_one_default"
            ),
        ]

    def __str__(self) -> str:
        return self.name


@tracked()
class PolicyStep(models.Model):
    """What happens `delay_seconds` after the step before. Which fields count depends on `kind`."""

    class Kind(models.TextChoices):
        CHANNEL = "channel", "Tell channels"
        USERS = "users", "Tell people"
        SCHEDULE = "schedule", "Tell who is on call"
        TEAM = "team", "Tell a team"
        WEBHOOK = "webhook", "Call a webhook"
        WAIT = "wait", "Wait"
        CONDITION = "condition", "Go on only if"
        REPEAT = "repeat", "Begin again"
        RESOLVE = "resolve", "Resolve"

    policy = models.ForeignKey(Policy, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField(default=0)
    kind = models.CharField(max_length=10, choices=Kind.choices, default=Kind.CHANNEL)
    delay_seconds = models.PositiveIntegerField(default=0)
    receivers = models.ManyToManyField("alerts.Receiver", blank=True, related_name="steps")
    users = models.ManyToManyField(
        settings.AUTH_USER_MODEL, blank=True, related_name="policy_steps"
    )
    schedule = models.ForeignKey(
        "alerts.Schedule", null=True, blank=True, on_delete=models.PROTECT, related_name="steps"
    )
    team = models.ForeignKey(
        "alerts.Team", null=True, blank=True, on_delete=models.PROTECT, related_name="steps"
    )
    important = models.BooleanField(default=False)  # the people's rules for important steps
    # A condition: every part that is given must hold.
    severity = models.CharField(max_length=10, blank=True, choices=Severity.choices)
    opens = models.TimeField(null=True, blank=True)
    closes = models.TimeField(null=True, blank=True)
    time_zone = models.CharField(max_length=60, blank=True, validators=[check_zone])
    more_than = models.PositiveSmallIntegerField(null=True, blank=True)  # alerts of the rule
    within_seconds = models.PositiveIntegerField(null=True, blank=True)
    times = models.PositiveSmallIntegerField(default=1)  # how often `repeat` goes back

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["policy", "position"],
                deferrable=models.Deferrable.DEFERRED,
                name="policy_step_position",
            ),
            models.CheckConstraint(
                condition=~Q(kind="schedule") | Q(schedule__isnull=False),
                name="policy_step_names_schedule",
            ),
            models.CheckConstraint(
                condition=~Q(kind="team") | Q(team__isnull=False), name="policy_step_names_team"
            ),
            models.CheckConstraint(
                condition=Q(opens__isnull=True, closes__isnull=True)
                | Q(opens__isnull=False, closes__isnull=False),
                name="policy_step_range_whole",
            ),
            models.CheckConstraint(
                condition=Q(more_than__isnull=True) | Q(within_seconds__gt=0),
                name="policy_step_counts_within",
            ),
            models.CheckConstraint(
                condition=Q(times__gte=1, times__lte=9), name="policy_step_times_bounded"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.policy} step {self.position + 1}"


@tracked_members(model_name="PolicyStepReceiverEvent")
class PolicyStepReceiver(PolicyStep.receivers.through):  # type: ignore[name-defined]
    """The receivers of a step, for the history."""

    class Meta:
        proxy = True
        default_permissions = ()


@tracked_members(model_name="PolicyStepUserEvent")
class PolicyStepUser(PolicyStep.users.through):  # type: ignore[name-defined]
    """The people of a step, for the history."""

    class Meta:
        proxy = True
        default_permissions = ()


class Escalation(models.Model):
    """The running escalation of one alert.

    The policy frozen when it started, the next due time in the row.
    """

    class State(models.TextChoices):
        RUNNING = "running"
        STOPPED = "stopped"  # acknowledged or resolved
        DONE = "done"  # all steps and repeats were taken
        RESOLVING = "resolving"  # a step says that the alert is to be resolved

    alert = models.OneToOneField(
        "alerts.Alert", on_delete=models.PROTECT, related_name="escalation"
    )
    policy_snapshot = (
        models.JSONField()
    )  # {"name", "repeat", "steps": [...]}, see alerts.ladder.frozen
    state = models.TextField(choices=State.choices, default=State.RUNNING)
    step = models.PositiveSmallIntegerField(default=0)  # the step that is due next
    loop = models.PositiveSmallIntegerField(default=0)
    next_at = models.DateTimeField(null=True)
    token = models.UUIDField(default=uuid.uuid4)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(state="running", next_at__isnull=False)
                | (~Q(state="running") & Q(next_at__isnull=True)),
                name="escalation_running_has_due_time",
            )
        ]
        indexes = [
            models.Index(fields=["next_at"], condition=Q(state="running"), name="escalation_due")
        ]

    def __str__(self) -> str:
        return f"{self.alert_id} step {self.step} loop {self.loop} {self.state}"


class EscalationStep(models.Model):
    """History: a step that was taken. Append-only by trigger."""

    alert = models.ForeignKey(
        "alerts.Alert", on_delete=models.PROTECT, related_name="escalation_steps", db_index=False
    )  # escalation_step_once begins with it
    step = models.PositiveSmallIntegerField()
    loop = models.PositiveSmallIntegerField()
    run = models.UUIDField()  # an unacknowledge starts a new run
    due_at = models.DateTimeField()
    at = models.DateTimeField()
    receivers = models.JSONField()  # [{"id", "name"}]
    people = models.JSONField(default=list)  # [{"id", "name", "why", "hole"}]
    kind = models.CharField(max_length=10, default="channel")

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["alert", "run", "loop", "step"], name="escalation_step_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.alert_id} step {self.step} loop {self.loop}"
