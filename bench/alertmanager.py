"""From the cause of an alert to its webhook: the portal beside Alertmanager, with one reader.

Alertmanager is told by POST that an alert fires, the portal by a sample that breaks a rule: it
stores and judges it first. Both tell each alert at once and alone.
"""

from __future__ import annotations

import json
import shutil
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from tempfile import TemporaryDirectory

import httpx
from django.conf import settings
from redis import Redis

from alerts.models import Policy, PolicyStep, Receiver, Rule
from alerts.options import sealed
from bench.ground import celery, clear, engine, free_port, listening, started, until
from bench.hooks import Hooks, hooks
from bench.table import Row, milliseconds, quantile

FIRINGS, BURST = 60, 5_000
PAUSE = 0.1
CONFIG = """
route: {receiver: bench, group_by: ['...'], group_wait: 0s, group_interval: 1m}
receivers: [{name: bench, webhook_configs: [{url: '%s', send_resolved: false}]}]
"""
Fire = Callable[[Sequence[str]], None]


def measure(scale: float) -> list[Row]:
    firings, burst = max(5, int(FIRINGS * scale)), max(20, int(BURST * scale))
    ours, our_burst = _measured(_portal, firings, burst)
    if not shutil.which("prometheus-alertmanager"):
        return _rows(ours, our_burst, burst)
    theirs, their_burst = _measured(_alertmanager, firings, burst)
    return _rows(ours, our_burst, burst, theirs, their_burst)


def _rows(
    ours: list[float],
    our_burst: float,
    burst: int,
    theirs: list[float] | None = None,
    their_burst: float = 0.0,
) -> list[Row]:
    late = quantile(ours, 0.95)
    peer, ratio = "left out: no Alertmanager", None
    if theirs:
        peer = f"Alertmanager, from POST {milliseconds(theirs)}"
        ratio = quantile(theirs, 0.95) / late
    return [
        Row(
            "XADD -> webhook of one alert",
            f"{milliseconds(ours)}, p95 {late * 1e3:.3g}",
            peer,
            ratio,
            "p95 <= 500 ms",
            late <= 0.5,
        ),
        Row(
            f"{burst:,} groups at once -> the last of as many webhooks",
            f"{our_burst:.3g} s",
            f"Alertmanager {their_burst:.3g} s" if theirs else peer,
            their_burst / our_burst if theirs else None,
        ),
    ]


def _measured(
    desk: Callable[[Hooks], Iterator[Fire]], firings: int, burst: int
) -> tuple[list[float], float]:
    """Seconds from each cause to its webhook, one after another; and of a burst until the last."""
    with hooks() as heard, contextmanager(desk)(heard) as fire:
        fire(["warm"])
        until(lambda: heard.among(["warm"]), what="the first webhook")
        time.sleep(1)
        sent = {}
        for number in range(firings):
            sent[f"s{number}"] = time.time()
            fire([f"s{number}"])
            time.sleep(PAUSE)
        until(lambda: heard.among(list(sent)), what="every webhook", pause=0.1)
        many = [f"b{number}" for number in range(burst)]
        began = time.time()
        fire(many)
        until(lambda: heard.among(many), what="the burst", pause=0.1, patience=600)
    return (
        [heard.heard[name] - at for name, at in sent.items()],
        max(heard.heard[name] for name in many) - began,
    )


def _portal(heard: Hooks) -> Iterator[Fire]:
    clear()
    receiver = Receiver.objects.create(
        name="bench-hook", kind="webhook", secret=sealed("webhook", {"webhook": heard.url}),
        per_minute=30_000,
    )  # fmt: skip
    policy = Policy.objects.create(name="bench-hook")
    step = PolicyStep.objects.create(policy=policy, position=0, delay_seconds=0)
    step.receivers.add(receiver)
    rule = Rule.objects.create(
        name="bench-hook", title="Bench", metric="bench_figure", aggregate="last",
        comparison=">", threshold=5, severity="critical", policy=policy,
    )  # fmt: skip
    outside = {"OUTBOUND_ALLOWED_NETS": "127.0.0.0/8"}
    worker = celery("worker", "--pool", "threads", "--concurrency", "8", "-l", "WARNING")
    try:
        with (
            started(*engine(), name="hook-engine", environment=outside),
            started(*worker, name="hook-worker", environment=outside),
        ):
            yield _breach
    finally:
        clear()
        rule.delete()
        policy.delete()
        receiver.delete()


def _breach(names: Sequence[str]) -> None:
    with Redis.from_url(settings.REDIS_URL) as redis:
        pipe = redis.pipeline(transaction=False)
        for name in names:
            fields = {"source": "bench", "strategy": name, "bench_figure": "9"}
            pipe.xadd("performance_metrics", fields)
        pipe.execute()


def _alertmanager(heard: Hooks) -> Iterator[Fire]:
    port = free_port()
    with TemporaryDirectory() as state:
        config = f"{state}/alertmanager.yml"
        with open(config, "w") as file:  # noqa: PTH123
            file.write(CONFIG % heard.url)
        command = (
            "prometheus-alertmanager", f"--config.file={config}", f"--storage.path={state}",
            f"--web.listen-address=127.0.0.1:{port}", "--cluster.listen-address=",
        )  # fmt: skip
        with (
            started(*command, name="alertmanager"),
            httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=60) as client,
        ):
            until(lambda: listening(port), what="starting Alertmanager")

            def post(names: Sequence[str]) -> None:
                alerts = [{"labels": {"alertname": "bench", "strategy": name}} for name in names]
                answer = client.post("/api/v2/alerts", content=json.dumps(alerts),
                                     headers={"Content-Type": "application/json"})  # fmt: skip
                answer.raise_for_status()

            yield post
