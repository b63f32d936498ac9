"""The typed events. Times are UTC, money is Decimal in the quote currency, statistics are float."""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any

import msgspec


class Event(msgspec.Struct, kw_only=True):
    """The envelope. `inferred` names the fields whose value or unit had to be guessed."""

    stream: str
    entry_id: str
    event_id: str
    source: str
    ts: datetime
    env: str
    strategy: str
    symbol: str  # BASE/QUOTE; what came is kept in `extra` when it was written otherwise
    correlation_id: str
    inferred: list[str]
    extra: dict[str, Any]


class Signal(Event, kw_only=True):
    signal_id: str
    signal_type: str  # buy sell hold close_long close_short
    strength: float | None  # 0..1
    confidence: float | None  # 0..1
    price: Decimal | None
    timeframe: str


class Execution(Event, kw_only=True):
    """An order outcome or one fill.

    `pnl` is net of fees, None on an opening fill. `slippage_bps` positive is a cost.
    `reconciliation`: the agent re-reports an old fill, which says nothing about latency.
    """

    execution_id: str
    order_id: str
    client_order_id: str
    position_id: str
    signal_id: str
    trade_key: str
    side: str  # buy sell
    status: str
    quantity: Decimal | None
    price: Decimal | None
    requested_price: Decimal | None
    fee: Decimal | None
    fee_currency: str
    pnl: Decimal | None
    currency: str  # blank when nothing says it
    execution_seconds: float | None
    slippage_bps: float | None
    liquidity: str
    order_type: str
    reject_reason: str
    exit_reason: str
    opened_at: datetime | None
    reconciliation: bool


class RiskDecision(Event, kw_only=True):
    decision_id: str
    signal_id: str
    side: str
    decision: str  # approved rejected reduced halted resumed
    reason_code: str
    reason: str
    limit_name: str
    limit_value: Decimal | None
    limit_used: Decimal | None
    requested_qty: Decimal | None
    approved_qty: Decimal | None
    decision_seconds: float | None
    trading_state: str
    exposures: dict[str, float | None]  # gross_exposure, net_exposure, leverage, ...


class Performance(Event, kw_only=True):
    """A snapshot of figures by name; None where the producer sent no number.

    `win_rate` is percent 0..100, `win_rate_ratio` 0..1 (left out while its unit is a guess),
    `current_drawdown` a ratio <= 0.
    """

    values: dict[str, float | None]
    positions: list[dict[str, Any]]


class SystemMetrics(Event, kw_only=True):
    """How a component of the agent is. `status` blank: it did not say. Percent 0..100."""

    component: str
    status: str  # ok degraded down
    health: float | None
    health_sent: bool = False  # a figure was sent, were it NaN
    cpu_percent: float | None
    memory_percent: float | None
    disk_percent: float | None
    data_latency: float | None  # seconds
    ws_connected: bool | None
    last_candle_at: datetime | None
    void: frozenset[str] = frozenset()  # gauges that were sent without a number
    metrics: dict[str, float | None]  # every other numeric field


class ErrorEvent(Event, kw_only=True):
    component: str
    severity: str  # info warning critical
    error_type: str
    message: str
    stack: str
    fingerprint: str  # blank when not sent
    count: int


class ForeignAlert(Event, kw_only=True):
    """An alert that someone else published. `alert_id` names its rule, `alert_uid` one firing."""

    alert_id: str
    alert_uid: str
    fingerprint: str
    severity: str
    title: str
    message: str
    status: str
    labels: dict[str, str]
    metrics: dict[str, Any]
    value: float | None
    threshold: float | None
    rule_id: str
    url: str
    starts_at: datetime | None
    ends_at: datetime | None
    producer: str
