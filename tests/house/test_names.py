"""What a desk's day leaves behind, in series and at /metrics, is in the manual name by name."""

from __future__ import annotations

import re
from datetime import datetime

import pytest
from django.test import Client
from django.utils import timezone

from analytics.derived import Refresher
from analytics.models import Series
from analytics.standings import Standings
from health import dependencies, monitor
from tests import desk_day
from tests.house.sources import BASE

pytestmark = pytest.mark.django_db
MANUAL = (BASE / "docs/metrics.md").read_text()
OTHERS = ("django_", "python_", "process_")  # named by those who make them


@pytest.fixture
def now() -> datetime:
    """After a day of the desk."""
    now = timezone.now()
    desk_day.store(now=now)
    return now


def undocumented(names: set[str]) -> set[str]:
    return {name for name in names if not re.search(rf"`{name}(_total)?`", MANUAL)}


def test_every_series_of_a_desks_day_is_documented(now: datetime) -> None:
    told = [*monitor.readings(now=now), *dependencies.readings(now=now)]
    told += Refresher().refresh(now=now).readings
    told += Standings().refresh(now=now).readings

    names = {reading.name for reading in told} | set(Series.objects.values_list("name", flat=True))

    assert {"portal_stream_lag_seconds", "portal_day_pnl", "cpu_percent"} <= names
    assert undocumented({name for name in names if "." not in name}) == set()


def test_every_name_at_metrics_is_documented(now: datetime) -> None:
    page = Client().get("/metrics").content.decode()

    names = {name.removesuffix("_total") for name in re.findall(r"^# TYPE (\S+)", page, re.M)}
    ours = {name for name in names if not name.startswith(OTHERS)}

    assert len(ours) > 20
    assert undocumented({name for name in ours if not name.endswith("_created")}) == set()
