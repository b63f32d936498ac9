"""`manage.py simulate_desk`: a made-up BTC desk publishes to the streams as the agent would."""

from __future__ import annotations

import logging
import re
import signal
import threading
from argparse import ArgumentParser, ArgumentTypeError
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import FrameType
from typing import TYPE_CHECKING, Any, cast

from django.conf import settings
from django.core.management.base import BaseCommand, CommandError
from django.db import connection
from django.utils import timezone
from redis import Redis
from redis.exceptions import RedisError

from analytics import streams
from analytics.models import Portfolio
from ops_portal.simulation.book import CAPITAL
from ops_portal.simulation.desk import CURRENCY, Desk, Entry, days

if TYPE_CHECKING:
    from django.db.backends.postgresql.base import DatabaseWrapper

logger = logging.getLogger(__name__)

AT_ONCE = 500
KEPT = 100_000  # entries a stream
SNAPSHOTS = {"performance_metrics", "system_metrics"}
THIN_AFTER = timedelta(hours=1)  # older snapshots are told once a minute
MARK = "ops:simulated"  # until when this desk was published already
DRILL = timedelta(minutes=4)  # after the start of a live run the market crashes once
UNITS = {"s": 1, "m": 60, "h": 3_600, "d": 86_400}


class Command(BaseCommand):
    help = "Publishes the day of a made-up BTC desk; the same seed gives the same day."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--seed", type=int, default=7)
        parser.add_argument("--rate", type=float, default=1.0, help="times as busy as usual")
        parser.add_argument("--duration", type=seconds, help="stop after this time, e.g. 90s, 2h")
        parser.add_argument("--start", type=moment, help="ISO time; that past is told at once")
        parser.add_argument("--backfill", type=seconds, default=seconds("24h"), metavar="24h")
        parser.add_argument("--env", choices=["live", "paper", "backtest"], default="live")
        parser.add_argument("--no-drill", action="store_true", help="no crash soon after the start")

    def handle(self, *args: Any, **options: Any) -> None:
        if not settings.DEMO and options["env"] == "live":
            raise CommandError(
                "This would mix made-up trading into the real desk: "
                "give --env paper, or set DEMO=1 on a database of its own."
            )
        if options["rate"] <= 0:
            raise CommandError("--rate must be above 0.")
        set_capital(options["env"])
        run = Run(streams.connect(settings.STREAMS_URL), **_plan(options))
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, run.stop)
        run.publish_all()
        self.stdout.write(f"{run.published:,} entries published")


def set_capital(env: str) -> None:
    """Give the account a starting capital, unless it has one, and leave the database."""
    Portfolio.objects.get_or_create(
        env=env,
        strategy="",
        currency=CURRENCY,
        defaults={"starting_capital": Decimal(int(CAPITAL))},
    )
    if not connection.in_atomic_block:
        connection.close()
        cast("DatabaseWrapper", connection).close_pool()


def seconds(text: str) -> timedelta:
    """`90s`, `24h`, `2d`, or a plain number of seconds."""
    found = re.fullmatch(r"(\d+)([smhd]?)", text)
    if not found:
        raise ArgumentTypeError("write it as 90s, 15m, 24h or 2d")
    return timedelta(seconds=int(found[1]) * UNITS[found[2] or "s"])


def moment(text: str) -> datetime:
    try:
        at = datetime.fromisoformat(text)
    except ValueError as error:
        raise ArgumentTypeError("write it as 2026-03-01T00:00:00") from error
    return at.replace(tzinfo=UTC) if at.tzinfo is None else at


def _plan(options: dict[str, Any]) -> dict[str, Any]:
    now = timezone.now()
    start = options["start"] or now - options["backfill"]
    length = options["duration"]
    begun = options["start"] or now
    return {
        "seed": options["seed"],
        "rate": options["rate"],
        "env": options["env"],
        "start": start,
        "end": None if length is None else begun + length,
        "drill_at": None if options["no_drill"] or options["start"] else now + DRILL,
    }


class Run:
    """Publishes from `start` to `end`: the past at once, the rest when its time has come."""

    def __init__(
        self, redis: Redis, *, seed: int, rate: float, env: str, start: datetime,
        end: datetime | None, drill_at: datetime | None,
    ) -> None:  # fmt: skip
        self._redis = redis
        self._seed, self._rate, self._env = seed, rate, env
        self._start, self._end = start.timestamp(), end.timestamp() if end else None
        self._drill_at = drill_at.timestamp() if drill_at else None
        self._mark = f"{MARK}:{env}:{seed}:{rate}"
        self._stopping = threading.Event()
        self.published = 0

    def stop(self, _number: int, _frame: FrameType | None) -> None:
        self._stopping.set()

    def publish_all(self) -> None:
        """Go on where an earlier run of the same desk stopped, so that nothing is told twice."""
        self._start = max(self._start, float(cast("bytes", self._redis.get(self._mark)) or 0))
        waiting: list[Entry] = []
        for at, entries in self._seconds():
            waiting += entries
            ahead = at - timezone.now().timestamp()
            if len(waiting) >= AT_ONCE or ahead > -1:
                self._send(waiting, until=at)
                waiting = []
            if self._stopping.is_set() or (ahead > 0 and self._stopping.wait(ahead)):
                return
        self._send(waiting, until=self._end or 0)

    def _seconds(self) -> Iterator[tuple[float, list[Entry]]]:
        start = datetime.fromtimestamp(self._start, UTC)
        for desk in days(seed=self._seed, rate=self._rate, start=start, env=self._env):
            self._plan_drill(desk)
            for at, entries in desk.seconds():
                if self._end is not None and at >= self._end:
                    return
                if at > self._start:
                    yield at, self._thin(at, entries)

    def _plan_drill(self, desk: Desk) -> None:
        if self._drill_at is not None and desk.holds(self._drill_at):
            desk.market.add_crash(self._drill_at)

    def _thin(self, at: float, entries: list[Entry]) -> list[Entry]:
        old = at < timezone.now().timestamp() - THIN_AFTER.total_seconds()
        if not old or at % 60 == 0:
            return entries
        return [entry for entry in entries if entry.stream not in SNAPSHOTS]

    def _send(self, entries: list[Entry], *, until: float) -> None:
        """Publish; an unreachable Redis is waited for."""
        while True:
            try:
                pipe = self._redis.pipeline(transaction=False)
                for entry in entries:
                    fields = cast("Any", entry.fields)
                    pipe.xadd(entry.stream, fields, maxlen=KEPT, approximate=True)
                pipe.set(self._mark, f"{until:.0f}")
                pipe.execute()
            except RedisError as error:
                logger.warning("the demo desk cannot publish", extra={"error": str(error)})
                if self._stopping.wait(1):
                    return
                continue
            self.published += len(entries)
            return
