"""Addresses, second factors and sessions of people, for the day somebody loses a telephone."""

from __future__ import annotations

from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest

from ops_portal.lib.admin import OpsModelAdmin

admin.site.unregister(EmailAddress)
admin.site.unregister(Authenticator)
admin.site.unregister(UserSession)


class NoEditing(OpsModelAdmin):
    """To look at and to remove."""

    list_select_related = ("user",)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False


@admin.register(EmailAddress)
class EmailAddressAdmin(NoEditing):
    list_display = ("email", "user", "primary", "verified")
    list_filter = ("verified", "primary")
    search_fields = ("email", "user__username")


@admin.register(Authenticator)
class AuthenticatorAdmin(NoEditing):
    """The secret itself is left out: not even its cipher is shown."""

    list_display = ("user", "type", "created_at", "last_used_at")
    list_filter = ("type",)
    search_fields = ("user__username",)
    fields = ("user", "type", "created_at", "last_used_at")


@admin.register(UserSession)
class UserSessionAdmin(NoEditing):
    """Removing a row ends the session at once. The session's key is not shown."""

    list_display = ("user", "ip", "created_at", "last_seen_at", "user_agent")
    search_fields = ("user__username", "ip")
    fields = ("user", "ip", "user_agent", "created_at", "last_seen_at")
    ordering = ("-last_seen_at",)

    def delete_model(self, request: HttpRequest, obj: UserSession) -> None:
        obj.end()

    def delete_queryset(self, request: HttpRequest, queryset: QuerySet[UserSession]) -> None:
        for session in queryset:
            session.end()
