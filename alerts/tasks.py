"""What the workers do: deliver what they were hinted at, and sweep what nobody was."""

from __future__ import annotations

from celery import shared_task

from alerts import claims, delivery, hints, publishing
from ops_portal.lib import clock


@shared_task(name="alerts.tasks.deliver", ignore_result=True)
def deliver(ids: list[int]) -> None:
    """Safe to run twice: the rows' leases decide. What is left waits for another turn."""
    hints.hint([delivery.deliver_named(ids, now=clock.now())])


@shared_task(name="alerts.tasks.publish", ignore_result=True)
def publish() -> None:
    """Append what the stream is owed, until little is left."""
    more = True
    while more:
        now = clock.now()
        more = publishing.publish_due(now=now, due=now) == publishing.AT_ONCE


@shared_task(name="alerts.tasks.sweep", ignore_result=True)
def sweep() -> None:
    """Deliver what is due: retries, lost hints, leases of workers that died."""
    clock.compare()
    now = clock.now()
    claims.free_the_dead(now=now)
    delivery.deliver_due(now=now, limit=50)
