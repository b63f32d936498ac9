"""The alerts list: tabs, order, pages, filters, rights, queries."""

from __future__ import annotations

import csv
import io
from dataclasses import asdict
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from alerts import actions, listing
from ops_portal.templatetags.ops import MOST_COUNTED, counted
from tests.factories import alert, person, rule

pytestmark = pytest.mark.django_db


def as_(username: str) -> Client:
    client = Client()
    client.force_login(person(username))
    return client


def titles(page: str) -> list[str]:
    return [part.split("<")[0] for part in page.split('data-part="title">')[1:-1]]


def test_the_worst_comes_first_then_the_newest() -> None:
    now = timezone.now()
    late = rule("latency", severity="warning")
    alert(title="old warning", rule=late, fired_at=now - timedelta(hours=2))
    alert(title="old critical", fired_at=now - timedelta(hours=1))
    alert(title="new critical", fired_at=now)

    page = as_("bob").get("/alerts/").content.decode()

    assert titles(page) == ["new critical", "old critical", "old warning"]


def test_each_alert_is_in_one_tab() -> None:
    alice, now = person("alice"), timezone.now()
    alert(title="fires")
    alert(title="silent feed", condition="nodata", value=None)
    actions.acknowledge(alert(title="taken").pk, by=alice, note="on it", now=now)
    actions.resolve(alert(title="over").pk, by=alice, now=now)
    client = as_("bob")

    shown = {tab: titles(client.get(f"/alerts/?tab={tab}").content.decode()) for tab in listing.Tab}

    assert shown == {
        "firing": ["fires"],
        "nodata": ["silent feed"],
        "quiet": [],
        "acknowledged": ["taken"],
        "resolved": ["over"],
    }


def test_an_alert_resolved_long_ago_is_not_listed() -> None:
    alice, now = person("alice"), timezone.now()
    actions.resolve(alert().pk, by=alice, now=now - timedelta(hours=25))

    assert listing.counts(listing.Filters(), now=now)["resolved"] == 0


def test_pages_neither_skip_nor_repeat_when_alerts_come_in_between(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(listing, "PAGE", 3)
    now = timezone.now()
    expected = [alert(fired_at=now - timedelta(seconds=n)).pk for n in range(8)]
    filters, seen, after = listing.Filters(), [], ""

    for _ in range(3):
        rows, after = listing.page(filters, after=after, now=now)
        seen += [row.id for row in rows]
        alert(fired_at=now + timedelta(seconds=1))

    assert seen == expected
    assert after == ""


@pytest.mark.parametrize("place", ["x", "1~2~3", "0~2026-01-01~1", "0~2026-01-01T00:00:00Z~9" * 9])
def test_an_unreadable_place_shows_the_first_page(place: str) -> None:
    alert(title="first")

    page = as_("bob").get("/alerts/", {"after": place}).content.decode()

    assert titles(page) == ["first"]


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("q=funding", ["Funding on ETH"]),
        ("q=btc-x", ["Drawdown"]),
        ("severity=warning", ["Funding on ETH"]),
        ("env=paper", ["Funding on ETH"]),
        ("rule=high_drawdown", ["Drawdown"]),
        ("severity=nonsense", ["Drawdown", "Funding on ETH"]),
        ("tab=nonsense", ["Drawdown", "Funding on ETH"]),
    ],
)
def test_filters_of_the_address(query: str, found: list[str]) -> None:
    alert(title="Drawdown", labels={"env": "live", "strategy": "btc-x"})
    slow = rule("funding", severity="warning")
    alert(title="Funding on ETH", rule=slow, labels={"env": "paper"})

    assert titles(as_("bob").get(f"/alerts/?{query}").content.decode()) == found


def test_the_list_takes_six_queries_for_one_alert_and_for_forty(
    django_assert_num_queries: DjangoAssertNumQueries,
) -> None:
    client, alice = as_("bob"), person("alice")
    actions.acknowledge(alert().pk, by=alice, now=timezone.now())
    client.get("/alerts/")  # the first request of a session writes when it was seen

    with django_assert_num_queries(6):
        client.get("/alerts/?tab=acknowledged")
    for _ in range(40):
        actions.acknowledge(alert().pk, by=alice, now=timezone.now())
    with django_assert_num_queries(6):
        client.get("/alerts/?tab=acknowledged")


def test_the_csv_holds_every_row_and_no_formula() -> None:
    alert(title="=HYPERLINK(1)")
    alert(title="plain")

    response = as_("bob").get("/alerts/export.csv")
    lines = list(csv.DictReader(io.StringIO(response.getvalue().decode())))

    assert [line["title"] for line in lines] == ["plain", "'=HYPERLINK(1)"]
    assert lines[0]["state"] == "firing"


def test_counts_tell_the_tabs_and_what_fires() -> None:
    alert()
    alert(condition="nodata", value=None)

    answer = as_("bob").get("/alerts/counts/").json()

    assert answer["tabs"] == {
        "firing": 1,
        "acknowledged": 0,
        "nodata": 1,
        "quiet": 0,
        "resolved": 0,
    }
    assert answer["firing"] == {"critical": 2}


@pytest.mark.parametrize("path", ["/alerts/", "/alerts/counts/", "/alerts/export.csv", "/"])
def test_strangers_see_no_alerts(path: str, client: Client) -> None:
    assert client.get(path).status_code == 302
    assert as_("charlie").get(path).status_code == 403


@pytest.mark.parametrize(
    ("tab", "index"),
    [
        ("firing", "alert_firing"),
        ("acknowledged", "alert_acknowledged"),
        ("nodata", "alert_without_data"),
        ("quiet", "alert_quiet"),
    ],
)
def test_a_tab_is_read_and_counted_from_its_index(tab: str, index: str) -> None:
    chosen = listing.CHOSEN.format(held=listing.IN_TAB[listing.Tab(tab)])
    with connection.cursor() as cursor:
        cursor.execute("SET LOCAL enable_seqscan = off; SET LOCAL enable_bitmapscan = off")
        plans = ""
        for statement in (chosen, f"SELECT {listing.NUMBERS[listing.Tab(tab)]}"):
            asked = {**asdict(listing.Filters()), "like": "%", "limit": 5, "recent": None}
            cursor.execute(f"EXPLAIN {statement.replace('SELECT  FROM', 'SELECT 1 FROM')}", asked)
            plans += "\n".join(line for (line,) in cursor.fetchall())

    assert plans.count(f"using {index} ") == 2
    assert "Sort" not in plans


def test_a_storm_is_counted_up_to_a_limit() -> None:
    assert [counted(number) for number in (0, 9_999, 10_000, 10_001)] == [
        "0",
        "9999",
        "10,000+",
        "10,000+",
    ]
    assert MOST_COUNTED == listing.MOST
