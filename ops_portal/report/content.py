"""What happened in a period: every figure beside that of the period before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta
from typing import TYPE_CHECKING, Any

from django.db import connection

from analytics import card, figuregroups, scorecard
from analytics.book import Account
from analytics.figuregroups import GROUPS
from analytics.scope import Scope
from health import uptime
from health.uptime import Uptime
from ops_portal.lib.words import ABSENT, gain
from ops_portal.report import extremes, incidents
from ops_portal.report.extremes import Extremes
from ops_portal.report.incidents import Incidents
from ops_portal.report.periods import Period

if TYPE_CHECKING:
    from django.db.backends.utils import CursorWrapper

LEFT_OUT = {"The last thirty", "At stake, as reported"}  # of now: no figures of a period
HEADS = (
    ("Money", "Net PnL"), ("Return", "Return"), ("Drawdown, by day", "Deepest"),
    ("Trades", "Win rate"), ("Trades", "Profit factor"), ("Trades", "Trades"),
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Figure:
    """In words, with the same of the period before; a `note` says why there is none."""

    label: str
    now: str
    before: str
    note: str = ""
    gain: str = ""  # profit, loss or blank
    formula: str = ""


@dataclass(frozen=True, slots=True)
class Report:
    """`levels`: what the curve shows, equity or without a capital the sum of PnL, by day.

    It begins with the level before the first day. Ratios of `falls` are 0 or below, of the same
    days; empty without a capital.
    """

    period: Period
    scope: Scope
    is_over: bool
    heads: Sequence[Figure]
    groups: Mapping[str, Sequence[Figure]]
    days: Sequence[Mapping[str, Any]]
    levels: Sequence[float]
    falls: Sequence[float]
    has_capital: bool
    days_per_year: int
    shares: Sequence[Mapping[str, Any]]
    extremes: Extremes
    incidents: Incidents
    uptimes: Sequence[Uptime]


def read(scope: Scope, period: Period, *, now: datetime) -> Report:
    """A period that has begun by `now`, or will."""
    account = Account(**scope.chosen, first=period.first, last=period.last)
    start = datetime.combine(period.first, time(), UTC)
    end = datetime.combine(period.last, time(), UTC) + timedelta(days=1)
    reached = max(start, min(end, now))
    with connection.cursor() as cursor:
        measured, found = _measured(cursor, account, now)
        _, earlier = _measured(
            cursor, replace(account, first=period.before.first, last=period.before.last), now
        )
        groups = _groups(found, earlier, scope.currency)
        curves = scorecard.curves(measured)
        return Report(
            period=period,
            scope=scope,
            is_over=now >= end,
            heads=[_head(groups, group, label, found) for group, label in HEADS],
            groups=groups,
            days=found["daily"],
            levels=_levels(found, curves),
            falls=curves["drawdown"],
            has_capital=measured.start is not None,
            days_per_year=measured.basis.days_per_year,
            shares=card.shares_of(cursor, scope, account),
            extremes=extremes.of(cursor, account, trades=measured.days.tally.trades),
            incidents=incidents.of(start, end),
            uptimes=uptime.of_components(start, reached),
        )


def _measured(
    cursor: CursorWrapper, account: Account, now: datetime
) -> tuple[scorecard.Measured, dict[str, Any]]:
    measured = scorecard.measure(cursor, account, scorecard.basis_of(account))
    return measured, scorecard.brief(cursor, measured, now=now)


def _groups(
    found: dict[str, Any], earlier: dict[str, Any], currency: str
) -> dict[str, list[Figure]]:
    """By title, as the performance page has them."""
    past = {
        (group["title"], one["label"]): one["figure"]
        for group in figuregroups.told(GROUPS, earlier, currency)
        for one in group["figures"]
    }
    return {
        group["title"]: [
            Figure(
                one["label"], one["figure"], past.get((group["title"], one["label"]), ABSENT),
                note=one["note"], formula=one["formula"],
            )
            for one in group["figures"]
        ]
        for group in figuregroups.told(GROUPS, found, currency)
        if group["title"] not in LEFT_OUT
    }  # fmt: skip


def _head(
    groups: Mapping[str, Sequence[Figure]], group: str, label: str, found: Mapping[str, Any]
) -> Figure:
    figure = next(one for one in groups[group] if one.label == label)
    if label == "Net PnL":
        return replace(figure, gain=gain(found["money"]["net_pnl"]["value"]))
    return replace(figure, label="Deepest drawdown") if label == "Deepest" else figure


def _levels(found: Mapping[str, Any], curves: Mapping[str, Sequence[float]]) -> list[float]:
    if curves["equity"]:
        return [float(found["money"]["equity_start"]["value"]), *curves["equity"]]
    total, levels = 0.0, [0.0]
    for day in found["daily"]:
        total += day["pnl"]
        levels.append(total)
    return levels if found["daily"] else []
