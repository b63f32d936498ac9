"""Many events of one stream, column by column: what is stored is never made into objects."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from analytics.events.structs import Event, Execution, RiskDecision, Signal
from analytics.fields import EPOCH

MICROSECOND = timedelta(microseconds=1)
KINDS: dict[str, type[Event]] = {
    "trading_signals": Signal,
    "trade_executions": Execution,
    "risk_decisions": RiskDecision,
}  # the streams whose events are stored as they come, row for row


class Table:
    """Events of `stream` as columns of equal length, named as the fields of its Struct.

    Times are microseconds since 1970, money is decimal text, statistics are float; None is
    absent.
    """

    __slots__ = ("columns", "stream")

    def __init__(self, stream: str, columns: dict[str, list[Any]]) -> None:
        self.stream = stream
        self.columns = columns

    @classmethod
    def of(cls, stream: str, events: Sequence[Event]) -> Table:
        """The same from Structs."""
        names = KINDS[stream].__struct_fields__
        columns = {name: [_cell(getattr(event, name)) for event in events] for name in names}
        return cls(stream, columns)

    def __len__(self) -> int:
        return len(self.columns["event_id"])

    def __getitem__(self, name: str) -> list[Any]:
        return self.columns[name]

    def take(self, places: Sequence[int]) -> Table:
        """The events at these places, in their order."""
        columns = {
            name: [values[place] for place in places] for name, values in self.columns.items()
        }
        return Table(self.stream, columns)


def joined(tables: Sequence[Table]) -> Table:
    """One after the other; at least one."""
    if len(tables) == 1:
        return tables[0]
    columns = {
        name: [value for table in tables for value in table[name]] for name in tables[0].columns
    }
    return Table(tables[0].stream, columns)


def moment(us: int) -> datetime:
    """The time of microseconds since 1970."""
    return EPOCH + timedelta(microseconds=us)


def us_of(time: datetime) -> int:
    """Microseconds since 1970."""
    return (time - EPOCH) // MICROSECOND


def _cell(value: Any) -> Any:
    if isinstance(value, Decimal):
        return f"{value:f}"
    return us_of(value) if isinstance(value, datetime) else value
