"""Typed events from stream entries.

`decode` reads one entry and gives Structs or raises `InvalidEvent`; `decode_all` reads a batch.

Pure: knows neither Django nor Redis.
"""

from analytics.events.decode import Decoded, Refusal, as_stored, decode, decode_all
from analytics.events.structs import (
    ErrorEvent,
    Event,
    Execution,
    ForeignAlert,
    Performance,
    RiskDecision,
    Signal,
    SystemMetrics,
)
from analytics.events.table import Table
from analytics.fields import InvalidEvent

__all__ = [
    "Decoded",
    "ErrorEvent",
    "Event",
    "Execution",
    "ForeignAlert",
    "InvalidEvent",
    "Performance",
    "Refusal",
    "RiskDecision",
    "Signal",
    "SystemMetrics",
    "Table",
    "as_stored",
    "decode",
    "decode_all",
]
