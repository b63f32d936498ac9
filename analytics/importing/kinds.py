"""What a file may hold, and how its rows are read and stored."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from analytics.importing import candles, fills, ledger, trades
from analytics.importing.cells import Cells
from analytics.importing.columns import Fields
from analytics.importing.scope import Scope
from analytics.live import Frame

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper


@dataclass(frozen=True, slots=True)
class Kind:
    """`read` makes a row's cells into what `store` puts into the tables, many at once.

    `store` returns how many rows were new or changed, and what to push to the pages. `read` raises
    BadCell. `shown` tells what `read` made, by the names of the columns that it goes into.
    """

    fields: Fields
    read: Callable[[Cells, Scope], Any]
    store: Callable[[CursorWrapper, Sequence[Any], datetime], tuple[int, list[Frame]]]
    shown: Callable[[Any], dict[str, Any]]


KINDS: Mapping[str, Kind] = {
    "trades": Kind(trades.FIELDS, trades.read, trades.store, trades.shown),
    "fills": Kind(fills.FIELDS, fills.read, fills.store, fills.shown),
    "ledger": Kind(ledger.FIELDS, ledger.read, ledger.store, ledger.shown),
    "candles": Kind(candles.FIELDS, candles.read, candles.store, candles.shown),
}
