"""Who is told when nobody acknowledges."""

import uuid

from django.db import models
from django.db.models import Q

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
    """After `delay_seconds` from the step before, these receivers are notified."""

    policy = models.ForeignKey(Policy, on_delete=models.CASCADE, related_name="steps")
    position = models.PositiveSmallIntegerField(default=0)
    delay_seconds = models.PositiveIntegerField(default=0)
    receivers = models.ManyToManyField("alerts.Receiver", related_name="steps")

    class Meta:
        ordering = ["position"]
        constraints = [
            models.UniqueConstraint(
                fields=["policy", "position"],
                deferrable=models.Deferrable.DEFERRED,
                name="policy_step_position",
            )
        ]

    def __str__(self) -> str:
        return f"{self.policy} step {self.position + 1}"


@tracked_members(model_name="PolicyStepReceiverEvent")
class PolicyStepReceiver(PolicyStep.receivers.through):  # type: ignore[name-defined]
    """The receivers of a step, for the history."""

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

    alert = models.OneToOneField(
        "alerts.Alert", on_delete=models.PROTECT, related_name="escalation"
    )
    policy_snapshot = (
        models.JSONField()
    )  # {"name", "repeat", "steps": [{"delay_seconds", "receivers": [{"id", "name"}]}]}
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
        "alerts.Alert", on_delete=models.PROTECT, related_name="escalation_steps"
    )
    step = models.PositiveSmallIntegerField()
    loop = models.PositiveSmallIntegerField()
    run = models.UUIDField()  # an unacknowledge starts a new run
    due_at = models.DateTimeField()
    at = models.DateTimeField()
    receivers = models.JSONField()  # [{"id", "name"}]

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["alert", "run", "loop", "step"], name="escalation_step_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.alert_id} step {self.step} loop {self.loop}"
