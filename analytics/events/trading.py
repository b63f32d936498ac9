"""Signals, executions and risk decisions."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal

from analytics.events.envelope import Bag
from analytics.events.structs import Execution, RiskDecision, Signal
from analytics.fields import InvalidEvent, flag, number, ratio

SIGNAL_TYPES = {
    "buy": "buy", "long": "buy", "enter_long": "buy", "entry": "buy", "bull": "buy",
    "bullish": "buy", "1": "buy", "+1": "buy", "1.0": "buy", "b": "buy",
    "sell": "sell", "short": "sell", "enter_short": "sell", "bear": "sell", "bearish": "sell",
    "-1": "sell", "-1.0": "sell", "s": "sell",
    "hold": "hold", "neutral": "hold", "wait": "hold", "0": "hold", "0.0": "hold", "flat": "hold",
    "close_long": "close_long", "exit_long": "close_long", "close": "close_long",
    "exit": "close_long", "close_short": "close_short", "exit_short": "close_short",
}  # fmt: skip
SIDES = {
    "buy": "buy", "long": "buy", "b": "buy", "bid": "buy", "1": "buy", "enter_long": "buy",
    "exit_short": "buy", "close_short": "buy",
    "sell": "sell", "short": "sell", "s": "sell", "ask": "sell", "-1": "sell", "2": "sell",
    "enter_short": "sell", "exit_long": "sell", "close_long": "sell",
}  # fmt: skip
STATUSES = {
    "filled": "FILLED", "closed": "FILLED", "done": "FILLED", "completed": "FILLED",
    "complete": "FILLED", "executed": "FILLED", "fill": "FILLED", "success": "FILLED",
    "partially_filled": "PARTIALLY_FILLED", "partial": "PARTIALLY_FILLED",
    "partiallyfilled": "PARTIALLY_FILLED", "partial_fill": "PARTIALLY_FILLED",
    "rejected": "REJECTED", "denied": "REJECTED", "failed": "REJECTED",
    "cancelled": "CANCELLED", "canceled": "CANCELLED",
    "expired": "EXPIRED",
    "new": "NEW", "open": "NEW", "accepted": "NEW", "submitted": "NEW", "pending": "NEW",
}  # fmt: skip
DECISIONS = {
    "approved": "approved", "approve": "approved", "accepted": "approved", "allow": "approved",
    "allowed": "approved", "pass": "approved", "passed": "approved", "true": "approved",
    "1": "approved", "yes": "approved", "ok": "approved",
    "rejected": "rejected", "reject": "rejected", "denied": "rejected", "deny": "rejected",
    "blocked": "rejected", "false": "rejected", "0": "rejected", "no": "rejected",
    "reduced": "reduced", "reduce": "reduced", "resized": "reduced", "modified": "reduced",
    "halted": "halted", "halt": "halted", "stopped": "halted",
    "resumed": "resumed", "resume": "resumed",
}  # fmt: skip
TRADING_STATES = {"active": "active", "reducing": "reducing", "halted": "halted"}
EXPOSURES = ("gross_exposure", "net_exposure", "leverage", "margin_used_ratio", "var_95")
LONGEST_LATENCY = 86_400  # seconds; more is a mistake of the producer
BPS = 10_000


def read_signal(bag: Bag) -> Signal:
    common, fields = bag.common, bag.fields
    if not common["symbol"]:
        raise InvalidEvent("missing_field", "`symbol` is missing.")
    strength = ratio(fields.pop("strength", None), "strength")
    kind = bag.choice("signal_type", SIGNAL_TYPES)
    if not kind and strength:
        kind = "buy" if strength > 0 else "sell"
        bag.inferred.append("signal_type")
    if not kind:
        raise InvalidEvent("missing_field", "`signal_type` is missing.")
    return Signal(
        **common,
        signal_id=bag.text("signal_id") or common["event_id"],
        signal_type=kind,
        strength=_unit_interval(bag, "strength", strength),
        confidence=_unit_interval(
            bag, "confidence", ratio(fields.pop("confidence", None), "confidence")
        ),
        price=number(fields.pop("price", None), "price"),
        timeframe=bag.text("timeframe"),
    )


def _unit_interval(bag: Bag, name: str, value: float | None) -> float | None:
    """0..1; up to 100 is taken for percent and flagged, more is dropped and flagged."""
    if value is None or 0 <= value <= 1:
        return value
    size = abs(value)
    if value < 0 and size <= 1:
        return size
    bag.inferred.append(name)
    return size / 100 if size <= 100 else None


def read_execution(bag: Bag) -> Execution:
    common, fields = bag.common, bag.fields
    pop = fields.pop
    status = bag.choice("status", STATUSES) or "FILLED"
    side = bag.choice("side", SIDES)
    quantity = number(pop("quantity", None), "quantity")
    price = number(pop("price", None), "price")
    _require_execution(common["symbol"], side, status, quantity, price)
    if quantity is not None and quantity < 0:
        quantity = -quantity
        bag.inferred.append("quantity")
    requested = number(pop("requested_price", None), "requested_price")
    execution_id = bag.text("execution_id") or common["event_id"]
    order_id, position_id = bag.text("order_id"), bag.text("position_id")
    fee_currency = bag.text("fee_currency")
    reconciliation = (
        bool(flag(pop("reconciliation"), "reconciliation")) if "reconciliation" in fields else False
    )
    return Execution(
        **common,
        execution_id=execution_id,
        order_id=order_id,
        client_order_id=bag.text("client_order_id"),
        position_id=position_id,
        signal_id=bag.text("signal_id"),
        trade_key=trade_key(position_id, order_id, execution_id),
        side=side,
        status=status,
        quantity=quantity,
        price=price,
        requested_price=requested,
        fee=number(pop("fee", None), "fee"),
        fee_currency=fee_currency,
        pnl=number(pop("pnl", None), "pnl"),
        currency=bag.text("currency").upper() or common["symbol"].partition("/")[2],
        execution_seconds=None if reconciliation else _latency(bag),
        slippage_bps=slippage_bps(side, price, requested),
        liquidity=bag.text("liquidity").lower(),
        order_type=bag.text("order_type"),
        reject_reason=bag.text("reject_reason", longest=2_000),
        exit_reason=bag.text("exit_reason"),
        opened_at=bag.instant("opened_at"),
        reconciliation=reconciliation,
    )


def _require_execution(
    symbol: str, side: str, status: str, quantity: Decimal | None, price: Decimal | None
) -> None:
    if not symbol:
        raise InvalidEvent("missing_field", "`symbol` is missing.")
    if not side:
        raise InvalidEvent("missing_field", "`side` is missing.")
    if status == "FILLED" and (quantity is None or price is None):
        missing = "quantity" if quantity is None else "price"
        raise InvalidEvent("missing_field", f"`{missing}` is missing in a fill.")


def trade_key(position_id: str, order_id: str, execution_id: str) -> str:
    """A trade is the realised fills of one position, else of one order, else the fill itself."""
    if position_id:
        return f"position:{position_id}"
    return f"order:{order_id}" if order_id else f"execution:{execution_id}"


def slippage_bps(
    side: str, price: Decimal | str | None, requested: Decimal | str | None
) -> float | None:
    """Basis points that the fill was worse (positive) or better than the requested price."""
    if price is None or requested is None:
        return None
    asked = float(requested)
    if not asked:
        return None
    worse = float(price) - asked if side == "buy" else asked - float(price)
    return worse * BPS / asked


def _latency(bag: Bag) -> float | None:
    """Seconds from submission to fill; None and flagged when it cannot be true."""
    fields = bag.fields
    seconds = ratio(fields.pop("execution_time", None), "execution_time")
    if "execution_ms" in fields:
        ms = ratio(fields.pop("execution_ms"), "execution_time_ms")
        seconds = ms / 1_000 if seconds is None and ms is not None else seconds
    if seconds is None and "submit_ts" in fields:
        seconds = _between(bag.instant("submit_ts"), bag.instant("fill_ts"))
    if seconds is not None and not 0 <= seconds <= LONGEST_LATENCY:
        bag.inferred.append("execution_time")
        return None
    return seconds


def _between(start: datetime | None, end: datetime | None) -> float | None:
    return None if start is None or end is None else (end - start).total_seconds()


def read_decision(bag: Bag) -> RiskDecision:
    fields = bag.fields
    decision = bag.choice("decision", DECISIONS)
    if not decision:
        raise InvalidEvent("missing_field", "`decision` is missing.")
    seconds = ratio(fields.pop("decision_time", None), "decision_time")
    ms = ratio(fields.pop("decision_ms", None), "decision_time_ms")
    return RiskDecision(
        **bag.common,
        decision_id=bag.text("decision_id") or bag.common["event_id"],
        signal_id=bag.text("signal_id"),
        side=bag.choice("side", SIDES),
        decision=decision,
        reason_code=bag.text("reason_code"),
        reason=bag.text("reason", longest=2_000),
        limit_name=bag.text("limit_name"),
        limit_value=number(fields.pop("limit_value", None), "limit_value"),
        limit_used=number(fields.pop("limit_used", None), "limit_used"),
        requested_qty=number(fields.pop("requested_qty", None), "requested_qty"),
        approved_qty=number(fields.pop("approved_qty", None), "approved_qty"),
        decision_seconds=ms / 1_000 if seconds is None and ms is not None else seconds,
        trading_state=bag.choice("trading_state", TRADING_STATES),
        exposures={name: ratio(fields.pop(name), name) for name in EXPOSURES if name in fields},
    )
