"""Access tokens of everybody: to look at and to revoke. Their owners make them."""

from __future__ import annotations

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils import timezone
from unfold.decorators import action

from ops_portal import tokens
from ops_portal.lib.admin import ReadOnlyAdmin
from ops_portal.models import AccessToken


@admin.register(AccessToken)
class AccessTokenAdmin(ReadOnlyAdmin):
    list_display = ("name", "user", "state", "created_at", "expires_at", "last_used_at")
    search_fields = ("name", "user__username")
    list_select_related = ("user",)
    ordering = ("-created_at",)
    fields = ("name", "user", "created_at", "expires_at", "last_used_at", "revoked_at")
    actions = ("revoke",)

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("ops_portal.change_accesstoken")

    @admin.display(description="State")
    def state(self, token: AccessToken) -> str:
        if token.revoked_at:
            return "revoked"
        over = token.expires_at is not None and token.expires_at <= timezone.now()
        return "expired" if over else "works"

    @action(description="Revoke the selected tokens", permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[AccessToken]) -> None:
        revoked = tokens.revoke(queryset, now=timezone.now())
        self.message_user(request, f"{revoked} revoked.")
