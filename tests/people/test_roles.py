"""Four roles, fixed by the code."""

import pytest
from django.contrib.auth.models import Group, User

from ops_portal import roles
from ops_portal.roles import Role

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize(
    ("role", "may", "may_not"),
    [
        (Role.VIEWER, "alerts.view_alert", "alerts.acknowledge_alert"),
        (Role.RESPONDER, "alerts.acknowledge_alert", "alerts.change_rule"),
        (Role.EDITOR, "alerts.change_rule", "auth.change_user"),
        (Role.EDITOR, "alerts.add_policystep", "analytics.replay_deadletter"),
        (Role.ADMIN, "auth.change_user", "auth.delete_user"),
        (Role.ADMIN, "ops_portal.add_invitation", "alerts.change_alert"),
        (Role.ADMIN, "alerts.delete_rule", "alerts.delete_transition"),
    ],
)
def test_each_role_holds_what_it_should_and_no_more(role: Role, may: str, may_not: str) -> None:
    user = User.objects.create_user("ana")
    roles.assign(user, role)

    assert user.has_perm(may)
    assert not user.has_perm(may_not)


def test_nobody_but_the_engine_writes_alerts_transitions_and_events() -> None:
    written = {
        permission.codename
        for group in Group.objects.filter(name__in=list(Role))
        for permission in group.permissions.all()
        if permission.codename.startswith(("add_", "change_", "delete_"))
    }

    engine_only = {"alert", "transition", "attempt", "notification", "trade", "sample", "execution"}
    assert not {name for name in written if name.split("_", 1)[1] in engine_only}


def test_the_highest_role_counts() -> None:
    user = User.objects.create_user("ana")
    user.groups.set(Group.objects.filter(name__in=["viewer", "editor"]))

    assert roles.role_of(user) is Role.EDITOR


def test_a_new_role_replaces_the_old_one() -> None:
    user = User.objects.create_user("ana")
    roles.assign(user, Role.ADMIN)

    roles.assign(user, Role.VIEWER)

    assert list(user.groups.values_list("name", flat=True)) == ["viewer"]


def test_a_disabled_user_has_no_role() -> None:
    user = User.objects.create_user("ana", is_active=False)
    roles.assign(user, Role.ADMIN)

    assert roles.role_of(user) is None
