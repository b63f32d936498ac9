"""A test leaves nothing behind, and takes nothing away that a running server knows."""

from __future__ import annotations

import pytest
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command

from alerts.models import Alert, Transition
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def known() -> dict[str, list[tuple[int, str]]]:
    return {
        "types": list(ContentType.objects.order_by("pk").values_list("pk", "model")),
        "permissions": list(Permission.objects.order_by("pk").values_list("pk", "codename")),
        "roles": list(Group.objects.order_by("pk").values_list("pk", "name")),
    }


def test_a_flush_takes_the_rows_and_leaves_what_servers_remember() -> None:
    before = known()
    factories.person("erin")
    factories.alert()

    call_command("flush", verbosity=0, interactive=False)

    assert known() == before
    assert len(before["roles"]) == 4
    assert not Alert.objects.exists()
    assert not Transition.objects.exists()
