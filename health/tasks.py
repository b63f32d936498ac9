"""Celery tasks of health."""

from __future__ import annotations

from datetime import UTC, datetime

from celery import shared_task

from health import processes


@shared_task(name="health.tasks.pulse", ignore_result=True)
def pulse() -> None:
    """Say that the worker works. That the task came proves beat and broker, too."""
    now = datetime.now(UTC)
    processes.beat("worker", now=now)
    processes.beat("beat", now=now, name="beat")
