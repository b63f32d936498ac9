"""Who is who in the chats, and the buttons that were pressed there."""

from __future__ import annotations

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError

from alerts.models import Callback, ChatIdentity
from alerts.receivers.fields import shaped
from ops_portal.lib.admin import OpsModelAdmin, ReadOnlyAdmin, ReasonForm

SHAPES = {
    ChatIdentity.Service.SLACK: shaped(
        r"[UW][A-Z0-9]{6,20}", "Slack's member IDs look like U0123456789."
    ),
    ChatIdentity.Service.TELEGRAM: shaped(r"\d{1,20}", "Telegram's user IDs are numbers."),
}


class ChatIdentityForm(ReasonForm):
    asks_reason = frozenset({"user", "service", "external_id"})

    class Meta:
        model = ChatIdentity
        fields = ("user", "service", "external_id")
        labels = {"external_id": "ID there"}
        help_texts = {"external_id": "Slack: the member ID of the profile. Telegram: the number."}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        shape = SHAPES.get(cleaned.get("service", ""))
        if shape and cleaned.get("external_id"):
            try:
                shape(cleaned["external_id"])
            except ValidationError as error:
                self.add_error("external_id", error)
        return cleaned


@admin.register(ChatIdentity)
class ChatIdentityAdmin(OpsModelAdmin):
    form = ChatIdentityForm
    list_display = ("user", "service", "external_id")
    list_filter = ("service",)
    search_fields = ("user__username", "external_id")
    list_select_related = ("user",)
    fields = ("user", "service", "external_id", "reason")


@admin.register(Callback)
class CallbackAdmin(ReadOnlyAdmin):
    list_display = ("at", "service", "accepted", "reason", "external_id", "user", "ip")
    list_filter = ("service", "accepted")
    search_fields = ("external_id", "reason")
    list_select_related = ("user",)
    date_hierarchy = "at"
