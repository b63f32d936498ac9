"""Inhibitions: which open alerts keep which others quiet."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from unfold.widgets import UnfoldAdminTextareaWidget, UnfoldAdminTextInputWidget

from alerts.fields import GroupByField, MatchersField
from alerts.matchers import from_json, written
from alerts.models import Inhibition
from ops_portal.lib.admin import OpsModelAdmin, ReasonForm


class InhibitionForm(ReasonForm):
    asks_reason = frozenset({"source", "target", "equal", "enabled"})
    source = MatchersField(
        label="While an alert is open with",
        help_text="For example alertname=silent_agent",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )
    target = MatchersField(
        label="Keep alerts quiet with",
        help_text="For example severity=~“warning|info”. Alerts that fit both never keep each"
        " other quiet.",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )
    equal = GroupByField(
        required=False,
        label="If these labels are equal",
        help_text="Label names; one that both lack counts as equal. Blank: whatever the labels.",
        widget=UnfoldAdminTextInputWidget(),
    )

    class Meta:
        model = Inhibition
        fields = ("name", "source", "target", "equal", "enabled")
        help_texts: ClassVar[dict[str, str]] = {"name": "Shown on the alerts that it keeps quiet."}

    def clean_equal(self) -> list[str]:
        names = self.cleaned_data["equal"] or []
        if "..." in names:
            raise forms.ValidationError("Name the labels one by one.", code="label")
        return names

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        for name in ("source", "target"):
            if name in cleaned and not cleaned[name]:
                self.add_error(name, "At least one matcher.")
        return cleaned


@admin.register(Inhibition)
class InhibitionAdmin(OpsModelAdmin):
    form = InhibitionForm
    list_display = ("name", "from_alerts", "on_alerts", "same", "enabled")
    search_fields = ("name",)
    fields = ("name", "source", "target", "equal", "enabled", "reason")

    @admin.display(description="While open")
    def from_alerts(self, row: Inhibition) -> str:
        return written(from_json(row.source))

    @admin.display(description="Kept quiet")
    def on_alerts(self, row: Inhibition) -> str:
        return written(from_json(row.target))

    @admin.display(description="Equal labels")
    def same(self, row: Inhibition) -> str:
        return ", ".join(row.equal) or "any"
