"""Policies with their steps, put in order by dragging."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db import models
from django.db.models import Count, Q, QuerySet
from django.forms import BaseInlineFormSet
from django.http import HttpRequest
from unfold.admin import StackedInline
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminIntegerFieldWidget,
    UnfoldAdminSelectWidget,
)

from alerts.models import Policy, PolicyStep, Receiver
from alerts.models.escalation import PolicyStepReceiver, PolicyStepUser
from ops_portal.lib.admin import NoPopups, OpsModelAdmin, ReasonForm

LONGEST_DELAY = 86_400  # seconds
LAST = 30_000  # a position behind every real one


FIELDS = (
    "kind", "delay_seconds", "receivers", "users", "schedule", "team", "important", "severity",
    "opens", "closes", "time_zone", "more_than", "within_seconds", "times", "position",
)  # fmt: skip
WANTED = {
    "schedule": PolicyStep.Kind.SCHEDULE,
    "team": PolicyStep.Kind.TEAM,
    "users": PolicyStep.Kind.USERS,
}


class StepForm(forms.ModelForm):  # type: ignore[type-arg]
    position = forms.IntegerField(
        required=False, min_value=0, max_value=LAST, widget=forms.HiddenInput
    )
    delay_seconds = forms.IntegerField(
        label="Delay in seconds",
        min_value=0,
        max_value=LONGEST_DELAY,
        widget=UnfoldAdminIntegerFieldWidget(attrs={"aria-label": "Delay in seconds"}),
        help_text="After the step before; the first after the alert fired.",
    )

    kind = forms.ChoiceField(
        choices=PolicyStep.Kind.choices,
        required=False,
        initial=PolicyStep.Kind.CHANNEL,
        widget=UnfoldAdminSelectWidget,
        help_text="Which of the fields below count depends on it.",
    )
    times = forms.IntegerField(
        label="Begin again, times",
        min_value=1,
        max_value=9,
        required=False,
        initial=1,
        widget=UnfoldAdminIntegerFieldWidget,
    )

    class Meta:
        model = PolicyStep
        fields = FIELDS
        labels: ClassVar[dict[str, str]] = {
            "important": "Important: people's rules for important steps",
            "severity": "Only from severity",
            "opens": "Only from (time of day)",
            "closes": "Only until",
            "more_than": "Only with more alerts than",
            "within_seconds": "within seconds",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A person's own addresses are told through the person.
        shared = Receiver.objects.filter(Q(owner=None) | Q(steps__policy=self.instance.policy_id))
        self.fields["receivers"].queryset = shared.distinct()  # type: ignore[attr-defined]

    def clean_kind(self) -> str:
        return self.cleaned_data["kind"] or str(PolicyStep.Kind.CHANNEL)

    def clean_times(self) -> int:
        return int(self.cleaned_data["times"] or 1)

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        for name in ("schedule", "team", "users"):
            if cleaned.get("kind") == WANTED[name] and not cleaned.get(name):
                self.add_error(name, "This kind of step needs it.")
        if bool(cleaned.get("opens")) != bool(cleaned.get("closes")):
            self.add_error("closes", "Times of day come in pairs.")
        if cleaned.get("more_than") is not None and not cleaned.get("within_seconds"):
            self.add_error("within_seconds", "Say within how many seconds.")
        return cleaned

    def clean_position(self) -> int:
        position: int | None = self.cleaned_data["position"]
        return LAST if position is None else position

    def _get_validation_exclusions(self) -> set[str]:
        """Positions are exchanged while the steps are saved: the constraint is deferred."""
        return {*super()._get_validation_exclusions(), "position"}  # type: ignore[misc]


class StepInline(NoPopups, StackedInline):
    model = PolicyStep
    form = StepForm
    fields = (
        ("kind", "delay_seconds"),
        "receivers",
        "users",
        ("schedule", "team", "important"),
        ("severity", "opens", "closes", "time_zone"),
        ("more_than", "within_seconds", "times"),
        "position",
    )
    extra = 0
    min_num = 0
    ordering_field = "position"
    hide_ordering_field = True

    class Media:
        js = (forms.Script("alerts/js/admin-steps.js", type="module"),)

    formfield_overrides = {
        models.ManyToManyField: {"widget": UnfoldAdminCheckboxSelectMultipleWidget}
    }

    def has_view_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("alerts.view_policystep")

    def has_add_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("alerts.add_policystep")

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("alerts.change_policystep")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return request.user.has_perm("alerts.delete_policystep")


class PolicyForm(ReasonForm):
    class Meta:
        model = Policy
        fields = ("name", "repeat", "is_default")


@admin.register(Policy)
class PolicyAdmin(OpsModelAdmin):
    form = PolicyForm
    inlines = (StepInline,)
    list_display = ("name", "steps_count", "repeat", "is_default")
    search_fields = ("name",)
    fields = ("name", "repeat", "is_default", "reason")
    warn_unsaved_form = True
    change_form_outer_before_template = "ops_portal/admin/policy_plan_button.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Policy]:
        found: QuerySet[Policy] = super().get_queryset(request)
        return found.annotate(steps_number=Count("steps"))

    @admin.display(description="Steps")
    def steps_count(self, policy: Any) -> int:
        return int(policy.steps_number)

    def histories(self, record: Policy) -> list[QuerySet[Any]]:
        """The policy, its steps, and the receivers of its steps, of those that are gone too."""
        steps = _events(PolicyStep).filter(policy_id=record.pk)
        of_steps = steps.values("pgh_obj_id")
        receivers = _events(PolicyStepReceiver).filter(policystep_id__in=of_steps)
        users = _events(PolicyStepUser).filter(policystep_id__in=of_steps)
        return [*super().histories(record), steps, receivers, users]

    def save_formset(
        self,
        request: HttpRequest,
        form: Any,
        formset: BaseInlineFormSet[Any, Any, Any],
        change: bool,
    ) -> None:
        super().save_formset(request, form, formset, change)
        number(formset.instance)


def number(policy: Policy) -> None:
    """Give the steps the positions 0, 1, 2 ... in their order, new ones last."""
    for position, step in enumerate(policy.steps.order_by("position", "pk")):
        if step.position != position:
            step.position = position
            step.save(update_fields=["position"])


def _events(model: Any) -> QuerySet[Any]:
    found: QuerySet[Any] = model.pgh_event_model.objects.all()
    return found
