"""Senders that die leave nothing behind that others would have to wait for."""

from __future__ import annotations

import subprocess
import sys
from datetime import timedelta

import pytest

from alerts import claims
from alerts.models import Notification, Policy
from ops_portal.engine import compose
from ops_portal.engine.compose import HelperDied
from ops_portal.lib import incarnation
from tests.alerts.conftest import NOON, MakeAlert
from tests.analytics.engines import BASE

pytestmark = pytest.mark.django_db(transaction=True)

NAME = "from ops_portal.lib import incarnation; print(incarnation.name())"
LATER = NOON + timedelta(seconds=1)


def name_of_a_dead_process() -> str:
    said = subprocess.run(
        [sys.executable, "-c", NAME], cwd=BASE, check=True, capture_output=True, text=True
    )
    return said.stdout.strip()


@pytest.fixture
def held(make_alert: MakeAlert, policy: Policy) -> Notification:
    """A notification that a sender took at noon."""
    make_alert()
    taken = claims.claim(now=NOON, due=NOON)
    assert taken is not None
    return taken


def test_what_a_dead_sender_held_is_due_at_once(held: Notification) -> None:
    Notification.objects.update(lease_owner=f"{name_of_a_dead_process()}:1")

    freed = claims.free_the_dead(now=LATER)

    assert freed == 1
    again = claims.claim(now=LATER, due=LATER)
    assert again is not None
    assert (again.pk, again.attempts) == (held.pk, 2)


@pytest.mark.parametrize("owner", ["", "elsewhere:1:7:9:1", "a host of an older version"])
def test_what_a_living_or_distant_sender_holds_is_left_to_it(
    held: Notification, owner: str
) -> None:
    if owner:
        Notification.objects.update(lease_owner=owner)

    assert claims.free_the_dead(now=LATER) == 0
    assert claims.claim(now=LATER, due=LATER) is None


def test_a_process_with_the_number_of_a_dead_one_is_another() -> None:
    mine = incarnation.name()
    place, _, start = mine.rpartition(":")

    assert not incarnation.has_ended(mine)
    assert incarnation.has_ended(f"{place}:{int(start) - 1}")


def test_an_engine_whose_helper_died_ends() -> None:
    engine, _never_started = compose.build("engine")

    with pytest.raises(HelperDied, match="courier"):
        engine.step()
