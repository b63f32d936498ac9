"""Typed events from stream entries: `decode` gives Structs or raises `InvalidEvent`.

Pure: knows neither Django nor Redis.
"""

from analytics.events.decode import decode
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
from analytics.fields import InvalidEvent

__all__ = [
    "ErrorEvent",
    "Event",
    "Execution",
    "ForeignAlert",
    "InvalidEvent",
    "Performance",
    "RiskDecision",
    "Signal",
    "SystemMetrics",
    "decode",
]
