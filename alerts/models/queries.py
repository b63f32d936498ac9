"""Servers that answer PromQL, and when each rule's question was asked last."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q

from ops_portal.lib.history import tracked


@tracked(exclude=["secret"])
class PrometheusServer(models.Model):
    """A Prometheus, or what speaks its HTTP API: Thanos, Mimir, VictoriaMetrics."""

    name = models.CharField(max_length=80, unique=True)
    url = models.URLField()  # to which /api/v1/query is added
    timeout_seconds = models.PositiveSmallIntegerField(
        default=10, validators=[MinValueValidator(1), MaxValueValidator(60)]
    )
    secret = models.BinaryField(default=b"", editable=False)  # a bearer token, encrypted

    class Meta:
        ordering = ["name"]
        constraints = [
            models.CheckConstraint(
                condition=Q(timeout_seconds__range=(1, 60)), name="server_timeout_bounded"
            )
        ]

    def __str__(self) -> str:
        return self.name


class QueryState(models.Model):
    """The question of one rule: when it is due, and what came of the last one."""

    rule = models.OneToOneField(
        "alerts.Rule", primary_key=True, on_delete=models.CASCADE, related_name="asked"
    )
    due_at = models.DateTimeField()
    answered_at = models.DateTimeField(null=True)
    seconds = models.FloatField(default=0.0)  # how long the last answer took
    series = models.PositiveIntegerField(default=0)  # in the last answer
    error = models.TextField(blank=True)  # why the last question has no answer

    def __str__(self) -> str:
        return f"{self.rule_id}: {self.error or self.series}"
