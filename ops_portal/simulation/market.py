"""The price of BTC over one UTC day, second by second."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from random import Random

DAY_SECONDS = 86_400
VOLATILITY = 0.60 / math.sqrt(365 * DAY_SECONDS)  # 60 % a year, of one second's log return
DRIFT = 0.013 / 3_600  # of a trend, per second
CRASH_EVERY = 9_000  # seconds between crashes, about
FALL, BOTTOM, RECOVERY = 180, 90, 720  # seconds
DEPTH = (0.040, 0.052)  # share of the price that a crash takes
SCAR = 0.01  # share of a crash that stays


@dataclass(frozen=True, slots=True)
class Crash:
    """The price falls, lingers and comes nearly all the way back."""

    begins: float  # epoch seconds
    depth: float

    @property
    def ends(self) -> float:
        return self.begins + FALL + BOTTOM + RECOVERY

    def factor(self, at: float) -> float:
        """What the price is multiplied with."""
        since = at - self.begins
        if since <= 0:
            return 1.0
        if since < FALL:
            return 1 - self.depth * since / FALL
        back = min(1.0, max(0.0, since - FALL - BOTTOM) / RECOVERY)
        return 1 - self.depth * (1 - (1 - SCAR) * back)


class Market:
    """Trends that turn, calm and nervous hours, and a crash now and then."""

    def __init__(self, seed: int, day: date) -> None:
        self._random = Random(f"{seed} market {day}")  # noqa: S311 - no secret
        number = day.toordinal()
        opening = 63_000 * (1 + 0.05 * math.sin(number / 9) + self._random.gauss(0, 0.01))
        midnight = datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp()
        self._base = opening
        self._turns_at = 0.0
        self._nervous = 1.0
        self.trend = 0  # -1, 0, 1
        self.price = opening
        self.crashes = self._plan(midnight)

    def step(self, at: float) -> None:
        """Move on to the second `at`."""
        rng = self._random
        if at >= self._turns_at:
            self._turns_at = at + rng.expovariate(1 / 2_400)
            self.trend = rng.choice((-1, -1, 0, 1, 1))
            self._nervous = rng.uniform(0.6, 1.7)
        move = rng.gauss(self.trend * DRIFT, VOLATILITY * self._nervous)
        self._base *= math.exp(move)
        self.price = self._base * math.prod(crash.factor(at) for crash in self.crashes)

    def crash_at(self, at: float) -> Crash | None:
        """The crash that is going on."""
        return next((one for one in self.crashes if one.begins <= at < one.ends), None)

    def add_crash(self, begins: float) -> None:
        """Let it crash at this time, as a fire drill."""
        self.crashes.append(Crash(begins, DEPTH[1]))

    def _plan(self, midnight: float) -> list[Crash]:
        rng, crashes, at = self._random, [], midnight + 1_800.0
        last = midnight + DAY_SECONDS - timedelta(hours=1).total_seconds()
        while (at := at + rng.uniform(0.6, 1.4) * CRASH_EVERY) < last:
            crashes.append(Crash(at, rng.uniform(*DEPTH)))
        return crashes
