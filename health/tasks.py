"""Celery tasks of health."""

from __future__ import annotations

from celery import shared_task

from health import processes
from ops_portal.lib import clock


@shared_task(name="health.tasks.pulse", ignore_result=True)
def pulse() -> None:
    """Say that the worker works. That the task came proves beat and broker, too."""
    now = clock.now()
    processes.beat("worker", now=now)
    processes.beat("beat", now=now, name="beat")
