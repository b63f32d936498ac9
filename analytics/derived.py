"""Figures that the portal computes itself: frames for the pages, series for the rules."""

from __future__ import annotations

import time
from datetime import datetime
from typing import TYPE_CHECKING, Any, NamedTuple

from django.db import connection, transaction

from analytics import figures as figures_of
from analytics import walks
from analytics.live import Frame
from analytics.paths import WHOLE, Scope
from analytics.scope import Scope as AccountScope
from analytics.series import Reading, sorted_labels

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

SERIES = {
    "pnl": "portal_pnl",
    "win_ratio": "portal_win_ratio",
    "trades": "portal_trades",
    "drawdown": "portal_drawdown_ratio",
    "max_drawdown": "portal_max_drawdown_ratio",
}  # figure -> series
REST = 9.0  # after a refresh it rests this many times as long as the refresh took,
LONGEST_REST = 0.3  # seconds, unless the refresh itself took longer: a page shows news within 1 s
CHANGES = """
SELECT coalesce(sum(accepted), 0)::bigint FROM analytics_streamstate
WHERE stream IN ('trade_executions', 'trading_signals')
"""


class Refreshed(NamedTuple):
    frames: list[Frame]
    readings: list[Reading]


NOTHING = Refreshed([], [])


def figures(env: str, currency: str, strategy: str = WHOLE) -> dict[str, Any]:
    """As `analytics.figures.read`, with a connection of its own."""
    with connection.cursor() as cursor:
        return figures_of.read(cursor, env=env, currency=currency, strategy=strategy)


class Refresher:
    """Brings paths up to date and says what changed since it last looked.

    It remembers what it told, so that an engine that starts tells everything once.
    """

    def __init__(self) -> None:
        self._told: dict[tuple[str, str, str], dict[str, Any]] = {}
        self._seen: Any = None
        self._rest_until = 0.0

    def refresh(self, *, now: datetime) -> Refreshed:
        """Frames `figures:<env>:<currency>` and readings of SERIES, of what changed."""
        started = time.monotonic()
        if started < self._rest_until:
            return NOTHING
        with transaction.atomic(), connection.cursor() as cursor:
            touched = walks.bring_up_to_date(cursor)
            cursor.execute(CHANGES)
            seen = cursor.fetchone()
            if not touched and seen == self._seen:
                return NOTHING
            found = self._look(cursor, touched, now)
        self._seen = seen
        ended = time.monotonic()
        took = ended - started
        self._rest_until = ended + min(REST * took, max(LONGEST_REST, took))
        return found

    def _look(self, cursor: CursorWrapper, touched: set[Scope], now: datetime) -> Refreshed:
        frames, readings = [], []
        wanted = {(env, currency, WHOLE) for env, currency in figures_of.scopes(cursor)}
        keys = sorted(wanted | touched)
        told = figures_of.read_all(cursor, [AccountScope(*key) for key in keys])
        for key, found in zip(keys, told, strict=True):
            env, currency, strategy = key
            if self._told.get(key) == found:
                continue
            self._told[key] = found
            readings += _readings(key, found, now)
            if strategy == WHOLE:
                frames.append(Frame("trading", f"figures:{env}:{currency}", now.timestamp(), found))
        return Refreshed(frames, readings)


def _readings(key: tuple[str, str, str], found: dict[str, Any], now: datetime) -> list[Reading]:
    env, currency, strategy = key
    labels = sorted_labels(
        env=env, currency=currency, strategy="" if strategy == WHOLE else strategy
    )
    return [
        Reading(name, labels, now, float(found[figure]))
        for figure, name in SERIES.items()
        if found[figure] is not None
    ]
