"""The Celery application and everything that runs by the clock, on one screen.

Tasks are hints: what must happen is a row with a due time, and the engine does it when no worker
comes. A task may run twice or never.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "ops_portal.settings")

app = Celery("ops_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
app.conf.update(
    task_ignore_result=True,
    task_acks_late=True,  # a task of a killed worker comes again
    task_reject_on_worker_lost=True,
    task_publish_retry=False,  # a hint is not worth waiting for a dead broker
    task_serializer="json",
    accept_content=["json"],
    worker_prefetch_multiplier=1,
    worker_hijack_root_logger=False,
    worker_cancel_long_running_tasks_on_connection_loss=True,
    broker_connection_retry_on_startup=True,
    broker_transport_options={
        "visibility_timeout": 60,  # seconds until an unacknowledged task comes again
        "unacked_restore_throttle": 1,
        "unacked_restore_interval": 5,
        "socket_timeout": 10,
        "socket_connect_timeout": 2,
        "max_retries": 1,
        "retry_policy": {"timeout": 2.0},
        "global_keyprefix": "portal:celery:",
    },
    timezone="UTC",
)

# Name -> task, period in seconds, and after how many seconds a late run is dropped.
app.conf.beat_schedule = {
    "sweep": {"task": "alerts.tasks.sweep", "schedule": 5.0, "options": {"expires": 5.0}},
    "imports": {
        "task": "analytics.tasks.bring_in",
        "schedule": 5.0,
        "options": {"expires": 5.0},
    },
    "positions": {
        "task": "analytics.tasks.keep_positions",
        "schedule": 900.0,
        "options": {"expires": 900.0},
    },
    "report": {"task": "ops_portal.tasks.report", "schedule": 60.0, "options": {"expires": 60.0}},
    "pulse": {"task": "health.tasks.pulse", "schedule": 5.0, "options": {"expires": 5.0}},
}
