"""The silences: the list, the form with its preview, extend and end."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.contrib.auth.models import User
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from alerts import routing, silences
from alerts.forms import SilenceForm
from alerts.matchers import Matcher, Unreadable, from_json, parse, to_json
from alerts.models import Alert, Silence
from alerts.recurrence import Window
from alerts.silences import Preview

KEPT = timedelta(days=30)  # how long a silence that has ended is listed
HOUR = 3_600  # seconds by which a silence is extended


@dataclass(frozen=True, slots=True)
class Line:
    """One silence of the list. `state`: active, pending, or over."""

    silence: Silence
    state: str
    matchers: tuple[Matcher, ...]
    window: Window | None
    quiet: int  # alerts that it keeps quiet now

    @property
    def link(self) -> str:
        return f"s-{self.silence.pk}"


@require_safe
@login_required
@permission_required("alerts.view_silence", raise_exception=True)
def index(request: HttpRequest) -> HttpResponse:
    """Those that work, those to come, and those that ended within a month."""
    now = timezone.now()
    recent = Q(ended_at__gt=now - KEPT) | Q(ended_at=None, ends_at__gt=now - KEPT)
    found = Silence.objects.filter(recent | (Q(ended_at=None) & ~Q(recurrence="")))
    lines = _lines(found.select_related("created_by", "ended_by"), now=now)
    groups = [
        (title, [line for line in lines if line.state == state])
        for state, title in (("active", "Active"), ("pending", "To come"), ("over", "Ended"))
    ]
    return render(request, "alerts/silences.html", {"groups": groups, "any": bool(lines)})


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@permission_required("alerts.add_silence", raise_exception=True)
def new(request: HttpRequest) -> HttpResponse:
    """The form, with what it would keep quiet; `?alert=` fills in the labels of an alert."""
    return _form_page(request, None, _asked(request))


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@permission_required("alerts.change_silence", raise_exception=True)
def edit(request: HttpRequest, silence: UUID) -> HttpResponse:
    """The same form for a successor of this silence."""
    former = get_object_or_404(Silence, pk=silence)
    return _form_page(request, former, _as_typed(former))


@require_POST
@login_required
@permission_required("alerts.change_silence", raise_exception=True)
def end(request: HttpRequest, silence: UUID) -> HttpResponse:
    get_object_or_404(Silence, pk=silence)
    try:
        silences.end(silence, by=_user(request), now=timezone.now())
    except silences.Ended:
        messages.warning(request, "It had ended already.")
    else:
        messages.success(request, "Ended. What still fires is told now.")
    return redirect("silences")


@require_POST
@login_required
@permission_required("alerts.change_silence", raise_exception=True)
def extend(request: HttpRequest, silence: UUID) -> HttpResponse:
    """One hour more."""
    get_object_or_404(Silence, pk=silence)
    try:
        longer = silences.extend(silence, seconds=HOUR, by=_user(request), now=timezone.now())
    except silences.Ended:
        messages.warning(request, "It has ended already: make a new one.")
    except silences.BadTime as refusal:
        messages.warning(request, str(refusal))
    else:
        until = timezone.localtime(longer.ends_at)
        messages.success(request, f"Extended until {until:%d %b %H:%M %Z}.")
    return redirect("silences")


def _form_page(
    request: HttpRequest, former: Silence | None, initial: dict[str, Any]
) -> HttpResponse:
    now = timezone.now()
    form = SilenceForm(request.POST or None, initial=initial, now=now)
    if request.method == "POST" and form.is_valid() and "preview" not in request.POST:
        return _save(request, former, form, now=now)
    context = {
        "form": form,
        "former": former,
        "preview": _preview(form, initial, now=now),
        "zone": timezone.get_current_timezone_name(),
    }
    return render(request, "alerts/silence.html", context)


def _save(
    request: HttpRequest, former: Silence | None, form: SilenceForm, *, now: datetime
) -> HttpResponse:
    by = _user(request)
    try:
        if former is None:
            made = silences.silence(form.plan, by=by, now=now)
        else:
            made = silences.replace(former, form.plan, by=by, now=now)
    except silences.Ended:
        messages.warning(request, "It has ended meanwhile: nothing was changed.")
    else:
        messages.success(request, f"Saved: {made.get_kind_display().lower()} “{made.reason}”.")
    return redirect("silences")


def _preview(form: SilenceForm, initial: dict[str, Any], *, now: datetime) -> Preview | None:
    """What the matchers of the form fit; None while they cannot be read."""
    if form.is_bound:
        said = form.cleaned_data.get("matchers") if form.is_valid() or form.errors else None
    else:
        said = initial.get("matchers")
    return silences.preview(from_json(said), now=now) if said else None


def _asked(request: HttpRequest) -> dict[str, Any]:
    """What the address fills in: an alert's labels, or matchers as text."""
    number = request.GET.get("alert", "")
    if number.isascii() and number.isdigit() and len(number) < 19:
        alert = get_object_or_404(Alert, pk=int(number))
        labels = {"alertname": alert.rule_name, **alert.labels}
        return {"matchers": to_json(Matcher(n, "=", v) for n, v in sorted(labels.items()) if v)}
    try:
        return {"matchers": to_json(parse(request.GET.get("matchers", "")))}
    except Unreadable:
        return {}


def _as_typed(former: Silence) -> dict[str, Any]:
    known = dict(SilenceForm.base_fields["repeats"].choices)  # type: ignore[attr-defined]
    listed = former.recurrence in known
    return {
        "matchers": former.matchers,
        "reason": former.reason,
        "lasts": "",
        "starts_at": _local(former.starts_at),
        "ends_at": _local(former.ends_at),
        "repeats": former.recurrence if listed else "",
        "rule": "" if listed else former.recurrence,
        "kind": former.kind,
        "expire_on_resolve": former.expire_on_resolve,
    }


def _local(moment: datetime) -> str:
    return timezone.localtime(moment).strftime("%Y-%m-%dT%H:%M")


def _lines(found: Iterable[Silence], *, now: datetime) -> list[Line]:
    open_ones = Alert.objects.exclude(state=Alert.State.RESOLVED).exclude(suppressed_by=[])
    reasons = open_ones.values_list("suppressed_by", flat=True)
    quiet = Counter(str(why["id"]) for whys in reasons for why in whys)
    return [_line(silence, quiet[str(silence.pk)], now=now) for silence in found]


def _line(silence: Silence, quiet: int, *, now: datetime) -> Line:
    window = routing.schedule_of(silence).first_ending_after(now)
    if silence.ended_at is not None or window is None:
        state = "over"
    else:
        state = "active" if window.start <= now else "pending"
    return Line(silence, state, from_json(silence.matchers), window, quiet)


def _user(request: HttpRequest) -> User:
    """The logged-in person; login_required has seen to it."""
    assert isinstance(request.user, User)  # noqa: S101
    return request.user
