"""Users and roles."""

from __future__ import annotations

from typing import Any

from django import forms
from django.apps import apps
from django.contrib import admin
from django.contrib.auth.models import Group, User
from django.core.exceptions import ValidationError
from django.db.models import Count, QuerySet
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminSelectWidget

from ops_portal import roles, sessions
from ops_portal.lib.admin import OpsModelAdmin, ReadOnlyAdmin, ReasonForm
from ops_portal.roles import Role

admin.site.unregister(User)
admin.site.unregister(Group)


class UserForm(ReasonForm):
    """Name, role, active or not. Passwords are their owner's business."""

    asks_reason = frozenset({"role", "is_active"})
    role = forms.ChoiceField(
        choices=[("", "none"), *((role.value, role.value) for role in Role)],
        required=False,
        widget=UnfoldAdminSelectWidget,
    )

    class Meta:
        model = User
        fields = ("username", "email", "is_active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if self.instance.pk and "role" in self.fields:
            held = set(self.instance.groups.values_list("name", flat=True))
            self.initial["role"] = next((r.value for r in reversed(Role) if r in held), "")

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        stays = cleaned.get("is_active") and cleaned.get("role") == Role.ADMIN
        if self.instance.pk and not stays and _is_last_administrator(self.instance):
            raise ValidationError("Somebody must remain who can administrate the portal.")
        return cleaned


@admin.register(User)
class UserAdmin(OpsModelAdmin):
    """No adding (people are invited) and no deleting (what they did keeps their name)."""

    form = UserForm
    list_display = ("username", "email", "role", "is_active", "last_login")
    list_filter = ("is_active", "groups")
    search_fields = ("username", "email")
    ordering = ("username",)
    fields = ("username", "email", "role", "is_active", "last_login", "date_joined", "reason")
    readonly_fields = ("last_login", "date_joined")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A superuser is changed by superusers alone."""
        allowed = super().has_change_permission(request, obj)
        return allowed and (request.user.is_superuser or not getattr(obj, "is_superuser", False))

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        found: QuerySet[User] = super().get_queryset(request)
        return found.prefetch_related("groups")

    def histories(self, record: User) -> list[QuerySet[Any]]:
        account = apps.get_model("ops_portal", "UserEvent").objects
        membership = apps.get_model("ops_portal", "UserRoleEvent").objects
        return [account.filter(pgh_obj_id=record.pk), membership.filter(user_id=record.pk)]

    @admin.display(description="Role")
    def role(self, user: User) -> str:
        held = {group.name for group in user.groups.all()}
        return next((role.value for role in reversed(Role) if role in held), "none")

    def save_related(self, request: HttpRequest, form: Any, formsets: Any, change: bool) -> None:
        super().save_related(request, form, formsets, change)
        if "role" in form.changed_data:
            chosen = form.cleaned_data["role"]
            roles.assign(form.instance, Role(chosen) if chosen else None)

    def save_model(self, request: HttpRequest, obj: User, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not obj.is_active:
            sessions.end_all(obj)


@admin.register(Group)
class RoleAdmin(ReadOnlyAdmin):
    """The roles are fixed by the portal: to look at."""

    list_display = ("name", "people")
    search_fields = ("name",)
    fields = ("name", "permissions")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Group]:
        found: QuerySet[Group] = super().get_queryset(request)
        return found.annotate(people_number=Count("user"))

    @admin.display(description="People")
    def people(self, group: Any) -> int:
        return int(group.people_number)


def _is_last_administrator(user: User) -> bool:
    others = User.objects.filter(is_active=True, groups__name=Role.ADMIN).exclude(pk=user.pk)
    return roles.role_of(User.objects.get(pk=user.pk)) is Role.ADMIN and not others.exists()
