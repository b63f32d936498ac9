"""The replay of a rule form that is not saved yet, beside the rule as it is or as it was."""

from __future__ import annotations

from typing import Any

from django.conf import settings
from django.core.exceptions import PermissionDenied
from django.forms import ModelForm
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.template.response import TemplateResponse
from django.utils import timezone

from alerts.backtest import Backtest, compare
from alerts.conditions import BrokenRule
from alerts.models import Rule
from alerts.prometheus import NoAnswer
from ops_portal.lib.changes import tracked_fields

PERMISSION = "alerts.replay_rule"
SPANS = {"7": 7, "30": 30}  # days
ASKED_ON_SAVING = "reason"  # why it was changed is not asked before it is
MOST_EDITIONS = 40  # offered to compare with, the newest
AS_IT_IS = "As it is now"


class Incomplete(Exception):
    """An edition leaned on something that is no more; the message says on what."""


def replay_view(
    request: HttpRequest, form_class: type[ModelForm[Rule]], current: Rule | None
) -> HttpResponse:
    """Show when the rule would have fired as it stands in the form; nothing is written."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    days = SPANS.get(request.POST.get("days", ""), 7)
    form = form_class(request.POST, instance=current)
    form.is_valid()
    wrong = [
        f"{form.fields[name].label or name}: {' '.join(map(str, told))}" if name in form.fields
        else " ".join(map(str, told))
        for name, told in form.errors.items()
        if name != ASKED_ON_SAVING
    ]  # fmt: skip
    found: Backtest | None = None
    title = AS_IT_IS
    if not wrong:
        try:
            title, beside = _beside(current, request.POST.get("beside", ""))
            found = compare(form.instance, beside, days=days, now=timezone.now())
        except (BrokenRule, NoAnswer, Incomplete) as error:
            wrong.append(str(error))
    context = {
        "problems": wrong,
        "found": found,
        "beside": title,
        "budget": settings.PAGE_BUDGET_PER_WEEK,
    }
    return TemplateResponse(request, "ops_portal/admin/rule_replay.html", context)


def editions(rule: Rule) -> list[Any]:
    """The rule as it was, one row of its history for each older version, newest first."""
    history: Any = Rule
    told = history.pgh_event_model.objects.filter(pgh_obj_id=rule.pk, version__lt=rule.version)
    # A version that was only renamed has several rows: the last says how it ended.
    return list(told.order_by("-version", "-pgh_id").distinct("version")[:MOST_EDITIONS])


def _beside(current: Rule | None, asked: str) -> tuple[str, Rule | None]:
    """What the form is compared with, and its title. Raises Incomplete."""
    if current is None:
        return AS_IT_IS, None
    as_it_is = Rule.objects.get(pk=current.pk)  # the form edits the other
    chosen = [each for each in editions(as_it_is) if str(each.version) == asked]
    if not chosen:
        return AS_IT_IS, as_it_is
    return f"As version {chosen[0].version} was", _as_it_was(chosen[0])


def _as_it_was(edition: Any) -> Rule:
    fields = tracked_fields(type(edition))
    rule = Rule(**{each.attname: getattr(edition, each.attname) for each in fields})
    rule.pk = edition.pgh_obj_id
    for name in ("calendar", "server"):
        key = getattr(rule, f"{name}_id")
        known: Any = Rule._meta.get_field(name).related_model
        if key is not None and not known.objects.filter(pk=key).exists():
            raise Incomplete(f"Version {edition.version} had a {name} that is no more.")
    return rule
