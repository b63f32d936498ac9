"""One trade from the signal that wanted it to the fill that ended it.

Fills are found by the trade's key, in the time it was open; signal and decision by the signal that
the fills name. What is older than RETENTION_EVENTS_DAYS is gone, and what was imported as a whole
trade never had fills: then there is nothing here but the trade.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.db.models import Q

from analytics.models import Execution, RiskDecision, Signal, Trade

# Where the opening was not told, or somewhat later than the signal.
LOOK_BACK, BEFORE = timedelta(days=7), timedelta(days=1)
MOST_FILLS, MOST_SIGNALS = 200, 20
FILLED = (Execution.Status.FILLED, Execution.Status.PARTIALLY_FILLED)


@dataclass(frozen=True, slots=True)
class Step:
    """Something that happened on the way; `seconds` since the step before, None for the first."""

    word: str
    at: datetime
    told: str
    seconds: float | None


@dataclass(frozen=True, slots=True)
class Journey:
    """What belongs to a trade, oldest first."""

    trade: Trade
    signals: list[Signal]
    decisions: list[RiskDecision]
    reports: list[Execution]  # of its orders, fills among them

    @property
    def fills(self) -> list[Execution]:
        return [one for one in self.reports if one.status in FILLED]

    @property
    def opening(self) -> list[Execution]:
        return [one for one in self.fills if one.pnl is None]

    @property
    def opened_at(self) -> datetime | None:
        """As told, else when its first opening fill came."""
        first = self.opening[0].ts if self.opening else None
        return self.trade.opened_at or first

    @property
    def held(self) -> float | None:
        """Seconds that it was open."""
        opened_at = self.opened_at
        return None if opened_at is None else (self.trade.closed_at - opened_at).total_seconds()

    @property
    def entry(self) -> Decimal | None:
        """The average price of the opening fills."""
        return _average(self.opening)

    @property
    def fees(self) -> dict[str, Decimal]:
        """By the currency that they were paid in; those of the trade where no fill is known."""
        if not self.fills:
            return {self.trade.currency: self.trade.fees}
        paid: dict[str, Decimal] = {}
        for fill in self.fills:
            if fill.fee is not None:
                currency = fill.fee_currency.upper() or fill.currency
                paid[currency] = paid.get(currency, Decimal(0)) + fill.fee
        return paid

    @property
    def slippage_bps(self) -> float | None:
        """The mean over the fills that told it, by their money; above 0 is a cost."""
        told = [one for one in self.fills if one.slippage_bps is not None]
        weights = [float((one.quantity or 0) * (one.price or 0)) for one in told]
        if not sum(weights):
            return None
        costs = zip((one.slippage_bps or 0.0 for one in told), weights, strict=True)
        return sum(bps * weight for bps, weight in costs) / sum(weights)

    @property
    def steps(self) -> list[Step]:
        """Signal, decision, fills: with the time that passed between them."""
        found = [("Signal", one.ts, _signal(one)) for one in self.signals]
        found += [("Decision", one.ts, _decision(one)) for one in self.decisions]
        found += [(_kind(one), one.ts, _report(one)) for one in self.reports]
        order = {"Signal": 0, "Decision": 1}
        found.sort(key=lambda step: (step[1], order.get(step[0], 2)))
        return list(_between(found))


def of(trade: Trade) -> Journey:
    """Everything that is still kept of how the trade came about."""
    reports = _reports(trade)
    named = {one.signal_id for one in reports} - {""}
    since = (reports[0].ts if reports else trade.closed_at) - BEFORE
    within = Q(env=trade.env, ts__gte=since, ts__lte=trade.closed_at, signal_id__in=named)
    return Journey(
        trade,
        list(Signal.objects.filter(within).order_by("ts", "id")[:MOST_SIGNALS]) if named else [],
        list(RiskDecision.objects.filter(within).order_by("ts", "id")[:MOST_SIGNALS])
        if named
        else [],
        reports,
    )


def _reports(trade: Trade) -> list[Execution]:
    since = trade.closed_at - LOOK_BACK if trade.opened_at is None else trade.opened_at - BEFORE
    found = Execution.objects.filter(
        env=trade.env, ts__gte=since, ts__lte=trade.closed_at, trade_key=trade.trade_key,
        source=trade.source, currency=trade.currency,
    )  # fmt: skip
    return list(found.order_by("ts", "id")[:MOST_FILLS])


def _between(found: Iterable[tuple[str, datetime, str]]) -> Iterable[Step]:
    before: datetime | None = None
    for word, at, told in found:
        yield Step(word, at, told, None if before is None else (at - before).total_seconds())
        before = at


def _average(fills: Sequence[Execution]) -> Decimal | None:
    known = [(one.quantity, one.price) for one in fills if one.quantity and one.price]
    quantity = sum((quantity for quantity, _ in known), Decimal(0))
    return sum((q * p for q, p in known), Decimal(0)) / quantity if quantity else None


def _signal(signal: Signal) -> str:
    words = [signal.signal_type.replace("_", " ")]
    if signal.strength is not None:
        words.append(f"strength {signal.strength:.2f}")
    if signal.confidence is not None:
        words.append(f"confidence {signal.confidence:.2f}")
    return ", ".join(words)


def _decision(decision: RiskDecision) -> str:
    why = decision.reason or decision.reason_code.replace("_", " ")
    return f"{decision.decision}: {why}" if why else decision.decision


def _kind(report: Execution) -> str:
    if report.status not in FILLED:
        return "Order"
    return "Opening fill" if report.pnl is None else "Closing fill"


def _report(report: Execution) -> str:
    if report.status not in FILLED:
        why = f": {report.reject_reason}" if report.reject_reason else ""
        return f"{report.status.replace('_', ' ').lower()}{why}"
    return report.side
