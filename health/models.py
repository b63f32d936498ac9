"""Is it alive? Components of the desk, processes of the portal, errors."""

from django.db import models
from django.db.models import Q

from health.status import State

STATES = [(state.value, state.value.capitalize()) for state in State]


class Component(models.Model):
    """A part of the agent that reports `system_metrics`, seen at least once.

    `reported` is what it says of itself, `state` what we conclude, silence included.
    """

    name = models.TextField()
    env = models.TextField(default="live")
    reported = models.TextField(choices=STATES, default=State.UP)
    state = models.TextField(choices=STATES, default=State.UP)
    health = models.FloatField(null=True, blank=True)  # 0..100
    metrics = models.JSONField(default=dict, blank=True)  # newest numeric fields by name
    first_seen_at = models.DateTimeField()  # our time: since then it is watched
    last_seen_at = models.DateTimeField()  # its own time, never later than ours
    interval_seconds = models.FloatField(null=True, blank=True)  # median of its recent gaps
    recent_beats = models.JSONField(
        default=list, blank=True
    )  # [epoch seconds, reported], newest last
    beats = models.BigIntegerField(default=0)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["env", "name"], name="component_once")]

    def __str__(self) -> str:
        return self.name


class Flip(models.Model):
    """A change of a component's state."""

    component = models.ForeignKey(Component, on_delete=models.CASCADE, related_name="flips")
    at = models.DateTimeField()
    from_state = models.TextField(choices=STATES)
    to_state = models.TextField(choices=STATES)
    reason = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["component", "-at"], name="flip_recent")]

    def __str__(self) -> str:
        return f"{self.component}: {self.from_state} -> {self.to_state}"


class Pulse(models.Model):
    """How often a stream brings something: the moments at which its newest event advanced."""

    stream = models.TextField(primary_key=True)
    last_event_at = models.DateTimeField()
    interval_seconds = models.FloatField(null=True)  # median gap between bursts
    recent_beats = models.JSONField(default=list)  # [epoch seconds, "up"], newest last

    def __str__(self) -> str:
        return self.stream


class Process(models.Model):
    """A process of the portal and when it last made progress."""

    class Kind(models.TextChoices):
        LIVE = "live"
        WEB = "web"
        ENGINE = "engine"
        WORKER = "worker"
        BEAT = "beat"

    name = models.TextField(unique=True)  # kind@host:pid
    kind = models.TextField(choices=Kind.choices)
    started_at = models.DateTimeField()
    last_beat_at = models.DateTimeField()
    stopped_at = models.DateTimeField(null=True)
    detail = models.JSONField(default=dict)

    class Meta:
        verbose_name_plural = "processes"

    def __str__(self) -> str:
        return self.name


class ErrorGroup(models.Model):
    """Errors with the same fingerprint."""

    fingerprint = models.CharField(
        max_length=40, unique=True
    )  # sha1 over component, type, masked message
    component = models.TextField(blank=True)
    error_type = models.TextField(blank=True)
    message = models.TextField(blank=True)
    severity = models.TextField()
    count = models.BigIntegerField(default=0)
    first_seen_at = models.DateTimeField()
    last_seen_at = models.DateTimeField()
    resolved_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.CheckConstraint(condition=Q(count__gte=0), name="error_count_positive")
        ]
        indexes = [models.Index(fields=["-last_seen_at"], name="error_group_recent")]

    def __str__(self) -> str:
        return f"{self.error_type or 'error'}: {self.message[:60]}"


class ErrorEvent(models.Model):
    """One reported error."""

    group = models.ForeignKey(ErrorGroup, on_delete=models.CASCADE, related_name="events")
    source = models.TextField()
    ts = models.DateTimeField()
    severity = models.TextField()
    message = models.TextField(blank=True)
    stack = models.TextField(blank=True)
    correlation_id = models.TextField(blank=True)
    count = models.IntegerField(default=1)
    extra = models.JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["-ts"], name="error_event_recent")]

    def __str__(self) -> str:
        return self.message[:60]
