"""Real series of trades and returns.

`equity_algo_daily_returns.csv` is of pyfolio-reloaded 0.10.1 (Apache-2.0, tests/test_data
/test_returns.csv.gz): the daily returns of an algorithm on US equities, 2004 to 2009. The other
sets may not be copied; they are read where they lie beside the repository.
"""

from __future__ import annotations

import csv
import json
from datetime import UTC, datetime
from decimal import Decimal
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from django.conf import settings

from analytics import tradefile
from analytics.performance import returns
from analytics.performance.returns import Array

SHARED = Path(settings.BASE_DIR).parent / "shared" / "data"
CAPITAL = Decimal("0.01")  # BTC, of the trades

needs_shared = pytest.mark.skipif(
    not SHARED.exists(), reason="the real sets are not beside the repository"
)


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="") as lines:
        return list(csv.DictReader(lines))


@cache
def expected() -> dict[str, Any]:
    return dict(json.loads((SHARED / "expected.json").read_text()))


def equity_returns() -> Array:
    """1,511 observed days, 252 a year."""
    return np.array([float(row["ret"]) for row in rows(equity_file())])


def equity_file() -> Path:
    return Path(__file__).parent / "equity_algo_daily_returns.csv"


def trades() -> list[tradefile.ClosedTrade]:
    """179 trades of 21 days, in the order of the file."""
    return tradefile.read(SHARED / "freqtrade_trades.csv")


def gross(trade: tradefile.ClosedTrade) -> Decimal:
    return trade.pnl


def net(trade: tradefile.ClosedTrade) -> Decimal:
    return trade.net_pnl


def closing(trade: tradefile.ClosedTrade) -> datetime:
    return datetime.fromtimestamp(trade.closed_ms / 1_000, UTC)


def trade_returns() -> Array:
    """Of the 21 days, gross, from a capital of 0.01 BTC."""
    by_day: dict[str, Decimal] = {}
    for trade in trades():
        day = f"{closing(trade):%F}"
        by_day[day] = by_day.get(day, Decimal(0)) + trade.pnl
    pnl = np.array([float(by_day[day]) for day in sorted(by_day)])
    return returns.of_pnl(pnl, capital=float(CAPITAL))
