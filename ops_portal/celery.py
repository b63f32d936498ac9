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

# Name -> task, period in seconds, and after how many seconds a late run is dropped.
app.conf.beat_schedule = {
    "sweep": {"task": "alerts.tasks.sweep", "schedule": 5.0, "options": {"expires": 5.0}},
    "pulse": {"task": "health.tasks.pulse", "schedule": 5.0, "options": {"expires": 5.0}},
}
