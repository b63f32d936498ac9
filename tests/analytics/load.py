"""Many events with a known truth."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from itertools import batched
from typing import Any, cast

from django.db import connection
from redis import Redis

from tests.analytics.entries import MS, execution

Entry = tuple[str, Mapping[Any, Any]]
Ask = Callable[[str], Sequence[tuple[Any, ...]]]


@dataclass
class Truth:
    """What must be in the database when every event was stored exactly once."""

    executions: int = 0
    signals: int = 0
    pnl: Decimal = Decimal(0)
    orders: dict[str, Decimal] = field(default_factory=dict)

    @property
    def events(self) -> int:
        return self.executions + self.signals

    @property
    def figures(self) -> dict[str, Any]:
        wins = sum(1 for pnl in self.orders.values() if pnl > 0)
        trades = (len(self.orders), self.pnl, wins)
        return {
            "keys": self.events,
            "executions": (self.executions, self.pnl),
            "signals": self.signals,
            "trades": (len(self.orders), self.pnl),
            "rollups": dict.fromkeys("mhd", trades),
            "orders": dict.fromkeys("mhd", self.executions),
            "counted": self.events,
        }


def events(count: int, seed: int = 1) -> tuple[list[Entry], Truth]:
    """Fills, two an order and a minute apart, and every fifth event a signal."""
    dice, truth, entries = random.Random(seed), Truth(), list[Entry]()
    for number in range(count):
        at = str(MS - dice.randrange(6 * 3_600_000))
        if number % 5 == 4:
            entries.append(("trading_signals", {
                "event_id": f"s{number}", "source": "bot", "timestamp": at, "signal_type": "buy",
                "symbol": "BTC/USDT",
            }))  # fmt: skip
            truth.signals += 1
            continue
        order, pnl = f"o{number // 10}", Decimal(dice.randrange(-500, 510)) / 100
        fill = execution(number, order_id=order, timestamp=at, pnl=str(pnl), execution_time="0.2")
        entries.append(("trade_executions", fill))
        truth.executions += 1
        truth.pnl += pnl
        truth.orders[order] = truth.orders.get(order, Decimal(0)) + pnl
    return entries, truth


def publish(redis: Redis, entries: Iterable[Entry]) -> None:
    for some in batched(entries, 2_000):
        pipe = redis.pipeline(transaction=False)
        for stream, fields in some:
            pipe.xadd(stream, cast("Any", fields))
        pipe.execute()


def rows(statement: str) -> Sequence[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(statement)
        return cast("Sequence[tuple[Any, ...]]", cursor.fetchall())


def stored(ask: Ask = rows) -> dict[str, Any]:
    """The figures of Truth, as the database has them."""
    return {
        "keys": ask("SELECT count(*) FROM analytics_eventkey")[0][0],
        "executions": ask("SELECT count(*), sum(pnl) FROM analytics_execution")[0],
        "signals": ask("SELECT count(*) FROM analytics_signal")[0][0],
        "trades": ask("SELECT count(*), sum(pnl) FROM analytics_trade")[0],
        "rollups": {
            unit: tuple(sums)
            for unit, *sums in ask(
                "SELECT unit, sum(trades), sum(pnl), sum(wins)"
                " FROM analytics_traderollup GROUP BY unit"
            )
        },
        "orders": dict(
            ask(
                "SELECT unit, sum(count) FROM analytics_eventrollup WHERE kind = 'order' GROUP BY 1"
            )
        ),
        "counted": ask("SELECT sum(accepted) FROM analytics_streamstate")[0][0],
    }


def accepted(ask: Ask = rows) -> int:
    """Events stored so far."""
    return int(ask("SELECT coalesce(sum(accepted), 0) FROM analytics_streamstate")[0][0])


def waiting(redis: Redis, stream: str) -> int:
    """Entries delivered and not acknowledged."""
    return int(cast("Any", redis.xpending(stream, "ops-portal"))["pending"])
