"""Steps of a policy stay in the order in which they were put."""

from __future__ import annotations

import pytest
from django.test import Client

from alerts.models import Policy, Receiver
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def dora() -> Client:
    client = Client()
    client.force_login(factories.person("dora"))
    return client


@pytest.fixture
def mail() -> Receiver:
    return factories.receiver()


def save(client: Client, policy: Policy, *rows: dict[str, object]) -> None:
    given: dict[str, object] = {
        "name": policy.name, "repeat": "0", "steps-TOTAL_FORMS": len(rows),
        "steps-INITIAL_FORMS": sum("id" in row for row in rows),
    }  # fmt: skip
    for index, row in enumerate(rows):
        given |= {f"steps-{index}-{name}": value for name, value in row.items()}
        given[f"steps-{index}-policy"] = policy.pk
    response = client.post(f"/admin/alerts/policy/{policy.pk}/change/", given)
    assert response.status_code == 302, response.context["errors"]


def delays(policy: Policy) -> list[int]:
    return list(policy.steps.order_by("position").values_list("delay_seconds", flat=True))


def test_two_steps_exchange_their_places(dora: Client, mail: Receiver) -> None:
    policy = factories.policy(steps=[(0, [mail]), (300, [mail])])
    first, second = policy.steps.order_by("position")

    save(
        dora,
        policy,
        {"id": first.pk, "delay_seconds": 0, "receivers": [mail.pk], "position": 1},
        {"id": second.pk, "delay_seconds": 300, "receivers": [mail.pk], "position": 0},
    )

    assert delays(policy) == [300, 0]


def test_new_steps_come_last(dora: Client, mail: Receiver) -> None:
    policy = factories.policy(steps=[(0, [mail])])
    first = policy.steps.get()
    kept = {"id": first.pk, "delay_seconds": 0, "receivers": [mail.pk], "position": 0}
    new = {"receivers": [mail.pk], "position": ""}

    save(dora, policy, kept, {**new, "delay_seconds": 60}, {**new, "delay_seconds": 120})

    assert delays(policy) == [0, 60, 120]
    assert list(policy.steps.values_list("position", flat=True)) == [0, 1, 2]


def test_the_history_of_a_policy_tells_of_its_steps(dora: Client, mail: Receiver) -> None:
    policy = factories.policy(steps=[(0, [mail])])
    policy.steps.get().delete()

    page = dora.get(f"/admin/alerts/policy/{policy.pk}/history/").content.decode()

    assert "Policy step removed" in page
    assert "Policy added" in page
