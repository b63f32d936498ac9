"""Schedules with their layers, and teams."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import models
from django.db.models import QuerySet
from django.forms import Script
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import URLPattern, path
from unfold.admin import StackedInline
from unfold.widgets import UnfoldAdminCheckboxSelectMultipleWidget, UnfoldAdminTextareaWidget

from alerts.admin.outlooks import outlook_view
from alerts.models import Participant, Schedule, ScheduleLayer, Team
from alerts.models.oncall import TeamMember
from alerts.oncall import Draft
from ops_portal.lib.admin import NoPopups, OpsModelAdmin, ReasonForm

DAYS = list(
    enumerate(("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"))
)
MOST_PEOPLE = 50
LAYERS = "layers"  # as the form names their fields


class LayerForm(forms.ModelForm):  # type: ignore[type-arg]
    """A layer with its people as user names in the order of their turns."""

    people = forms.CharField(
        label="People",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 3}),
        help_text="One user name a line, in the order of their turns.",
    )
    days = forms.TypedMultipleChoiceField(
        label="Weekdays",
        coerce=int,
        choices=DAYS,
        initial=[day for day, _ in DAYS],
        widget=UnfoldAdminCheckboxSelectMultipleWidget,
    )
    position = forms.IntegerField(required=False, widget=forms.HiddenInput)

    class Meta:
        model = ScheduleLayer
        fields = (
            "name", "kind", "length", "first_day", "hand_over_at", "last_day", "opens", "closes",
            "position",
        )  # fmt: skip
        help_texts: ClassVar[dict[str, str]] = {
            "length": "So many hours, days, weeks or months is one turn.",
            "first_day": "The first person's turn begins on this day.",
            "hand_over_at": "On the clock of the schedule's time zone.",
            "closes": "Equal to the opening time: the whole day. Earlier: on the next day.",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk:
            mask = self.instance.weekdays
            self.initial["days"] = [day for day, _ in DAYS if mask >> day & 1]
            turns = self.instance.participants.select_related("user")
            self.initial["people"] = "\n".join(one.user.get_username() for one in turns)

    def clean_position(self) -> int:
        return int(self.cleaned_data["position"] or 0)

    def clean_people(self) -> list[User]:
        names = [line.strip() for line in self.cleaned_data["people"].splitlines() if line.strip()]
        known = {user.get_username(): user for user in User.objects.filter(username__in=names)}
        lost = [name for name in names if name not in known]
        if lost:
            raise ValidationError(f"There is no user {', '.join(lost)}.", code="unknown")
        if len(names) > MOST_PEOPLE:
            raise ValidationError(f"At most {MOST_PEOPLE} turns.", code="too_many")
        return [known[name] for name in names]

    def drafted(self) -> Draft:
        """The layer and its people as they stand in the form."""
        self.instance.weekdays = sum(1 << day for day in self.cleaned_data["days"])
        return self.instance, self.cleaned_data["people"]

    def save(self, commit: bool = True) -> Any:
        self.drafted()
        layer = super().save(commit=commit)
        people: list[User] = self.cleaned_data["people"]
        if commit and [one.user for one in layer.participants.all()] != people:
            layer.participants.all().delete()
            for position, user in enumerate(people):
                Participant.objects.create(layer=layer, position=position, user=user)
        return layer


class LayerInline(NoPopups, StackedInline):
    model = ScheduleLayer
    form = LayerForm
    extra = 0
    fields = (
        ("name", "kind", "length"),
        "people",
        ("first_day", "hand_over_at", "last_day"),
        "days",
        ("opens", "closes"),
        "position",
    )
    ordering_field = "position"
    hide_ordering_field = True


class ScheduleForm(ReasonForm):
    class Meta:
        model = Schedule
        fields = ("name", "time_zone", "fallback", "gaps_expected")
        help_texts: ClassVar[dict[str, str]] = {
            "time_zone": "Such as Europe/Madrid: hand-overs happen on its clock.",
            "fallback": "Told where no layer has anybody.",
            "gaps_expected": "A gap is no alert: a part of the week is left out on purpose.",
        }


@admin.register(Schedule)
class ScheduleAdmin(OpsModelAdmin):
    form = ScheduleForm
    inlines = (LayerInline,)
    list_display = ("name", "time_zone", "fallback", "gaps_expected")
    search_fields = ("name",)
    fields = ("name", "time_zone", "fallback", "gaps_expected", "reason")
    warn_unsaved_form = True
    change_form_after_template = "ops_portal/admin/schedule_outlook_box.html"

    class Media:
        css = {"all": ("alerts/css/admin-schedule.css",)}
        js = (Script("alerts/js/admin-outlook.js", type="module"),)

    def get_urls(self) -> list[URLPattern]:
        """`?schedule=` names the one that is edited; without it the form is for a new one."""
        view = self.admin_site.admin_view(self.outlook_view)
        return [path("outlook/", view, name="alerts_schedule_outlook"), *super().get_urls()]

    def outlook_view(self, request: HttpRequest) -> HttpResponse:
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        edited = request.GET.get("schedule")
        schedule: Schedule | None = self._record(request, edited) if edited else None
        if not (self.has_add_permission(request) or self.has_change_permission(request, schedule)):
            raise PermissionDenied
        form = self.get_form(request, schedule)(request.POST, instance=schedule)
        made, inline = next(iter(self.get_formsets_with_inlines(request, schedule)))
        given = self.get_formset_kwargs(request, form.instance, inline, LAYERS)
        formset = made(**given)
        return outlook_view(request, form, formset)

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """Each layer saves its people itself; the positions follow the order on the page."""
        formset.save()
        layers = formset.instance.layers.order_by("position", "pk")
        for position, layer in enumerate(layers):
            if layer.position != position:
                layer.position = position
                layer.save(update_fields=["position"])

    def histories(self, record: Schedule) -> list[QuerySet[Any]]:
        layers = ScheduleLayer.pgh_event_model.objects.filter(schedule_id=record.pk)  # type: ignore[attr-defined]
        people = Participant.pgh_event_model.objects.filter(  # type: ignore[attr-defined]
            layer_id__in=layers.values("pgh_obj_id")
        )
        return [*super().histories(record), layers, people]


@admin.register(Team)
class TeamAdmin(OpsModelAdmin):
    form = ReasonForm
    list_display = ("name",)
    search_fields = ("name",)
    fields = ("name", "members", "reason")
    formfield_overrides: ClassVar[dict[Any, Any]] = {
        models.ManyToManyField: {"widget": UnfoldAdminCheckboxSelectMultipleWidget}
    }

    def histories(self, record: Team) -> list[QuerySet[Any]]:
        members = TeamMember.pgh_event_model.objects.filter(team_id=record.pk)
        return [*super().histories(record), members]
