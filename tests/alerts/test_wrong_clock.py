"""An engine on a machine whose clock is wrong takes each step when it is due."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import pytest

from alerts.models import Alert, Escalation, EscalationStep, Policy, PolicyStep
from ops_portal.lib import clock
from tests.alerts import outage
from tests.analytics import engines

pytestmark = pytest.mark.django_db(transaction=True)

SHIFTED = """
import runpy, sys, time_machine
from datetime import UTC, datetime, timedelta
time_machine.travel(datetime.now(UTC) + timedelta(hours=float(sys.argv[1])), tick=True).start()
sys.argv = ["manage.py", "run_engine", "--name", "engine"]
runpy.run_path("manage.py", run_name="__main__")
"""


@contextmanager
def shifted_engine(hours: float) -> Iterator[None]:
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", SHIFTED, str(hours)],
        env=engines.environment(),
        cwd=engines.BASE,
    )
    try:
        yield
    finally:
        engines.stop(process)


@pytest.mark.parametrize("hours", [72, -1])
def test_no_step_is_early_or_late(hours: float) -> None:
    policy = Policy.objects.create(name="default", is_default=True)
    for position, delay in enumerate((0, 300, 300)):
        PolicyStep.objects.create(policy=policy, position=position, delay_seconds=delay)
    outage.fire(range(2))
    soon, later = Alert.objects.order_by("pk")
    due = datetime.now(UTC) + timedelta(seconds=2)
    Escalation.objects.filter(alert=soon).update(next_at=due)

    with shifted_engine(hours):
        engines.until(lambda: EscalationStep.objects.filter(alert=soon).count() == 2)
    taken = datetime.now(UTC)

    step = EscalationStep.objects.get(alert=soon, step=1)
    assert due <= step.at <= taken
    assert EscalationStep.objects.filter(alert=later).count() == 1
    assert Alert.objects.get(pk=later.pk).state == "firing"


def test_a_clock_that_is_right_is_left_alone() -> None:
    behind = clock.compare()

    assert abs(behind) < timedelta(seconds=1)
    assert abs(clock.now() - datetime.now(UTC)) < timedelta(seconds=1)
