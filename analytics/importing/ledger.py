"""Ledger lines: what moved money in an account, trades apart."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings

from analytics.events.envelope import ENVS, normal_symbol
from analytics.events.table import moment, us_of
from analytics.importing import upsert
from analytics.importing.cells import Cells
from analytics.importing.columns import Field
from analytics.importing.scope import Scope
from analytics.importing.upsert import Target
from analytics.live import Frame
from analytics.models import LedgerEntry

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

FIELDS = {
    "entry_id": Field(("id", "txid", "refid", "transaction_id")),
    "at": Field(("ts", "timestamp", "time", "ts_ms", "date", "created_at"), needed=True),
    "kind": Field(("type", "transaction_type", "entry_type"), needed=True),
    "amount": Field(("change", "value", "cash_flow"), needed=True),
    "currency": Field(("asset", "coin", "ccy"), needed=True),
    "symbol": Field(("pair", "instrument", "contract")),
    "strategy": Field(),
    "env": Field(("environment",)),
}
Kind = LedgerEntry.Kind
# The words of exchanges for each kind.
WORDS = {
    **{kind.value: kind.value for kind in Kind},
    "realized_profit": Kind.REALIZED_PNL, "realised_pnl": Kind.REALIZED_PNL,
    "pnl": Kind.REALIZED_PNL, "trade_pnl": Kind.REALIZED_PNL, "close": Kind.REALIZED_PNL,
    "funding_fee": Kind.FUNDING, "fundingfee": Kind.FUNDING, "funding_rate": Kind.FUNDING,
    "settlement": Kind.FUNDING,
    "fees": Kind.FEE, "commission": Kind.FEE, "trading_fee": Kind.FEE, "insurance_clear": Kind.FEE,
    "transfer_in": Kind.TRANSFER, "transfer_out": Kind.TRANSFER,
    "internal_transfer": Kind.TRANSFER,
    "withdraw": Kind.WITHDRAWAL, "conversion": Kind.CONVERSION, "convert": Kind.CONVERSION,
    "auto_exchange": Kind.CONVERSION,
}  # fmt: skip
INTO = Target(
    "analytics_ledgerentry",
    {
        "source": "text",
        "env": "text",
        "entry_key": "text",
        "at": "timestamptz",
        "kind": "text",
        "amount": "numeric",
        "currency": "text",
        "symbol": "text",
        "strategy": "text",
    },
    key=("entry_key", "source", "env", "currency"),
)


def read(cells: Cells, scope: Scope) -> tuple[Any, ...]:
    """The columns of an entry; what leaves the account is negative, a withdrawal always."""
    kind = cells.word("kind", WORDS)
    if not kind:
        raise cells.bad("kind", "`kind` is empty.")
    amount = cells.amount("amount")
    if kind == Kind.WITHDRAWAL:
        amount = -abs(amount)
    currency = cells.text("currency").upper() or scope.currency or settings.REPORTING_CURRENCY
    return (
        scope.source,
        cells.word("env", ENVS, otherwise=scope.env),
        f"file:{cells.text('entry_id') or cells.digest}",
        us_of(cells.moment("at")),
        str(kind),
        amount,
        currency,
        normal_symbol(cells.text("symbol")),
        cells.text("strategy") or scope.strategy,
    )


def store(
    cursor: CursorWrapper, rows: Sequence[tuple[Any, ...]], now: datetime
) -> tuple[int, list[Frame]]:
    """New entries, and those that changed, by their ids; the last of a batch wins."""
    return upsert.put(cursor, INTO, rows), []


def shown(row: tuple[Any, ...]) -> dict[str, Any]:
    told = dict(zip(INTO.columns, row, strict=True))
    return told | {"at": moment(told["at"])}
