"""What happened: alerts, their transitions, what was sent. Nobody edits it."""

from __future__ import annotations

from django.contrib import admin
from django.urls import reverse
from django.utils.html import format_html

from alerts.models import Alert, Attempt, Comment, Notification, Transition
from ops_portal.lib.admin import ReadOnlyAdmin, ReadOnlyInline


class TransitionInline(ReadOnlyInline):
    model = Transition
    fields = ("seq", "at", "action", "from_state", "to_state", "actor", "via", "note", "value")


class CommentInline(ReadOnlyInline):
    model = Comment
    fields = ("at", "author", "body")


class AttemptInline(ReadOnlyInline):
    model = Attempt
    fields = ("n", "started_at", "seconds", "ok", "status", "error", "response")


@admin.register(Alert)
class AlertAdmin(ReadOnlyAdmin):
    inlines = (TransitionInline, CommentInline)
    list_display = ("id", "title", "severity", "state", "started_at", "resolved_at")
    list_display_links = ("id", "title")
    list_filter = ("state", "severity", "condition")
    search_fields = ("title", "rule_name", "fingerprint")
    list_select_related = True
    date_hierarchy = "started_at"
    readonly_fields = ("on_the_page",)

    @admin.display(description="Page")
    def on_the_page(self, alert: Alert) -> str:
        return format_html('<a class="desk-link" href="{}">Open the alert</a>', _page_of(alert))


@admin.register(Transition)
class TransitionAdmin(ReadOnlyAdmin):
    list_display = ("at", "alert", "seq", "action", "to_state", "actor", "via")
    list_filter = ("action", "via")
    search_fields = ("alert__title", "note")
    list_select_related = ("alert", "actor")
    date_hierarchy = "at"


@admin.register(Notification)
class NotificationAdmin(ReadOnlyAdmin):
    inlines = (AttemptInline,)
    list_display = (
        "created_at",
        "alert",
        "receiver_name",
        "channel",
        "reason",
        "state",
        "attempts",
        "error",
    )
    list_filter = ("state", "channel")
    search_fields = ("key", "alert__title", "receiver_name")
    list_select_related = ("alert",)
    date_hierarchy = "created_at"


def _page_of(alert: Alert) -> str:
    return reverse("alert", args=[alert.pk])
