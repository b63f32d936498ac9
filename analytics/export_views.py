"""Every table and chart of the trading pages as a file."""

from __future__ import annotations

from django.contrib.auth.decorators import login_required
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponseBase
from django.utils import timezone
from django.views.decorators.http import require_safe

from analytics import asked, choices
from analytics.asked import ALL, DEFAULT
from analytics.offers import OFFERS, SEEN
from analytics.sheets import Asking
from ops_portal.lib.sheets import sheet_file


@require_safe
@login_required
def export(request: HttpRequest, name: str, form: str) -> HttpResponseBase:
    """What the page shows for the same address."""
    offer = OFFERS.get(name)
    if offer is None:
        raise Http404(f"There is no sheet {name}.")
    if not request.user.has_perm(SEEN[offer.page]):
        raise PermissionDenied
    now = timezone.now()
    otherwise = ALL if offer.page == "performance" else DEFAULT
    view = asked.read(request.GET, choices.known(), now=now, otherwise=otherwise)
    sheet = offer.make(Asking(view, request.GET, now))
    title = f"{name}-{view.scope.env}-{view.scope.currency}"
    return sheet_file(form, sheet.columns, sheet.lines, name=title)
