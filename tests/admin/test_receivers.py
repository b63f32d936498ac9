"""A receiver's secret goes in and never comes out; the test button tells the truth."""

from __future__ import annotations

from collections import deque

import pytest
from django.test import Client

from alerts.models import Receiver
from alerts.options import options_of
from ops_portal.lib import secrets
from tests import factories
from tests.alerts.conftest import web
from tests.sinks import WebSink, says

__all__ = ["web"]

pytestmark = pytest.mark.django_db

URL = "https://hooks.slack.example/services/T0/B0/canary-4711"


@pytest.fixture
def dora() -> Client:
    client = Client()
    client.force_login(factories.person("dora"))
    return client


def add(client: Client, **fields: str) -> int:
    given = {"name": "Chat", "kind": "slack", "webhook": URL, "enabled": "on", **fields}
    return client.post("/admin/alerts/receiver/add/", given).status_code


def test_the_webhook_is_stored_encrypted(dora: Client) -> None:
    add(dora)

    receiver = Receiver.objects.get()
    assert URL.encode() not in bytes(receiver.secret)
    assert secrets.decrypt(bytes(receiver.secret)) == URL


@pytest.mark.parametrize("page", ["change", "history"])
def test_the_webhook_is_never_shown_again(dora: Client, page: str) -> None:
    add(dora)
    pk = Receiver.objects.get().pk

    shown = dora.get(f"/admin/alerts/receiver/{pk}/{page}/").content.decode()

    assert "canary-4711" not in shown
    assert "Chat" in shown


def test_a_blank_webhook_keeps_what_is_set(dora: Client) -> None:
    add(dora)
    pk = Receiver.objects.get().pk

    dora.post(
        f"/admin/alerts/receiver/{pk}/change/",
        {"name": "Chat 2", "kind": "slack", "webhook": "", "enabled": "on"},
    )

    receiver = Receiver.objects.get()
    assert receiver.name == "Chat 2"
    assert secrets.decrypt(bytes(receiver.secret)) == URL


@pytest.mark.parametrize(
    ("fields", "complaint"),
    [
        ({"webhook": ""}, "This kind needs it"),
        ({"webhook": "javascript:alert(1)"}, "Enter a valid URL"),
        ({"kind": "email", "address": ""}, "This kind needs it"),
        ({"kind": "email", "address": "nobody"}, "Enter a valid email address"),
        ({"kind": "email", "address": "a@b.example\nBcc: x@y.example"}, "Enter a valid email"),
    ],
)
def test_what_cannot_work_is_refused_at_its_field(
    dora: Client, fields: dict[str, str], complaint: str
) -> None:
    given = {"name": "Chat", "kind": "slack", "webhook": URL, **fields}

    page = dora.post("/admin/alerts/receiver/add/", given).content.decode()

    assert complaint in page
    assert not Receiver.objects.exists()


def test_the_test_button_shows_what_came_back(dora: Client, mailoutbox: list[object]) -> None:
    mail = factories.receiver()

    page = dora.post(f"/admin/alerts/receiver/{mail.pk}/test/").content.decode()

    assert "The message was taken" in page
    assert " ms" in page
    assert len(mailoutbox) == 1


def test_the_test_button_shows_a_failure(dora: Client) -> None:
    chat = factories.receiver(
        "Chat", kind="slack", address="", secret=secrets.encrypt("http://127.0.0.1:9/hook")
    )

    page = dora.post(f"/admin/alerts/receiver/{chat.pk}/test/").content.decode()

    assert "The message was not taken" in page
    assert "Error" in page


def test_a_viewer_cannot_send_a_test() -> None:
    mail = factories.receiver()
    bob = Client()
    bob.force_login(factories.person("bob"))

    assert bob.post(f"/admin/alerts/receiver/{mail.pk}/test/").status_code == 403


def test_a_receiver_is_tested_before_it_is_saved(dora: Client, web: WebSink) -> None:
    web.plan = deque([says(404, b"no_service")])
    form = {"name": "", "kind": "discord", "webhook": web.url}

    page = dora.post("/admin/alerts/receiver/test/", form).content.decode()

    assert "The message was not taken" in page
    assert "404" in page
    assert "no_service" in page
    assert not Receiver.objects.exists()


def test_an_edit_is_tested_with_the_secret_that_is_kept(dora: Client, web: WebSink) -> None:
    add(dora, webhook=web.url)
    pk = Receiver.objects.get().pk
    form = {"name": "Chat", "kind": "slack", "webhook": "", "enabled": "on"}

    page = dora.post(f"/admin/alerts/receiver/{pk}/test/", form).content.decode()

    assert "The message was taken" in page
    assert len(web.posts) == 1


def test_a_form_that_cannot_work_is_not_sent(dora: Client, web: WebSink) -> None:
    form = {"kind": "telegram", "telegram_token": "nonsense", "chat": "1"}

    page = dora.post("/admin/alerts/receiver/test/", form).content.decode()

    assert "Bot token: A Telegram token looks like" in page
    assert web.posts == []


def test_a_kind_keeps_its_own_options_and_several_secrets(dora: Client) -> None:
    add(dora, name="Bot", kind="slack_bot", bot_token="xoxb-123456789", channel="C0123456789")
    add(dora, name="Hook", kind="webhook", webhook=URL, signing_key="k" * 32)

    bot, hook = Receiver.objects.order_by("name")

    assert bot.options == {"channel": "C0123456789"}
    assert options_of(bot)["bot_token"] == "xoxb-123456789"
    assert (options_of(hook)["webhook"], options_of(hook)["signing_key"]) == (URL, "k" * 32)
    assert URL.encode() not in bytes(hook.secret)


def test_another_kind_forgets_the_secret_of_the_former(dora: Client) -> None:
    add(dora)
    receiver = Receiver.objects.get()
    form = {"name": "Chat", "kind": "email", "address": "a@b.example", "enabled": "on"}

    dora.post(
        f"/admin/alerts/receiver/{receiver.pk}/change/", {**form, "reason": "mail is read more"}
    )

    receiver.refresh_from_db()
    assert (receiver.kind, bytes(receiver.secret)) == ("email", b"")


@pytest.mark.parametrize(
    ("address", "complaint"),
    [
        ("json://127.0.0.1/", "kind of its own"),
        ("syslog://", "machine or network"),
        ("nothing://at.all", "does not know"),
    ],
)
def test_apprise_addresses_that_are_refused(dora: Client, address: str, complaint: str) -> None:
    page = dora.post(
        "/admin/alerts/receiver/add/", {"name": "A", "kind": "apprise", "service_url": address}
    )

    assert complaint in page.content.decode()
