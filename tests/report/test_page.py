"""The report of a period: its figures beside those of the period before, on screen and paper."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from analytics.models import Portfolio, Trade
from analytics.scope import Scope
from health import uptime
from health.models import Component, Flip
from ops_portal.report import content, drawing, extremes, periods
from tests import factories, seeded
from tests.browser import LOOKS, OpenPage, assert_clean, save
from tests.report import desk

pytestmark = pytest.mark.django_db
PAGE = "/reports/period/"
LIVE = Scope("live", "USDT")
WEEK = periods.week_of(desk.MONDAY.date())


def client_of(name: str) -> Client:
    client = Client()
    client.force_login(factories.person(name))
    return client


def figures(report: content.Report, group: str) -> dict[str, tuple[str, str]]:
    return {one.label: (one.now, one.before) for one in report.groups[group]}


def test_every_figure_stands_beside_that_of_the_period_before() -> None:
    desk.store()

    report = content.read(LIVE, WEEK, now=desk.NOW)

    money = figures(report, "Money")
    assert [one.partition("\N{NARROW NO-BREAK SPACE}")[0] for one in money["Net PnL"]] == [
        "+64.75", "+40.00",
    ]  # fmt: skip
    assert money["Deposits and withdrawals"][0].startswith("+500.00")
    assert money["Funding"][0].startswith("−2.00")
    assert figures(report, "Trades")["Trades"] == ("4", "1")
    assert [one.label for one in report.heads[:2]] == ["Net PnL", "Return"]
    assert report.heads[0].gain == "profit"
    assert report.is_over


def test_the_curve_begins_before_the_first_day_and_a_deposit_is_no_return() -> None:
    desk.store()

    report = content.read(LIVE, WEEK, now=desk.NOW)

    assert report.levels == pytest.approx([1_040, 1_140, 1_079.5, 1_079.5, 1_579.5, 1_601.75])
    assert min(report.falls) == pytest.approx(-60.5 / 1_140)
    assert [day["return"] for day in report.days][3] == 0


def test_without_a_capital_the_curve_is_the_sum_of_pnl() -> None:
    desk.store()
    Portfolio.objects.all().delete()

    report = content.read(LIVE, WEEK, now=desk.NOW)

    assert report.levels == pytest.approx([0, 100, 39.5, 39.5, 39.5, 64.75])
    assert not report.falls
    assert figures(report, "Return")["Return"] == ("–", "–")
    assert report.heads[1].note == "needs a starting capital"


def test_best_and_worst_trades_are_those_that_won_and_lost_most() -> None:
    desk.store()
    desk.trade("other", "999", at=desk.MONDAY + timedelta(days=8))

    found = content.read(LIVE, WEEK, now=desk.NOW).extremes

    assert [str(trade.pnl.normalize()) for trade in found.best] == ["1E+2", "25.25"]
    assert [str(trade.pnl.normalize()) for trade in found.worst] == ["-60.5"]


def test_too_many_trades_are_not_looked_through(monkeypatch: pytest.MonkeyPatch) -> None:
    desk.store()
    monkeypatch.setattr(extremes, "SEARCHED", 3)

    page = client_of("bob").get(f"{PAGE}?week=2026-W47").content.decode()

    assert "Too many trades to look through" in page


def test_alerts_and_uptime_are_those_of_the_period() -> None:
    desk.store()
    factories.alert(title="Later", fired_at=desk.MONDAY + timedelta(days=7))

    report = content.read(LIVE, WEEK, now=desk.NOW)

    assert (report.incidents.fired, dict(report.incidents.counts)) == (1, {"critical": 1})
    assert [alert.title for alert in report.incidents.worst] == ["Drawdown on ema"]
    [feed] = report.uptimes
    assert (feed.name, feed.down) == ("data-feed (paper)", timedelta(hours=3))
    assert feed.ratio == pytest.approx(1 - 3 / (7 * 24))


def test_uptime_counts_from_the_first_sight_and_ends_in_todays_state() -> None:
    Component.objects.create(
        name="late", state="down", first_seen_at=desk.NOW - timedelta(hours=2),
        last_seen_at=desk.NOW,
    )  # fmt: skip
    Component.objects.create(name="later", first_seen_at=desk.NOW, last_seen_at=desk.NOW)

    [found] = uptime.of_components(desk.MONDAY, desk.NOW)

    assert (found.name, found.known, found.ratio) == ("late", timedelta(hours=2), 0)


def test_a_backlog_that_is_read_is_no_outage() -> None:
    seen = desk.NOW - timedelta(hours=2)
    feed = Component.objects.create(
        name="feed", state="up", first_seen_at=seen, last_seen_at=desk.NOW
    )
    Flip.objects.create(
        component=feed, at=seen + timedelta(minutes=5), from_state="stale", to_state="up"
    )

    [found] = uptime.of_components(desk.MONDAY, desk.NOW)

    assert (found.known, found.ratio) == (timedelta(minutes=115), 1)


def test_the_page_names_the_period_its_neighbours_and_its_scope() -> None:
    desk.store()

    page = client_of("bob").get(f"{PAGE}?week=2026-W47&strategy=ema").content.decode()

    assert "Week 47 of 2026" in page
    assert "?week=2026-W46&amp;env=live&amp;currency=USDT&amp;strategy=ema" in page
    assert "strategy ema" in page
    trade = Trade.objects.get(pnl="-60.5")
    assert f"/trading/trades/{trade.pk}/" in page


@pytest.mark.parametrize(("days_ago", "weeks_back"), [(0, 0), (7, 1)])
def test_the_page_opens_with_the_last_week_that_is_not_empty(
    days_ago: int, weeks_back: int
) -> None:
    now = timezone.now()
    desk.trade("1", "5", at=now - timedelta(days=days_ago))

    page = client_of("bob").get(PAGE).content.decode()

    opened = periods.week_of((now - timedelta(weeks=weeks_back)).date())
    assert f"Report, {opened.name}" in page


def test_the_page_asks_the_database_a_fixed_number_of_times() -> None:
    desk.store()
    bob = client_of("bob")
    bob.get(PAGE)
    counts = []
    for extra in (0, 30):
        for number in range(extra):
            desk.trade(f"more-{number}", "1", at=desk.MONDAY + timedelta(hours=number))
        with CaptureQueriesContext(connection) as seen:
            assert bob.get(f"{PAGE}?week=2026-W47").status_code == 200
        counts.append(len(seen))

    assert counts[0] == counts[1] <= 40


def test_bars_stand_on_their_zero_and_curves_fill_the_picture() -> None:
    up, down = drawing.bars([2.0, -1.0], ["a", "b"])
    drawn = drawing.curve([0.0, 4.0, 2.0])

    assert up.y + up.height == pytest.approx(down.y)
    assert (up.gain, down.gain) == ("profit", "loss")
    assert drawn is not None
    assert drawn.points.split() == ["0.0,154.0", "360.0,6.0", "720.0,80.0"]
    assert drawing.curve([1.0]) is None


@pytest.mark.browser
def test_the_report_looks_right_and_prints_without_the_shell(open_page: OpenPage) -> None:
    shown = seeded.seed(now=timezone.now())
    desk.store()
    for look in LOOKS:
        page = open_page(f"{PAGE}?month={timezone.now():%Y-%m}", by=shown.alice, look=look)
        page.wait_for_selector("#live[data-state=live]")
        save(page, f"report-{look}")
        assert_clean(page)
    page.set_viewport_size({"width": 900, "height": 1_200})
    page.emulate_media(media="print", color_scheme="light")

    assert not page.locator(".rail").is_visible()
    assert not page.get_by_role("button", name="Print").is_visible()
    assert page.locator("#curve-title").is_visible()
    save(page, "report-print")
