"""The routing tree: edited node by node, shown as a whole, asked where an alert would go."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db import models, transaction
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from unfold.widgets import (
    UnfoldAdminCheckboxSelectMultipleWidget,
    UnfoldAdminTextareaWidget,
    UnfoldAdminTextInputWidget,
)

from alerts import routing
from alerts.admin.labels import LabelsField
from alerts.fields import GroupByField, MatchersField
from alerts.matchers import written
from alerts.models import Policy, Route
from alerts.models.routing import RouteActiveCalendar, RouteMuteCalendar, RouteReceiver
from alerts.tree import Node, Place, settled
from ops_portal.lib.admin import OpsModelAdmin, ReasonForm

LONGEST_WAIT, LONGEST_INTERVAL, LONGEST_REPEAT = 3_600, 86_400, 30 * 86_400  # seconds
SHORTEST_INTERVAL = 10
BOUNDS = {
    "wait_seconds": (0, LONGEST_WAIT),
    "interval_seconds": (SHORTEST_INTERVAL, LONGEST_INTERVAL),
    "repeat_seconds": (SHORTEST_INTERVAL, LONGEST_REPEAT),
}

ROOT = {  # what the root has not, and why
    "matchers": "takes every alert",
    "continues": "has none after",
    "active_calendars": "is never quiet",
    "mute_calendars": "is never quiet",
}


class RouteForm(ReasonForm):
    """Checks at the field what would make the tree loop or a route mean nothing."""

    asks_reason = frozenset(
        {
            "parent", "matchers", "continues", "receivers", "policy", "nobody",
            "active_calendars", "mute_calendars",
        }
    )  # fmt: skip
    matchers = MatchersField(
        required=False,
        label="Takes alerts with",
        help_text="env=live, strategy=~“btc-.*”: all must fit. Blank: every alert.",
        widget=UnfoldAdminTextareaWidget(attrs={"rows": 2}),
    )
    group_by = GroupByField(
        required=False,
        label="Grouped by",
        help_text="Label names; … as ... for every label, - for one group; blank: as the parent.",
        widget=UnfoldAdminTextInputWidget(),
    )

    class Meta:
        model = Route
        fields = (
            "name", "parent", "position", "matchers", "continues", "receivers", "policy", "nobody",
            "active_calendars", "mute_calendars",
            "group_by", "wait_seconds", "interval_seconds", "repeat_seconds",
        )  # fmt: skip
        labels: ClassVar[dict[str, str]] = {
            "parent": "Under",
            "position": "Asked as number",
            "continues": "Ask the routes after it too",
            "receivers": "Channels told of groups",
            "policy": "People",
            "nobody": "Tell nobody",
            "active_calendars": "Only while one of these is open",
            "mute_calendars": "Not while one of these is open",
            "wait_seconds": "First message after (seconds)",
            "interval_seconds": "News of a group every (seconds)",
            "repeat_seconds": "Repeat unchanged every (seconds)",
        }
        help_texts: ClassVar[dict[str, str]] = {
            "position": "Among the routes under the same one, from the lowest.",
            "receivers": "None: as the parent.",
            "policy": "Blank: as the parent. A rule's own policy comes first.",
            "nobody": "Cuts off the channels and people of the parent.",
            "active_calendars": "While none of them is, alerts that end here are kept quiet.",
            "mute_calendars": "Holidays, maintenance hours. Not handed down to routes under it.",
            "wait_seconds": "Blank: as the parent, else 5.",
            "interval_seconds": "Blank: as the parent, else 300.",
            "repeat_seconds": "Blank: as the parent, else 14,400 (4 hours).",
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        parent: Any = self.fields.get("parent")
        if parent is None:
            return
        parent.empty_label = "Nothing: this is the root" if self._is_root else "Everything"
        if not self.instance.pk:
            self.initial.setdefault("parent", Route.objects.filter(parent=None).first())

    @property
    def _is_root(self) -> bool:
        return self.instance.pk is not None and self.instance.parent_id is None

    def clean_parent(self) -> Route | None:
        parent: Route | None = self.cleaned_data["parent"]
        if self._is_root:
            if parent is not None:
                raise forms.ValidationError("The root stands under nothing.", code="root")
            return None
        above = parent
        while above is not None:
            if above.pk == self.instance.pk:
                raise forms.ValidationError("A route cannot stand under itself.", code="loop")
            above = above.parent
        return parent or root()

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if self._is_root:
            for name, said in ROOT.items():
                if cleaned.get(name):
                    self.add_error(name, f"The root {said}: leave this blank.")
        if cleaned.get("nobody") and (cleaned.get("receivers") or cleaned.get("policy")):
            self.add_error("nobody", "Either nobody is told, or these: not both.")
        for name, (least, most) in BOUNDS.items():
            value = cleaned.get(name)
            if value is not None and not least <= value <= most:
                self.add_error(name, f"Between {least:,} and {most:,} seconds.")
        return cleaned

    def _get_validation_exclusions(self) -> set[str]:
        """Positions are exchanged while routes are saved: the constraint is deferred."""
        return {*super()._get_validation_exclusions(), "position"}  # type: ignore[misc]


class LabelsForm(forms.Form):
    """The labels of an alert that may never have been."""

    labels = LabelsField(
        label="Labels", widget=UnfoldAdminTextareaWidget(attrs={"rows": 3, "aria-label": "Labels"})
    )


@dataclass(frozen=True, slots=True)
class Line:
    """One node as the page draws it; `place`: what holds for alerts that end here."""

    node: Node
    depth: int
    takes: str
    place: Place
    people: str
    taken: bool  # the asked alert passes here
    shadowed: bool  # a route before it takes everything


@admin.register(Route)
class RouteAdmin(OpsModelAdmin):
    form = RouteForm
    list_display = ("name", "parent", "policy")
    search_fields = ("name",)
    warn_unsaved_form = True
    fieldsets = (
        (None, {"fields": ("name", ("parent", "position"), "matchers", "continues", "reason")}),
        (
            "Who is told",
            {
                "classes": ["tab"],
                "fields": (
                    "receivers",
                    "policy",
                    "nobody",
                    "active_calendars",
                    "mute_calendars",
                ),
            },
        ),
        (
            "Groups",
            {
                "classes": ["tab"],
                "fields": ("group_by", "wait_seconds", "interval_seconds", "repeat_seconds"),
            },
        ),
    )
    formfield_overrides = {
        models.ManyToManyField: {"widget": UnfoldAdminCheckboxSelectMultipleWidget}
    }

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Without its root there is no tree."""
        is_root = obj is not None and obj.parent_id is None
        return super().has_delete_permission(request, obj) and not is_root

    def histories(self, record: Route) -> list[QuerySet[Any]]:
        """The route, its receivers and its calendars."""
        members: Any = (RouteReceiver, RouteMuteCalendar, RouteActiveCalendar)
        events = [each.pgh_event_model.objects.filter(route_id=record.pk) for each in members]
        return [*super().histories(record), *events]

    def save_model(self, request: HttpRequest, obj: Route, form: Any, change: bool) -> None:
        with transaction.atomic():
            super().save_model(request, obj, form, change)
            number(obj)

    def changelist_view(
        self, request: HttpRequest, extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The whole tree, and where an alert with the labels of the address would go."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        asked = LabelsForm(request.GET if "labels" in request.GET else None)
        labels = asked.cleaned_data["labels"] if asked.is_bound and asked.is_valid() else None
        found = None if labels is None else routing.places_of(labels)
        context = {
            **self.admin_site.each_context(request),
            "title": "Routes",
            "opts": self.opts,
            "form": asked,
            "lines": _lines(found or []),
            "found": found and [_told(place, labels or {}) for place in found],
            "people": _people(),
            "may_add": self.has_add_permission(request),
        }
        return TemplateResponse(request, "ops_portal/admin/routes.html", context)


def root() -> Route:
    """The route that takes everything; made when it is missing."""
    return Route.objects.get_or_create(parent=None, defaults={"name": "Everything"})[0]


def number(route: Route) -> None:
    """Give the children of its parent the positions 0, 1, 2 ...; it goes before its equals."""
    if route.parent_id is None:
        return
    siblings = Route.objects.filter(parent=route.parent_id)
    ordered = sorted(siblings, key=lambda one: (one.position, one.pk != route.pk, one.pk))
    for position, sibling in enumerate(ordered):
        if sibling.position != position:
            Route.objects.filter(pk=sibling.pk).update(position=position)


def _told(place: Place, labels: dict[str, str]) -> tuple[Place, str, list[str]]:
    """The place, the alert's group there, and the calendars that keep it quiet now."""
    at = timezone.now().timestamp()
    quiet = [calendar.told(at) for calendar in place.muted_by(at)]
    return place, place.group_key(labels), quiet


def _people() -> dict[int, str]:
    return dict(Policy.objects.values_list("pk", "name"))


def _lines(found: list[Place]) -> list[Line]:
    passed = {node.id for place in found for node in place.way}
    return list(_walk((routing.book().root,), _people(), passed, shadowed=False))


def _walk(
    way: tuple[Node, ...], people: dict[int, str], passed: set[int], *, shadowed: bool
) -> Iterator[Line]:
    node, place = way[-1], settled(way)
    chosen = people.get(place.policy_id or 0, "the default policy")
    who = "nobody" if place.nobody else chosen
    takes = written(node.matchers) or "everything"
    yield Line(node, len(way) - 1, takes, place, who, node.id in passed, shadowed)
    covered = shadowed
    for child in node.children:
        yield from _walk((*way, child), people, passed, shadowed=covered)
        covered = covered or (not child.matchers and not child.continues)
