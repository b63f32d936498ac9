"""Curves in few points that show every peak and every fall."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pytest
from django.db import connection
from hypothesis import given
from hypothesis import strategies as st

from analytics import scorecard
from analytics.book import Account
from analytics.performance.thinning import places
from tests.analytics.entries import MS, execution, store_executions

DAY_MS = 86_400_000
walks = st.lists(st.floats(-1, 1), min_size=1, max_size=400).map(np.cumsum)


@given(walks, st.integers(4, 60))
def test_a_thinned_curve_keeps_its_ends_and_extremes(curve: np.ndarray, most: int) -> None:
    kept = places(curve, most=most)

    assert len(kept) <= max(most, 1)
    assert (kept[0], kept[-1]) == (0, len(curve) - 1)
    assert np.all(np.diff(kept) > 0)
    assert (curve[kept].min(), curve[kept].max()) == (curve.min(), curve.max())


def test_a_short_curve_is_kept_whole() -> None:
    assert places(np.array([3.0, 1, 2]), most=4).tolist() == [0, 1, 2]
    with pytest.raises(ValueError, match="at least 4"):
        places(np.array([1.0]), most=3)


def measured(capital: Decimal | None) -> scorecard.Measured:
    store_executions(*(
        execution(number, timestamp=str(MS - number * DAY_MS), pnl=str((number * 37) % 19 - 8))
        for number in range(90)
    ))  # fmt: skip
    with connection.cursor() as cursor:
        return scorecard.measure(cursor, Account("live", "USDT"), scorecard.Basis(capital))


@pytest.mark.django_db
def test_equity_and_drawdown_stand_on_the_same_days() -> None:
    found = measured(Decimal(1_000))

    whole, thin = scorecard.curves(found), scorecard.curves(found, most=24)

    assert found.found is not None
    assert len(whole["day"]) == len(whole["equity"]) == len(whole["drawdown"]) == 90
    assert len(thin["day"]) == len(thin["drawdown"]) <= 24
    assert min(thin["drawdown"]) == found.found.underwater.worst
    assert max(thin["equity"]) == max(whole["equity"])
    assert whole["equity"][-1] == pytest.approx(1_000 + float(found.days.tally.pnl))


@pytest.mark.django_db
def test_months_compound_to_the_whole() -> None:
    found = measured(Decimal(1_000))

    by_month = scorecard.months(found)

    assert found.found is not None
    assert list(by_month) == ["2026-06", "2026-07", "2026-08", "2026-09"]
    whole = np.prod([1 + value for value in by_month.values()]) - 1
    assert whole == pytest.approx(found.found.total_return)


@pytest.mark.django_db
def test_without_a_capital_there_is_nothing_to_draw() -> None:
    found = measured(None)

    assert scorecard.curves(found) == {"day": [], "equity": [], "drawdown": []}
    assert scorecard.months(found) == {}
