"""The page of one's own access tokens."""

from __future__ import annotations

from typing import cast

from allauth.account.decorators import reauthentication_required
from django.contrib import messages
from django.contrib.auth.decorators import login_required, permission_required
from django.contrib.auth.models import User
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_POST

from ops_portal import tokens
from ops_portal.forms import TokenForm
from ops_portal.models import AccessToken

SEES_ALERTS = permission_required("alerts.view_alert", raise_exception=True)


@require_http_methods(["GET", "POST"])
@login_required
@SEES_ALERTS
@reauthentication_required(allow_get=True)
def index(request: HttpRequest) -> HttpResponse:
    """Those that are not revoked, and a form, whose answer shows the secret this once."""
    form = TokenForm(request.POST or None)
    secret = _made(request, form) if form.is_valid() else ""
    context = {
        "form": TokenForm() if secret else form,
        "secret": secret,
        "name": form.cleaned_data["name"] if secret else "",
        "tokens": _own(request).filter(revoked_at=None).order_by("name"),
        "now": timezone.now(),
    }
    return render(request, "people/tokens.html", context, status=400 if form.errors else 200)


@require_POST
@login_required
@SEES_ALERTS
def revoke(request: HttpRequest, pk: int) -> HttpResponse:
    found = get_object_or_404(_own(request), pk=pk)
    tokens.revoke(_own(request).filter(pk=pk), now=timezone.now())
    messages.success(request, f"The token {found.name} is revoked.")
    return redirect("tokens")


def _made(request: HttpRequest, form: TokenForm) -> str:
    """The secret of the new token; blank when the form now says what is wrong."""
    try:
        _, secret = tokens.make(
            user=cast("User", request.user),
            name=form.cleaned_data["name"],
            lifetime=form.lifetime(),
            now=timezone.now(),
        )
    except tokens.NameTaken:
        form.add_error("name", "You have a token of this name. Revoke it first.")
        return ""
    return secret


def _own(request: HttpRequest) -> QuerySet[AccessToken]:
    return AccessToken.objects.filter(user=cast("User", request.user))
