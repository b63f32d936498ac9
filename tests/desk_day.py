"""The entries of a desk's day, stored by the engine's own code without its process."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.db import connection
from django.utils.module_loading import import_string

from analytics import walks
from analytics.models import Portfolio
from analytics.streams import Entry
from health import monitor, processes
from ops_portal.engine.batch import Batch, Storing
from ops_portal.engine.leases import Leases

COMPONENTS = {
    "data-feed": 10,
    "signal-engine": 10,
    "risk-manager": 15,
    "order-executor": 15,
    "model-server": 20,
    "redis": 30,
}  # name -> seconds between its reports
SYMBOLS = {"BTC/USDT": 63_100.0, "ETH/USDT": 3_210.0, "SOL/USDT": 148.0}
DRAWDOWN_MINUTES = 75


def store(*, now: datetime) -> None:
    """A believable day up to now: trades, signals, decisions, drawdown, reports of components."""
    Portfolio.objects.get_or_create(
        env="live", strategy="", currency="USDT", defaults={"starting_capital": 20_000}
    )
    made = [*trades(now), *drawdowns(now), *reports(now)]
    written = sorted({entry.stream for entry in made})
    streams = {stream: import_string(settings.STREAM_HANDLERS[stream]) for stream in written}
    leases = Leases("seed", list(streams))
    leases.refresh()
    storing = Storing(leases=leases, stores=streams, watcher=None)
    storing.forget()  # rows of an earlier test are gone
    storing.store(Batch(made, now=now), lost={}, now=now)
    leases.release()
    with connection.cursor() as cursor:
        walks.bring_up_to_date(cursor)
    run(now=now)
    monitor.tick(now=now)


def run(*, now: datetime) -> None:
    """The portal's own processes have just made progress."""
    for kind in processes.KINDS:
        processes.beat(kind, now=now, name=f"{kind}@desk:1")


def trades(now: datetime) -> Iterator[Entry]:
    """About fifty closed trades since midnight UTC, more won than lost, with their signals."""
    dice = random.Random(7)
    midnight = now.astimezone(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
    span = (now - midnight).total_seconds()
    for number in range(52):
        at = midnight + timedelta(seconds=span * (number + dice.random()) / 52)
        at = now - timedelta(seconds=20) if number == 51 else at
        symbol = dice.choice(list(SYMBOLS))
        common = {"source": "agent", "strategy": "btc-1", "symbol": symbol, "timestamp": _ms(at)}
        side = dice.choice(["buy", "sell"])
        yield _entry(
            "trading_signals", at, number, common | {"signal_type": side, "strength": "0.7"}
        )
        yield _entry(
            "risk_decisions", at, number, common | {"approved": "true", "decision": "approved"}
        )
        price = SYMBOLS[symbol] * (1 + dice.gauss(0, 0.004))
        pnl = dice.gauss(9, 31)
        fill = {"execution_id": f"x{number}", "event_id": f"x{number}", "side": side}
        fill |= {"quantity": "0.05", "price": f"{price:.2f}", "pnl": f"{pnl:.2f}", "fee": "0.42"}
        fill |= {"currency": "USDT", "status": "FILLED", "execution_time": "0.41"}
        yield _entry("trade_executions", at, number, common | fill)


def drawdowns(now: datetime) -> Iterator[Entry]:
    """A drawdown that crosses -5 % about a quarter of an hour before now."""
    for second in range(0, DRAWDOWN_MINUTES * 60, 15):
        at = now - timedelta(minutes=DRAWDOWN_MINUTES) + timedelta(seconds=second)
        slope = -0.02 - 0.045 / (1 + math.exp(-(second - 59 * 60) / 240))
        value = slope + 0.003 * math.sin(second / 97) + 0.0015 * math.sin(second / 13)
        fields = {"source": "agent", "strategy": "btc-1", "timestamp": _ms(at)}
        fields["current_drawdown"] = f"{value:.5f}"
        yield _entry("performance_metrics", at, second, fields)


def reports(now: datetime) -> Iterator[Entry]:
    """Half an hour of reports; the executor was degraded for a while."""
    for index, (name, seconds) in enumerate(COMPONENTS.items()):
        for back in range(40, -1, -1):
            at = now - timedelta(seconds=back * seconds + index)
            status = "degraded" if name == "order-executor" and 12 < back < 18 else "ok"
            fields = {"component": name, "status": status, "timestamp": _ms(at), "source": "agent"}
            fields |= {"cpu_percent": "23", "memory_percent": "41", "health": "98"}
            yield _entry("system_metrics", at, index, fields)


def _entry(stream: str, at: datetime, number: int, fields: dict[str, str]) -> Entry:
    pairs = [text for pair in fields.items() for text in pair]
    return Entry(stream, f"{_ms(at)}-{number}", pairs)


def _ms(at: datetime) -> str:
    return str(int(at.timestamp() * 1000))
