"""What the workers do for the portal as a whole: mail the report of the week."""

from __future__ import annotations

from celery import shared_task

from ops_portal.lib import clock
from ops_portal.report import sending


@shared_task(name="ops_portal.tasks.report", ignore_result=True)
def report() -> None:
    """Safe to run twice, and beside itself: a claim is a lease."""
    now = clock.now()
    sending.owe_due(now=now)
    sending.send_due(now=now)
