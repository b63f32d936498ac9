"""Buttons of Slack and Telegram: only genuine presses of known people act, and only once."""

from __future__ import annotations

import hashlib
import hmac
import json
import time
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
import time_machine
from django.contrib.auth.models import User
from django.db import DatabaseError, transaction
from django.test import Client
from pytest_django import Settings

from alerts import callbacks
from alerts.models import Alert, Callback, ChatIdentity
from tests import factories
from tests.alerts.conftest import web
from tests.alerts.receivers import point_to
from tests.sinks import WebSink

__all__ = ["web"]

pytestmark = pytest.mark.django_db

SECRET = "8f742231b10e8888abcd99yyyzzz85a5"


@pytest.fixture(autouse=True)
def _secrets(settings: Settings) -> None:
    settings.SLACK_SIGNING_SECRET = SECRET
    settings.TELEGRAM_WEBHOOK_SECRET = "telegrams-secret"


@pytest.fixture
def alice() -> User:
    user = factories.person("alice")
    ChatIdentity.objects.create(user=user, service="slack", external_id="U0123456789")
    ChatIdentity.objects.create(user=user, service="telegram", external_id="4711")
    return user


def slack_body(
    alert: Alert,
    *,
    user: str = "U0123456789",
    answer_to: str = "",
    action: str = "acknowledge",
) -> bytes:
    pressed = {"action_id": action, "value": str(alert.uid)}
    told = {"user": {"id": user}, "actions": [pressed], "response_url": answer_to}
    return urlencode({"payload": json.dumps(told)}).encode()


def press_slack(
    client: Client, body: bytes, *, at: float | None = None, sent: bytes | None = None
) -> Any:
    """Sign `body` and send it, or send other bytes under its signature."""
    stamp = str(int(time.time() if at is None else at))
    digest = hmac.new(SECRET.encode(), f"v0:{stamp}:".encode() + body, hashlib.sha256).hexdigest()
    return client.post(
        "/hooks/slack/",
        body if sent is None else sent,
        content_type="application/x-www-form-urlencoded",
        headers={"X-Slack-Request-Timestamp": stamp, "X-Slack-Signature": f"v0={digest}"},
    )


def press_telegram(
    client: Client,
    alert: Alert,
    *,
    who: int = 4711,
    update: int = 1,
    secret: str = "",
    action: str = "acknowledge",
) -> Any:
    query = {"id": "q1", "from": {"id": who}, "data": f"{action}:{alert.uid}"}
    return client.post(
        "/hooks/telegram/",
        json.dumps({"update_id": update, "callback_query": query}),
        content_type="application/json",
        headers={"X-Telegram-Bot-Api-Secret-Token": secret or "telegrams-secret"},
    )


def test_a_press_in_slack_acknowledges_as_the_mapped_person(
    client: Client, alice: User, web: WebSink, settings: Settings
) -> None:
    point_to(web, settings)
    alert = factories.alert()

    answer = press_slack(client, slack_body(alert, answer_to=web.url))

    alert.refresh_from_db()
    assert answer.status_code == 200
    assert (alert.state, alert.acknowledged_by) == ("acknowledged", alice)
    assert alert.transitions.get(action="acknowledged").via == "slack"
    assert web.posts[0].json["text"] == "Acknowledged. Nobody else is called."
    assert Callback.objects.get().accepted


def test_a_press_in_slack_snoozes_for_as_long_as_the_button_says(
    client: Client, alice: User, web: WebSink, settings: Settings
) -> None:
    point_to(web, settings)
    alert = factories.alert()

    press_slack(client, slack_body(alert, answer_to=web.url, action="snooze_240"))

    alert.refresh_from_db()
    change = alert.transitions.get(action="snoozed")
    assert (change.via, change.actor) == ("slack", alice)
    assert alert.acknowledged_until == change.at + timedelta(hours=4)
    assert web.posts[0].json["text"].startswith("Snoozed until ")


def test_a_press_in_telegram_snoozes_and_the_second_is_told(client: Client, alice: User) -> None:
    alert = factories.alert()
    dora = factories.person("dora")
    ChatIdentity.objects.create(user=dora, service="telegram", external_id="42")

    press_telegram(client, alert, action="snooze_60")
    second = press_telegram(client, alert, who=42, update=2, action="snooze_240")

    alert.refresh_from_db()
    change = alert.transitions.get(action="snoozed")
    assert (change.via, change.actor) == ("telegram", alice)
    assert alert.acknowledged_until == change.at + timedelta(hours=1)
    assert "Alice was first" in second.json()["text"]


def test_an_unknown_button_does_nothing(client: Client, alice: User) -> None:
    alert = factories.alert()

    answer = press_telegram(client, alert, action="snooze_9999")

    alert.refresh_from_db()
    assert answer.json()["text"] == "This button does nothing here."
    assert (alert.state, alert.version) == ("firing", 1)


def test_an_answer_goes_nowhere_else_than_to_slack(
    client: Client, alice: User, web: WebSink
) -> None:
    press_slack(client, slack_body(factories.alert(), answer_to=web.url))

    assert web.posts == []


def test_what_is_not_genuine_is_refused_and_written_down(client: Client, alice: User) -> None:
    alert = factories.alert()
    body = slack_body(alert)
    doubled = body + b"&" + body

    answers = [
        press_slack(client, body, sent=body.replace(b"acknowledge", b"acknowledgf")),
        press_slack(client, body, at=time.time() - 360),
        press_slack(client, body, at=time.time() + 360),
        press_slack(client, doubled),
        press_slack(client, b"payload=%7B%7D"),
        client.post("/hooks/slack/", body, content_type="application/x-www-form-urlencoded"),
    ]

    alert.refresh_from_db()
    assert {answer.status_code for answer in answers} == {401}
    assert alert.state == "firing"
    reasons = list(Callback.objects.order_by("pk").values_list("reason", flat=True))
    assert reasons == [
        "wrong signature",
        "older than five minutes",
        "older than five minutes",
        "not one press of one button",
        "not one press of one button",
        "no timestamp",
    ]


def test_a_flood_of_forgeries_fills_no_table(client: Client, alice: User) -> None:
    for _ in range(callbacks.MOST_A_MINUTE + 5):
        assert client.post("/hooks/telegram/", b"{}", "application/json").status_code == 401
    assert Callback.objects.count() == callbacks.MOST_A_MINUTE

    with time_machine.travel(time.time() + 61):
        client.post("/hooks/telegram/", b"{}", "application/json")

    assert Callback.objects.count() == callbacks.MOST_A_MINUTE + 1


def test_the_same_press_sent_twice_acts_once(client: Client, alice: User) -> None:
    alert, now = factories.alert(), time.time()
    body = slack_body(alert)

    first, second = (press_slack(client, body, at=now) for _ in range(2))

    assert (first.status_code, second.status_code) == (200, 401)
    assert Callback.objects.get(accepted=False).reason == "sent a second time"
    assert alert.transitions.filter(action="acknowledged").count() == 1


def test_somebody_unknown_is_told_so(client: Client, web: WebSink, settings: Settings) -> None:
    point_to(web, settings)
    alert = factories.alert()

    press_slack(client, slack_body(alert, user="U9999999999", answer_to=web.url))

    alert.refresh_from_db()
    assert alert.state == "firing"
    assert "U9999999999 is nobody whom the portal knows." in web.posts[0].json["text"]
    assert Callback.objects.get().external_id == "U9999999999"


def test_who_may_not_acknowledge_is_told_so(client: Client, alice: User) -> None:
    alert = factories.alert()
    alice.groups.clear()

    answer = press_telegram(client, alert)

    alert.refresh_from_db()
    assert alert.state == "firing"
    assert answer.json()["text"] == "You may not acknowledge alerts."
    assert Callback.objects.get().reason == "alice may not acknowledge."


def test_a_press_in_telegram_acknowledges_and_the_second_is_told(
    client: Client, alice: User
) -> None:
    alert = factories.alert()
    bob = factories.person("dora")
    ChatIdentity.objects.create(user=bob, service="telegram", external_id="42")

    first = press_telegram(client, alert)
    second = press_telegram(client, alert, who=42, update=2)

    alert.refresh_from_db()
    assert first.json()["method"] == "answerCallbackQuery"
    assert alert.transitions.get(action="acknowledged").via == "telegram"
    assert "Alice was first" in second.json()["text"]


def test_telegram_without_the_secret_is_refused(client: Client, alice: User) -> None:
    answer = press_telegram(client, factories.alert(), secret="another")

    assert answer.status_code == 401
    assert Callback.objects.get().reason == "wrong secret"


@pytest.mark.parametrize("body", [b"", b"[]", b"{", b'{"update_id": "x"}', b"\xff"])
def test_telegram_nonsense_is_refused(client: Client, body: bytes) -> None:
    headers = {"X-Telegram-Bot-Api-Secret-Token": "telegrams-secret"}

    answer = client.post("/hooks/telegram/", body, content_type="application/json", headers=headers)

    assert answer.status_code == 401


@pytest.mark.parametrize("path", ["/hooks/slack/", "/hooks/telegram/"])
def test_without_a_secret_there_is_no_door(client: Client, path: str, settings: Settings) -> None:
    settings.SLACK_SIGNING_SECRET = settings.TELEGRAM_WEBHOOK_SECRET = ""

    assert client.post(path).status_code == 404


def test_presses_are_never_rewritten(client: Client, alice: User) -> None:
    press_telegram(client, factories.alert())

    with pytest.raises(DatabaseError, match="only grows"), transaction.atomic():
        Callback.objects.update(accepted=False)
