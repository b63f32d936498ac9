"""The tables of the data plane."""

from analytics.models.events import (
    DeadLetter,
    EventKey,
    Execution,
    RiskDecision,
    Signal,
    StreamState,
)
from analytics.models.histograms import Histogram, Sketch, SketchPart
from analytics.models.imports import Import, ImportProblem, UploadPart
from analytics.models.ledger import Candle, LedgerEntry
from analytics.models.positions import OpenPosition, PositionStand
from analytics.models.series import Sample, Series
from analytics.models.trades import (
    AccountDay,
    AgentTable,
    EventRollup,
    Portfolio,
    StaleDay,
    Trade,
    TradeRollup,
)

__all__ = [
    "AccountDay",
    "AgentTable",
    "Candle",
    "DeadLetter",
    "EventKey",
    "EventRollup",
    "Execution",
    "Histogram",
    "Import",
    "ImportProblem",
    "LedgerEntry",
    "OpenPosition",
    "Portfolio",
    "PositionStand",
    "RiskDecision",
    "Sample",
    "Series",
    "Signal",
    "Sketch",
    "SketchPart",
    "StaleDay",
    "StreamState",
    "Trade",
    "TradeRollup",
    "UploadPart",
]
