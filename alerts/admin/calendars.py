"""Calendars: the lines, and what they come to in the next days."""

from __future__ import annotations

from datetime import datetime
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from django import forms
from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.html import format_html_join
from unfold.widgets import UnfoldAdminTextareaWidget

from alerts.calendars import Unreadable
from alerts.models import Calendar, Route
from ops_portal.lib.admin import OpsModelAdmin, ReasonForm

SHOWN_SECONDS = 8 * 86_400


class CalendarForm(ReasonForm):
    """Lines that cannot be read are refused with their number."""

    asks_reason = frozenset({"zone", "opened", "closed"})

    class Meta:
        model = Calendar
        fields = ("name", "zone", "opened", "closed")
        labels: ClassVar[dict[str, str]] = {
            "zone": "Time zone",
            "opened": "Open",
            "closed": "But closed",
        }
        help_texts: ClassVar[dict[str, str]] = {
            "zone": "Such as America/New_York: hours follow its clocks, winter and summer.",
            "opened": "A line for each: mon-fri 09:30-16:00, or sun-thu 18:00-17:00 over midnight;"
            " blank: always.",
            "closed": "Holidays and maintenance: 2026-12-25 # Christmas, or 12-25 for each year,"
            " 2026-11-27 13:00-24:00, sun 02:00-04:00, day=-1 month=12.",
        }
        widgets: ClassVar[dict[str, forms.Widget]] = {
            "opened": UnfoldAdminTextareaWidget(attrs={"rows": 4}),
            "closed": UnfoldAdminTextareaWidget(attrs={"rows": 8}),
        }


@admin.register(Calendar)
class CalendarAdmin(OpsModelAdmin):
    form = CalendarForm
    list_display = ("name", "zone", "is_now", "used_by")
    search_fields = ("name",)
    fields = ("name", "zone", "opened", "closed", "reason", "coming")
    readonly_fields = ("coming",)
    warn_unsaved_form = True

    def get_queryset(self, request: HttpRequest) -> QuerySet[Calendar]:
        rows: QuerySet[Calendar] = super().get_queryset(request)
        return rows.annotate(
            of_rules=Count("rules", distinct=True),
            of_muted=Count("muted", distinct=True),
            of_active=Count("active", distinct=True),
        )

    def get_deleted_objects(
        self, objs: Any, request: HttpRequest
    ) -> tuple[list[Any], dict[str, int], set[str], list[Any]]:
        """A calendar that a route has is kept: without it the route would speak or be quiet."""
        found, counts, lacking, protected = super().get_deleted_objects(objs, request)
        routes = Route.objects.filter(
            Q(mute_calendars__in=list(objs)) | Q(active_calendars__in=list(objs))
        )
        told = [f"Route: {route}" for route in routes.distinct()]
        return found, counts, lacking, [*protected, *told]

    @admin.display(description="Now")
    def is_now(self, row: Calendar) -> str:
        try:
            is_open = row.read().is_open(timezone.now().timestamp())
        except Unreadable as error:
            return f"cannot be read: {error}"
        return "open" if is_open else "closed"

    @admin.display(description="Used by")
    def used_by(self, row: Calendar) -> str:
        counts: Any = row
        rules, routes = counts.of_rules, counts.of_muted + counts.of_active
        return f"{rules} rules, {routes} routes" if rules or routes else "nobody"

    @admin.display(description="Open in the next days")
    def coming(self, row: Calendar) -> str:
        """As it is saved, in the calendar's own time."""
        if not row.pk:
            return "Save it to see."
        zone, now, calendar = ZoneInfo(row.zone), timezone.now().timestamp(), row.read()
        starts = [start for start, _ in calendar.between(now, now + SHOWN_SECONDS)]
        spans = [(start, calendar.next_change(start)) for start in starts]
        told = [f"{_told(start, zone)} to {_told(end, zone)}" for start, end in spans]
        return format_html_join("", "<div>{}</div>", ((each,) for each in told)) or "never"


def _told(at: float, zone: ZoneInfo) -> str:
    return datetime.fromtimestamp(at, zone).strftime("%a %d %b %H:%M")
