"""The names a field goes by: canonical name -> aliases, the first one found wins.

A dotted alias is a leaf of an object (`fee.cost` of ccxt's fee).
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from analytics.fields import MAX_BYTES, InvalidEvent, check_text, snake

Names = Mapping[str, tuple[str, ...]]

ENVELOPE: Names = {
    "v": ("version",),
    "event_id": ("message_id", "event_uuid"),
    "ts": ("timestamp", "time", "ts_event", "event_time", "transact_time", "created_at"),
    "source": ("producer", "service", "component"),
    "env": ("environment", "trading_mode", "mode"),
    "dry_run": (),
    "strategy": ("strategy_id", "strategy_name", "controller_id", "bot_name"),
    "symbol": ("pair", "instrument_id", "trading_pair", "market", "ticker", "instrument"),
    "correlation_id": ("trace_id", "causation_id"),
    "currency": ("quote_currency", "stake_currency", "settlement_currency"),
}

SIGNALS: Names = {
    "signal_id": ("id",),
    "signal_type": ("type", "action", "side", "direction", "signal"),
    "strength": ("score", "signal_strength"),
    "confidence": ("probability",),
    "price": ("reference_price", "close", "last_price"),
    "timeframe": ("interval", "tf"),
}

EXECUTIONS: Names = {
    "execution_id": ("trade_id", "id", "exec_id", "fill_id", "tid"),
    "order_id": ("venue_order_id", "exchange_order_id", "ord_id", "order"),
    "client_order_id": ("cl_ord_id", "client_oid", "clientorderid"),
    "position_id": ("position",),
    "signal_id": (),
    "side": ("order_side", "trade_type", "direction"),
    "status": ("order_status", "ord_status", "state"),
    "quantity": ("qty", "last_qty", "filled", "amount", "size", "filled_qty", "executed_qty"),
    "price": ("last_px", "avg_price", "fill_price", "average", "avg_px", "executed_price"),
    "requested_price": ("open_rate_requested", "limit", "order_price", "order_rate", "limit_price"),
    "fee": ("fee.cost", "commission", "fee_cost", "fees", "fee.amount"),
    "fee_currency": ("fee.currency", "commission_asset", "fee_asset", "commission_currency"),
    "pnl": ("realized_pnl", "realised_pnl", "profit_abs", "close_profit_abs", "profit_amount"),
    "execution_time": ("execution_seconds", "execution_time_seconds", "latency_seconds"),
    "execution_ms": ("execution_time_ms", "latency_ms", "duration_ms", "latency"),
    "signal_ts": (),
    "submit_ts": ("submitted_at", "ts_submit"),
    "ack_ts": ("accepted_at",),
    "fill_ts": ("filled_at", "ts_fill"),
    "opened_at": ("open_ts_ms", "open_ts", "open_timestamp", "open_date"),
    "liquidity": ("liquidity_side", "taker_or_maker", "maker_taker"),
    "order_type": ("ord_type", "type"),
    "reject_reason": ("rejected_reason", "ord_rej_reason"),
    "exit_reason": ("sell_reason", "close_reason"),
    "reconciliation": (),
}

DECISIONS: Names = {
    "decision_id": ("id",),
    "signal_id": (),
    "decision": ("approved", "status", "action", "result", "outcome"),
    "side": ("order_side", "direction"),
    "reason_code": ("code",),
    "reason": ("message", "text", "reject_reason"),
    "limit_name": ("limit",),
    "limit_value": (),
    "limit_used": (),
    "requested_qty": ("requested_quantity", "requested_size"),
    "approved_qty": ("approved_quantity", "approved_size"),
    "decision_time": ("decision_seconds",),
    "decision_ms": ("decision_time_ms", "latency_ms"),
    "trading_state": (),
}

PERFORMANCE: Names = {
    "current_drawdown": ("drawdown", "drawdown_ratio"),
    "win_rate": ("winrate", "win_rate_percent", "win_rate_pct"),
    "win_rate_ratio": ("win_ratio",),
    "total_trades": ("trades", "trade_count", "n_trades", "num_trades"),
    "current_pnl": ("pnl", "total_pnl", "net_pnl"),
    "realized_pnl": ("realised_pnl",),
    "unrealized_pnl": ("unrealised_pnl",),
    "sharpe_ratio": ("sharpe",),
    "sortino_ratio": ("sortino",),
    "max_drawdown": ("max_dd", "mdd"),
    "positions": ("open_position_list",),
    "unit": ("units",),
}

SYSTEM: Names = {
    "component": ("service", "host", "source", "hostname"),
    "status": ("state",),
    "health": ("system_health", "health_score"),
    "cpu_percent": ("cpu", "cpu_usage", "cpu_pct"),
    "memory_percent": ("memory", "mem_percent", "memory_usage", "memory_pct"),
    "disk_percent": ("disk", "disk_usage", "disk_pct"),
    "data_latency": ("data_latency_seconds",),
    "data_latency_ms": (),
    "ws_connected": ("websocket_connected",),
    "last_candle_ts": ("last_candle",),
}

ERRORS: Names = {
    "component": ("service", "module", "logger"),
    "severity": ("level", "levelname"),
    "error_type": ("exception", "exc_type", "code", "name", "type"),
    "message": ("error", "msg", "error_message"),
    "stack": ("traceback", "stacktrace", "stack_trace"),
    "fingerprint": (),
    "count": (),
}

ALERTS: Names = {
    "alert_id": ("id", "rule", "alert_name", "name"),
    "alert_uid": ("uid",),
    "severity": ("level",),
    "title": ("summary",),
    "message": ("description", "msg"),
    "status": ("state",),
    "labels": (),
    "metrics": (),
    "value": (),
    "threshold": (),
    "rule_id": (),
    "fingerprint": (),
    "url": ("generator_url",),
    "starts_at": ("started_at",),
    "ends_at": ("ended_at", "resolved_at"),
    "producer": (),
}

STREAMS: Mapping[str, Names] = {
    "trading_signals": SIGNALS,
    "trade_executions": EXECUTIONS,
    "risk_decisions": DECISIONS,
    "performance_metrics": PERFORMANCE,
    "system_metrics": SYSTEM,
    "error_events": ERRORS,
    "alerts": ALERTS,
}
OBJECTS = frozenset(("metrics", "labels", "positions", "features"))  # read whole, not as leaves


def _ranked(own: Names) -> dict[str, tuple[str, int]]:
    """alias -> (canonical name, rank); a stream's own names win over the envelope's."""
    found: dict[str, tuple[str, int]] = {}
    for names in (own, ENVELOPE):
        for canonical, aliases in names.items():
            for rank, alias in enumerate((canonical, *aliases)):
                if rank == 0 or alias not in found:
                    found.setdefault(alias, (canonical, rank))
    for canonical in own:
        found[canonical] = (canonical, 0)
    return found


RANKED = {stream: _ranked(own) for stream, own in STREAMS.items()}
OWN = {stream: frozenset(ranked) for stream, ranked in RANKED.items()}


@lru_cache(maxsize=4096)
def canonical_names(stream: str, keys: tuple[str, ...]) -> tuple[str, ...]:
    """The canonical name of each key; a key that lost to a better one keeps its own name."""
    joined = "".join(keys)
    if len(joined) > MAX_BYTES:
        raise InvalidEvent("too_large", f"Field names of more than {MAX_BYTES} bytes.")
    check_text(joined)
    ranked = RANKED[stream]
    plain = [snake(key) for key in keys]
    best: dict[str, tuple[int, int]] = {}
    for at, name in enumerate(plain):
        if name in ranked:
            canonical, rank = ranked[name]
            best[canonical] = min(best.get(canonical, (rank, at)), (rank, at))
    winners = {at: canonical for canonical, (_, at) in best.items()}
    taken = set(winners.values())
    names = [winners.get(at) or _own_name(name, taken) for at, name in enumerate(plain)]
    return tuple(names)


@lru_cache(maxsize=4096)
def is_flat(names: tuple[str, ...]) -> bool:
    """Whether no name says that its value is an object or the leaf of one."""
    return not any("." in name or name in OBJECTS for name in names)


def _own_name(name: str, taken: set[str]) -> str:
    return f"{name}_" if name in taken else name
