"""The four roles: what each may do, and who has which.

A role is a Group of the same name. Its permissions are fixed here and set again after every
migrate, so that a new model is covered as soon as its table exists.
"""

from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

from django.contrib.auth.models import AbstractBaseUser, AnonymousUser, Group, User
from django.db import transaction

from ops_portal import rights


class Role(StrEnum):
    """From least to most; each holds everything of the ones before it."""

    VIEWER = "viewer"
    RESPONDER = "responder"
    EDITOR = "editor"
    ADMIN = "admin"


ORDER = list(Role)
PRIVILEGED = {Role.EDITOR, Role.ADMIN}  # must have a second factor where REQUIRE_MFA is on
# What editors add and change and administrators delete.
EDITED = (
    "rule",
    "policy",
    "schedule",
    "team",
    "route",
    "inhibition",
    "calendar",
    "prometheusserver",
)
# Patterns of app_label.codename, added to those of the role before.
GRANTS: dict[Role, tuple[str, ...]] = {
    Role.VIEWER: ("analytics.view_*", "alerts.view_*", "health.view_*"),
    Role.RESPONDER: (
        "alerts.acknowledge_alert",
        "alerts.resolve_alert",
        "alerts.comment_alert",
        "alerts.add_silence",
        "alerts.change_silence",
    ),
    Role.EDITOR: (
        *(f"alerts.{verb}_{model}" for verb in ("add", "change") for model in EDITED),
        "alerts.*_schedulelayer",
        "alerts.add_receiver",
        "alerts.change_receiver",
        "alerts.*_policystep",
        "alerts.replay_rule",
        "analytics.add_portfolio",
        "analytics.change_portfolio",
        "analytics.add_import",
        "health.change_errorgroup",
    ),
    Role.ADMIN: (
        "alerts.delete_rule",
        "alerts.delete_policy",
        "alerts.delete_route",
        "alerts.delete_inhibition",
        "alerts.delete_calendar",
        "alerts.delete_prometheusserver",
        "alerts.delete_receiver",
        "alerts.delete_schedule",
        "alerts.delete_team",
        "alerts.*_chatidentity",
        "analytics.delete_portfolio",
        "analytics.replay_deadletter",
        "auth.view_*",
        "auth.change_user",
        "account.*_emailaddress",
        "mfa.view_authenticator",
        "mfa.delete_authenticator",
        "usersessions.view_usersession",
        "usersessions.delete_usersession",
        "ops_portal.*",
    ),
}
APPS = sorted({pattern.split(".")[0] for patterns in GRANTS.values() for pattern in patterns})


def role_of(user: AbstractBaseUser | AnonymousUser) -> Role | None:
    """Return the highest role of the user; None without one. A superuser counts as admin."""
    if not isinstance(user, User) or not user.is_active:
        return None
    if user.is_superuser:
        return Role.ADMIN
    names = rights.of(user).groups
    return max((role for role in Role if role in names), key=ORDER.index, default=None)


def is_privileged(user: AbstractBaseUser | AnonymousUser) -> bool:
    return role_of(user) in PRIVILEGED


def users_with(role: Role) -> list[User]:
    """Return the active users who hold exactly this group."""
    return list(User.objects.filter(is_active=True, groups__name=role).order_by("pk"))


@transaction.atomic
def assign(user: User, role: Role | None) -> None:
    """Give the user this role and no other, or none; groups that are no roles stay.

    `is_staff` only shows the admin's command palette: what a person may do hangs on the role.
    """
    user.groups.remove(*user.groups.filter(name__in=list(Role)).exclude(name=role or ""))
    if role is not None:
        user.groups.add(Group.objects.get(name=role))
    user.is_staff = role in PRIVILEGED
    user.save(update_fields=["is_staff"])


def may(role: Role, permission: str) -> bool:
    """Say whether the role holds `app_label.codename`."""
    held = ORDER[: ORDER.index(role) + 1]
    return any(fnmatchcase(permission, pattern) for r in held for pattern in GRANTS[r])


def set_permissions(apps: Any, app_label: str) -> None:
    """Make the groups hold exactly the permissions of this app that GRANTS names."""
    permission, group = apps.get_model("auth", "Permission"), apps.get_model("auth", "Group")
    known = list(permission.objects.filter(content_type__app_label=app_label))
    for role in Role:
        holder, _ = group.objects.get_or_create(name=role.value)
        wanted = [p for p in known if may(role, f"{app_label}.{p.codename}")]
        surplus = {p.pk for p in known} - {p.pk for p in wanted}
        holder.permissions.remove(*surplus)
        holder.permissions.add(*wanted)
