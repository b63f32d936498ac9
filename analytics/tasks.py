"""What the workers do for the figures: bring in the files that people asked for."""

from __future__ import annotations

from celery import shared_task

from analytics import standing
from analytics.importing import jobs
from ops_portal.lib import clock


@shared_task(name="analytics.tasks.bring_in", ignore_result=True)
def bring_in() -> None:
    """Safe to run twice, and beside itself: each import has a lock."""
    jobs.bring_in_due(now=clock.now())


@shared_task(name="analytics.tasks.keep_positions", ignore_result=True)
def keep_positions() -> None:
    """Safe to run twice, and beside itself; pages fold whatever is not kept yet."""
    standing.bring_forward(now=clock.now())
