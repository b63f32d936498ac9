"""Rules: what is watched, when it is wrong, who hears of it."""

from __future__ import annotations

import math
import re
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.db.models import OuterRef, QuerySet, Subquery
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils.functional import SimpleLazyObject
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminURLInputWidget

from alerts.admin.labels import LabelsField
from alerts.admin.replays import editions, replay_view
from alerts.conditions import DOWN, UP, BrokenRule
from alerts.declared.changes import drifted
from alerts.declared.kinds import RULES
from alerts.declared.rows import entry_of
from alerts.expressions import negates_this, parse
from alerts.measures import measured
from alerts.models import Declaration, Policy, Rule
from alerts.models.rules import QUERY_SECONDS
from alerts.windows import LONGEST_SECONDS
from ops_portal.lib.admin import OpsModelAdmin, ReasonForm
from ops_portal.lib.words import span

METRIC = re.compile(r"[a-zA-Z_:][a-zA-Z0-9_:]*", re.ASCII)  # a Prometheus metric name
MOST_ONSETS = 20
WITHOUT_WINDOW = {Rule.Aggregate.LAST, Rule.Aggregate.ABSENT, Rule.Aggregate.PRESENT}


class RuleForm(ReasonForm):
    """Checks what the database would refuse and what would never fire, at the field."""

    asks_reason = frozenset(
        {
            "metric", "query", "server", "query_seconds", "matchers", "aggregate",
            "window_seconds", "comparison", "threshold",
            "clear_threshold", "composite", "for_seconds", "keep_firing_seconds", "min_samples",
            "samples_metric", "no_data", "no_data_seconds", "on_error", "flap_count",
            "flap_seconds", "severity", "policy", "calendar", "enabled",
        }
    )  # fmt: skip
    matchers = LabelsField(
        label="Only series with", help_text="One name=value a line; blank: every series."
    )
    labels = LabelsField(
        label="Labels of the alert", help_text="One name=value a line, added to the series' own."
    )
    runbook_url = forms.URLField(
        label="Runbook", required=False, assume_scheme="https", widget=UnfoldAdminURLInputWidget
    )

    class Meta:
        model = Rule
        exclude = ("version", "change_reason")
        labels: ClassVar[dict[str, str]] = {
            "window_seconds": "Window (seconds)",
            "comparison": "Wrong when it",
            "clear_threshold": "Clear value",
            "calendar": "Only while this is open",
            "composite": "Composite condition",
            "query": "Or the answers of a query (PromQL)",
            "server": "Asked of",
            "query_seconds": "Every (seconds)",
            "on_error": "When it cannot be evaluated",
            "flap_count": "Flapping: onsets",
            "flap_seconds": "Flapping: within (seconds)",
            "for_seconds": "For at least (seconds)",
            "keep_firing_seconds": "Keep firing (seconds)",
            "min_samples": "Minimum samples",
            "samples_metric": "Samples are counted by",
            "no_data": "Without data",
            "no_data_seconds": "Silence is no data after (seconds)",
        }
        widgets: ClassVar[dict[str, forms.Widget]] = {
            "composite": UnfoldAdminTextareaWidget(attrs={"rows": 2}),
            "query": UnfoldAdminTextareaWidget(attrs={"rows": 2}),
        }
        help_texts: ClassVar[dict[str, str]] = {
            "title": "{{label}} is replaced by the label of the series.",
            "name": "Known to the agent and in messages; it stays when the title changes.",
            "metric": "The name of the series, such as current_drawdown; of a query it is made.",
            "query": "Each series of the answer is judged by itself. Without a comparison of its"
            " own it is compared below; with one, choose “anything in the answer”.",
            "window_seconds": "0 for the last value and for silence.",
            "clear_threshold": "Once wrong, it stays wrong until the value is back here; blank: "
            "until the threshold.",
            "composite": "With and, or, not, ( ); “this” is the condition above. "
            'Such as: this and avg_over_time(latency_seconds{env="live"}[5m]) > 3',
            "flap_count": "So often within that time, and the alert stays open until it has been "
            "calm for as long; 0: never.",
            "calendar": "Blank: always. An alert that is open at its close stays open, and quiet.",
            "for_seconds": "The condition must hold this long before the alert fires.",
            "keep_firing_seconds": "It must be gone this long before the alert is resolved.",
            "min_samples": "Fewer samples say nothing yet.",
            "samples_metric": "A metric that holds the number; blank: samples in the window.",
            "no_data_seconds": "0: never.",
            "policy": "Who is told, in which order; blank: the default policy.",
            "description": "What to know and do. {{label}} is replaced.",
        }

    def clean_metric(self) -> str:
        name: str = self.cleaned_data["metric"]
        return _metric_name(name) if name else ""

    def clean_samples_metric(self) -> str:
        name: str = self.cleaned_data["samples_metric"]
        return _metric_name(name) if name else ""

    def clean_query_seconds(self) -> int:
        return self.cleaned_data["query_seconds"] or QUERY_SECONDS

    def clean_threshold(self) -> float:
        threshold: float = self.cleaned_data["threshold"]
        if not math.isfinite(threshold):
            raise ValidationError("A threshold is a finite number.", code="not_finite")
        return threshold

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        self._check_query(cleaned)
        self._check_window(cleaned)
        self._check_silence(cleaned)
        self._check_clear_value(cleaned)
        self._check_flapping(cleaned)
        if cleaned.get("samples_metric") and not cleaned.get("min_samples"):
            self.add_error("min_samples", "Say how many samples of the counted metric are needed.")
        return cleaned

    def _check_query(self, cleaned: dict[str, Any]) -> None:
        query, server = cleaned.get("query"), cleaned.get("server")
        if query and server is None:
            self.add_error("server", "Say which server is asked.")
        elif server is not None and not query:
            self.add_error("query", "Say what the server is asked, or choose no server.")
        if cleaned.get("aggregate") == Rule.Aggregate.PRESENT and not query:
            self.add_error("aggregate", "Only the answers of a query can be there or not.")

    def _check_window(self, cleaned: dict[str, Any]) -> None:
        window, aggregate = cleaned.get("window_seconds"), cleaned.get("aggregate")
        if aggregate is None or window is None:
            return
        if aggregate in WITHOUT_WINDOW and window:
            self.add_error("window_seconds", "This aggregate looks at no window: leave it 0.")
        elif aggregate not in WITHOUT_WINDOW and not window:
            label = Rule.Aggregate(aggregate).label
            self.add_error("window_seconds", f"The {label} needs a window.")
        elif window > LONGEST_SECONDS:
            self.add_error("window_seconds", f"At most a day ({LONGEST_SECONDS:,} seconds).")

    def _check_clear_value(self, cleaned: dict[str, Any]) -> None:
        clear, threshold = cleaned.get("clear_threshold"), cleaned.get("threshold")
        if clear is None or threshold is None:
            return
        comparison = cleaned.get("comparison")
        below, above = comparison in DOWN, comparison in UP
        if not (below or above):
            self.add_error("clear_threshold", "Only for values above or below a threshold.")
        elif (below and clear < threshold) or (above and clear > threshold):
            self.add_error("clear_threshold", "It must lie on the safe side of the threshold.")
        elif (composite := cleaned.get("composite")) and negates_this(parse(composite)):
            self.add_error("clear_threshold", "It does not go with “not this”: turn that round.")

    def _check_flapping(self, cleaned: dict[str, Any]) -> None:
        often, within = cleaned.get("flap_count"), cleaned.get("flap_seconds")
        if often and not 2 <= often <= MOST_ONSETS:
            self.add_error("flap_count", f"0, or 2 to {MOST_ONSETS} onsets.")
        elif often and not within:
            self.add_error("flap_seconds", "Say within how many seconds.")

    def clean_composite(self) -> str:
        text: str = self.cleaned_data["composite"].strip()
        if text:
            try:
                parse(text)
            except BrokenRule as error:
                raise ValidationError(str(error), code="composite") from error
        return text

    def _check_silence(self, cleaned: dict[str, Any]) -> None:
        """`absent` counts seconds of silence, so only "longer than" makes sense."""
        if cleaned.get("aggregate") != Rule.Aggregate.ABSENT:
            return
        if cleaned.get("comparison") not in {Rule.Comparison.GT, Rule.Comparison.GE}:
            self.add_error("comparison", "Silence is measured upwards: use “is above”.")
        threshold = cleaned.get("threshold")
        if threshold is not None and threshold <= 0:
            self.add_error("threshold", "The silence to complain about, in seconds, above 0.")


def _metric_name(name: str) -> str:
    if not METRIC.fullmatch(name):
        raise ValidationError("Letters, digits, _ and :, not starting with a digit.", code="metric")
    return name


@admin.register(Rule)
class RuleAdmin(OpsModelAdmin):
    form = RuleForm
    list_display = ("title", "condition", "severity", "policy", "enabled", "version", "from_file")
    list_filter = ("severity", "enabled", "policy")
    search_fields = ("name", "title", "metric")
    ordering = ("name",)
    list_select_related = ("policy", "calendar")
    prepopulated_fields = {"name": ("title",)}
    readonly_fields = ("version", "updated_at", "change_reason", "from_file")
    warn_unsaved_form = True
    change_form_after_template = "ops_portal/admin/rule_replay_button.html"
    fieldsets = (
        (
            None,
            {"fields": ("title", "name", "enabled", "reason")},
        ),
        (
            "Condition",
            {
                "classes": ["tab"],
                "fields": (
                    "metric",
                    "query",
                    ("server", "query_seconds"),
                    "matchers",
                    ("aggregate", "window_seconds"),
                    ("comparison", "threshold", "clear_threshold"),
                    "composite",
                    ("for_seconds", "keep_firing_seconds"),
                    ("min_samples", "samples_metric"),
                    ("no_data", "no_data_seconds", "on_error"),
                    ("flap_count", "flap_seconds"),
                    "calendar",
                ),
            },
        ),
        (
            "Notification",
            {
                "classes": ["tab"],
                "fields": ("severity", "policy", "description", "runbook_url", "labels"),
            },
        ),
        (
            "Version",
            {"classes": ["tab"], "fields": ("version", "updated_at", "change_reason", "from_file")},
        ),
    )

    @admin.display(description="Condition")
    def condition(self, rule: Rule) -> str:
        window = f" over {span(rule.window_seconds)}" if rule.window_seconds else ""
        held = f" for {span(rule.for_seconds)}" if rule.for_seconds else ""
        if rule.aggregate == Rule.Aggregate.PRESENT:
            return f"{rule.query}{held}"
        subject = f"{rule.get_aggregate_display()} of {rule.query or rule.metric}{window}"
        limit = measured(rule.threshold, {"metric": rule.metric, "aggregate": rule.aggregate})
        return f"{subject} {rule.comparison} {limit}{held}"

    @admin.display(description="From a file")
    def from_file(self, rule: Rule) -> str:
        declared: Any = rule
        if getattr(declared, "file_name", None) is None:
            return "-"
        edited = drifted(RULES.section, entry_of(RULES, rule), declared.file_body)
        return f"edited since {declared.file_name}" if edited else declared.file_name

    def get_queryset(self, request: HttpRequest) -> QuerySet[Rule]:
        rows: QuerySet[Rule] = super().get_queryset(request)
        own = Declaration.objects.filter(section=RULES.section, key=OuterRef("name"))
        return rows.annotate(
            file_name=Subquery(own.values("source")[:1]), file_body=Subquery(own.values("body")[:1])
        )

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        """The name is made from the title once: alerts and the agent know the rule by it."""
        return {} if obj else dict(self.prepopulated_fields)

    def get_urls(self) -> list[URLPattern]:
        """`?rule=` names the rule that is edited; without it the form is for a new one."""
        replay = path(
            "replay/", self.admin_site.admin_view(self.replay_view), name="alerts_rule_replay"
        )
        return [replay, *super().get_urls()]

    def change_view(
        self,
        request: HttpRequest,
        object_id: str,
        form_url: str = "",
        extra_context: dict[str, Any] | None = None,
    ) -> HttpResponse:
        """The form offers to compare a replay with each older version."""

        def offered() -> list[Any]:
            rule = self.get_object(request, object_id)
            return editions(rule) if rule else []

        context = {**(extra_context or {}), "editions": SimpleLazyObject(offered)}
        page: HttpResponse = super().change_view(request, object_id, form_url, context)
        return page

    def replay_view(self, request: HttpRequest) -> HttpResponse:
        edited = request.GET.get("rule")
        return replay_view(request, RuleForm, self._record(request, edited) if edited else None)

    def save_model(self, request: HttpRequest, obj: Rule, form: RuleForm, change: bool) -> None:
        obj.change_reason = form.cleaned_data.get("reason", "").strip()
        super().save_model(request, obj, form, change)
        if obj.policy is None and not Policy.objects.filter(is_default=True).exists():
            self.message_user(
                request, "No policy and no default policy: nobody is told.", level="WARNING"
            )
