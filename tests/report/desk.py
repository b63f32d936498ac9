"""Two weeks of a desk: trades, bookings, an alert and a component that was down."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

from django.db import connection

from analytics import trades
from analytics.events.table import us_of
from analytics.fills import Fills
from analytics.models import LedgerEntry, Portfolio
from health.models import Component, Flip
from tests import factories

MONDAY = datetime(2026, 11, 16, tzinfo=UTC)
NOW = datetime(2026, 11, 24, 9, tzinfo=UTC)
# Day from the Monday, PnL; the week before made 40 on its first day.
PNL = ((-7, "40"), (0, "100"), (1, "-60.5"), (2, "0"), (4, "25.25"))


def store() -> None:
    Portfolio.objects.get_or_create(
        env="live", currency="USDT", strategy="", defaults={"starting_capital": 1_000}
    )
    for number, (day, pnl) in enumerate(PNL):
        trade(str(number), pnl, at=MONDAY + timedelta(days=day, hours=10))
    for day, kind, amount in ((3, "deposit", 500), (4, "funding", -2), (4, "fee", -1)):
        LedgerEntry.objects.create(
            source="import", env="live", entry_key=f"{kind}-{day}", kind=kind, amount=amount,
            at=MONDAY + timedelta(days=day, hours=3), currency="USDT",
        )  # fmt: skip
    factories.alert(title="Drawdown on ema", fired_at=MONDAY + timedelta(days=1, hours=11))
    feed = Component.objects.create(
        name="data-feed", env="paper", first_seen_at=MONDAY - timedelta(days=90), last_seen_at=NOW
    )
    for hours, before, after in ((12, "up", "down"), (15, "down", "up")):
        Flip.objects.create(
            component=feed, at=MONDAY + timedelta(hours=hours), from_state=before, to_state=after
        )


def trade(key: str, pnl: str, *, at: datetime, symbol: str = "BTC/USDT") -> None:
    fills = Fills(
        strategy="ema", symbol=symbol, side="buy", exit_reason="", opened_at=None,
        closed_at=us_of(at), quantity=Decimal(1), price=Decimal(100), pnl=Decimal(pnl),
        fees=Decimal("0.5"),
    )  # fmt: skip
    with connection.cursor() as cursor:
        trades.replace(cursor, {("live", "agent", "USDT", key): fills})
