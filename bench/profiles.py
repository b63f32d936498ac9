"""Where the time goes: CPU profiles of the engine and of a page, as text in profiles/."""

from __future__ import annotations

import cProfile
import io
import pstats
import re
import time
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from django.conf import settings
from django.test import Client
from redis import Redis

from bench.events import fill
from bench.ground import ROOT, clear
from bench.people import alerts, sessions
from bench.table import Row
from ops_portal.engine import compose
from ops_portal.engine.batch import Batch
from ops_portal.engine.loop import BLOCK_MS, COUNT, Engine
from ops_portal.lib import clock

FOLDER = Path(__file__).parent / "profiles"
LINES = 30
DUTIES = ("leases", "rules")  # of the engine's clock: what the loop cannot do without


def measure(scale: float) -> list[Row]:
    FOLDER.mkdir(exist_ok=True)
    return [
        _engine(max(2_000, int(100_000 * scale))),
        _page("/alerts/", max(20, int(200 * scale))),
        _page("/system/", max(20, int(200 * scale))),
    ]


def _engine(events: int) -> Row:
    """One engine in this process and in one thread, from the first read to the last commit."""
    clear()
    with Redis.from_url(settings.REDIS_URL) as redis:
        fill(redis, "trade_executions", events)
    engine, _ = compose.build("profiled")
    engine.clock.duties = [duty for duty in engine.clock.duties if duty.name in DUTIES]
    began = time.process_time()
    profile = _profiled(lambda: _store_all(engine, events))
    seconds = time.process_time() - began
    engine.storing.leases.release()
    _write("engine", f"{events} executions at {datetime.now(UTC):%Y-%m-%d}", profile)
    return Row(
        "engine under the profiler, CPU microseconds an event",
        f"{seconds / events * 1e6:.3g}",
    )


def _page(path: str, requests: int) -> Row:
    """A page for a person with a session, again and again, without a server in front."""
    clear()
    alerts(20)
    client = Client(HTTP_HOST="localhost")
    client.cookies[settings.SESSION_COOKIE_NAME] = sessions(1)[0]

    def read() -> None:
        for _ in range(requests):
            answer = client.get(path)
            assert answer.status_code == 200, answer.status_code

    read()
    began = time.process_time()
    read()
    seconds = time.process_time() - began
    name = path.strip("/")
    _write(f"page-{name}", f"{requests} times {path}", _profiled(read))
    return Row(f"{path}, CPU milliseconds a request", f"{seconds / requests * 1e3:.3g}")


def _store_all(engine: Engine, events: int) -> None:
    """As `Engine.step`, but nothing is read ahead: the profiler follows one thread."""
    leases, stored = engine.storing.leases, 0
    while stored < events:
        engine.clock.tick(monotonic=time.monotonic(), now=clock.now())
        engine.reader.own(leases.owned, leases.newest)
        batch = Batch(engine.reader.read(count=COUNT, block_ms=BLOCK_MS), now=clock.now())
        engine.storing.store(batch, lost={}, now=clock.now())
        engine.reader.ack(batch.entries)
        stored += len(batch.entries)


def _profiled(work: Callable[[], None]) -> cProfile.Profile:
    profile = cProfile.Profile(time.process_time)
    profile.enable()
    work()
    profile.disable()
    return profile


def _write(name: str, what: str, profile: cProfile.Profile) -> None:
    text = io.StringIO()
    stats = pstats.Stats(profile, stream=text)
    stats.sort_stats("tottime").print_stats(LINES)
    plain = re.sub(r"\S*/site-packages/", "", text.getvalue().replace(f"{ROOT}/", ""))
    plain = re.sub(r"\S*/lib/python3\.\d+/", "", plain)
    lines = [line.rstrip() for line in plain.splitlines() if line.strip()]
    (FOLDER / f"{name}.txt").write_text("\n".join([what, *lines]) + "\n")
