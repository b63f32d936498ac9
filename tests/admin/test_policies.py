"""Steps of a policy stay in the order in which they were put."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from django.db import connection
from django.test import Client

from alerts import ladder, plan
from alerts.models import Policy, PolicyStep, Receiver, Team
from tests import factories
from tests.alerts.conftest import NOON

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
    response = post(client, policy, *rows)
    assert response.status_code == 302, response.context["errors"]


def post(client: Client, policy: Policy, *rows: dict[str, object]) -> Any:
    given: dict[str, object] = {
        "name": policy.name, "repeat": "0", "steps-TOTAL_FORMS": len(rows),
        "steps-INITIAL_FORMS": sum("id" in row for row in rows),
    }  # fmt: skip
    for index, row in enumerate(rows):
        given |= {f"steps-{index}-{name}": value for name, value in row.items()}
        given[f"steps-{index}-policy"] = policy.pk
    return client.post(f"/admin/alerts/policy/{policy.pk}/change/", given)


def delays(policy: Policy) -> list[int]:
    return list(policy.steps.order_by("position").values_list("delay_seconds", flat=True))


def test_every_kind_of_step_is_edited_frozen_and_planned(dora: Client, mail: Receiver) -> None:
    policy = factories.policy(steps=[])
    hook = factories.receiver("Hook", kind="webhook", address="")
    alice, erin = factories.person("alice"), factories.person("erin")
    team = Team.objects.create(name="Quants")
    team.members.set([erin])
    for user in (alice, erin):
        factories.receiver(f"{user} mail", owner=user, verified_at=NOON, address=user.email)
    rows: list[dict[str, object]] = [
        {"kind": "channel", "receivers": [mail.pk]},
        {"kind": "users", "users": [alice.pk]},
        {"kind": "wait", "delay_seconds": 60},
        {"kind": "schedule", "schedule": factories.schedule(people=[alice]).pk},
        {"kind": "team", "team": team.pk, "important": "on"},
        {"kind": "condition", "severity": "warning"},
        {"kind": "webhook", "receivers": [hook.pk]},
        {"kind": "repeat", "times": 1},
        {"kind": "resolve", "delay_seconds": 120},
    ]
    save(dora, policy, *({"delay_seconds": 0, **row} for row in rows))

    frozen = [step["kind"] for step in ladder.frozen(policy)["steps"]]
    planned = plan.if_fired(policy, severity="critical", now=NOON)

    assert sorted(frozen) == sorted(PolicyStep.Kind.values)
    assert frozen == [row["kind"] for row in rows]
    a_round = ["Desk mail", "alice mail", "alice mail", "erin mail", "Hook"]
    assert [line.channel for line in planned.lines] == a_round * 2
    assert planned.ends.startswith("The policy resolves it after ")
    assert planned.holes == []


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


@pytest.mark.parametrize("position", [-1, 40_000, "first"])
def test_a_made_up_place_is_refused(dora: Client, mail: Receiver, position: object) -> None:
    policy = factories.policy(steps=[(0, [mail])])
    row = {"id": policy.steps.get().pk, "delay_seconds": 9, "receivers": [mail.pk]}

    response = post(dora, policy, {**row, "position": position})

    assert response.status_code == 200
    assert delays(policy) == [0]


def test_steps_that_two_people_add_at_once_both_stay(
    transactional_db: None, dora: Client, mail: Receiver
) -> None:
    policy = factories.policy(steps=[(0, [mail])])
    kept = {"id": policy.steps.get().pk, "delay_seconds": 0, "receivers": [mail.pk], "position": 0}
    new = {"receivers": [mail.pk], "position": ""}

    def add(delay: int) -> int:
        try:
            return int(post(dora, policy, kept, {**new, "delay_seconds": delay}).status_code)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as editors:
        answers = list(editors.map(add, range(60, 100, 10)))

    assert answers == [302] * 4
    assert list(policy.steps.values_list("position", flat=True)) == [0, 1, 2, 3, 4]
    assert sorted(delays(policy)) == [0, 60, 70, 80, 90]


def test_the_history_of_a_policy_tells_of_its_steps(dora: Client, mail: Receiver) -> None:
    policy = factories.policy(steps=[(0, [mail])])
    policy.steps.get().delete()

    page = dora.get(f"/admin/alerts/policy/{policy.pk}/history/").content.decode()

    assert "Policy step removed" in page
    assert "Policy added" in page
