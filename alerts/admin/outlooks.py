"""The next weeks of a schedule form that is not saved yet."""

from __future__ import annotations

from typing import Any
from zoneinfo import ZoneInfo

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone

from alerts import drafts
from alerts.models import Schedule
from alerts.oncall import Draft

PAGE = "ops_portal/admin/schedule_outlook.html"
ASKED_ON_SAVING = {"reason", "name"}  # neither says who is on call


def outlook_view(request: HttpRequest, form: Any, formset: Any) -> HttpResponse:
    """Who would be on call as the form stands; nothing is written."""
    form.is_valid()
    problems = _problems(form, "", ASKED_ON_SAVING)
    layers: list[Draft] = []
    for number, each in enumerate(_kept(formset), 1):
        wrong = _problems(each, f"Layer {number}, ", {"name"})
        problems += wrong
        if not wrong:
            layers.append(each.drafted())
    schedule: Schedule = form.instance
    if problems:
        return render(request, PAGE, {"problems": problems})
    layers.sort(key=lambda draft: draft[0].position)
    found = drafts.outlook(schedule, layers, now=timezone.now())
    with timezone.override(ZoneInfo(schedule.time_zone)):
        return render(request, PAGE, {"schedule": schedule, "found": found})


def _kept(formset: Any) -> list[Any]:
    """The layers that saving would keep: filled in, and not marked to be removed."""
    formset.is_valid()
    return [
        form
        for form in formset.forms
        if (form.instance.pk or form.has_changed()) and not form.data.get(form.add_prefix("DELETE"))
    ]


def _problems(form: Any, where: str, ignored: set[str]) -> list[str]:
    return [
        f"{where}{form.fields[name].label or name if name in form.fields else ''}: "
        f"{' '.join(map(str, told))}"
        for name, told in form.errors.items()
        if name not in ignored
    ]
