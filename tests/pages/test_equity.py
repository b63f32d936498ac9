"""Equity and drawdown on the trading page: their peak, their trades, and the rules on them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import connection
from django.utils import timezone

from alerts import marks
from analytics import equity, walks
from analytics.charts import span
from analytics.models import Portfolio
from analytics.scope import Scope
from tests import factories
from tests.analytics.entries import execution, one, store
from tests.browser import OpenPage, assert_clean
from tests.factories import person

pytestmark = pytest.mark.django_db

NOW = datetime(2026, 9, 2, 12, 0, 30, tzinfo=UTC)
HOUR = timedelta(hours=1)
SCOPE = Scope("live", "USDT")


def traded(*ago_and_pnl: tuple[timedelta, str], now: datetime = NOW, **fields: str) -> None:
    """Trades closed so long before, and the days' paths brought up to date."""
    entries = [
        execution(number, timestamp=_ms(now - ago), pnl=pnl, **fields)
        for number, (ago, pnl) in enumerate(ago_and_pnl)
    ]
    entry_id = f"{_ms(now)}-0"
    store("trade_executions", [one("trade_executions", entry, entry_id) for entry in entries])
    with connection.cursor() as cursor:
        while walks.bring_up_to_date(cursor):
            pass


def capital(amount: int = 1_000) -> None:
    Portfolio.objects.create(env="live", currency="USDT", starting_capital=Decimal(amount))


def shown(length: timedelta = 6 * HOUR) -> dict[str, Any]:
    return equity.state(SCOPE, span(NOW - length, NOW))


def _ms(at: datetime) -> str:
    return str(int(at.timestamp() * 1_000))


def test_the_peak_is_the_highest_before_the_range_of_earlier_days_and_of_today() -> None:
    capital()
    traded((50 * HOUR, "200"), (49 * HOUR, "-150"), (9 * HOUR, "300"), (8 * HOUR, "-10"))

    assert (shown()["capital"], shown()["peak"]) == (1_000, 350)
    assert shown(10 * HOUR)["peak"] == 200


def test_without_a_capital_there_is_none_and_trades_are_marked_all_the_same() -> None:
    traded((HOUR, "5"))

    assert shown()["capital"] is None
    assert len(shown()["marks"]) == 1


def test_trades_of_the_range_are_marked_oldest_first_with_their_entry() -> None:
    opened = NOW - 3 * HOUR
    traded((9 * HOUR, "1"), (2 * HOUR, "-5"), (HOUR, "7"), opened_at=_ms(opened))

    found = [(closed, began, pnl) for _, closed, began, pnl, _, _ in shown()["marks"]]

    assert found == [
        (int(_ms(NOW - 2 * HOUR)), int(_ms(opened)), -5),
        (int(_ms(NOW - HOUR)), int(_ms(opened)), 7),
    ]


def test_marks_are_bounded_to_the_newest_and_to_short_ranges(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    traded((3 * HOUR, "1"), (2 * HOUR, "2"), (HOUR, "3"))
    monkeypatch.setattr(equity, "MARKS", 2)

    assert [row[3] for row in shown()["marks"]] == [2, 3]
    assert shown(timedelta(days=32))["marks"] == []


def test_thresholds_are_those_that_lie_on_the_line_of_the_environment() -> None:
    factories.rule("deep", title="Deep", threshold=-0.03, severity="warning")
    factories.rule("deeper", title="{{strategy}} fell", threshold=-0.05)
    factories.rule("often", aggregate="count", window_seconds=60, threshold=9)
    factories.rule("paper", matchers={"env": "paper"}, threshold=-0.5)

    found = marks.thresholds(["current_drawdown"], "live")

    assert [(one["label"], one["value"]) for one in found] == [("Deep", -0.03), ("Deeper", -0.05)]
    assert {one["metric"] for one in found} == {"current_drawdown"}


@pytest.mark.browser
@pytest.mark.slow
def test_the_chart_names_its_marks_and_a_click_on_a_band_opens_the_alert(
    open_page: OpenPage,
) -> None:
    now = timezone.now()
    capital()
    traded((3 * HOUR, "80"), (2 * HOUR, "-60"), (HOUR, "20"), now=now)
    rule = factories.rule("deep", title="Deep", metric="portal_drawdown_ratio", threshold=-0.04)
    alert = factories.alert(
        rule=rule, title="Deep on live", labels={"env": "live"}, fired_at=now - 2 * HOUR
    )
    page = open_page("/trading/?range=6h", by=person("alice"))
    page.wait_for_selector("#drawdown-legend .band")

    legend = page.inner_text("#equity-legend")
    assert "2 won" in legend
    assert "1 lost" in legend
    assert "Deep −4.00\u202f%" in page.inner_text("#drawdown-legend")
    page.locator(".chart-table summary").first.click()
    page.wait_for_selector(f".chart-table a[href='/alerts/{alert.pk}/']")
    assert "BTC/USDT −60.00" in page.locator(".chart-table").first.inner_text()
    assert_clean(page)
    box = page.locator("#drawdown-chart").bounding_box()
    assert box is not None
    page.locator("#drawdown-chart").click(
        position={"x": box["width"] * 0.85, "y": box["height"] / 2}
    )
    page.wait_for_url(f"**/alerts/{alert.pk}/")
