"""Exact aggregates over a sliding window of folded samples.

A window is a queue of buckets, one per second that has samples, kept as two stacks: the front holds
running aggregates from its end, the back one running aggregate of all. Adding and dropping cost
O(1) amortised, nothing is ever subtracted, and no more than `seconds` + 1 buckets are held.
"""

from __future__ import annotations

from dataclasses import dataclass

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


class Window:
    """The last `seconds` seconds before now: buckets with now - seconds < second <= now."""

    __slots__ = ("_back", "_back_sum", "_front", "_newest", "seconds")

    def __init__(self, seconds: int) -> None:
        self.seconds = seconds
        self._front: list[tuple[Bucket, Bucket]] = []  # (bucket, it and all after it in the front)
        self._back: list[Bucket] = []
        self._back_sum: Bucket | None = None
        self._newest: int | None = None

    def add(self, bucket: Bucket) -> bool:
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

    def whole(self) -> Bucket | None:
        """The aggregate of all buckets, None when the window is empty."""
        front = self._front[-1][1] if self._front else None
        if front and self._back_sum:
            return front.then(self._back_sum)
        return front or self._back_sum

    def oldest(self) -> Bucket | None:
        """The bucket that leaves next."""
        if self._front:
            return self._front[-1][0]
        return self._back[0] if self._back else None

    def __len__(self) -> int:
        return len(self._front) + len(self._back)

    def _turn(self) -> None:
        """Move the back to the front, oldest on top, each with the aggregate to its end."""
        until_end: Bucket | None = None
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


def aggregate(window: Window, kind: str) -> float | None:
    """last, avg, min, max, sum, count or rate of what is in the window; None: nothing to say.

    An empty window counts 0; its other aggregates are None. `rate` is the change per second from
    the oldest to the newest second, None while there is only one.
    """
    whole = window.whole()
    if whole is None:
        return 0.0 if kind == "count" else None
    if kind == "rate":
        return _rate(window, whole)
    return {
        "last": whole.last,
        "min": whole.low,
        "max": whole.high,
        "sum": whole.total,
        "count": float(whole.count),
        "avg": whole.total / whole.count if whole.count else None,
    }[kind]


def _rate(window: Window, whole: Bucket) -> float | None:
    oldest = window.oldest()
    if oldest is None or oldest.second == whole.second:
        return None
    return (whole.last - oldest.last) / (whole.second - oldest.second)
