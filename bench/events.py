"""Events as the agent writes them: flat fields, every value a string."""

from __future__ import annotations

import random
import time
from collections.abc import Iterator
from typing import Any

from redis import Redis

PIPELINE = 1_000

type Fields = dict[Any, Any]


def execution(number: int, *, at_ms: int, rng: random.Random) -> Fields:
    """A closing fill."""
    price = rng.uniform(60_000, 65_000)
    return {
        "event_id": f"x-{number}",
        "timestamp": str(at_ms),
        "source": "order-executor",
        "strategy": f"s{number % 5}",
        "symbol": ("BTC/USDT", "ETH/USDT", "SOL/USDT")[number % 3],
        "order_id": f"o-{number}",
        "side": "sell" if number % 2 else "buy",
        "status": "FILLED",
        "quantity": "0.015",
        "price": f"{price:.2f}",
        "requested_price": f"{price - 1.5:.2f}",
        "fee": "0.63",
        "fee_currency": "USDT",
        "execution_time": f"{rng.uniform(0.05, 0.9):.3f}",
        "pnl": f"{rng.gauss(0.4, 9):.4f}",
    }


def decision(number: int, *, at_ms: int, rng: random.Random) -> Fields:
    """What risk management said to a signal."""
    rejected = rng.random() < 0.1
    return {
        "event_id": f"d-{number}",
        "timestamp": str(at_ms),
        "source": "risk-manager",
        "strategy": f"s{number % 5}",
        "symbol": "BTC/USDT",
        "signal_id": f"sig-{number}",
        "decision": "rejected" if rejected else "approved",
        "reason_code": "max_notional_per_order" if rejected else "",
        "limit_name": "daily_loss",
        "limit_value": "500",
        "limit_used": f"{rng.uniform(0, 480):.2f}",
        "requested_qty": "0.5",
        "decision_time": "0.004",
    }


MAKERS = {"trade_executions": execution, "risk_decisions": decision}


def spread(stream: str, count: int, *, seconds: float = 3_600) -> Iterator[Fields]:
    """`count` events over the last hour, oldest first."""
    rng, now = random.Random(7), time.time()
    for number in range(count):
        at = now - seconds + seconds * number / count
        yield MAKERS[stream](number, at_ms=int(at * 1_000), rng=rng)


def fill(redis: Redis, stream: str, count: int) -> None:
    """Write `count` events to the stream as fast as possible."""
    pipe = redis.pipeline(transaction=False)
    for number, fields in enumerate(spread(stream, count), start=1):
        pipe.xadd(stream, fields)
        if number % PIPELINE == 0:
            pipe.execute()
    pipe.execute()
