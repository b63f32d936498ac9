"""The on-call page, the page of one's own addresses, the plan, the admin of schedules."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.core import mail
from django.test import Client
from django.utils import timezone

from alerts import oncall
from alerts.models import NotificationRule, Override, Receiver, Schedule, Swap, Verification
from tests import factories
from tests.oncall.conftest import address
from tests.oncall.runs import policy

pytestmark = pytest.mark.django_db


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def text(client: Client, path: str, **query: str) -> str:
    response = client.get(path, query)
    assert response.status_code == 200
    return re.sub(r"\s+", " ", response.content.decode())


def do(client: Client, path: str, act: str, **given: object) -> str:
    """POST and read the page that follows."""
    response = client.post(path, {"do": act, **given}, follow=True)
    assert response.status_code == 200
    return response.content.decode()


def test_the_page_says_who_is_on_call_and_warns_of_gaps(desk: Schedule, ana: User) -> None:
    desk.layers.update(last_day=timezone.now().date() + timedelta(days=2))

    page = text(client_of(ana), "/on-call/")

    assert "Desk" in page
    assert "Nobody is on call within the next seven days" in page
    assert "Mine:" in page


def test_a_shift_is_taken_and_given_back(desk: Schedule, ana: User, cleo: User) -> None:
    start = timezone.now() + timedelta(hours=1)
    given = {
        "schedule": desk.pk,
        "user": cleo.pk,
        "start": start.strftime("%Y-%m-%dT%H:%M"),
        "end": (start + timedelta(hours=4)).strftime("%Y-%m-%dT%H:%M"),
    }

    page = do(client_of(cleo), "/on-call/", "take", **given)
    again = do(client_of(ana), "/on-call/", "take", **{**given, "user": ana.pk})

    assert "Cleo is on call then." in page
    assert "cleo has agreed to take a part of this time already." in again
    do(client_of(cleo), "/on-call/", "drop", pk=Override.objects.get().pk)
    assert not Override.objects.exists()


def test_a_swap_is_asked_and_accepted(desk: Schedule, ana: User, ben: User) -> None:
    noon = timezone.now().replace(hour=12, minute=0, second=0, microsecond=0)
    parts = {}
    for day in (2, 3):
        start = noon + timedelta(days=day)
        holder = oncall.who(desk, start).user
        name = "gives" if holder == ana else "takes"
        parts[f"{name}_from"] = start.strftime("%Y-%m-%dT%H:%M")
        parts[f"{name}_until"] = (start + timedelta(hours=2)).strftime("%Y-%m-%dT%H:%M")

    do(client_of(ana), "/on-call/", "ask", schedule=desk.pk, taker=ben.pk, **parts)
    page = do(client_of(ben), "/on-call/", "answer", pk=Swap.objects.get().pk, answer="accept")

    assert "The swap is accepted." in page
    assert Override.objects.count() == 2


def test_an_address_is_proved_by_the_code_that_was_mailed(ana: User) -> None:
    client = client_of(ana)

    do(client, "/on-call/contacts/", "add", address="ana@home.example")
    own = Receiver.objects.get(owner=ana)
    code = re.findall(r"\b\d{8}\b", str(mail.outbox[0].body))[0]
    wrong = do(client, "/on-call/contacts/", "verify", pk=own.pk, code=f"{int(code) ^ 1:08d}")
    right = do(client, "/on-call/contacts/", "verify", pk=own.pk, code=code)

    assert mail.outbox[0].to == ["ana@home.example"]
    assert "That is not the code that was sent." in wrong
    assert "The address is verified" in right
    own.refresh_from_db()
    assert own.verified_at is not None


def test_five_wrong_codes_end_the_code(ana: User) -> None:
    client = client_of(ana)
    do(client, "/on-call/contacts/", "add", address="ana@home.example")
    own = Receiver.objects.get(owner=ana)
    code = re.findall(r"\b\d{8}\b", str(mail.outbox[0].body))[0]

    for _ in range(5):
        do(client, "/on-call/contacts/", "verify", pk=own.pk, code=f"{int(code) ^ 1:08d}")
    page = do(client, "/on-call/contacts/", "verify", pk=own.pk, code=code)

    assert "no longer valid" in page
    assert code not in Verification.objects.get().digest


def test_an_address_of_somebody_else_is_out_of_reach(ana: User, ben: User) -> None:
    own = address(ana, verified=False)

    for act in ("verify", "send", "remove"):
        response = client_of(ben).post(
            "/on-call/contacts/", {"do": act, "pk": own.pk, "code": "12345678"}
        )
        assert response.status_code == 404
    assert Receiver.objects.filter(pk=own.pk, owner=ana).exists()


def test_rules_and_quiet_hours_are_ones_own(ana: User) -> None:
    own, client = address(ana), client_of(ana)

    do(
        client, "/on-call/contacts/", "add-rule", receiver=own.pk, delay_minutes=5,
        severity="critical", important="1", through_quiet_hours="on",
    )  # fmt: skip
    page = do(
        client,
        "/on-call/contacts/",
        "quiet",
        begins="22:00",
        ends="07:00",
        time_zone="Europe/Madrid",
    )

    rule = NotificationRule.objects.get()
    assert (rule.delay_seconds, rule.severity, rule.important) == (300, "critical", True)
    assert "Your quiet hours are kept." in page
    assert "Important steps:" in page
    do(client, "/on-call/contacts/", "drop-rule", pk=rule.pk)
    assert not NotificationRule.objects.exists()


def test_a_zone_that_does_not_exist_is_refused(ana: User) -> None:
    given = {"begins": "22:00", "ends": "07:00", "time_zone": "Europe/Nowhere"}

    page = do(client_of(ana), "/on-call/contacts/", "quiet", **given)

    assert "is no time zone" in page


def test_an_address_that_was_used_is_kept_for_the_record(ana: User) -> None:
    own = address(ana)
    policy({"kind": "users", "users": [ana]})
    factories.alert()

    do(client_of(ana), "/on-call/contacts/", "remove", pk=own.pk)

    own.refresh_from_db()
    assert (own.enabled, own.owner, own.verified_at) == (False, None, None)


def test_the_plan_is_shown_with_its_holes(ana: User, ben: User) -> None:
    address(ana)
    policy({"kind": "users", "users": [ana, ben]})

    page = text(client_of(ana), "/on-call/plan/", severity="warning")

    assert "ana mail" in page
    assert "Ben: No verified address." in page


def test_escalate_now_from_the_page_of_the_alert(ana: User, ben: User) -> None:
    address(ben)
    policy(
        {"kind": "channel", "receivers": [factories.receiver()]},
        {"kind": "users", "users": [ben], "delay_seconds": 3600},
    )
    alert = factories.alert()
    client = client_of(ana)
    before = text(client, f"/alerts/{alert.pk}/")

    client.post(f"/alerts/{alert.pk}/escalate/")
    after = text(client, f"/alerts/{alert.pk}/")

    assert "Escalate now" in before
    assert "Step 2: Ben (named in the policy)" in after
    assert "Nothing more is planned." in after


def test_a_schedule_is_made_in_the_admin(ana: User, ben: User) -> None:
    dora = client_of(factories.person("dora"))
    given = {
        "name": "Nights", "time_zone": "Europe/Madrid", "fallback": ana.pk,
        "layers-TOTAL_FORMS": 1, "layers-INITIAL_FORMS": 0,
        "layers-0-name": "nights", "layers-0-kind": "daily", "layers-0-length": 1,
        "layers-0-people": "ben\nana", "layers-0-days": [0, 1, 2],
        "layers-0-first_day": "2026-11-23", "layers-0-hand_over_at": "22:00",
        "layers-0-opens": "22:00", "layers-0-closes": "06:00",
    }  # fmt: skip

    response = dora.post("/admin/alerts/schedule/add/", given)

    assert response.status_code == 302, response.context["errors"]
    layer = Schedule.objects.get(name="Nights").layers.get()
    assert layer.weekdays == 0b111
    assert [one.user for one in layer.participants.all()] == [ben, ana]


def test_a_layer_refuses_people_that_do_not_exist(ana: User) -> None:
    dora = client_of(factories.person("dora"))
    given = {
        "name": "Nights", "time_zone": "Nowhere/Land",
        "layers-TOTAL_FORMS": 1, "layers-INITIAL_FORMS": 0,
        "layers-0-name": "n", "layers-0-kind": "daily", "layers-0-length": 1,
        "layers-0-people": "nobody-here", "layers-0-days": [0],
        "layers-0-first_day": "2026-11-23", "layers-0-hand_over_at": "22:00",
        "layers-0-opens": "00:00", "layers-0-closes": "00:00",
    }  # fmt: skip

    page = dora.post("/admin/alerts/schedule/add/", given).content.decode()

    assert "There is no user nobody-here." in page
    assert "is no time zone" in page
