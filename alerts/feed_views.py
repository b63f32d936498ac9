"""Calendar feeds: whoever has the key in the address may read; no login, no session."""

from __future__ import annotations

import uuid
from hashlib import sha256
from typing import cast

from django.contrib.auth.decorators import login_not_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.utils import timezone
from django.utils.cache import get_conditional_response
from django.views.decorators.http import require_safe

from alerts import feeds
from alerts.models import PersonalFeed, Schedule


@require_safe
@login_not_required
def of_schedule(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    schedule = get_object_or_404(Schedule.objects.select_related("fallback"), feed_key=key)
    return _calendar(request, feeds.of_schedule(schedule, now=timezone.now()))


@require_safe
@login_not_required
def of_person(request: HttpRequest, key: uuid.UUID) -> HttpResponse:
    known = PersonalFeed.objects.select_related("user")
    feed = get_object_or_404(known, key=key, user__is_active=True)
    return _calendar(request, feeds.of_person(feed.user, now=timezone.now()))


def _calendar(request: HttpRequest, body: bytes) -> HttpResponse:
    """The calendar, or 304 to who has it already."""
    response = HttpResponse(body, content_type="text/calendar; charset=utf-8")
    response.headers["ETag"] = f'"{sha256(body).hexdigest()[:32]}"'
    response.headers["Cache-Control"] = "private, no-cache"  # keep it, but ask each time
    response.headers["Referrer-Policy"] = "no-referrer"
    found = get_conditional_response(request, etag=response.headers["ETag"], response=response)
    return cast("HttpResponse", found)
