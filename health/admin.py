"""Components, errors and processes, to look at; errors can be marked as solved."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.decorators import action

from health.models import Component, ErrorEvent, ErrorGroup, Flip, Process
from ops_portal.lib.admin import ReadOnlyAdmin, ReadOnlyInline


class FlipInline(ReadOnlyInline):
    model = Flip
    fields = ("at", "from_state", "to_state", "reason")
    ordering = ("-at",)
    per_page = 50


class ErrorEventInline(ReadOnlyInline):
    model = ErrorEvent
    fields = ("ts", "severity", "message", "count", "correlation_id")
    ordering = ("-ts",)
    per_page = 50


@admin.register(Component)
class ComponentAdmin(ReadOnlyAdmin):
    inlines = (FlipInline,)
    list_display = ("name", "env", "state", "reported", "health", "last_seen_at")
    list_filter = ("state", "env")
    search_fields = ("name",)
    ordering = ("name",)


@admin.register(ErrorGroup)
class ErrorGroupAdmin(ReadOnlyAdmin):
    inlines = (ErrorEventInline,)
    list_display = (
        "last_seen_at",
        "severity",
        "component",
        "error_type",
        "message",
        "count",
        "resolved_at",
    )
    list_display_links = ("error_type", "message")
    list_filter = ("severity", "component", ("resolved_at", admin.EmptyFieldListFilter))
    search_fields = ("error_type", "message", "component")
    ordering = ("-last_seen_at",)
    actions = ("solve",)

    def has_solve_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("health.change_errorgroup")

    @action(description="Mark as solved", permissions=["solve"])
    def solve(self, request: HttpRequest, queryset: QuerySet[ErrorGroup]) -> None:
        solved = queryset.filter(resolved_at=None).update(resolved_at=timezone.now())
        self.message_user(request, f"{solved} marked as solved.")


@admin.register(Process)
class ProcessAdmin(ReadOnlyAdmin):
    list_display = ("name", "kind", "started_at", "last_beat_at", "stopped_at")
    list_filter = ("kind",)
    ordering = ("-last_beat_at",)
