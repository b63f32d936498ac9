"""Steps that let a policy go on only under a condition."""

from __future__ import annotations

from datetime import time, timedelta

import pytest
from django.contrib.auth.models import User

from alerts.models import Escalation
from tests.oncall.conftest import NOON, address
from tests.oncall.runs import fire, later, policy, run_until, told

pytestmark = pytest.mark.django_db


def test_a_condition_on_severity_ends_what_is_not_grave_enough(ana: User) -> None:
    address(ana)
    policy({"kind": "condition", "severity": "critical"}, {"kind": "users", "users": [ana]})

    fire("warning")
    mild = Escalation.objects.get()
    fire("critical", fingerprint="00000000000000bb")

    assert (mild.state, told()) == ("done", ["ana mail"])


def test_a_condition_on_the_time_of_day_waits_until_it_opens(ana: User) -> None:
    address(ana)
    policy(
        {
            "kind": "condition",
            "opens": time(14),
            "closes": time(18),
            "time_zone": "Europe/Madrid",
        },
        {"kind": "users", "users": [ana]},
    )

    fire()
    waits_until = Escalation.objects.get().next_at
    run_until(60)

    assert waits_until == NOON + timedelta(hours=1)
    assert told() == ["ana mail"]


def test_a_condition_on_the_number_of_alerts_looks_again(ana: User) -> None:
    address(ana)
    policy(
        {"kind": "condition", "more_than": 1, "within_seconds": 600},
        {"kind": "users", "users": [ana]},
    )
    fire()
    before = told()

    fire(fingerprint="00000000000000bb", at=later(1))
    run_until(1)

    assert (before, told()) == ([], ["ana mail", "ana mail"])
