"""What is watched: rules, and what each rule knows of each series."""

import pgtrigger
from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q

from alerts.promql import Wrong, check
from ops_portal.lib.history import tracked

QUERY_SECONDS = 15


class Severity(models.TextChoices):
    INFO = "info", "Info"
    WARNING = "warning", "Warning"
    CRITICAL = "critical", "Critical"


@tracked()
class Rule(models.Model):
    """A condition on every series of one metric.

    Aggregate over a window, compared with a threshold.
    """

    class Aggregate(models.TextChoices):
        LAST = "last", "last value"
        AVG = "avg", "average"
        MIN = "min", "minimum"
        MAX = "max", "maximum"
        SUM = "sum", "sum"
        COUNT = "count", "number of samples"
        RATE = "rate", "change per second"
        CHANGE = "change", "change"
        DEVIATION = "deviation", "standard deviations from its own history"
        QUANTILE = "quantile", "quantile within its own history"
        ABSENT = "absent", "seconds of silence"
        PRESENT = "present", "anything in the answer of the query"

    class Comparison(models.TextChoices):
        LT = "<", "is below"
        LE = "<=", "is at most"
        GT = ">", "is above"
        GE = ">=", "is at least"
        EQ = "==", "equals"
        NE = "!=", "differs from"

    class NoData(models.TextChoices):
        NODATA = "nodata", "alert as no data"
        ALERT = "alert", "alert as if the condition held"
        KEEP = "keep", "keep the last state"
        IGNORE = "ignore", "show it, do not alert"

    name = models.SlugField(unique=True)
    title = models.CharField(max_length=120)
    description = models.TextField(blank=True)  # plain {{label}} substitution
    runbook_url = models.URLField(blank=True)  # plain {{label}} substitution, quoted
    metric = models.CharField(max_length=120, blank=True)  # of a query: the name of its answers
    query = models.TextField(blank=True)  # PromQL, asked of the server
    server = models.ForeignKey(
        "alerts.PrometheusServer", null=True, blank=True, on_delete=models.PROTECT
    )
    query_seconds = models.PositiveIntegerField(
        default=QUERY_SECONDS, blank=True
    )  # between two questions
    matchers = models.JSONField(default=dict, blank=True)  # label -> required value
    aggregate = models.CharField(max_length=10, choices=Aggregate.choices, default=Aggregate.LAST)
    window_seconds = models.PositiveIntegerField(default=0)  # 0 only with `last`
    comparison = models.CharField(max_length=2, choices=Comparison.choices)
    threshold = models.FloatField()
    clear_threshold = models.FloatField(
        null=True, blank=True
    )  # once the condition holds, it holds until here; null: until the threshold
    composite = models.TextField(
        blank=True
    )  # alerts.expressions, in which `this` is the condition above; blank: that condition alone
    for_seconds = models.PositiveIntegerField(default=0)
    keep_firing_seconds = models.PositiveIntegerField(default=0)
    min_samples = models.PositiveIntegerField(default=0)
    samples_metric = models.CharField(
        max_length=120, blank=True
    )  # blank: samples in the window are counted
    no_data = models.CharField(max_length=10, choices=NoData.choices, default=NoData.NODATA)
    no_data_seconds = models.PositiveIntegerField(
        default=300
    )  # silence longer than this is no data; 0: never
    on_error = models.CharField(
        max_length=10, choices=NoData.choices, default=NoData.NODATA
    )  # when the rule cannot be evaluated
    flap_count = models.PositiveSmallIntegerField(default=0)  # onsets within flap_seconds; 0: never
    flap_seconds = models.PositiveIntegerField(default=0)
    severity = models.CharField(max_length=10, choices=Severity.choices)
    labels = models.JSONField(default=dict, blank=True)
    policy = models.ForeignKey("alerts.Policy", null=True, blank=True, on_delete=models.PROTECT)
    calendar = models.ForeignKey(
        "alerts.Calendar", null=True, blank=True, on_delete=models.PROTECT, related_name="rules"
    )  # judged only while it is open
    enabled = models.BooleanField(default=True)
    version = models.PositiveIntegerField(default=1)
    change_reason = models.CharField(max_length=200, blank=True)  # why the last edit was made
    updated_at = models.DateTimeField(auto_now=True)

    class Meta:
        constraints = [
            models.CheckConstraint(
                condition=Q(aggregate__in=["last", "absent", "present"]) | Q(window_seconds__gt=0),
                name="rule_window_given",
            ),
            models.CheckConstraint(
                condition=Q(severity__in=Severity.values), name="rule_severity_known"
            ),
            models.CheckConstraint(
                condition=Q(clear_threshold=None)
                | Q(comparison__in=["<", "<="], clear_threshold__gte=models.F("threshold"))
                | Q(comparison__in=[">", ">="], clear_threshold__lte=models.F("threshold")),
                name="rule_clears_on_the_safe_side",
            ),
            models.CheckConstraint(
                condition=Q(flap_count=0) | Q(flap_count__range=(2, 20), flap_seconds__gt=0),
                name="rule_flapping_has_a_time",
            ),
            models.CheckConstraint(condition=~Q(metric=""), name="rule_has_a_metric"),
            models.CheckConstraint(
                condition=Q(query="", server__isnull=True)
                | (~Q(query="") & Q(server__isnull=False)),
                name="rule_query_has_a_server",
            ),
            models.CheckConstraint(
                condition=~Q(aggregate="present") | ~Q(query=""), name="rule_presence_of_a_query"
            ),
            models.CheckConstraint(
                condition=Q(query_seconds__range=(1, 86_400)), name="rule_query_seconds_bounded"
            ),
            models.UniqueConstraint(
                fields=["metric"], condition=~Q(query=""), name="rule_answers_are_its_own"
            ),
            models.CheckConstraint(condition=Q(version__gt=0), name="rule_version_positive"),
        ]
        permissions = [("replay_rule", "Can replay a rule over history")]
        triggers = [
            pgtrigger.Trigger(
                name="next_version",
                when=pgtrigger.Before,
                operation=pgtrigger.Update,
                condition=pgtrigger.AnyChange(exclude=["version", "change_reason", "updated_at"]),
                func="NEW.version = OLD.version + 1; RETURN NEW;",
            )
        ]

    def __str__(self) -> str:
        return self.name

    def name_answers(self) -> None:
        """A query's answers are series of its own, named for the rule."""
        if self.query:
            self.metric = f"query:{self.name.replace('-', '_')}"

    def clean(self) -> None:
        self.name_answers()
        if self.query:
            try:
                check(self.query)
            except Wrong as error:
                raise ValidationError(
                    {"query": ValidationError(str(error), code="query")}
                ) from error
        elif not self.metric:
            raise ValidationError({"metric": ValidationError("Say which metric.", code="required")})


class RuleInstance(models.Model):
    """The clocks of one rule on one series. Written only by the engine that owns the series."""

    class State(models.TextChoices):
        OK = "ok"
        PENDING = "pending"
        FIRING = "firing"
        KEEPING = "keeping"
        NODATA = "nodata"
        ERROR = "error"

    rule = models.ForeignKey(
        Rule, on_delete=models.CASCADE, related_name="instances", db_index=False
    )  # rule_instance_once begins with it
    series_id = models.BigIntegerField()
    fingerprint = models.CharField(max_length=16)
    labels = models.JSONField(default=dict)
    state = models.CharField(max_length=10, choices=State.choices, default=State.OK)
    active_at = models.DateTimeField(null=True)  # the condition has held since
    fired_at = models.DateTimeField(null=True)  # the open alert fired
    keeping_since = models.DateTimeField(null=True)  # it cleared, the alert is kept firing
    missing_since = models.DateTimeField(null=True)  # no number since; shown whatever the policy
    alerting = models.CharField(
        max_length=10, blank=True
    )  # the condition of the open alert: breach, nodata, blank: none is open
    latched = models.BooleanField(
        default=False
    )  # resolved by a person while the condition still held: silent until it cleared once
    onsets = models.JSONField(default=list)  # epoch seconds at which the condition set in
    owed = models.CharField(
        max_length=12, blank=True, db_default=""
    )  # what was judged and is yet to become an alert or its change; an engine that starts does it
    value = models.FloatField(null=True)
    evaluated_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["rule", "fingerprint"], name="rule_instance_once")
        ]

    def __str__(self) -> str:
        return f"{self.rule_id} {self.fingerprint} {self.state}"


class RuleError(models.Model):
    """Why a rule could not be evaluated. The row goes when the rule works again."""

    rule = models.OneToOneField(Rule, on_delete=models.CASCADE, related_name="failure")
    message = models.TextField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.rule_id}: {self.message}"


class RuleEdition(models.Model):
    """One row whose number a trigger raises with every edit of a rule: the engine reloads."""

    number = models.PositiveBigIntegerField(default=0)

    def __str__(self) -> str:
        return str(self.number)
