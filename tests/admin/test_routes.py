"""The routing tree in the admin: what is refused where, the order, and where an alert would go."""

from __future__ import annotations

import pytest
from django.test import Client

from alerts.models import Route
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def dora() -> Client:
    client = Client()
    client.force_login(factories.person("dora"))
    return client


def save(client: Client, route: Route | None = None, **fields: object) -> dict[str, list[str]]:
    """Post the form; the errors by field, {} when it was saved."""
    given = {"name": "Live", "position": 0, "matchers": "env=live", "reason": "test", **fields}
    path = f"{route.pk}/change" if route else "add"
    response = client.post(f"/admin/alerts/route/{path}/", given)
    if response.status_code == 302:
        return {}
    errors: dict[str, list[str]] = response.context["adminform"].form.errors
    return errors


def names(parent: Route) -> list[str]:
    return list(parent.children.order_by("position").values_list("name", flat=True))


def test_a_first_route_stands_under_everything(dora: Client) -> None:
    Route.objects.all().delete()

    assert save(dora, matchers='env="live", team!=ops') == {}

    made = Route.objects.get(name="Live")
    assert made.parent is not None
    assert made.parent.name == "Everything"
    assert made.matchers == [
        {"name": "env", "op": "=", "value": "live"},
        {"name": "team", "op": "!=", "value": "ops"},
    ]


@pytest.mark.parametrize(
    ("field", "value", "problem"),
    [
        ("matchers", "env=live, team", "column 15"),
        ("matchers", "env=~(", "No regular expression"),
        ("group_by", "env, 9x", "“9x” is no label name"),
        ("wait_seconds", 3601, "Between 0 and 3,600 seconds"),
        ("interval_seconds", 5, "Between 10 and 86,400 seconds"),
        ("repeat_seconds", 5, "Between 10 and 2,592,000 seconds"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    dora: Client, field: str, value: object, problem: str
) -> None:
    errors = save(dora, None, **{field: value})

    assert list(errors) == [field]
    assert problem in errors[field][0]


def test_nobody_and_somebody_exclude_each_other(dora: Client) -> None:
    mail = factories.receiver()

    assert "not both" in save(dora, nobody="on", receivers=[mail.pk])["nobody"][0]


def test_a_route_takes_several_calendars_and_the_tree_names_them(dora: Client) -> None:
    always, lunch, night = (
        factories.calendar(name, zone="UTC", opened=opened)
        for name, opened in (("always", ""), ("lunch", "12:00-12:30"), ("night", "22:00-06:00"))
    )

    muted, heard = [always.pk], [lunch.pk, night.pk]

    assert save(dora, mute_calendars=muted, active_calendars=heard) == {}
    refused = save(dora, factories.root(), matchers="", mute_calendars=muted)
    assert "is never quiet" in refused["mute_calendars"][0]

    page = dora.get("/admin/alerts/route/", {"labels": "env=live"}).content.decode()
    assert "only while lunch is open<br>or night is open<br>not while always is open" in page
    assert "kept quiet now: always is open" in page
    live = Route.objects.get(name="Live")
    history = dora.get(f"/admin/alerts/route/{live.pk}/history/").content.decode()
    assert "night" in history


def test_a_calendar_that_a_route_has_is_not_deleted() -> None:
    erin, lunch = Client(), factories.calendar("lunch")
    factories.route("Live", mute=[lunch])
    erin.force_login(factories.person("erin"))

    page = erin.post(f"/admin/alerts/calendar/{lunch.pk}/delete/", {"post": "yes"})

    assert "Route: Live" in page.content.decode()
    assert type(lunch).objects.filter(pk=lunch.pk).exists()


def test_a_route_never_stands_under_itself(dora: Client) -> None:
    live = factories.route("Live")
    below = factories.route("Below", under=live)

    assert "under itself" in save(dora, live, parent=below.pk)["parent"][0]


def test_the_root_stays_the_root(dora: Client) -> None:
    root, live = factories.root(), factories.route("Live")

    assert "under nothing" in save(dora, root, parent=live.pk, matchers="")["parent"][0]
    assert "every alert" in save(dora, root, matchers="env=live")["matchers"][0]
    assert save(dora, root, name="All", matchers="", group_by="-") == {}
    root.refresh_from_db()
    assert (root.name, root.group_by) == ("All", [])


def test_a_route_is_put_before_the_one_that_had_its_number(dora: Client) -> None:
    root = factories.root()
    first, second = factories.route("First"), factories.route("Second")
    assert save(dora, parent=root.pk, name="New", position=1) == {}
    assert names(root) == ["First", "New", "Second"]

    assert save(dora, second, parent=root.pk, name="Second", position=0) == {}

    assert names(root) == ["Second", "First", "New"]
    assert first.parent_id == root.pk


def test_the_page_shows_the_tree_and_where_an_alert_would_go(dora: Client) -> None:
    slack = factories.receiver("Desk chat")
    policy = factories.policy("Night desk", steps=[])
    live = factories.route("Live", "env=live", policy=policy)
    factories.route("Critical", "severity=critical", under=live, receivers=[slack])
    factories.route("Rest")
    factories.route("Late", "env=paper")

    page = dora.get("/admin/alerts/route/", {"labels": "env=live\nseverity=critical"})
    text = " ".join(page.content.decode().split())

    assert [line.node.name for line in page.context["lines"] if line.taken] == [
        "Everything",
        "Live",
        "Critical",
    ]
    assert [line.node.name for line in page.context["lines"] if line.shadowed] == ["Late"]
    assert "Everything › Live › Critical" in text
    assert "people by Night desk; channels: Desk chat" in text


def test_labels_that_cannot_be_read_are_said(dora: Client) -> None:
    page = dora.get("/admin/alerts/route/", {"labels": "env"})

    assert "not of the form name=value" in page.content.decode()


def test_the_history_tells_of_receivers_too(dora: Client) -> None:
    live = factories.route("Live", receivers=[factories.receiver()])

    page = dora.get(f"/admin/alerts/route/{live.pk}/history/").content.decode()

    assert "receiver" in page.lower()
