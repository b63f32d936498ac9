"""Routes as rows: read once per edit, guarded by the table."""

from __future__ import annotations

import pytest
from django.db import IntegrityError, transaction
from pytest_django import DjangoAssertNumQueries

from alerts import routing
from alerts.models import Route
from tests import factories

pytestmark = pytest.mark.django_db


def ends(**labels: str) -> list[str]:
    return [place.way[-1].name for place in routing.places_of(labels)]


def test_without_routes_everything_goes_to_the_root() -> None:
    Route.objects.all().delete()

    (place,) = routing.places_of({"env": "live"})

    assert place.names == ["Everything"]
    assert (place.receivers, place.policy_id) == ((), None)


def test_rows_become_the_tree() -> None:
    mail = factories.receiver()
    live = factories.route("Live", "env=live", receivers=[mail])
    factories.route("Critical", "severity=critical", under=live, group_by=["strategy"])

    (place,) = routing.places_of({"env": "live", "severity": "critical"})

    assert place.names == ["Everything", "Live", "Critical"]
    assert [channel.name for channel in place.receivers] == ["Desk mail"]
    assert place.group_by == ("strategy",)
    assert ends(env="paper") == ["Everything"]


def test_the_tree_is_read_again_only_after_an_edit(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    live = factories.route("Live", "env=live")
    assert ends(env="live") == ["Live"]

    with django_assert_num_queries(1):
        assert ends(env="live") == ["Live"]

    Route.objects.filter(pk=live.pk).update(name="Renamed")
    assert ends(env="live") == ["Renamed"]
    live.receivers.add(factories.receiver("Late"))
    assert routing.places_of({"env": "live"})[0].receivers[0].name == "Late"
    live.receivers.clear()
    assert routing.places_of({"env": "live"})[0].receivers == ()


def test_a_rollback_brings_back_the_former_tree() -> None:
    factories.route("Live", "env=live")
    assert ends(env="live") == ["Live"]

    with transaction.atomic():
        Route.objects.filter(name="Live").update(name="Never")
        assert ends(env="live") == ["Never"]
        transaction.set_rollback(True)

    assert ends(env="live") == ["Live"]


@pytest.mark.parametrize(
    "fields",
    [
        {"parent": None, "position": 0},
        {"parent": None, "position": 1},
        {"parent": None, "matchers": [{"name": "a", "op": "=", "value": "b"}]},
        {"parent": None, "continues": True},
    ],
)
def test_the_table_holds_one_root_that_takes_everything(fields: dict[str, object]) -> None:
    factories.root()

    with pytest.raises(IntegrityError), transaction.atomic():
        Route.objects.create(name="second", **fields)


def test_matchers_see_the_name_and_the_severity_of_an_alert() -> None:
    alert = factories.alert(labels={"env": "live"})

    assert routing.labels_of(alert) == {
        "alertname": "high_drawdown",
        "severity": "critical",
        "env": "live",
    }
