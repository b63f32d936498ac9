"""Who is on call: the week, my shifts, taking and exchanging them; and what would happen."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.contrib.auth.models import User
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from alerts import feeds, plan, shifts, strips
from alerts.models import Override, Policy, Rule, Schedule, Swap
from alerts.oncall_forms import PlanForm, SwapForm, TakeForm

FARTHEST = 8  # weeks that can be leafed through, either way


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@permission_required("alerts.view_alert", raise_exception=True)
def index(request: HttpRequest) -> HttpResponse:
    """The page; a POST says in `do` what is to be done."""
    if request.method == "POST":
        return _act(request)
    now, reader = timezone.now(), _user(request)
    weeks = _number(request.GET.get("week", ""))
    start = strips.monday(now, weeks=weeks)
    schedules = Schedule.objects.select_related("fallback")
    shown = [strips.week(one, reader=reader, start=start, now=now) for one in schedules]
    upcoming = Override.objects.filter(ends_at__gt=now).select_related(
        "schedule", "user", "made_by"
    )
    swaps = Swap.objects.filter(state=Swap.State.ASKED).select_related("schedule", "asker", "taker")
    initial = {"user": reader.pk}
    context = {
        "weeks": shown,
        "week": weeks,
        "start": start,
        "earlier": weeks - 1 if weeks > -FARTHEST else None,
        "later": weeks + 1 if weeks < FARTHEST else None,
        "overrides": upcoming,
        "swaps": [one for one in swaps if reader.pk in (one.asker_id, one.taker_id)],
        "take": TakeForm(initial=initial),
        "swap_form": SwapForm(auto_id="swap_%s"),
        "may": request.user.has_perm(shifts.TAKE),
        "portal": settings.PORTAL_URL.rstrip("/"),
    }
    return render(request, "alerts/oncall.html", context)


@require_safe
@login_required
@permission_required("alerts.view_alert", raise_exception=True)
def if_fired(request: HttpRequest) -> HttpResponse:
    """Who would be told, when, and the holes."""
    form, now = PlanForm(request.GET), timezone.now()
    form.is_valid()
    given = form.cleaned_data
    labels = {"alertname": given["rule"]} if given.get("rule") else {}
    policy, severity = plan.routed(labels, severity=given.get("severity") or "")
    chosen: Policy | None = given.get("policy") or policy
    context = {
        "form": PlanForm(initial={"policy": chosen, "severity": severity}),
        "plan": plan.if_fired(chosen, severity=severity, labels=labels, now=now),
        "rule": Rule.objects.filter(name=labels.get("alertname", "")).first(),
        "gaps": plan.schedule_holes(now=now),
    }
    return render(request, "alerts/plan.html", context)


def _act(request: HttpRequest) -> HttpResponse:
    if not request.user.has_perm(shifts.TAKE):
        raise PermissionDenied
    act = ACTS.get(request.POST.get("do", ""))
    if act is None:
        return HttpResponseBadRequest("What is to be done?")
    try:
        messages.success(request, act(request))
    except shifts.NotPossible as refusal:
        messages.warning(request, str(refusal))
    return redirect("on-call")


def _take(request: HttpRequest) -> str:
    form = TakeForm(request.POST)
    if not form.is_valid():
        raise shifts.NotPossible(_problem(form))
    given = form.cleaned_data
    taken = shifts.take(
        given["schedule"],
        user=given["user"],
        start=given["start"],
        end=given["end"],
        by=_user(request),
        reason=given["reason"],
        now=timezone.now(),
    )
    return f"{taken.user.get_full_name() or taken.user} is on call then."


def _drop(request: HttpRequest) -> str:
    override = get_object_or_404(Override, pk=_number(request.POST.get("pk", "")))
    shifts.drop(override, by=_user(request), now=timezone.now())
    return "Taken back: the schedule counts again."


def _ask(request: HttpRequest) -> str:
    form = SwapForm(request.POST)
    if not form.is_valid():
        raise shifts.NotPossible(_problem(form))
    given = form.cleaned_data
    swap = shifts.ask(
        given["schedule"],
        asker=_user(request),
        taker=given["taker"],
        gives=(given["gives_from"], given["gives_until"]),
        takes=(given["takes_from"], given["takes_until"]),
        note=given["note"],
        now=timezone.now(),
    )
    return f"{swap.taker.get_full_name() or swap.taker} is asked."


def _answer(request: HttpRequest) -> str:
    swap = get_object_or_404(Swap, pk=_number(request.POST.get("pk", "")))
    accept = request.POST.get("answer") == "accept"
    answered = shifts.answer(swap.pk, by=_user(request), accept=accept, now=timezone.now())
    return f"The swap is {answered.state}."


def _rotate(request: HttpRequest) -> str:
    if not request.user.has_perm("alerts.change_schedule"):
        raise PermissionDenied
    schedule = get_object_or_404(Schedule, pk=_number(request.POST.get("pk", "")))
    feeds.rotate(schedule)
    return f"The calendar of {schedule} has a new link; the old one is dead."


ACTS: dict[str, Callable[[HttpRequest], str]] = {
    "rotate-feed": _rotate,
    "take": _take,
    "drop": _drop,
    "ask": _ask,
    "answer": _answer,
}


def _problem(form: TakeForm | SwapForm) -> str:
    name, problems = next(iter(form.errors.items()))
    label = form.fields[name].label or name.capitalize() if name in form.fields else ""
    return f"{label}: {problems[0]}" if label else str(problems[0])


def _user(request: HttpRequest) -> User:
    """The logged-in person; login_required has seen to it."""
    assert isinstance(request.user, User)  # noqa: S101
    return request.user


def _number(text: str) -> int:
    digits = text.removeprefix("-")
    if not (digits.isascii() and digits.isdigit() and len(digits) < 10):
        return 0
    return max(-FARTHEST, int(text)) if text.startswith("-") else int(text)
