"""Invitations: made here, the link shown once, revoked here."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.auth.models import User
from django.core.exceptions import ValidationError
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.template.response import TemplateResponse
from django.utils import timezone
from unfold.decorators import action

from ops_portal import accounts
from ops_portal.lib.admin import OpsModelAdmin
from ops_portal.models import Invitation
from ops_portal.roles import Role


class InvitationForm(forms.ModelForm):  # type: ignore[type-arg]
    class Meta:
        model = Invitation
        fields = ("email", "role")

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"].lower()
        if User.objects.filter(email__iexact=email).exists():
            raise ValidationError("A user with this address exists.", code="taken")
        return email


@admin.register(Invitation)
class InvitationAdmin(OpsModelAdmin):
    form = InvitationForm
    list_display = ("email", "role", "state", "invited_by", "created_at", "expires_at")
    list_filter = ("role",)
    search_fields = ("email",)
    list_select_related = ("invited_by",)
    ordering = ("-created_at",)
    actions = ("revoke",)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_revoke_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("ops_portal.change_invitation")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        shown = ("invited_by", "created_at", "expires_at", "accepted_by", "accepted_at")
        return ("email", "role", *shown, "revoked_at") if obj else ("email", "role")

    @admin.display(description="State")
    def state(self, invitation: Invitation) -> str:
        if invitation.accepted_at:
            return "accepted"
        if invitation.revoked_at:
            return "revoked"
        return "expired" if invitation.expires_at <= timezone.now() else "open"

    def save_model(self, request: HttpRequest, obj: Invitation, form: Any, change: bool) -> None:
        """Make the invitation and send it; the mail server may fail, the link is shown anyway."""
        made, link = accounts.invite(
            email=obj.email,
            role=Role(obj.role),
            by=request.user,  # type: ignore[arg-type]  # the admin lets nobody anonymous in
            now=timezone.now(),
        )
        obj.pk, obj.expires_at, obj.invitation_link = made.pk, made.expires_at, link  # type: ignore[attr-defined]
        try:
            accounts.mail_invitation(made, link)
        except OSError:
            messages.warning(request, "The mail could not be sent: pass the link on yourself.")

    def response_add(
        self, request: HttpRequest, obj: Any, post_url_continue: str | None = None
    ) -> HttpResponse:
        context = {
            **self.admin_site.each_context(request),
            "title": f"{obj.email} is invited",
            "opts": self.opts,
            "invitation": obj,
            "link": obj.invitation_link,
        }
        return TemplateResponse(request, "ops_portal/admin/invited.html", context)

    @action(description="Revoke the selected invitations", permissions=["revoke"])
    def revoke(self, request: HttpRequest, queryset: QuerySet[Invitation]) -> None:
        waiting = queryset.filter(accepted_at=None, revoked_at=None)
        revoked = waiting.update(revoked_at=timezone.now())
        self.message_user(request, f"{revoked} revoked.")
