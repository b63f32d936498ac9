"""One function a stream: a batch of events to rows, rollups, readings and frames.

Each runs inside the caller's transaction and is idempotent by (source, event_id).
"""

from analytics.intake.decisions import store_decisions
from analytics.intake.executions import store_executions
from analytics.intake.performance import store_performance
from analytics.intake.signals import store_signals

__all__ = ["store_decisions", "store_executions", "store_performance", "store_signals"]
