"""The short way for the two busiest streams: flat fields of plain values, converted in C.

Whatever is out of the ordinary (an unknown field, a number that is none, an unknown word) gives
None, and the tolerant way decides. A test holds both to the same result.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Annotated

import msgspec

from analytics.events.envelope import normal_symbol
from analytics.events.structs import Event, Execution, Signal
from analytics.events.trading import (
    LONGEST_LATENCY,
    SIDES,
    SIGNAL_TYPES,
    STATUSES,
    slippage_bps,
    trade_key,
)
from analytics.fields import EARLIEST_US, EPOCH, scaled_us

Word = Annotated[str, msgspec.Meta(max_length=200)]
LONGEST_NUMBER = 19  # characters
ENVS = frozenset(("", "live", "paper", "backtest"))


class _Envelope(msgspec.Struct, forbid_unknown_fields=True, gc=False, kw_only=True):
    event_id: Word
    ts: Word
    symbol: Word
    v: str = ""
    source: Word = "unknown"
    env: str = ""
    strategy: Word = ""
    correlation_id: Word = ""
    signal_id: Word = ""


class _Execution(_Envelope, forbid_unknown_fields=True, gc=False, kw_only=True):
    side: str
    quantity: Decimal
    price: Decimal
    execution_id: Word = ""
    order_id: Word = ""
    client_order_id: Word = ""
    position_id: Word = ""
    status: str = ""
    requested_price: Decimal | None = None
    fee: Decimal | None = None
    fee_currency: Word = ""
    pnl: Decimal | None = None
    currency: Word = ""
    execution_time: float | None = None
    liquidity: Word = ""
    order_type: Word = ""
    exit_reason: Word = ""


class _Signal(_Envelope, forbid_unknown_fields=True, gc=False, kw_only=True):
    signal_type: str
    strength: float | None = None
    confidence: float | None = None
    price: Decimal | None = None
    timeframe: Word = ""


def plain_text(joined: str) -> bool:
    """Whether no value of "\\n".join(values) needs trimming and no number has odd digits."""
    return (
        joined.isascii()
        and "\n " not in joined
        and " \n" not in joined
        and "\t" not in joined
        and "\r" not in joined
        and joined[:1] != " "
        and joined[-1:] != " "
    )


def read(stream: str, entry_id: str, fields: Mapping[str, str], latest_us: int) -> Event | None:
    """The event of plain fields under canonical names; None sends them the tolerant way."""
    reader = READERS.get(stream)
    if reader is None:
        return None
    given = {name: value for name, value in fields.items() if value}
    return reader(entry_id, given, latest_us)


def _execution(entry_id: str, fields: dict[str, str], latest_us: int) -> Execution | None:
    try:
        raw = msgspec.convert(fields, _Execution, strict=False)
    except msgspec.ValidationError:
        return None
    side, ts = SIDES.get(raw.side), _instant(raw.ts, latest_us)
    status = STATUSES.get(raw.status.lower()) if raw.status else "FILLED"
    if side is None or status is None or ts is None or not _plain(raw, fields):
        return None
    symbol = normal_symbol(raw.symbol)
    execution_id = raw.execution_id or raw.event_id
    return Execution(
        stream="trade_executions",
        entry_id=entry_id,
        event_id=raw.event_id,
        source=raw.source,
        ts=ts,
        env=raw.env or "live",
        strategy=raw.strategy,
        symbol=symbol,
        correlation_id=raw.correlation_id or raw.signal_id,
        inferred=[],
        extra={} if symbol == raw.symbol else {"symbol": raw.symbol},
        execution_id=execution_id,
        order_id=raw.order_id,
        client_order_id=raw.client_order_id,
        position_id=raw.position_id,
        signal_id=raw.signal_id,
        trade_key=trade_key(raw.position_id, raw.order_id, execution_id),
        side=side,
        status=status,
        quantity=raw.quantity,
        price=raw.price,
        requested_price=raw.requested_price,
        fee=raw.fee,
        fee_currency=raw.fee_currency,
        pnl=raw.pnl,
        currency=raw.currency.upper() or symbol.partition("/")[2],
        execution_seconds=raw.execution_time,
        slippage_bps=slippage_bps(side, raw.price, raw.requested_price),
        liquidity=raw.liquidity.lower(),
        order_type=raw.order_type,
        reject_reason="",
        exit_reason=raw.exit_reason,
        opened_at=None,
        reconciliation=False,
    )


def _plain(raw: _Execution, fields: dict[str, str]) -> bool:
    """Whether every figure is one that needs no second look."""
    seconds = raw.execution_time
    return (
        raw.env in ENVS
        and _money(raw.quantity, fields["quantity"])
        and raw.quantity >= 0
        and _money(raw.price, fields["price"])
        and (not raw.requested_price or _money(raw.requested_price, fields["requested_price"]))
        and (raw.fee is None or _money(raw.fee, fields["fee"]))
        and (raw.pnl is None or _money(raw.pnl, fields["pnl"]))
        and (seconds is None or 0 <= seconds <= LONGEST_LATENCY)
    )


def _signal(entry_id: str, fields: dict[str, str], latest_us: int) -> Signal | None:
    try:
        raw = msgspec.convert(fields, _Signal, strict=False)
    except msgspec.ValidationError:
        return None
    kind, ts = SIGNAL_TYPES.get(raw.signal_type.lower()), _instant(raw.ts, latest_us)
    if (
        kind is None
        or ts is None
        or raw.env not in ENVS
        or (raw.strength is not None and not 0 <= raw.strength <= 1)
        or (raw.confidence is not None and not 0 <= raw.confidence <= 1)
        or (raw.price is not None and not _money(raw.price, fields["price"]))
    ):
        return None
    symbol = normal_symbol(raw.symbol)
    return Signal(
        stream="trading_signals",
        entry_id=entry_id,
        event_id=raw.event_id,
        source=raw.source,
        ts=ts,
        env=raw.env or "live",
        strategy=raw.strategy,
        symbol=symbol,
        correlation_id=raw.correlation_id or raw.signal_id,
        inferred=[],
        extra={} if symbol == raw.symbol else {"symbol": raw.symbol},
        signal_id=raw.signal_id or raw.event_id,
        signal_type=kind,
        strength=raw.strength,
        confidence=raw.confidence,
        price=raw.price,
        timeframe=raw.timeframe,
    )


def _money(value: Decimal, written: str) -> bool:
    """Written so shortly that it fits the column without a second look."""
    return (
        len(written) < LONGEST_NUMBER
        and value.is_finite()
        and "_" not in written
        and "e" not in written
        and "E" not in written
    )


def _instant(stamp: str, latest_us: int) -> datetime | None:
    if not stamp.isdigit() or len(stamp) > 20:
        return None
    us = scaled_us(int(stamp))
    if not EARLIEST_US <= us <= latest_us:
        return None
    return EPOCH + timedelta(microseconds=us)


Reader = Callable[[str, dict[str, str], int], Event | None]
READERS: Mapping[str, Reader] = {
    "trade_executions": _execution,
    "trading_signals": _signal,
}
