"""Workers that are killed lose no notification, and repeat one only under its own key."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections import Counter
from datetime import UTC, datetime

import pytest
from django.db import transaction

from alerts import delivery, hints
from alerts.models import Notification, Receiver
from alerts.options import sealed
from tests.alerts.conftest import MakeAlert
from tests.analytics.engines import BASE, environment
from tests.sinks import WebSink, web_sink

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]

OWED = 600
KILLS = 20
THREADS = 8
WORKER = ["-m", "celery", "-q", "-A", "ops_portal", "worker", "--pool", "threads"]
WORKER += ["--concurrency", str(THREADS), "-l", "ERROR", "--without-gossip", "--without-mingle"]
WORKER += ["--without-heartbeat"]


def start_worker(number: int) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-W", "ignore", *WORKER, "-n", f"w{number}"],
        env=environment(
            OUTBOUND_ALLOWED_NETS="127.0.0.0/8",
            DELIVERY_LEASE_SECONDS="5",
            ENCRYPTION_KEYS=os.environ.get("ENCRYPTION_KEYS", ""),
        ),
        cwd=BASE,
        stdout=subprocess.DEVNULL,
    )


def owe_many(sink: WebSink, make_alert: MakeAlert) -> None:
    """600 rows, and a hint for each, as a firing leaves them."""
    sealed_url = sealed("webhook", {"webhook": sink.url})
    receiver = Receiver.objects.create(
        name="s", kind="webhook", secret=sealed_url, per_minute=30_000
    )
    alert, now = make_alert(), datetime.now(UTC)
    rows = [
        Notification(
            key=f"{alert.uid}:{number}",
            alert=alert,
            receiver=receiver,
            receiver_name="s",
            channel="webhook",
            reason="fired",
            payload={"json": {"text": str(number)}},
            created_at=now,
            next_try_at=now,
        )
        for number in range(OWED)
    ]
    with transaction.atomic():
        made = Notification.objects.bulk_create(rows)
        hints.hint([row.pk for row in made])


def await_posts(sink: WebSink, number: int, *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while len(sink.posts) < number and time.monotonic() < deadline:
        time.sleep(0.02)


def sweep_until_done(*, seconds: float) -> None:
    """What the engine's courier does when the workers are gone."""
    deadline = time.monotonic() + seconds
    waiting = Notification.objects.filter(channel="webhook", state__in=["pending", "sending"])
    while waiting.exists() and time.monotonic() < deadline:
        delivery.deliver_due(now=datetime.now(UTC), waited=0.0, workers=4)
        time.sleep(0.2)


def test_twenty_kills_lose_no_notification(make_alert: MakeAlert, settings: object) -> None:
    settings.OUTBOUND_ALLOWED_NETS = ["127.0.0.0/8"]  # type: ignore[attr-defined]
    settings.DELIVERY_LEASE_SECONDS = 5  # type: ignore[attr-defined]
    with web_sink(delay=0.05) as sink:
        workers = [start_worker(number) for number in range(3)]
        try:
            owe_many(sink, make_alert)
            for kill in range(KILLS):
                await_posts(sink, (kill + 1) * OWED // (KILLS + 5), seconds=8)
                workers[0].send_signal(signal.SIGKILL)
                workers.pop(0).wait()
                workers.append(start_worker(3 + kill))
            by_workers = len({post.headers["Idempotency-Key"] for post in sink.posts})
        finally:
            for worker in workers:
                worker.kill()
                worker.wait()
        sweep_until_done(seconds=60)

    posts = Counter(post.headers["Idempotency-Key"] for post in sink.posts)
    repeats = sum(posts.values()) - len(posts)
    sent = Notification.objects.filter(channel="webhook", state="sent").count()
    print(f"\n{KILLS} kills of workers, {OWED} notifications: {OWED - len(posts)} lost,")
    print(f"{repeats} repeats (each under its key), {by_workers} delivered while workers died")
    assert (len(posts), sent) == (OWED, OWED)
    assert repeats <= KILLS * THREADS
    assert by_workers > OWED // 6
