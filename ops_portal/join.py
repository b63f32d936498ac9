"""The two pages by which a person comes in: first administrator, invited person."""

from typing import Any

from allauth.account.utils import perform_login
from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from ops_portal import accounts
from ops_portal.accounts import InvalidLink
from ops_portal.forms import JoinForm, SetupForm


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@transaction.atomic
def setup(request: HttpRequest, token: str) -> HttpResponse:
    try:
        accounts.find_setup(token, now=timezone.now())
        form = SetupForm(request.POST or None)
        if not form.is_valid():
            return _page(request, form, heading="Make the first administrator")
        user = accounts.set_up(
            token,
            email=form.cleaned_data["email_address"],
            name=form.cleaned_data["username"],
            password=form.cleaned_data["password1"],
            now=timezone.now(),
        )
    except InvalidLink:
        return _refusal(request)
    return _enter(request, user)


@sensitive_post_parameters()
@require_http_methods(["GET", "POST"])
@transaction.atomic
def join(request: HttpRequest, token: str) -> HttpResponse:
    try:
        invitation = accounts.find_invitation(token, now=timezone.now())
        form = JoinForm(request.POST or None, email=invitation.email)
        if not form.is_valid():
            return _page(request, form, heading="Join Ops Portal", invitation=invitation)
        user = accounts.accept(
            token,
            name=form.cleaned_data["username"],
            password=form.cleaned_data["password1"],
            now=timezone.now(),
        )
    except InvalidLink:
        return _refusal(request)
    return _enter(request, user)


def _enter(request: HttpRequest, user: User) -> HttpResponse:
    response: HttpResponse = perform_login(request, user, redirect_url=settings.LOGIN_REDIRECT_URL)
    return response


def _page(request: HttpRequest, form: JoinForm, **context: Any) -> HttpResponse:
    status = 400 if form.errors else 200
    return render(request, "people/join.html", {"form": form, **context}, status=status)


def _refusal(request: HttpRequest) -> HttpResponse:
    return render(request, "people/invalid_link.html", status=410)
