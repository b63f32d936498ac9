"""Rights are remembered, and never a request longer than they hold."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from allauth.mfa.models import Authenticator
from django.contrib.auth.models import Group, Permission, User
from django.db import connection, transaction
from django.test import Client, override_settings
from pytest_django import DjangoAssertNumQueries

from ops_portal import roles
from ops_portal.rights import Backend
from ops_portal.roles import Role
from tests.factories import person

pytestmark = pytest.mark.django_db


def may(user: User, permission: str) -> bool:
    """What a fresh request finds."""
    found = Backend().get_user(user.pk)
    return found is not None and found.has_perm(permission)


def by_sql(statement: str) -> Callable[[User], None]:
    def change(user: User) -> None:
        with connection.cursor() as cursor:
            cursor.execute(statement.replace("ME", str(user.pk)))

    return change


TAKEN_AWAY: dict[str, Callable[[User], object]] = {
    "the role": lambda user: roles.assign(user, None),
    "another role": lambda user: roles.assign(user, Role.VIEWER),
    "the group itself": lambda user: Group.objects.filter(name=Role.RESPONDER).delete(),
    "the group's permission": lambda user: Group.objects.get(
        name=Role.RESPONDER
    ).permissions.clear(),
    "the permission itself": lambda user: Permission.objects.filter(
        codename="acknowledge_alert"
    ).delete(),
    "the person": lambda user: user.delete(),
    "the person's activity": lambda user: User.objects.filter(pk=user.pk).update(is_active=False),
    "by SQL": by_sql("DELETE FROM auth_user_groups WHERE user_id = ME"),
}


@pytest.mark.parametrize("how", TAKEN_AWAY)
def test_what_is_taken_away_is_gone_with_the_next_request(how: str) -> None:
    alice = person("alice")
    assert may(alice, "alerts.acknowledge_alert")

    TAKEN_AWAY[how](User.objects.get(pk=alice.pk))

    assert not may(alice, "alerts.acknowledge_alert")


def test_what_is_granted_holds_with_the_next_request() -> None:
    bob = person("bob")
    assert not may(bob, "alerts.resolve_alert")

    bob.user_permissions.add(Permission.objects.get(codename="resolve_alert"))
    assert may(bob, "alerts.resolve_alert")
    bob.user_permissions.clear()
    assert not may(bob, "alerts.resolve_alert")
    User.objects.filter(pk=bob.pk).update(is_superuser=True)
    assert may(bob, "alerts.resolve_alert")


def test_nobody_gets_the_rights_of_another() -> None:
    alice, bob, charlie = person("alice"), person("bob"), person("charlie")

    held = {user.username: may(user, "alerts.view_alert") for user in (alice, bob, charlie)}
    acting = {user.username: may(user, "alerts.comment_alert") for user in (alice, bob, charlie)}

    assert held == {"alice": True, "bob": True, "charlie": False}
    assert acting == {"alice": True, "bob": False, "charlie": False}


def test_a_change_that_is_rolled_back_leaves_nothing_behind() -> None:
    bob = person("bob")
    with transaction.atomic():
        roles.assign(bob, Role.ADMIN)
        assert may(bob, "auth.change_user")
        transaction.set_rollback(True)

    assert not may(bob, "auth.change_user")
    bob.groups.clear()
    assert not may(bob, "auth.change_user")
    assert not may(bob, "alerts.view_alert")


@override_settings(REQUIRE_MFA=True)
def test_an_editor_whose_factor_is_removed_is_sent_to_set_one_up() -> None:
    dora, client = person("dora"), Client()
    factor = Authenticator.objects.create(user=dora, type=Authenticator.Type.TOTP, data={})
    client.force_login(dora)
    assert client.get("/alerts/").status_code == 200

    factor.delete()

    assert client.get("/alerts/").headers["Location"] == "/accounts/2fa/"


@override_settings(REQUIRE_MFA=True)
def test_a_known_person_costs_two_queries(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    dora, client = person("dora"), Client()
    Authenticator.objects.create(user=dora, type=Authenticator.Type.TOTP, data={})
    client.force_login(dora)
    client.get("/accounts/2fa/")  # notes when the session was seen

    with django_assert_num_queries(2):
        client.get("/livez")


def test_a_changed_session_cookie_is_nobody(client: Client) -> None:
    client.force_login(person("bob"))
    client.cookies["sessionid"] = "x" * 32

    assert client.get("/alerts/").status_code == 302
