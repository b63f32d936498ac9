"""The columns of the busy streams: how plain text becomes one, and what follows from others."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any, cast

import numpy as np
from numpy.typing import NDArray

from analytics import doubles
from analytics.events.envelope import normal_symbol
from analytics.events.trading import (
    BPS,
    DECISIONS,
    LONGEST_LATENCY,
    SIDES,
    SIGNAL_TYPES,
    STATUSES,
    TRADING_STATES,
    trade_key,
)
from analytics.fields import DAY_US, EARLIEST_US, scaled_us

LONGEST_WORD = 200  # characters
LONGEST_NUMBER = 18  # characters, so that it fits NUMERIC(38,18) without a second look
DIGITS = b"0123456789.-"
MS_FROM, MS_TO = 100_000_000_000, 100_000_000_000_000
ENVS = {"": "live", "live": "live", "paper": "paper", "backtest": "backtest"}

type Column = Callable[[list[str], float], list[Any]]
type Columns = dict[str, list[Any]]


class NotPlain(Exception):
    """A value that the tolerant way has to look at."""


def words(values: list[str], _now: float) -> list[str]:
    if max(map(len, values)) > LONGEST_WORD:
        raise NotPlain
    return values


def money(values: list[str], _now: float) -> list[str | None]:
    """Decimal text as it came; None for blank."""
    _numbers([value for value in values if value] if "" in values else values)
    return [value or None for value in values]


def figures(
    values: list[str], _now: float, *, low: float, high: float, scale: float = 1.0
) -> list[float | None]:
    """Floats from `low` to `high`, divided by `scale`; None for blank."""
    given = [value for value in values if value] if "" in values else values
    found = _numbers(given)
    if found and not (low <= min(found) and max(found) <= high):
        raise NotPlain
    if scale != 1.0:
        found = [value / scale for value in found]
    if len(found) == len(values):
        return list(found)
    rest = iter(found)
    return [next(rest) if value else None for value in values]


def _numbers(values: Sequence[str]) -> list[float]:
    """As floats, each written shortly with digits, point and sign alone."""
    if values and max(map(len, values)) > LONGEST_NUMBER:
        raise NotPlain
    if "".join(values).encode().translate(None, DIGITS):
        raise NotPlain
    try:
        return doubles.read(values)
    except ValueError:
        raise NotPlain from None


def choice(
    values: list[str], _now: float, *, known: Mapping[str, str], blank: str | None = None
) -> list[str]:
    """The canonical words; `blank` stands for what was left out, if it may be."""
    meant = {value: known.get(value.lower()) for value in set(values)}
    if "" in meant:
        meant[""] = blank
    if None in meant.values():
        raise NotPlain
    return list(map(meant.__getitem__, values))  # type: ignore[arg-type]


def symbols(values: list[str], _now: float) -> list[tuple[str, str]]:
    """(as it came, normal)."""
    normal = {value: (value, normal_symbol(value)) for value in set(words(values, _now))}
    if "" in normal:
        raise NotPlain
    return list(map(normal.__getitem__, values))


def times(values: list[str], now: float) -> list[int]:
    """Microseconds since 1970, within what the tolerant way accepts too."""
    if not "".join(values).isdigit() or "" in values or max(map(len, values)) > LONGEST_NUMBER:
        raise NotPlain
    stamps = list(map(int, values))
    if min(stamps) >= MS_FROM and max(stamps) < MS_TO:
        found = [stamp * 1_000 for stamp in stamps]
    else:
        found = [scaled_us(stamp) for stamp in stamps]
    if min(found) < EARLIEST_US or max(found) > now * 1e6 + DAY_US:
        raise NotPlain
    return found


def seconds(values: list[str], now: float) -> list[float | None]:
    return figures(values, now, low=0, high=LONGEST_LATENCY)


def share(values: list[str], now: float) -> list[float | None]:
    return figures(values, now, low=0, high=1)


ENVELOPE: Mapping[str, Column] = {
    "v": words,
    "event_id": words,
    "ts": times,
    "source": words,
    "env": partial(choice, known=ENVS, blank="live"),
    "strategy": words,
    "symbol": symbols,
    "correlation_id": words,
    "signal_id": words,
}
SIGNAL: Mapping[str, Column] = {
    **ENVELOPE,
    "signal_type": partial(choice, known=SIGNAL_TYPES),
    "strength": share,
    "confidence": share,
    "price": money,
    "timeframe": words,
}
EXECUTION: Mapping[str, Column] = {
    **ENVELOPE,
    "execution_id": words,
    "order_id": words,
    "client_order_id": words,
    "position_id": words,
    "side": partial(choice, known=SIDES),
    "status": partial(choice, known=STATUSES, blank="FILLED"),
    "quantity": money,
    "price": money,
    "requested_price": money,
    "fee": money,
    "fee_currency": words,
    "pnl": money,
    "currency": words,
    "execution_time": seconds,
    "liquidity": words,
    "order_type": words,
    "exit_reason": words,
}
DECISION: Mapping[str, Column] = {
    **ENVELOPE,
    "decision_id": words,
    "side": partial(choice, known=SIDES, blank=""),
    "decision": partial(choice, known=DECISIONS),
    "reason_code": words,
    "reason": words,
    "limit_name": words,
    "limit_value": money,
    "limit_used": money,
    "requested_qty": money,
    "approved_qty": money,
    "decision_time": partial(figures, low=0, high=LONGEST_LATENCY),
    "trading_state": partial(choice, known=TRADING_STATES, blank=""),
}
FIELDS: Mapping[str, Mapping[str, Column]] = {
    "trading_signals": SIGNAL,
    "trade_executions": EXECUTION,
    "risk_decisions": DECISION,
}


def signals(given: Columns, entry_ids: Sequence[str]) -> Columns:
    columns = _envelope("trading_signals", given, entry_ids, needed=("ts", "symbol", "signal_type"))
    size = len(entry_ids)
    columns["signal_id"] = _else(given.get("signal_id"), columns["event_id"])
    columns["signal_type"] = given["signal_type"]
    for name in ("strength", "confidence", "price"):
        columns[name] = given.get(name) or [None] * size
    columns["timeframe"] = given.get("timeframe") or [""] * size
    return columns


def executions(given: Columns, entry_ids: Sequence[str]) -> Columns:
    needed = ("ts", "symbol", "side", "quantity", "price")
    columns = _envelope("trade_executions", given, entry_ids, needed=needed)
    size = len(entry_ids)
    absent, blank = [None] * size, [""] * size
    if None in given["quantity"] or None in given["price"]:
        raise NotPlain
    if any(value[0] == "-" for value in given["quantity"]):
        raise NotPlain
    for name in ("order_id", "client_order_id", "position_id", "signal_id", "fee_currency",
                 "order_type", "exit_reason"):  # fmt: skip
        columns[name] = given.get(name) or blank
    for name in ("requested_price", "fee", "pnl"):
        columns[name] = given.get(name) or absent
    columns |= {name: given[name] for name in ("side", "quantity", "price")}
    columns["execution_id"] = _else(given.get("execution_id"), columns["event_id"])
    columns["trade_key"] = _trade_keys(columns)
    columns["status"] = given.get("status") or ["FILLED"] * size
    quotes = {symbol: symbol.partition("/")[2] for symbol in set(columns["symbol"])}
    sent = [value.upper() for value in given["currency"]] if "currency" in given else None
    columns["currency"] = _else(sent, [quotes[symbol] for symbol in columns["symbol"]])
    columns["execution_seconds"] = given.get("execution_time") or absent
    columns["slippage_bps"] = _slippages(columns)
    columns["liquidity"] = [value.lower() for value in given.get("liquidity", ())] or blank
    columns["reject_reason"] = blank
    columns["opened_at"] = absent
    columns["reconciliation"] = [False] * size
    return columns


def _trade_keys(columns: Columns) -> list[str]:
    """As `trade_key`, of each."""
    orders = columns["order_id"]
    if "" not in orders and not any(columns["position_id"]):
        return [f"order:{order_id}" for order_id in orders]
    return list(map(trade_key, columns["position_id"], orders, columns["execution_id"]))


def _slippages(columns: Columns) -> list[float | None]:
    """As `slippage_bps`, of each."""
    asked, paid = _floats(columns["requested_price"]), _floats(columns["price"])
    bought = np.array([side == "buy" for side in columns["side"]], dtype=bool)
    worse = np.where(bought, paid - asked, asked - paid) * BPS
    told = ~np.isnan(asked) & (asked != 0)
    found = np.divide(worse, asked, out=np.full(len(asked), np.nan), where=told)
    return found.tolist() if told.all() else [None if one != one else one for one in found.tolist()]


def _floats(texts: list[str | None]) -> NDArray[np.float64]:
    """NaN where there is no number."""
    if None not in texts:
        return np.array(doubles.read(cast("list[str]", texts)), dtype=np.float64)
    return np.array(texts, dtype=np.float64)


def decisions(given: Columns, entry_ids: Sequence[str]) -> Columns:
    columns = _envelope("risk_decisions", given, entry_ids, needed=("ts", "decision"))
    size = len(entry_ids)
    columns["decision_id"] = _else(given.get("decision_id"), columns["event_id"])
    columns["decision"] = given["decision"]
    for name in ("signal_id", "side", "reason_code", "reason", "limit_name", "trading_state"):
        columns[name] = given.get(name) or [""] * size
    for name in ("limit_value", "limit_used", "requested_qty", "approved_qty"):
        columns[name] = given.get(name) or [None] * size
    columns["decision_seconds"] = given.get("decision_time") or [None] * size
    columns["exposures"] = [{}] * size
    return columns


BUILDERS: Mapping[str, Callable[[Columns, Sequence[str]], Columns]] = {
    "trading_signals": signals,
    "trade_executions": executions,
    "risk_decisions": decisions,
}


def _envelope(
    stream: str, given: Columns, entry_ids: Sequence[str], *, needed: Sequence[str]
) -> Columns:
    if any(name not in given for name in needed):
        raise NotPlain
    size = len(entry_ids)
    blank = [""] * size
    pairs = given.get("symbol") or [("", "")] * size
    signal_ids = given.get("signal_id") or blank
    return {
        "stream": [stream] * size,
        "entry_id": list(entry_ids),
        "event_id": _else(given.get("event_id"), [f"{stream}:{at}" for at in entry_ids]),
        "source": _else(given.get("source"), ["unknown"] * size),
        "ts": given["ts"],
        "env": given.get("env") or ["live"] * size,
        "strategy": given.get("strategy") or blank,
        "symbol": [normal for _, normal in pairs],
        "correlation_id": _else(given.get("correlation_id"), signal_ids),
        "inferred": [[]] * size,
        "extra": _extras(pairs),
    }


def _extras(pairs: list[tuple[str, str]]) -> list[dict[str, str]]:
    """The symbol as it came, where that is not how we write it."""
    if all(raw == normal for raw, normal in set(pairs)):
        return [{}] * len(pairs)
    return [{} if raw == normal else {"symbol": raw} for raw, normal in pairs]


def _else(values: list[str] | None, defaults: list[str]) -> list[str]:
    if values is None:
        return defaults
    if "" not in values:
        return values
    return [value or default for value, default in zip(values, defaults, strict=True)]
