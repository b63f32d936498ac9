"""Replayed trades: the figures of a file, in SQL and in the figures, shuffled and twice."""

from __future__ import annotations

import csv
import random
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path

import pytest
from django.conf import settings
from django.core.management import CommandError, call_command
from django.db import connection
from redis import Redis

from analytics import derived, tradefile
from analytics.models import EventKey, Execution, StaleDay
from analytics.performance import drawdown, pnl, trades
from tests.analytics import engines

pytestmark = pytest.mark.django_db(transaction=True)
REAL = Path(settings.BASE_DIR).parent / "shared" / "data" / "freqtrade_trades.csv"
MADE = Path(__file__).parent / "made_trades.csv"
CAPITAL = Decimal("0.01")
IN_SQL = """
    SELECT count(*), sum(pnl), count(*) FILTER (WHERE round(pnl, 8) > 0) FROM analytics_trade
"""


def replay_shuffled_and_twice(path: Path) -> None:
    for seed in (1, 2):
        call_command("replay_trades", str(path), capital=CAPITAL, shuffle=seed, verbosity=0)
    closed = len(tradefile.read(path))
    with engines.running():
        engines.until(lambda: Execution.objects.count() == 2 * closed)
        engines.until(lambda: derived.figures("live", "BTC")["max_drawdown"] is not None)
        engines.until(lambda: not StaleDay.objects.exists())


@pytest.mark.skipif(not REAL.exists(), reason="the real trades are not beside the repository")
def test_the_real_trades_give_their_known_figures(agent: Redis) -> None:
    replay_shuffled_and_twice(REAL)

    found = derived.figures("live", "BTC")
    with connection.cursor() as cursor:
        cursor.execute(IN_SQL)
        in_sql = cursor.fetchone()

    assert in_sql == (179, Decimal("0.0001443"), 48)
    assert (found["trades"], found["wins"], found["pnl"]) == (179, 48, "0.0001443")
    assert found["win_ratio"] == 48 / 179
    assert found["max_drawdown"] == pytest.approx(-0.0204659, abs=5e-8)
    print(f"\nreplayed real trades, shuffled and twice: {found}")


def test_made_trades_give_the_figures_of_their_definition(agent: Redis) -> None:
    rows = tradefile.read(MADE)
    steps = pnl.by_timestamp(
        (datetime.fromtimestamp(trade.closed_ms / 1_000, UTC), trade.net_pnl) for trade in rows
    )
    path = pnl.equity(CAPITAL, [step for _, step in steps])
    expected = trades.tally([trade.net_pnl for trade in rows])

    replay_shuffled_and_twice(MADE)

    found = derived.figures("live", "BTC")
    assert (found["trades"], found["wins"]) == (expected.trades, expected.wins)
    assert Decimal(found["pnl"]) == expected.pnl
    assert found["max_drawdown"] == pytest.approx(float(drawdown.of_equity(path).worst), rel=1e-12)
    assert EventKey.objects.count() == 3 * len(rows)


def test_the_made_trades_are_what_their_seed_gives() -> None:
    with MADE.open(newline="") as lines:
        assert list(csv.reader(lines)) == made_trades(seed=8)


def made_trades(seed: int) -> list[list[str]]:
    """Rows of the committed file: 200 trades of which many share their closing time."""
    dice = random.Random(seed)
    rows = [[*tradefile.COLUMNS, "exit_reason", "enter_tag"]]
    at = 1_700_000_000_000
    for number in range(1, 201):
        at += dice.choice((0, 0, 300_000, 3_600_000, 7_200_000))
        quantity = Decimal(dice.randrange(5, 15)) / 100
        opened = Decimal(dice.randrange(900, 1_100)) / 10**5
        closed = opened + Decimal(dice.randrange(-14, 24)) / 10**5
        rows.append([
            str(number), dice.choice(("ADA/BTC", "TRX/BTC", "XLM/BTC")), "buy",
            str(at - 600_000), str(at), str(quantity), str(opened), str(closed),
            "0.0025", "0.0025", str(quantity * (closed - opened)),
            dice.choice(("roi", "stop_loss", "exit_signal")), "",
        ])  # fmt: skip
    return rows


def test_a_file_without_the_columns_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "wrong.csv"
    path.write_text("a,b\n1,2\n")

    with pytest.raises(CommandError, match="lacks the columns"):
        call_command("replay_trades", str(path))
