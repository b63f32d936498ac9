"""The replay of a rule form that is not saved yet."""

from __future__ import annotations

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

PERMISSION = "alerts.replay_rule"
SPANS = {"7": 7, "30": 30}  # days
ASKED_ON_SAVING = "reason"  # why it was changed is not asked before it is


def replay_view(
    request: HttpRequest, form_class: type[ModelForm[Rule]], current: Rule | None
) -> HttpResponse:
    """Show when the rule would have fired as it stands in the form; nothing is written."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if not request.user.has_perm(PERMISSION):
        raise PermissionDenied
    days = SPANS.get(request.POST.get("days", ""), 7)
    as_it_is = Rule.objects.get(pk=current.pk) if current else None  # the form edits the other
    form = form_class(request.POST, instance=current)
    form.is_valid()
    wrong = [
        f"{form.fields[name].label or name}: {' '.join(map(str, told))}" if name in form.fields
        else " ".join(map(str, told))
        for name, told in form.errors.items()
        if name != ASKED_ON_SAVING
    ]  # fmt: skip
    found: Backtest | None = None
    if not wrong:
        try:
            found = compare(form.instance, as_it_is, days=days, now=timezone.now())
        except (BrokenRule, NoAnswer) as error:
            wrong.append(str(error))
    context = {"problems": wrong, "found": found, "budget": settings.PAGE_BUDGET_PER_WEEK}
    return TemplateResponse(request, "ops_portal/admin/rule_replay.html", context)
