"""Exact aggregates over a sliding window of folded samples.

A window is a queue of buckets, one per second that has samples, kept as two stacks: the front holds
running aggregates from its end, the back one running aggregate of all. Adding and dropping cost
O(1) amortised, nothing is ever subtracted, and no more than `seconds` + 1 buckets are held.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right, insort
from collections import deque
from dataclasses import dataclass
from typing import Protocol, Self

LONGEST_SECONDS = 86_400


@dataclass(frozen=True, slots=True)
class Bucket:
    """The samples of one second (`second`: epoch), or the aggregate of several buckets."""

    second: int
    last: float
    low: float
    high: float
    total: float
    count: int

    def then(self, later: Bucket) -> Bucket:
        """Both together; `second` is the later one."""
        return Bucket(
            later.second,
            later.last,
            min(self.low, later.low),
            max(self.high, later.high),
            self.total + later.total,
            self.count + later.count,
        )


@dataclass(frozen=True, slots=True)
class Moments:
    """Count, mean and squared distance from it of the last values of seconds.

    Two are merged as Chan, Golub and LeVeque do (Updating formulae, 1979, formula 2.1).
    """

    second: int
    count: int
    mean: float
    squares: float

    def then(self, later: Moments) -> Moments:
        count = self.count + later.count
        apart = later.mean - self.mean
        mean = self.mean + apart * later.count / count
        squares = self.squares + later.squares + apart * apart * self.count * later.count / count
        return Moments(later.second, count, mean, squares)


class Foldable(Protocol):
    """A part of a window: two are folded into one, without loss and in their order."""

    @property
    def second(self) -> int: ...
    def then(self, later: Self) -> Self: ...


class Window[B: Foldable]:
    """The last `seconds` seconds before now: buckets with now - seconds < second <= now."""

    __slots__ = ("_back", "_back_sum", "_front", "_newest", "seconds")

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        self._front: list[tuple[B, B]] = []  # (bucket, it and all after it in the front)
        self._back: list[B] = []
        self._back_sum: B | None = None
        self._newest: int | None = None

    def add(self, bucket: B) -> bool:
        """Take in samples that are not older than the newest; False: they were, and were left."""
        if self._newest is not None and bucket.second < self._newest:
            return False
        if self._back and self._back[-1].second == bucket.second:
            self._back[-1] = self._back[-1].then(bucket)
        elif bucket.second == self._newest and self._front:
            self._reopen()
            self._back[-1] = self._back[-1].then(bucket)
        else:
            self._back.append(bucket)
        self._newest = bucket.second
        self._back_sum = self._back_sum.then(bucket) if self._back_sum else bucket
        return True

    def drop_until(self, now: float) -> None:
        """Forget what has left the window."""
        edge = now - self.seconds
        while (oldest := self.oldest()) is not None and oldest.second <= edge:
            if not self._front:
                self._turn()
            self._front.pop()

    def whole(self) -> B | None:
        """The aggregate of all buckets, None when the window is empty."""
        front = self._front[-1][1] if self._front else None
        if front and self._back_sum:
            return front.then(self._back_sum)
        return front or self._back_sum

    def oldest(self) -> B | None:
        """The bucket that leaves next."""
        if self._front:
            return self._front[-1][0]
        return self._back[0] if self._back else None

    def __len__(self) -> int:
        return len(self._front) + len(self._back)

    def _turn(self) -> None:
        """Move the back to the front, oldest on top, each with the aggregate to its end."""
        until_end: B | None = None
        for bucket in reversed(self._back):
            until_end = bucket.then(until_end) if until_end else bucket
            self._front.append((bucket, until_end))
        self._back, self._back_sum = [], None

    def _reopen(self) -> None:
        """Move the newest bucket back out of the front: more samples of its second have come."""
        kept = [bucket for bucket, _ in reversed(self._front)]
        self._front, self._back = [], kept
        self._back_sum = None
        for bucket in kept:
            self._back_sum = self._back_sum.then(bucket) if self._back_sum else bucket


class History:
    """The newest second of a series, and the `seconds` seconds of history before it."""

    __slots__ = ("_newest", "before")

    def __init__(self, seconds: int) -> None:
        self.before: Window[Moments] = Window(seconds)
        self._newest: Bucket | None = None

    def add(self, bucket: Bucket) -> None:
        newest = self._newest
        if newest is not None and bucket.second > newest.second:
            self.before.add(Moments(newest.second, 1, newest.last, 0.0))
        if newest is None or bucket.second >= newest.second:
            self._newest = bucket

    @property
    def count(self) -> int:
        """Seconds in the history."""
        whole = self.before.whole()
        return whole.count if whole else 0

    def drop_until(self, now: float) -> None:
        self.before.drop_until(now)

    def figure(self) -> float | None:
        """Standard deviations from the mean of the history to the newest value.

        None with fewer than two seconds of history. A history without any spread counts as one with
        a billionth of its mean: what never moved and moves now is far off.
        """
        whole = self.before.whole()
        if whole is None or whole.count < 2 or self._newest is None:
            return None
        apart = self._newest.last - whole.mean
        spread = math.sqrt(whole.squares / (whole.count - 1))
        return apart / max(spread, 1e-9 * max(1.0, abs(whole.mean)))


class Ranking:
    """The newest second of a series, and the ordered values of the `seconds` seconds before it."""

    __slots__ = ("_newest", "_ordered", "_seconds", "seconds")

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        self._seconds: deque[tuple[int, float]] = deque()
        self._ordered: list[float] = []
        self._newest: Bucket | None = None

    def add(self, bucket: Bucket) -> None:
        newest = self._newest
        if newest is not None and bucket.second > newest.second:
            self._seconds.append((newest.second, newest.last))
            insort(self._ordered, newest.last)
        if newest is None or bucket.second >= newest.second:
            self._newest = bucket

    def drop_until(self, now: float) -> None:
        while self._seconds and self._seconds[0][0] <= now - self.seconds:
            _, value = self._seconds.popleft()
            del self._ordered[bisect_left(self._ordered, value)]

    @property
    def count(self) -> int:
        """Seconds in the history."""
        return len(self._ordered)

    def figure(self) -> float | None:
        """The share of the history below the newest value, 0 to 1; equal ones count half.

        None with fewer than two seconds of history.
        """
        if len(self._ordered) < 2 or self._newest is None:
            return None
        value = self._newest.last
        below, up_to = bisect_left(self._ordered, value), bisect_right(self._ordered, value)
        return (below + up_to) / 2 / len(self._ordered)


PASTS: dict[str, type[History | Ranking]] = {"deviation": History, "quantile": Ranking}


def aggregate(window: Window[Bucket], kind: str) -> float | None:
    """last, avg, min, max, sum, count, change or rate in the window; None: nothing to say.

    An empty window counts 0; its other aggregates are None. `change` is that from the oldest to the
    newest second, `rate` the same per second; None while there is only one.
    """
    whole = window.whole()
    if whole is None:
        return 0.0 if kind == "count" else None
    if kind in {"rate", "change"}:
        return _change(window, whole, per_second=kind == "rate")
    return {
        "last": whole.last,
        "min": whole.low,
        "max": whole.high,
        "sum": whole.total,
        "count": float(whole.count),
        "avg": whole.total / whole.count if whole.count else None,
    }[kind]


def _change(window: Window[Bucket], whole: Bucket, *, per_second: bool) -> float | None:
    oldest = window.oldest()
    if oldest is None or oldest.second == whole.second:
        return None
    change = whole.last - oldest.last
    return change / (whole.second - oldest.second) if per_second else change
