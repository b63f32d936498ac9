"""A rule form is replayed before it is saved."""

from __future__ import annotations

import re
import time
from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.utils import timezone

from alerts import backtest
from alerts.backtest import compare
from alerts.models import Alert, Rule
from analytics import series as store
from tests import factories
from tests.admin.test_rules import ANSWERS

pytestmark = pytest.mark.django_db
REPLAY = "/admin/alerts/rule/replay/"
HOUR = timedelta(hours=1)


def client_of(name: str) -> Client:
    client = Client()
    client.force_login(factories.person(name))
    return client


@pytest.fixture
def stored() -> None:
    """Three days of hours: each twelfth is deep, each fourth is worse than a small threshold."""
    now = timezone.now()
    labels = store.sorted_labels(env="live", strategy="ema")
    deep = [-0.08 if hour % 12 == 0 else -0.04 if hour % 4 == 0 else -0.01 for hour in range(72)]
    readings = [
        store.Reading("current_drawdown", labels, now - (72 - hour) * HOUR, value, "agent")
        for hour, value in enumerate(deep)
    ]
    with connection.cursor() as cursor:
        store.record(cursor, readings, now=now)


def ask(client: Client, query: str = "", **fields: str) -> str:
    answers = {**ANSWERS, "no_data_seconds": "0", **fields}
    response = client.post(f"{REPLAY}{query}", answers)
    assert response.status_code == 200
    return response.content.decode()


def row(page: str, title: str) -> list[str]:
    cells = page.split(f'<th scope="row">{title}</th>')[1].split("</tr>")[0]
    return [cell.split("</td>")[0] for cell in cells.split('<td class="number">')[1:]]


@pytest.mark.usefixtures("stored")
def test_an_edited_rule_is_shown_beside_the_rule_as_it_is() -> None:
    rule = factories.rule(name="drawdown", title="Drawdown", no_data_seconds=0)

    page = ask(client_of("dora"), f"?rule={rule.pk}", threshold="-0.03")

    assert row(page, "Fired") == ["18 ×", "6 ×"]
    assert row(page, "Longest") == ["1 h", "1 h"]
    assert "18 pages a week: more than the budget of 7." in page
    assert page.count('class="edited"') == 18 + 1
    rule.refresh_from_db()
    assert (rule.threshold, Alert.objects.count()) == (-0.05, 0)


@pytest.mark.usefixtures("stored")
def test_any_older_version_can_stand_beside_it() -> None:
    rule = factories.rule(name="drawdown", title="Drawdown", no_data_seconds=0)
    for threshold, why in ((-0.03, "too late"), (-0.5, "too loud")):
        Rule.objects.filter(pk=rule.pk).update(threshold=threshold, change_reason=why)
    dora = client_of("dora")

    form = dora.get(f"/admin/alerts/rule/{rule.pk}/change/").content.decode()
    first, second, unknown = (
        ask(dora, f"?rule={rule.pk}", beside=version) for version in ("1", "2", "9")
    )

    offered = re.findall(
        r'<option value="(\d+)">as version \d+ was, of [^<:]+:\d\d(.*?)</option>', form
    )
    assert offered == [("2", ": too late"), ("1", "")]
    assert (row(first, "Fired"), row(second, "Fired")) == (["6 ×", "6 ×"], ["6 ×", "18 ×"])
    assert "As version 2 was: fired" in second
    assert row(unknown, "Fired") == ["6 ×", "0 ×"]
    assert "As it is now: fired" in unknown


def test_a_version_whose_calendar_is_gone_says_so() -> None:
    hours = factories.calendar("hours")
    rule = factories.rule(name="drawdown", title="Drawdown", calendar=hours)
    Rule.objects.filter(pk=rule.pk).update(calendar=None)
    hours.delete()

    page = ask(client_of("dora"), f"?rule={rule.pk}", beside="1")

    assert "Version 1 had a calendar that is no more." in page


@pytest.mark.usefixtures("stored")
def test_a_new_rule_is_replayed_without_a_name_of_its_own_yet() -> None:
    page = ask(client_of("dora"), days="30")

    assert row(page, "Fired") == ["6 ×"]
    assert "As it is now" not in page
    assert "budget" not in page


def test_what_is_wrong_in_the_form_is_said() -> None:
    page = ask(client_of("dora"), threshold="deep")

    assert "Threshold: Enter a number." in page


def test_no_reason_is_needed_to_look() -> None:
    rule = factories.rule(name="drawdown", title="Drawdown")

    page = ask(client_of("dora"), f"?rule={rule.pk}", threshold="-0.5")

    assert "No series of this metric" in page


@pytest.mark.parametrize("name", ["alice", "bob"])
def test_only_editors_replay(name: str) -> None:
    assert client_of(name).post(REPLAY, ANSWERS).status_code == 403


def test_a_replay_is_asked_for_by_post() -> None:
    assert client_of("dora").get(REPLAY).status_code == 405


def test_a_week_of_stored_seconds_is_replayed() -> None:
    series = factories.series("latency_seconds")
    with connection.cursor() as cursor:
        cursor.execute(
            "INSERT INTO analytics_sample (series_id, ts, value, vmin, vmax, vsum, vcount)"
            " SELECT %s, to_timestamp(extract(epoch FROM now()) - n), v, v, v, v, 1"
            " FROM (SELECT n, 3 + 3 * sin(n / 9000.0) AS v FROM generate_series(604800, 1, -1) n)"
            " AS s",
            [series.pk],
        )
    rule = Rule(name="latency", metric="latency_seconds", comparison=">", threshold=5, pk=0)
    began = time.perf_counter()

    found = compare(rule, None, days=7, now=timezone.now())

    print(f"\n{found.samples:,} stored samples in {time.perf_counter() - began:.2f} s")
    assert found.samples > 604_000
    assert found.edited.fired in {10, 11}
    assert len(found.charts[0].line.split()) <= 2 * backtest.COLUMNS
