"""An evaluator that is fed as the engine feeds it, with a clock that the test moves."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.db import connection, transaction

from alerts.engine import Evaluator
from alerts.models import Alert
from analytics import series as store
from analytics.live import Frame
from tests.alerts.conftest import NOON

LABELS = {"env": "live", "strategy": "ema"}


class Desk:
    """Feeds readings to an evaluator as the engine does: recorded and judged in one commit."""

    def __init__(self, *, stream: str = "performance_metrics") -> None:
        self.stream = stream
        self.evaluator = Evaluator(owned={stream, ""})
        self.now = NOON

    def wait(self, seconds: float) -> list[Frame]:
        """Let time pass, with the clock ticking at its end."""
        self.now += timedelta(seconds=seconds)
        return self.evaluator.tick(now=self.now)

    def say(
        self,
        value: float | None,
        *,
        name: str = "current_drawdown",
        at: datetime | None = None,
        waited: float = 0.0,
        **labels: str,
    ) -> list[Frame]:
        with transaction.atomic():
            return self.judge(value, name=name, at=at, waited=waited, **labels)

    def judge(
        self,
        value: float | None,
        *,
        name: str,
        at: datetime | None = None,
        waited: float = 0.0,
        **labels: str,
    ) -> list[Frame]:
        sorted_labels = tuple(sorted((labels or LABELS).items()))
        reading = store.Reading(name, sorted_labels, at or self.now, value, self.stream)
        with connection.cursor() as cursor:
            samples = store.record(cursor, [reading], now=self.now)
        return self.evaluator.observe(samples, now=self.now, waited=waited)

    def restart(self) -> None:
        """A new engine with nothing in memory."""
        self.evaluator = Evaluator(owned={self.stream, ""})


def actions_of(alert: Alert) -> list[str]:
    return list(alert.transitions.values_list("action", flat=True))
