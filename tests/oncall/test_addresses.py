"""Addresses beside e-mail: the desk's bots, browsers that take push; proved, tested, let go."""

from __future__ import annotations

import json
import re
from collections import deque
from datetime import timedelta

import http_ece
import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from pytest_django import Settings

from alerts import addresses, browsers, delivery, targets
from alerts.models import AckToken, Notification, Receiver
from alerts.options import sealed
from tests import factories
from tests.alerts import receivers
from tests.alerts.conftest import web
from tests.oncall.runs import policy
from tests.oncall.test_pages import client_of, do
from tests.sinks import WebSink, says

__all__ = ["web"]

pytestmark = pytest.mark.django_db
PAGE = "/on-call/contacts/"
ANSWERS = {
    "slack_bot": b'{"ok": true, "channel": "D01", "ts": "1.2"}',
    "telegram": b'{"ok": true, "result": {"message_id": 41}}',
}
NAMES = {"slack_bot": "U0123456789", "telegram": "4711"}


@pytest.fixture
def service(web: WebSink, settings: Settings) -> WebSink:
    receivers.point_to(web, settings)
    return web


def code_in(sink: WebSink) -> str:
    return str(re.findall(r"\b\d{8}\b", sink.posts[-1].body.decode())[0])


def push_address(user: User, sink: WebSink, browser: str = "Firefox on Linux") -> Receiver:
    text, _, _ = receivers.subscription(sink.url)
    return browsers.subscribe(user, text, browser=browser, now=timezone.now())


@pytest.mark.parametrize("kind", ANSWERS)
def test_a_chat_address_is_proved_by_a_code_that_the_bot_writes(
    service: WebSink, ana: User, kind: str
) -> None:
    bot, client = receivers.receiver(kind, service), client_of(ana)
    service.plan = deque([says(200, ANSWERS[kind])] * 2)

    page = do(client, PAGE, "add", through=bot.pk, address=NAMES[kind])
    own = Receiver.objects.get(owner=ana)
    proved = do(client, PAGE, "verify", pk=own.pk, code=code_in(service))
    tested = do(client, PAGE, "test", pk=own.pk)

    assert "Code you were sent" in page
    assert "The address is verified" in proved
    assert "The test was taken after" in tested
    told = [post.json.get("channel") or str(post.json.get("chat_id")) for post in service.posts]
    assert told == [NAMES[kind]] * 2
    assert (own.through, bytes(own.secret)) == (bot, b"")


def test_a_changed_token_of_the_bot_counts_for_everybody(service: WebSink, ana: User) -> None:
    bot = receivers.receiver("slack_bot", service)
    service.plan = deque([says(200, ANSWERS["slack_bot"])] * 2)
    own = addresses.add(ana, "U0123456789", through=bot, now=timezone.now())
    addresses.verify(own, code_in(service), by=ana, now=timezone.now())
    bot.secret = sealed("slack_bot", {"bot_token": "xoxb-987654321"})
    bot.save()

    delivery.send_test(Receiver.objects.get(pk=own.pk), by=ana, now=timezone.now())

    assert service.posts[-1].headers["Authorization"] == "Bearer xoxb-987654321"


def test_a_name_of_the_wrong_form_is_refused(service: WebSink, ana: User) -> None:
    bot = receivers.receiver("slack_bot", service)

    page = do(client_of(ana), PAGE, "add", through=bot.pk, address="@ana")

    assert "Slack&#x27;s channel IDs look like C0123456789." in page
    assert not Receiver.objects.filter(owner=ana).exists()


def test_a_bot_that_refuses_the_code_is_told_of_and_another_can_be_asked(
    service: WebSink, ana: User
) -> None:
    bot = receivers.receiver("slack_bot", service)
    service.plan = deque([says(200, b'{"ok": false, "error": "channel_not_found"}')])

    page = do(client_of(ana), PAGE, "add", through=bot.pk, address="U0123456789")

    assert "The code could not be sent: Slack refused chat.postMessage" in page
    assert Receiver.objects.get(owner=ana).verified_at is None


def test_bots_of_others_cannot_be_borrowed(service: WebSink, ana: User, ben: User) -> None:
    private = receivers.receiver("slack_bot", service, owner=ben)

    page = do(client_of(ana), PAGE, "add", through=private.pk, address="U0123456789")

    assert "That is no e-mail address." in page
    assert not ana.addresses.exists()


def test_an_unproved_address_is_not_tested(service: WebSink, ana: User) -> None:
    own = factories.receiver("ana's", owner=ana)

    page = do(client_of(ana), PAGE, "test", pk=own.pk)

    assert "Only an address that is verified can be tested." in page
    assert not Notification.objects.exists()


def test_a_browser_that_subscribes_is_an_address(service: WebSink, ana: User) -> None:
    text, private, secret = receivers.subscription(service.url)
    client = client_of(ana)

    page = do(client, PAGE, "push", subscription=text, browser="Firefox on Linux")
    again = do(client, PAGE, "push", subscription=text, browser="Firefox on Linux")
    do(client, PAGE, "test", pk=Receiver.objects.get(owner=ana).pk)

    assert "This browser is told about alerts" in page
    assert again.count("Firefox on Linux</strong>") == 1
    opened = http_ece.decrypt(service.posts[0].body, private_key=private, auth_secret=secret)
    assert json.loads(opened)["title"].startswith("Test: Test of ana: Firefox on Linux")


def test_a_push_about_an_alert_carries_a_link_that_takes_it(service: WebSink, ana: User) -> None:
    text, private, secret = receivers.subscription(service.url)
    own = browsers.subscribe(ana, text, browser="Firefox", now=timezone.now())
    policy({"kind": "users", "users": [ana]})
    alert = factories.alert()

    delivery.deliver_due(now=timezone.now(), waited=0.0)

    opened = http_ece.decrypt(service.posts[0].body, private_key=private, auth_secret=secret)
    told = json.loads(opened)
    assert told["url"].endswith(f"/alerts/{alert.pk}/")
    assert "/take/" in told["take"]
    assert AckToken.objects.get().notification.receiver == own


@pytest.mark.parametrize(
    "text",
    [
        "", "[]", "null", "{}", '{"endpoint": "ftp://x.example/1", "keys": {}}',
        '{"endpoint": "https://x.example/1", "keys": {"p256dh": "AAAA", "auth": "AAAA"}}',
        '{"endpoint": 5, "keys": {"p256dh": 1, "auth": null}}', "{" * 3000,
    ],
)  # fmt: skip
def test_a_subscription_that_cannot_be_read_is_refused(ana: User, text: str) -> None:
    with pytest.raises(addresses.Refused):
        browsers.subscribe(ana, text, browser="Firefox", now=timezone.now())

    assert not Receiver.objects.exists()


def test_a_browser_that_changes_its_subscription_stays_the_same_address(
    service: WebSink, ana: User, ben: User
) -> None:
    own = push_address(ana, service)
    factories.personal_rule(ana, own)
    text, private, secret = receivers.subscription(f"{service.url}/new")
    client = client_of(ana)
    client.handler.enforce_csrf_checks = True

    given = client.get(f"{PAGE}push/").json()
    headers = {"X-CSRFToken": given["token"]}
    changed = {"subscription": text, "instead_of": service.url}
    bare = client.post(f"{PAGE}push/", changed)
    kept = client.post(f"{PAGE}push/", changed, headers=headers)
    strange = client_of(ben).post(f"{PAGE}push/", {**changed, "instead_of": f"{service.url}/new"})

    assert (bare.status_code, kept.status_code, strange.status_code) == (403, 200, 400)
    assert strange.json()["text"] == "This browser was not told before."
    assert own.notification_rules.count() == 1
    delivery.send_test(Receiver.objects.get(), by=ana, now=timezone.now())
    opened = http_ece.decrypt(service.posts[-1].body, private_key=private, auth_secret=secret)
    assert json.loads(opened)["title"].startswith("Test: ")
    assert service.posts[-1].path == "/hook/new"


def test_a_browser_belongs_to_whoever_subscribed_last(
    service: WebSink, ana: User, ben: User
) -> None:
    text, _, _ = receivers.subscription(service.url)
    for user in (ana, ben, ana):
        browsers.subscribe(user, text, browser="Firefox", now=timezone.now())

    assert (ana.addresses.count(), ben.addresses.count()) == (1, 0)
    assert Receiver.objects.filter(enabled=True).get().owner == ana


@pytest.mark.parametrize(("status", "kept"), [(410, False), (404, False), (403, True)])
def test_a_browser_that_is_gone_is_switched_off(
    service: WebSink, ana: User, status: int, kept: bool
) -> None:
    own = push_address(ana, service)
    service.plan = deque([says(status)])
    policy({"kind": "users", "users": [ana]})
    factories.alert()

    delivery.deliver_due(now=timezone.now() + timedelta(seconds=1), waited=0.0)

    own.refresh_from_db()
    assert own.enabled is kept
    messages = targets.messages_of(ana, severity="critical", important=False, at=timezone.now())
    assert [one.hole for one in messages] == ["" if kept else "The receiver is switched off."]
