"""Shifts and absences from a calendar: looked at first, then agreed."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from alerts import icalendars, proposals, shifts
from alerts.oncall_forms import ImportForm
from ops_portal.lib import http

AHEAD = timedelta(days=366)
CALENDARS = {"Accept": "text/calendar", "Accept-Encoding": "identity"}


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@permission_required(shifts.TAKE, raise_exception=True)
def from_calendar(request: HttpRequest) -> HttpResponse:
    """The form; what the calendar would change; and `shown`, which agrees to what was shown."""
    user = _user(request)
    if "shown" in request.POST:
        return _agree(request, user)
    if request.method != "POST":
        form = ImportForm(initial={"absent": user.pk})
        return render(request, "alerts/oncall_import.html", {"form": form})
    form = ImportForm(request.POST, request.FILES)
    context: dict[str, object] = {"form": form}
    if form.is_valid():
        try:
            context |= _look(form, by=user)
        except (icalendars.Unreadable, NotFetched) as wrong:
            form.add_error(None, str(wrong))
    return render(request, "alerts/oncall_import.html", context)


class NotFetched(Exception):
    """The calendar's address gave no calendar; the text says why."""


def _look(form: ImportForm, *, by: User) -> dict[str, object]:
    """What the calendar would change. Raises Unreadable, NotFetched."""
    given, now = form.cleaned_data, timezone.now()
    schedule, zone = given["schedule"], ZoneInfo(given["schedule"].time_zone)
    body = given["file"].read() if given["file"] else _fetched(given["address"])
    reading = icalendars.read(body, zone=zone, start=now, end=now + AHEAD)
    if given["meaning"] == ImportForm.ABSENCES:
        found = proposals.of_absences(
            schedule, reading.spans, absent=given["absent"], cover=given["cover"], now=now
        )
    else:
        found = proposals.of_shifts(schedule, reading.spans, now=now)
    return {
        "schedule": schedule,
        "found": found,
        "left_out": reading.problems,
        "ready": sum(not one.problem for one in found),
        "shown": proposals.sealed(schedule, found, by=by),
        "looked": True,
    }


def _fetched(address: str) -> bytes:
    """Raises NotFetched."""
    url = address.replace("webcal://", "https://", 1)
    try:
        answer = http.request("GET", url, headers=CALENDARS, keep=icalendars.LARGEST)
    except (http.Forbidden, http.Unreachable) as wrong:
        raise NotFetched(f"The calendar cannot be fetched: {wrong}") from wrong
    if answer.status != 200:
        raise NotFetched(f"The calendar cannot be fetched: the other side answered {answer.status}")
    return answer.text.encode()


def _agree(request: HttpRequest, user: User) -> HttpResponse:
    now = timezone.now()
    try:
        schedule, shown = proposals.opened(request.POST["shown"], by=user)
        made = proposals.agree(schedule, shown, by=user, now=now)
    except shifts.NotPossible as refusal:
        messages.warning(request, str(refusal))
        return redirect("on-call-import")
    messages.success(request, f"{made} shift{'' if made == 1 else 's'} agreed in {schedule}.")
    return redirect("on-call")


def _user(request: HttpRequest) -> User:
    """The logged-in person; permission_required has seen to it."""
    assert isinstance(request.user, User)  # noqa: S101
    return request.user
