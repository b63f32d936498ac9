"""What an edited rule would have done, beside the rule as it is: figures and a chart."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

import numpy as np

from alerts import queries, tapes
from alerts.episodes import plan_of
from alerts.models import Rule
from alerts.recordings import Recording
from alerts.replay import Episode, episodes, replay
from alerts.watch import Plan

WEEK_SECONDS = 604_800
COLUMNS = 720  # of a chart
WIDTH, HEIGHT, MARGIN = 720.0, 120.0, 6.0  # in units of its own
MOST_CHARTS = 4


@dataclass(frozen=True, slots=True)
class Outcome:
    """What one rule did in the span; `open_seconds` and `longest` count alerts still open."""

    episodes: Sequence[Episode]
    start: float
    end: float

    @property
    def fired(self) -> int:
        return len(self.episodes)

    @property
    def longest_seconds(self) -> float:
        return max((self._lasted(each) for each in self.episodes), default=0.0)

    @property
    def open_seconds(self) -> float:
        return sum(self._lasted(each) for each in self.episodes)

    @property
    def pages_a_week(self) -> float:
        """Each firing pages once, whoever answers."""
        return self.fired * WEEK_SECONDS / (self.end - self.start)

    def _lasted(self, episode: Episode) -> float:
        ended = self.end if episode.ended is None else episode.ended
        return ended - max(episode.started, self.start)


@dataclass(frozen=True, slots=True)
class Span:
    """An episode on a chart."""

    x: float
    width: float


@dataclass(frozen=True, slots=True)
class Chart:
    """One series in units of the chart: WIDTH x HEIGHT, from its upper left corner."""

    labels: str
    line: str  # points of a polyline
    threshold_y: float | None
    lowest: float
    highest: float
    edited: Sequence[Span]
    current: Sequence[Span]


@dataclass(frozen=True, slots=True)
class Backtest:
    days: int
    samples: int
    edited: Outcome
    current: Outcome | None  # None: the rule is new
    charts: Sequence[Chart]
    start: datetime
    end: datetime


def compare(edited: Rule, current: Rule | None, *, days: int, now: datetime) -> Backtest:
    """Replay both over the last days. Raises BrokenRule; NoAnswer from the server of a query."""
    start, plan = now - timedelta(days=days), plan_of(edited)
    recordings = recordings_of(edited, plan, start=start, end=now)
    found = _outcome(plan, recordings, start, now)
    before = None
    if current is not None:
        as_it_is = plan_of(current)
        same = _looks_at(edited, plan) == _looks_at(current, as_it_is)
        theirs = recordings if same else recordings_of(current, as_it_is, start=start, end=now)
        before = _outcome(as_it_is, theirs, start, now)
    own = [each for each in recordings if each.name == plan.metric and len(each)]
    charts = [_chart(plan, each, found, before) for each in own]
    charts.sort(key=lambda chart: -len(chart.edited))
    samples = sum(len(each) for each in recordings)
    return Backtest(days, samples, found, before, charts[:MOST_CHARTS], start, now)


def recordings_of(rule: Rule, plan: Plan, *, start: datetime, end: datetime) -> list[Recording]:
    """What the rule looks at: stored samples, or the answers of its server. Raises NoAnswer."""
    if rule.query and rule.server is not None:
        return queries.past(rule, start=start, end=end)
    return tapes.stored(plan, start=start, end=end)


def _looks_at(rule: Rule, plan: Plan) -> tuple[object, ...]:
    """Plans that say the same need the same samples."""
    return (
        plan.metric,
        (rule.query, rule.query_seconds, rule.server_id),
        dict(plan.matchers),
        plan.samples_metric,
        plan.others,
        plan.window,
        plan.timing,
        plan.no_data_seconds,
    )


def _outcome(
    plan: Plan, recordings: Sequence[Recording], start: datetime, end: datetime
) -> Outcome:
    first, last = start.timestamp(), end.timestamp()
    moments = replay(plan, recordings, end=last)
    kept = [each for each in episodes(moments) if each.ended is None or each.ended > first]
    return Outcome(kept, first, last)


def _chart(plan: Plan, recording: Recording, edited: Outcome, current: Outcome | None) -> Chart:
    x, low, high = _columns(recording, edited.start, edited.end)
    marks = [] if plan.windowed or plan.aggregate == "absent" else [plan.threshold]
    lowest = min([*low.tolist(), *marks], default=0.0)
    highest = max([*high.tolist(), *marks], default=1.0)
    reach = (highest - lowest) or 1.0

    def y(value: float) -> float:
        return round(MARGIN + (highest - value) / reach * (HEIGHT - 2 * MARGIN), 1)

    points = [
        f"{column},{y(value)}"
        for column, bottom, top in zip(x.tolist(), low.tolist(), high.tolist(), strict=True)
        for value in ((bottom,) if bottom == top else (bottom, top))
    ]
    labels = ", ".join(f"{name}={text}" for name, text in sorted(recording.labels.items()))
    return Chart(
        labels=labels or recording.name,
        line=" ".join(points),
        threshold_y=y(marks[0]) if marks else None,
        lowest=lowest,
        highest=highest,
        edited=_spans(edited, recording),
        current=_spans(current, recording) if current else (),
    )


def _columns(
    recording: Recording, start: float, end: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The columns that hold numbers, with the least and the greatest of each."""
    there = ~np.isnan(recording.value) & (recording.ts >= start)
    ts, low, high = recording.ts[there], recording.low[there], recording.high[there]
    if not len(ts):
        return ts, low, high
    order = np.argsort(ts, kind="stable")
    column = ((ts[order] - start) / (end - start) * (COLUMNS - 1)).astype(int)
    first = np.flatnonzero(np.append(True, np.diff(column) > 0))
    return (
        column[first],
        np.minimum.reduceat(low[order], first),
        np.maximum.reduceat(high[order], first),
    )


def _spans(outcome: Outcome, recording: Recording) -> list[Span]:
    """The episodes of this series, none thinner than a column."""
    found = []
    scale = WIDTH / (outcome.end - outcome.start)
    own = recording.labels.items()
    for each in outcome.episodes:
        if own <= each.labels.items():
            ended = outcome.end if each.ended is None else each.ended
            x = (max(each.started, outcome.start) - outcome.start) * scale
            width = max(1.5, (ended - outcome.start) * scale - x)
            found.append(Span(math.floor(x * 10) / 10, round(width, 1)))
    return found
