"""Figures of trading as series that rules can watch: told when trades or bookings change them.

Beside `derived`, which tells the few figures that must move within a second.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

from django.db import connection

from analytics import scorecard
from analytics.book import Account
from analytics.derived import NOTHING, Refreshed
from analytics.paths import WHOLE
from analytics.scorecard.entries import Told
from analytics.series import Reading, sorted_labels

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

AT_ONCE = 4  # accounts told in one turn: the others wait for the next
SERIES: Mapping[str, str] = {
    "money.fees": "portal_fees",
    "money.funding": "portal_funding",
    "money.equity_end": "portal_equity",
    "trades.profit_factor": "portal_profit_factor",
    "trades.payoff_ratio": "portal_payoff_ratio",
    "trades.expectancy": "portal_expectancy",
    "trades.kelly": "portal_kelly_ratio",
    "returns.total_return": "portal_return_ratio",
    "returns.volatility": "portal_volatility_ratio",
    "returns.sharpe": "portal_sharpe_ratio",
    "returns.sortino": "portal_sortino_ratio",
    "returns.calmar": "portal_calmar_ratio",
    "returns.omega": "portal_omega_ratio",
    "drawdown.current_underwater": "portal_underwater_days",
    "drawdown.ulcer_index": "portal_ulcer_ratio",
    "tails.var_95": "portal_var_95_ratio",
    "tails.cvar_95": "portal_cvar_95_ratio",
    "tails.var_99": "portal_var_99_ratio",
    "tails.cvar_99": "portal_cvar_99_ratio",
    "tails.skew": "portal_skew",
    "tails.kurtosis_excess": "portal_kurtosis",
    "rolling.win_rate": "portal_rolling_win_ratio",
    "rolling.profit_factor": "portal_rolling_profit_factor",
    "rolling.sharpe": "portal_rolling_sharpe_ratio",
    "rolling.volatility": "portal_rolling_volatility_ratio",
}  # figure of the card -> series
TODAY = {
    "pnl": "portal_day_pnl",
    "trades": "portal_day_trades",
    "return": "portal_day_return_ratio",
}
# Each account with a mark that changes whenever its figures may have.
MARKS = """
SELECT d.env, d.currency, d.strategy, sum(d.version), count(*),
       (SELECT coalesce(max(id), 0) FROM analytics_ledgerentry),
       (SELECT md5(coalesce(string_agg(p::text, ';' ORDER BY p.id), '')) FROM analytics_portfolio p)
FROM analytics_accountday d
GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
"""


class Standings:
    """Remembers what it told of which account, and when."""

    def __init__(self) -> None:
        self._told: dict[tuple[str, str, str], tuple[Any, ...]] = {}

    def refresh(self, *, now: datetime) -> Refreshed:
        """Readings of the accounts that changed since they were told, and of all in a new hour.

        Those that were told longest ago come first, so that a busy account keeps none waiting. The
        hour is for what leaves no mark: a new day, an edited booking.
        """
        hour = now.replace(minute=0, second=0, microsecond=0)
        with connection.cursor() as cursor:
            cursor.execute(MARKS)
            marks = {row[:3]: (hour, *row[3:]) for row in cursor.fetchall()}
            changed = [key for key, mark in marks.items() if self._told.get(key) != mark]
            order = list(self._told)
            changed.sort(key=lambda key: order.index(key) if key in self._told else -1)
            readings: list[Reading] = []
            for key in changed[:AT_ONCE]:
                readings += _readings(cursor, key, now)
                self._told.pop(key, None)
                self._told[key] = marks[key]
        return Refreshed([], readings) if readings else NOTHING


def _readings(cursor: CursorWrapper, key: tuple[str, str, str], now: datetime) -> list[Reading]:
    env, currency, strategy = key
    account = Account(env, currency, strategy)
    measured = scorecard.measure(cursor, account, scorecard.basis_of(account))
    card = scorecard.brief(cursor, measured, now=now)
    labels = sorted_labels(
        env=env, currency=currency, strategy="" if strategy == WHOLE else strategy
    )
    values = {**_values(card), **_today(card["daily"], now.date())}
    return [Reading(name, labels, now, value) for name, value in values.items()]


def _values(card: Mapping[str, Any]) -> dict[str, float]:
    """What has a value and enough observations: a rule is not judged on three days."""
    found: dict[str, float] = {}
    for path, name in SERIES.items():
        group, figure = path.split(".")
        entry: Told = card[group].get(figure, {})
        if entry.get("value") is not None and not entry.get("low_sample"):
            found[name] = float(entry["value"])
    return found


def _today(daily: list[dict[str, Any]], today: date) -> dict[str, float]:
    """The running UTC day; 0 until something happens in it."""
    last = daily[-1] if daily and daily[-1]["day"] == today.isoformat() else None
    found = {"pnl": 0.0, "trades": 0, "return": 0.0} if last is None else last
    if daily and daily[-1]["return"] is None:
        found = {**found, "return": None}
    return {TODAY[name]: float(found[name]) for name in TODAY if found[name] is not None}
