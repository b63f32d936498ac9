"""The pure figures, against plain definitions."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st

from analytics.performance import drawdown, pnl, trades

cents = st.decimals(-500, 500, places=2)
day_lists = st.lists(st.lists(cents, max_size=8), max_size=8)
CAPITAL = Decimal(1_000)
START = datetime(2026, 1, 1, tzinfo=UTC)


@given(day_lists)
def test_the_drawdown_of_days_is_the_drawdown_of_the_whole_path(days: list[list[Decimal]]) -> None:
    path = pnl.equity(CAPITAL, [amount for amounts in days for amount in amounts])
    dates = [date(2026, 1, 1) + timedelta(days=at) for at in range(len(days))]
    walked = dict(zip(dates, days, strict=True))

    found = drawdown.of_days(
        CAPITAL,
        [drawdown.day_of(day, amounts) for day, amounts in walked.items()],
        lambda day, equity, peak: drawdown.worst_of_day(walked[day.day], equity, peak),
    )

    assert found == drawdown.of_equity(path)


@given(st.lists(st.tuples(st.integers(0, 5), cents), max_size=20), st.randoms())
def test_the_order_of_rows_changes_no_path(rows: list[tuple[int, Decimal]], dice: object) -> None:
    stamped = [(START + timedelta(seconds=second), amount) for second, amount in rows]
    shuffled = sorted(stamped, key=lambda row: (hash((row, id(dice))), row))

    assert pnl.by_timestamp(shuffled) == pnl.by_timestamp(stamped)


@given(st.lists(cents, max_size=20))
def test_every_trade_is_a_win_a_loss_or_breakeven(amounts: list[Decimal]) -> None:
    found = trades.tally(amounts)

    assert found.wins + found.losses + found.breakeven == found.trades == len(amounts)
    assert found.gross_profit - found.gross_loss == found.pnl == sum(amounts)


def test_a_loss_on_the_first_trade_counts_from_the_capital() -> None:
    path = pnl.equity(CAPITAL, [Decimal(-100), Decimal(50)])

    assert drawdown.of_equity(path) == (Decimal("-0.05"), Decimal("-0.1"))


def test_ruin_is_minus_one() -> None:
    path = pnl.equity(CAPITAL, [Decimal(-1_500)])

    assert drawdown.of_equity(path).worst == -1


def test_net_pnl_is_rounded_before_wins_are_counted() -> None:
    assert pnl.net(Decimal("0.0000001234"), [Decimal("0.00000012")]) == Decimal("0E-8")
