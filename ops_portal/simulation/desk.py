"""What the desk publishes: signals, decisions, executions, performance, systems, errors."""

from __future__ import annotations

import math
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from random import Random
from typing import NamedTuple

from ops_portal.simulation.book import CAPITAL, FEE, Account, Position
from ops_portal.simulation.machines import machine_entries
from ops_portal.simulation.market import DAY_SECONDS, Market

SYMBOL, CURRENCY = "BTC/USDT", "USDT"
STRATEGIES = ("trend_btc", "reversion_btc")
SIGNAL_SECONDS = 24.0  # between two signals, on average
EXPOSURE_LIMIT = 60_000.0  # USDT, gross
PERFORMANCE_SECONDS = 5
REASONS = ("max_notional_per_order", "max_open_positions", "cooldown_after_loss")
VENUE_REFUSES = 0.05  # of the opening orders, which are then sent again at a new price
VENUE_REASONS = {
    "post_only_would_cross": 6,
    "price_outside_band": 3,
    "insufficient_margin": 1,
    "rate_limit": 2,
}  # reason -> how often beside the others


class Entry(NamedTuple):
    """One entry of a stream and when the agent would have published it."""

    at_ms: int
    stream: str
    fields: dict[str, str]


class Desk:
    """One UTC day of trading from midnight on; the same for the same seed, rate and day."""

    def __init__(self, *, seed: int, rate: float, day: datetime, env: str) -> None:
        self.env = env
        self.market = Market(seed, day.date())
        self.account = Account()
        self._random = Random(f"{seed} desk {rate} {day.date()}")  # noqa: S311 - no secret
        # Dice of its own, so that what the venue refuses changes none of the trades.
        self._venue = Random(f"{seed} venue {rate} {day.date()}")  # noqa: S311 - no secret
        self._rate = rate
        self._midnight = day.replace(hour=0, minute=0, second=0, microsecond=0).timestamp()
        self._prefix = f"sim{seed}"
        self._hedged: float | None = None  # the crash that the big position was opened for
        self._number = 0

    def holds(self, at: float) -> bool:
        """Does this time belong to the day?"""
        return self._midnight <= at < self._midnight + DAY_SECONDS

    def seconds(self) -> Iterator[tuple[float, list[Entry]]]:
        """Each second of the day with what was published in it, oldest first."""
        for second in range(DAY_SECONDS):
            at = self._midnight + second
            self.market.step(at)
            entries = [*self._closes(at), *self._bets(at), *self._signals(at)]
            if second % PERFORMANCE_SECONDS == 0:
                entries.append(self._performance(at))
            entries += (
                self._entry(at, stream, fields)
                for stream, fields in machine_entries(self._random, self.market, at)
            )
            yield at, entries

    def _signals(self, at: float) -> Iterator[Entry]:
        for _ in range(_poisson(self._random, self._rate / SIGNAL_SECONDS)):
            yield from self._signal(at)

    def _signal(self, at: float) -> Iterator[Entry]:
        rng = self._random
        strategy = rng.choice(STRATEGIES)
        kind = rng.choices(("trade", "hold"), (0.7, 0.3))[0]
        guess = self.market.trend or rng.choice((-1, 1))
        side = guess if rng.random() < 0.72 else -guess
        if kind == "hold":
            yield self._told_signal(at, strategy, "hold", rng.uniform(0.05, 0.4))[1]
            return
        strength = min(1.0, max(0.1, rng.gauss(0.62, 0.16)))
        quantity = round(rng.uniform(0.02, 0.14) * strength / 0.6, 5)
        signal_id, entry = self._told_signal(at, strategy, _word(side), strength)
        yield entry
        yield from self._decide(at, strategy, signal_id, side, quantity)

    def _decide(
        self, at: float, strategy: str, signal_id: str, side: int, quantity: float
    ) -> Iterator[Entry]:
        rng = self._random
        gross, _ = self.account.exposure(self.market.price)
        used = gross + quantity * self.market.price
        late = at > self._midnight + DAY_SECONDS - 600
        if used > EXPOSURE_LIMIT or late or self.market.crash_at(at) or rng.random() < 0.06:
            reason = "exposure_limit" if used > EXPOSURE_LIMIT else rng.choice(REASONS)
            yield self._decision(at, signal_id, strategy, side, quantity, 0.0, reason, used)
            return
        granted = round(quantity * 0.5, 5) if used > 0.8 * EXPOSURE_LIMIT else quantity
        reason = "" if granted == quantity else "near_exposure_limit"
        yield self._decision(at, signal_id, strategy, side, quantity, granted, reason, used)
        hold = min(900.0, rng.expovariate(1 / 260) + 30)
        yield from self._refusals(at, strategy, signal_id, side, granted)
        yield self._open(at, strategy, signal_id, side, granted, hold=hold, stop=0.006)

    def _refusals(
        self, at: float, strategy: str, signal_id: str, side: int, quantity: float
    ) -> Iterator[Entry]:
        """The order as the venue refused it, now and then; nothing was filled."""
        if self._venue.random() >= VENUE_REFUSES:
            return
        [reason] = self._venue.choices(list(VENUE_REASONS), list(VENUE_REASONS.values()))
        fields = {
            "source": "order-executor", "strategy": strategy, "symbol": SYMBOL,
            "execution_id": self._id("ex", at), "order_id": self._id("ord", at),
            "signal_id": signal_id, "side": _word(side), "status": "REJECTED",
            "quantity": f"{quantity:.5f}", "requested_price": f"{self.market.price:.2f}",
            "order_type": "limit", "reject_reason": reason, "correlation_id": signal_id,
        }  # fmt: skip
        yield self._entry(at, "trade_executions", fields)

    def _bets(self, at: float) -> Iterator[Entry]:
        """Before a crash the trend strategy is caught with a large long position."""
        crash = self.market.crash_at(at)
        if crash is None or self._hedged == crash.begins:
            return
        self._hedged = crash.begins
        signal_id, entry = self._told_signal(at, STRATEGIES[0], "buy", 0.93)
        yield entry
        quantity = round(1.45 * CAPITAL / self.market.price, 5)
        yield self._decision(
            at, signal_id, STRATEGIES[0], 1, quantity, quantity, "", EXPOSURE_LIMIT * 0.97
        )
        yield self._open(at, STRATEGIES[0], signal_id, 1, quantity, hold=crash.ends - at, stop=0.2)

    def _closes(self, at: float) -> Iterator[Entry]:
        price, last = self.market.price, self._midnight + DAY_SECONDS - 60
        due = [one for one in self.account.open if one.is_due(price, at) or at >= last]
        for position in due:
            self.account.open.remove(position)
            yield self._close(at, position)

    def _open(
        self, at: float, strategy: str, signal_id: str, side: int, quantity: float,
        *, hold: float, stop: float,
    ) -> Entry:  # fmt: skip
        price, asked, seconds = self._fill(side, at)
        position = Position(
            self._id("pos", at), strategy, signal_id, side, quantity, price, at + hold, stop
        )
        self.account.open.append(position)
        return self._execution(at, position, side, price, asked, seconds, pnl=None)

    def _close(self, at: float, position: Position) -> Entry:
        price, asked, seconds = self._fill(-position.side, at)
        fees = (position.entry + price) * position.quantity * FEE
        self.account.fees += fees
        pnl = round(position.gain(price) - fees, 8)
        self.account.settle(pnl)
        return self._execution(at, position, -position.side, price, asked, seconds, pnl=pnl)

    def _fill(self, side: int, at: float) -> tuple[float, float, float]:
        """Fill price, asked price and the seconds that it took."""
        rng, price = self._random, self.market.price
        slow = 9.0 if self.market.crash_at(at) and rng.random() < 0.25 else 1.0
        seconds = slow * math.exp(rng.gauss(math.log(0.19), 0.45))
        slip = rng.gauss(0.08, 0.4) * slow**0.5 / 10_000
        return round(price * (1 + side * slip), 2), round(price, 2), round(seconds, 4)

    def _told_signal(
        self, at: float, strategy: str, kind: str, strength: float
    ) -> tuple[str, Entry]:
        signal_id = self._id("sig", at)
        fields = {
            "source": "signal-engine", "strategy": strategy, "symbol": SYMBOL,
            "signal_id": signal_id, "signal_type": kind, "strength": f"{strength:.3f}",
            "confidence": f"{min(0.99, strength * self._random.uniform(0.8, 1.1)):.3f}",
            "price": f"{self.market.price:.2f}", "timeframe": "1m", "correlation_id": signal_id,
        }  # fmt: skip
        return signal_id, self._entry(at, "trading_signals", fields)

    def _decision(
        self, at: float, signal_id: str, strategy: str, side: int, wanted: float,
        granted: float, reason: str, used: float,
    ) -> Entry:  # fmt: skip
        word = "rejected" if granted == 0 else "approved" if granted == wanted else "reduced"
        gross, net = self.account.exposure(self.market.price)
        fields = {
            "source": "risk-manager", "strategy": strategy, "symbol": SYMBOL,
            "decision_id": self._id("rd", at), "signal_id": signal_id, "side": _word(side),
            "decision": word, "requested_qty": f"{wanted:.5f}", "approved_qty": f"{granted:.5f}",
            "limit_name": "gross_exposure", "limit_value": f"{EXPOSURE_LIMIT:.2f}",
            "limit_used": f"{min(used, EXPOSURE_LIMIT):.2f}", "gross_exposure": f"{gross:.2f}",
            "net_exposure": f"{net:.2f}", "correlation_id": signal_id,
            "decision_time": f"{self._random.uniform(0.001, 0.009):.4f}",
            "trading_state": "reducing" if self.market.crash_at(at) else "active",
        }  # fmt: skip
        return self._entry(
            at, "risk_decisions", fields | ({"reason_code": reason} if reason else {})
        )

    def _execution(
        self, at: float, position: Position, side: int, price: float, asked: float,
        seconds: float, *, pnl: float | None,
    ) -> Entry:  # fmt: skip
        fields = {
            "source": "order-executor", "strategy": position.strategy, "symbol": SYMBOL,
            "execution_id": self._id("ex", at), "order_id": self._id("ord", at),
            "position_id": position.id, "signal_id": position.signal_id, "side": _word(side),
            "status": "FILLED", "quantity": f"{position.quantity:.5f}", "price": f"{price:.2f}",
            "requested_price": f"{asked:.2f}", "fee": f"{price * position.quantity * FEE:.6f}",
            "fee_currency": CURRENCY, "execution_time": f"{seconds:.4f}", "liquidity": "maker",
            "order_type": "limit", "correlation_id": position.signal_id,
        }  # fmt: skip
        if pnl is not None:
            fields |= {"pnl": f"{pnl:.8f}", "reduce_only": "true"}
        return self._entry(at, "trade_executions", fields)

    def _performance(self, at: float) -> Entry:
        account, price = self.account, self.market.price
        drawdown = account.drawdown(price)
        gross, net = account.exposure(price)
        equity = account.equity(price)
        fields = {
            "source": "performance-tracker", "current_drawdown": f"{drawdown:.6f}",
            "max_drawdown": f"{account.deepest:.6f}", "total_trades": str(account.trades),
            "equity": f"{equity:.2f}", "balance": f"{CAPITAL + account.realized:.2f}",
            "realized_pnl": f"{account.realized:.2f}", "fees": f"{account.fees:.2f}",
            "unrealized_pnl": f"{equity - CAPITAL - account.realized:.2f}",
            "current_pnl": f"{equity - CAPITAL:.2f}", "gross_exposure": f"{gross:.2f}",
            "net_exposure": f"{net:.2f}", "leverage": f"{gross / equity:.4f}",
            "open_positions": str(len(account.open)),
        }  # fmt: skip
        if account.trades:
            fields["win_rate"] = f"{100 * account.wins / account.trades:.2f}"
            if (sharpe := account.sharpe()) is not None:
                fields["sharpe_ratio"] = f"{sharpe:.4f}"
        if account.loss:
            fields["profit_factor"] = f"{account.profit / account.loss:.4f}"
        return self._entry(at, "performance_metrics", fields)

    def _entry(self, at: float, stream: str, fields: dict[str, str]) -> Entry:
        at_ms = int(at * 1000) + self._number % 1000
        named = {"event_id": self._id(stream, at), "timestamp": str(at_ms), "env": self.env}
        return Entry(at_ms, stream, named | fields)

    def _id(self, kind: str, at: float) -> str:
        self._number += 1
        return f"{self._prefix}-{kind}-{int(at)}-{self._number % 10_000}"


def days(*, seed: int, rate: float, start: datetime, env: str) -> Iterator[Desk]:
    """The day of `start` and those after it."""
    day = start.astimezone(UTC)
    while True:
        yield Desk(seed=seed, rate=rate, day=day, env=env)
        day += timedelta(days=1)


def _word(side: int) -> str:
    return "buy" if side > 0 else "sell"


def _poisson(rng: Random, mean: float) -> int:
    """How many happen in a second (Knuth 1969, exact for small means; split for large ones)."""
    if mean > 10:
        return _poisson(rng, mean / 2) + _poisson(rng, mean / 2)
    limit, count, product = math.exp(-mean), 0, rng.random()
    while product > limit:
        count += 1
        product *= rng.random()
    return count
