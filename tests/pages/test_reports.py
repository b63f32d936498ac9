"""The report pages: what they show to whom, and that they are clean in a browser."""

from __future__ import annotations

import csv
import io
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from playwright.sync_api import expect

from alerts import actions
from alerts.models import Alert
from tests import factories, seeded
from tests.browser import LOOKS, OpenPage, assert_clean, save, tour

PAGES = ("/reports/", "/reports/noise/", "/reports/calendar/")


def as_(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def story() -> Alert:
    made = factories.alert(
        title="Drawdown on *BTC* <b>", fired_at=timezone.now() - timedelta(minutes=9)
    )
    alice = factories.person("alice")
    actions.acknowledge(made.pk, by=alice, note="1. looking\n# soon", now=timezone.now())
    return made


@pytest.mark.django_db
def test_the_report_of_an_alert_is_markdown_in_which_text_stays_text() -> None:
    made = story()

    answer = as_(factories.person("bob")).get(f"/alerts/{made.pk}/timeline.md")

    text = answer.content.decode()
    assert answer.headers["Content-Type"] == "text/markdown; charset=utf-8"
    assert f'filename="alert-{made.pk}.md"' in answer.headers["Content-Disposition"]
    assert text.startswith(f"# \\#{made.pk} Drawdown on \\*BTC\\* \\<b\\>\n")
    assert "- **First taken:** by Alice, after 9 min" in text
    plain = text.replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert "**Acknowledged** by Alice, at −6.10 %\n\n  > 1. looking\n  > \\# soon\n" in plain
    assert f"<http://testserver/alerts/{made.pk}/>" in text


@pytest.mark.django_db
def test_the_printed_report_shows_facts_and_timeline() -> None:
    made = story()

    page = as_(factories.person("bob")).get(f"/alerts/{made.pk}/print/").content.decode()

    assert "by Alice, after 9 min" in page
    assert "&lt;b&gt;" in page
    assert "<strong>Acknowledged</strong>" in page


@pytest.mark.django_db
@pytest.mark.parametrize("query", ["", "?range=7", "?range=x", "?range=53&day=2026-02-30"])
@pytest.mark.parametrize("path", PAGES)
def test_whatever_the_address_says_there_is_a_page(path: str, query: str) -> None:
    assert as_(factories.person("bob")).get(path + query).status_code == 200


@pytest.mark.django_db
@pytest.mark.parametrize("path", PAGES)
def test_a_report_takes_the_same_queries_for_one_alert_and_for_thirty(path: str) -> None:
    reader = as_(factories.person("bob"))
    factories.alert()
    reader.get(path)
    with CaptureQueriesContext(connection) as for_one:
        reader.get(path)
    for _ in range(30):
        factories.alert()

    with CaptureQueriesContext(connection) as for_many:
        reader.get(path)

    assert len(for_one) == len(for_many)


@pytest.mark.django_db
def test_the_reports_are_files_too_and_hold_what_the_pages_show() -> None:
    made = story()
    bob = as_(factories.person("bob"))

    def table(path: str) -> list[dict[str, str]]:
        answer = bob.get(path)
        assert answer.headers["Content-Type"] == "text/csv; charset=utf-8"
        return list(csv.DictReader(io.StringIO(answer.getvalue().decode())))

    response, noise = table("/reports/response.csv?range=7"), table("/reports/noise.csv")

    assert [(line["by"], line["fired"], line["acknowledged"]) for line in response] == [
        (by, "1", "1") for by in ("all", "week", "rule", "person")
    ]
    assert {line["by"]: line["key"] for line in response}["person"] == "Alice"
    assert float(response[0]["acknowledge_mean_seconds"]) == pytest.approx(540, abs=5)
    assert [(line["rule"], line["acted"], line["by_itself_ratio"]) for line in noise] == [
        (made.rule_name, "1", "0.0")
    ]
    assert 'href="/reports/response.csv?range=7"' in bob.get("/reports/?range=7").content.decode()


@pytest.mark.django_db
def test_a_day_of_the_calendar_lists_its_alerts() -> None:
    made = story()
    day = timezone.localtime(made.started_at).date()

    page = as_(factories.person("bob")).get(f"/reports/calendar/?day={day}").content.decode()

    assert f'href="/alerts/{made.pk}/"' in page
    assert "1 critical" in page


@pytest.mark.django_db
def test_a_rule_without_stored_values_gets_no_proposal() -> None:
    rule = factories.rule()
    factories.alert(rule=rule)

    page = as_(factories.person("dora")).get(f"/reports/noise/{rule.name}/").content.decode()

    assert "No values of this rule are stored" in page


@pytest.mark.browser
@pytest.mark.parametrize("look", LOOKS)
def test_the_reports_are_clean(open_page: OpenPage, look: str) -> None:
    desk = seeded.seed(now=timezone.now())
    for name in ("firing", "over"):
        Alert.objects.filter(pk=getattr(desk, name).pk).update(
            started_at=timezone.now() - timedelta(days=10)
        )
    day = timezone.localdate() - timedelta(days=10)
    paths = {
        "response": "/reports/",
        "noise": "/reports/noise/",
        "proposal": f"/reports/noise/{desk.firing.rule_name}/",
        "calendar": f"/reports/calendar/?day={day}",
        "print": f"/alerts/{desk.taken.pk}/print/",
    }
    for name, page in tour(open_page, paths, by=desk.dora, look=look):
        save(page, f"report-{name}-{look}")
        assert_clean(page)


@pytest.mark.browser
def test_the_days_of_the_calendar_are_walked_by_keys(open_page: OpenPage) -> None:
    now = timezone.now()
    factories.alert(title="Drawdown on BTC", fired_at=now - timedelta(days=7))
    page = open_page("/reports/calendar/", by=factories.person("bob"))

    page.locator(f'a[href*="day={timezone.localdate()}"]').focus()
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")

    expect(page.locator("#day")).to_contain_text("Drawdown on BTC")
