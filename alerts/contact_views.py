"""How I am told: my addresses, my rules, my quiet hours."""

from __future__ import annotations

from collections.abc import Callable
from smtplib import SMTPException

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.contrib.auth.models import User
from django.http import HttpRequest, HttpResponse, HttpResponseBadRequest, JsonResponse
from django.middleware.csrf import get_token
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods

from alerts import addresses, browsers, delivery, feeds
from alerts.models import PersonalFeed, QuietHours, Receiver
from alerts.oncall_forms import AddressForm, CodeForm, QuietForm, RuleForm
from alerts.receivers import webpush
from alerts.receivers.base import ReceiverError


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@permission_required("alerts.acknowledge_alert", raise_exception=True)
def contacts(request: HttpRequest) -> HttpResponse:
    """The page; a POST says in `do` what is to be done."""
    user = _user(request)
    if request.method == "POST":
        act = ACTS.get(request.POST.get("do", ""))
        if act is None:
            return HttpResponseBadRequest("What is to be done?")
        try:
            messages.success(request, act(request, user))
        except addresses.Refused as refusal:
            messages.warning(request, str(refusal))
        except (OSError, SMTPException, ReceiverError) as error:
            messages.error(request, f"The code could not be sent: {error}")
        return redirect("contacts")
    quiet = QuietHours.objects.filter(user=user).first()
    first = {"delay_minutes": 0, "severity": "info"}
    times = {"begins": "22:00", "ends": "07:00", "time_zone": timezone.get_current_timezone_name()}
    if quiet is not None:
        times = {"begins": quiet.begins, "ends": quiet.ends, "time_zone": quiet.time_zone}  # type: ignore[dict-item]
    context = {
        "addresses": user.addresses.select_related("verification", "line").order_by("pk"),
        "push_key": webpush.public_key(),
        "rules": user.notification_rules.select_related("receiver"),
        "quiet": quiet,
        "address_form": AddressForm(),
        "rule_form": RuleForm(user=user, initial=first),
        "quiet_form": QuietForm(initial=times),
        "feed": PersonalFeed.objects.filter(user=user).first(),
        "portal": settings.PORTAL_URL.rstrip("/"),
    }
    return render(request, "alerts/contacts.html", context)


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@permission_required("alerts.acknowledge_alert", raise_exception=True)
def push(request: HttpRequest) -> JsonResponse:
    """For the service worker, whose browser changes its subscription while no page is open.

    GET gives what it needs to subscribe and to post; POST keeps what it got, in place of the old.
    """
    if request.method != "POST":
        return JsonResponse({"key": webpush.public_key(), "token": get_token(request)})
    text, old = request.POST.get("subscription", ""), request.POST.get("instead_of", "")
    try:
        browsers.renew(_user(request), text, instead_of=old, now=timezone.now())
    except addresses.Refused as refusal:
        return JsonResponse({"text": str(refusal)}, status=400)
    return JsonResponse({"text": "This browser is told as before."})


def _add(request: HttpRequest, user: User) -> str:
    form = AddressForm(request.POST)
    if not form.is_valid():
        raise addresses.Refused("That is no address.")
    given = form.cleaned_data
    addresses.add(user, given["address"], through=given.get("through"), now=timezone.now())
    return "A code is on its way to the address. Enter it here."


def _test(request: HttpRequest, user: User) -> str:
    receiver = _own(request, user)
    if receiver.verified_at is None:
        raise addresses.Refused("Only an address that is verified can be tested.")
    sent = delivery.send_test(receiver, by=user, now=timezone.now())
    if not sent.ok:
        raise addresses.Refused(f"The test did not get through: {sent.error} {sent.response}")
    return f"The test was taken after {sent.seconds:.1f} s ({sent.status}). Look there."


def _push(request: HttpRequest, user: User) -> str:
    text, browser = request.POST.get("subscription", ""), request.POST.get("browser", "")
    browsers.subscribe(user, text, browser=browser, now=timezone.now())
    return "This browser is told about alerts, also while no page is open."


def _send(request: HttpRequest, user: User) -> str:
    addresses.send_code(_own(request, user), by=user, now=timezone.now())
    return "Another code is on its way."


def _verify(request: HttpRequest, user: User) -> str:
    form = CodeForm(request.POST)
    if not form.is_valid():
        raise addresses.Refused("A code has eight digits.")
    addresses.verify(_own(request, user), form.cleaned_data["code"], by=user, now=timezone.now())
    return "The address is verified: alerts can reach you there."


def _remove(request: HttpRequest, user: User) -> str:
    addresses.remove(_own(request, user), by=user)
    return "The address is removed."


def _add_rule(request: HttpRequest, user: User) -> str:
    form = RuleForm(request.POST, user=user)
    if not form.is_valid():
        name, problems = next(iter(form.errors.items()))
        raise addresses.Refused(f"{name.replace('_', ' ').capitalize()}: {problems[0]}")
    given = form.cleaned_data
    addresses.add_rule(
        given["receiver"],
        by=user,
        delay_seconds=given["delay_minutes"] * 60,
        severity=given["severity"],
        important=bool(given["important"]),
        through_quiet_hours=given["through_quiet_hours"],
    )
    return "The rule is kept."


def _drop_rule(request: HttpRequest, user: User) -> str:
    get_object_or_404(user.notification_rules, pk=_number(request)).delete()
    return "The rule is removed."


def _quiet(request: HttpRequest, user: User) -> str:
    form = QuietForm(request.POST)
    if not form.is_valid():
        raise addresses.Refused("Quiet hours are two times of day, such as 22:00 and 07:00.")
    given = form.cleaned_data
    addresses.set_quiet_hours(
        user, begins=given["begins"], ends=given["ends"], zone=given["time_zone"]
    )
    return "Your quiet hours are kept."


def _rotate(request: HttpRequest, user: User) -> str:
    had = PersonalFeed.objects.filter(user=user).exists()
    feeds.own(user, fresh=True)
    return f"Your calendar has a new link{'; the old one is dead' if had else ''}."


ACTS: dict[str, Callable[[HttpRequest, User], str]] = {
    "add": _add,
    "push": _push,
    "send": _send,
    "test": _test,
    "verify": _verify,
    "remove": _remove,
    "add-rule": _add_rule,
    "drop-rule": _drop_rule,
    "quiet": _quiet,
    "rotate-feed": _rotate,
}


def _own(request: HttpRequest, user: User) -> Receiver:
    return get_object_or_404(Receiver, owner=user, pk=_number(request))


def _number(request: HttpRequest) -> int:
    text = request.POST.get("pk", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 18 else 0


def _user(request: HttpRequest) -> User:
    """The logged-in person; login_required has seen to it."""
    assert isinstance(request.user, User)  # noqa: S101
    return request.user
