"""What is drawn once for each set of values depends on these values, and shows them all."""

from __future__ import annotations

import re
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.contrib.auth.models import User
from django.db import connection
from django.template import Context, Template
from django.test import Client
from django.utils import timezone
from django.utils.safestring import mark_safe

from alerts import actions, listing
from alerts.duty import Duty
from alerts.models import Alert, Escalation, Receiver
from ops_portal.context import Shell
from tests.factories import alert, person, receiver

FOLDER = Path(__file__).resolve().parents[2] / "templates"
MOMENT = datetime(2026, 3, 1, 12, tzinfo=UTC)
ROW = listing.Row(
    7, 0, uuid4(), 1, "Drawdown", "high_drawdown", "critical", "firing", "breach",
    '{"env": "paper"}', "current_drawdown", -0.06, -0.05, MOMENT, None, None, "", "",
    MOMENT + timedelta(minutes=5), "", "", None, None,
)  # fmt: skip
TAKEN = ROW._replace(state="acknowledged", acknowledged_by="Alice", note="on it")
SHOWN: dict[str, tuple[listing.Row, Any]] = {
    "id": (ROW, 8),
    "version": (ROW, 2),
    "title": (ROW, "Latency"),
    "severity": (ROW, "warning"),
    "state": (ROW, "acknowledged"),
    "condition": (ROW, "nodata"),
    "labels_json": (ROW, '{"env": "backtest"}'),
    "unit": (ROW, "latency_seconds"),
    "value": (ROW, -0.07),
    "threshold": (ROW, None),
    "started_at": (ROW, MOMENT + timedelta(seconds=1)),
    "acknowledged_by": (TAKEN, "Bob"),
    "note": (TAKEN, "given up"),
    "next_step_at": (ROW, None),
    "quiet_by": (ROW, "Upgrade"),
    "assignee_id": (ROW, 7),
    "assignee": (ROW, "Dora"),
    "snoozed_until": (TAKEN, MOMENT + timedelta(hours=1)),
}
DESK = Duty("Desk", 7, "Ana", MOMENT + timedelta(hours=6), gap=False)
NIGHT = Duty("Night", None, "", MOMENT + timedelta(hours=9), gap=True)
SHELL = Shell(
    page="alerts", theme="system", zone="UTC", demo=False, name="Bob", email="bob@example.org",
    staff=False, sees_alerts=True, may_add_receiver=False, has_receiver=False, firing=1,
    worst="critical", duty=DESK, duties=(DESK,),
)  # fmt: skip
FRAME = ("_favicon", "_rail", "_bar", "_banners")
FRAMED: dict[str, Any] = {
    "page": "system", "theme": "dark", "zone": "CET", "demo": True, "name": "Alice",
    "email": "alice@example.org", "staff": True, "sees_alerts": False, "may_add_receiver": True,
    "has_receiver": True, "firing": 2, "worst": "warning", "duty": NIGHT, "mine": True,
    "duties": (DESK, NIGHT),
}  # fmt: skip
NOT_SHOWN = {"rank", "uid", "rule_name", "acknowledged_at", "resolved_at"}


def drawn(source: str, **context: Any) -> str:
    return Template("{% load fragments %}" + source).render(Context(context))


def row(one: listing.Row, *, may: bool = False) -> str:
    return drawn('{% pure "alerts/_row.html" row=row may_acknowledge=may %}', row=one, may=may)


@pytest.mark.parametrize("field", SHOWN)
def test_a_row_changes_with_every_field_it_shows(field: str) -> None:
    before, value = SHOWN[field]

    assert row(before) != row(before._replace(**{field: value}))


def test_every_field_of_a_row_is_shown_or_known_not_to_be() -> None:
    assert set(listing.Row._fields) == set(SHOWN) | NOT_SHOWN


@pytest.mark.parametrize("field", [field.name for field in fields(Shell)])
def test_the_frame_changes_with_every_field_of_its_state(field: str) -> None:
    frame = "".join(f'{{% pure "{name}.html" shell=shell %}}' for name in FRAME)

    assert drawn(frame, shell=SHELL) != drawn(frame, shell=replace(SHELL, **{field: FRAMED[field]}))


def test_a_row_for_those_who_may_act_is_another() -> None:
    assert "data-ack" in row(ROW, may=True)
    assert "data-ack" not in row(ROW, may=False)


def test_a_fragment_is_drawn_in_the_zone_of_its_reader() -> None:
    assert "12:00:00 UTC" in row(ROW)
    with timezone.override(ZoneInfo("Asia/Tokyo")):
        assert "21:00:00 JST" in row(ROW)
    assert "12:00:00 UTC" in row(ROW)


def test_a_fragment_knows_what_it_is_given_and_nothing_else() -> None:
    rail, user = '{% pure "_rail.html" shell=shell %}', User(is_staff=True)

    assert "/admin/" not in drawn(rail, shell=SHELL, user=user, staff=True)
    assert "/admin/" in drawn(rail, shell=replace(SHELL, staff=True))


def test_values_that_are_equal_but_written_differently_are_told_apart() -> None:
    empty = '{% pure "_empty.html" title=title %}'

    assert "<strong>&lt;b&gt;</strong>" in drawn(empty, title="<b>")
    assert "<strong><b></strong>" in drawn(empty, title=mark_safe("<b>"))
    assert "<strong>True</strong>" in drawn(empty, title=True)
    assert "<strong>1</strong>" in drawn(empty, title=1)


def test_no_fragment_looks_at_the_clock_or_at_its_surroundings() -> None:
    calls = [
        name
        for file in FOLDER.rglob("*.html")
        for name in re.findall(r'{% pure(?:_each)? "([^"]+)"', file.read_text())
    ]
    hidden = re.compile(r"\|age\b|csrf_token|\brequest\.|\buser\.|\bperms\.|{% now\b")

    found = {name: set(hidden.findall((FOLDER / name).read_text())) for name in calls}

    assert len(found) > 5
    assert not {name: words for name, words in found.items() if words}


@pytest.mark.django_db
def test_whatever_a_row_shows_is_new_on_the_next_request() -> None:
    alice, now = person("alice"), timezone.now()
    made = alert(title="first")
    run = Escalation.objects.create(alert=made, policy_snapshot={}, next_at=now)
    client = Client()
    client.force_login(person("bob"))

    def shown() -> str:
        return client.get("/alerts/").content.decode().split('id="rows"')[1].split("</tbody>")[0]

    seen = [shown()]
    with connection.cursor() as cursor:
        cursor.execute("UPDATE alerts_alert SET title = 'second' WHERE id = %s", [made.pk])
    seen.append(shown())
    Alert.objects.filter(pk=made.pk).update(value=-0.123)
    seen.append(shown())
    Escalation.objects.filter(pk=run.pk).update(next_at=now + timedelta(hours=1))
    seen.append(shown())
    actions.acknowledge(made.pk, by=alice, note="mine", now=now)
    seen.append(shown())

    assert len(set(seen)) == 5
    assert "second" in seen[1]
    assert "−12.3" in seen[2]
    assert made.title not in seen[4]


@pytest.mark.django_db
def test_a_new_name_of_who_took_it_is_shown_at_once() -> None:
    alice, client = person("alice"), Client()
    actions.acknowledge(alert().pk, by=alice, now=timezone.now())
    client.force_login(person("bob"))
    assert "Acked by Alice" in client.get("/alerts/?tab=acknowledged").content.decode()

    User.objects.filter(pk=alice.pk).update(first_name="Alicia")

    assert "Acked by Alicia" in client.get("/alerts/?tab=acknowledged").content.decode()


@pytest.mark.django_db
def test_two_people_with_different_rights_share_no_row() -> None:
    alert()
    pages = {}
    for name in ("alice", "bob", "alice"):
        client = Client()
        client.force_login(User.objects.filter(username=name).first() or person(name))
        pages[name] = client.get("/alerts/").content.decode()

    assert "data-ack" in pages["alice"]
    assert "data-ack" not in pages["bob"]
    assert "Menu of Alice" in pages["alice"]
    assert "Menu of Bob" in pages["bob"]


@pytest.mark.django_db
def test_the_banner_goes_with_the_first_receiver_and_comes_back_with_the_last() -> None:
    Receiver.objects.all().delete()
    client = Client()
    client.force_login(person("bob"))
    told = [b"Nobody is told about alerts" not in client.get("/system/").content]

    one = receiver()
    told.append(b"Nobody is told about alerts" not in client.get("/system/").content)
    Receiver.objects.filter(pk=one.pk).update(enabled=False)
    told.append(b"Nobody is told about alerts" not in client.get("/system/").content)

    assert told == [False, True, False]
