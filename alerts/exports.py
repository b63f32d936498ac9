"""Alerts and timelines as files."""

from __future__ import annotations

from operator import attrgetter
from typing import Any

from django.contrib.auth.decorators import login_required, permission_required
from django.http import (
    HttpRequest,
    HttpResponse,
    HttpResponseBase,
    JsonResponse,
    StreamingHttpResponse,
)
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from alerts import forms, incident, listing, measures, timeline
from alerts.models import Alert
from alerts.summary import summary
from ops_portal.lib.bearer import takes_token
from ops_portal.lib.sheets import csv_file

COLUMNS = [
    "id",
    "uid",
    "title",
    "severity",
    "state",
    "condition",
    "value",
    "threshold",
    "started_at",
    "acknowledged_by",
    "acknowledged_at",
    "note",
    "snoozed_until",
    "assignee",
    "resolved_at",
    *("rule", "labels"),
]
ATTRIBUTES = attrgetter(*COLUMNS[:-2])
TIMELINE_COLUMNS = ["at", "kind", "title", "who", "text", "value", "tries"]
SHOWN = ("acknowledged_by", "resolved_by", "assignee")


@takes_token
@require_safe
@login_required
@permission_required("alerts.view_alert", raise_exception=True)
def alerts_csv(request: HttpRequest) -> StreamingHttpResponse:
    """The list under the filters of the address, streamed."""
    filters = forms.filters(request.GET)
    found = listing.everything(filters, now=timezone.now())
    return csv_file(COLUMNS, (_line(row) for row in found), name=f"alerts-{filters.tab}")


@takes_token
@require_safe
@login_required
@permission_required("alerts.view_alert", raise_exception=True)
def timeline_file(request: HttpRequest, pk: int, form: str) -> HttpResponseBase:
    """The history of one alert, `csv`, `json` or `md`."""
    alert = get_object_or_404(Alert.objects.select_related(*SHOWN), pk=pk)
    if form == "md":
        address = request.build_absolute_uri(reverse("alert", args=[pk]))
        text = incident.markdown(alert, timeline.of(alert), address=address)
        return _file(HttpResponse(text, content_type="text/markdown; charset=utf-8"), pk, form)
    items = [item.as_json() for item in timeline.of(alert)]
    if form == "json":
        return _file(JsonResponse({"alert": summary(alert), "timeline": items}), pk, form)
    lines = ([item[name] for name in TIMELINE_COLUMNS] for item in items)
    return csv_file(TIMELINE_COLUMNS, lines, name=f"alert-{pk}")


@require_safe
@login_required
@permission_required("alerts.view_alert", raise_exception=True)
def printed(request: HttpRequest, pk: int) -> HttpResponse:
    """The history of one alert on paper."""
    alert = get_object_or_404(Alert.objects.select_related(*SHOWN), pk=pk)
    context = {
        "alert": alert,
        "facts": incident.facts(alert),
        "items": timeline.of(alert),
        "unit": measures.unit(alert.rule_snapshot),
    }
    return render(request, "alerts/incident.html", context)


def _file(response: HttpResponse, pk: int, form: str) -> HttpResponse:
    response.headers["Content-Disposition"] = f'attachment; filename="alert-{pk}.{form}"'
    return response


def _line(row: listing.Row) -> list[Any]:
    labels = ",".join(f"{name}={value}" for name, value in sorted(row.labels.items()))
    return [*ATTRIBUTES(row), row.rule_name, labels]
