"""A receiver's secret goes in and never comes out; the test button tells the truth."""

from __future__ import annotations

import pytest
from django.test import Client

from alerts.models import Receiver
from ops_portal.lib import secrets
from tests import factories

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
        ({"webhook": ""}, "needs its webhook URL"),
        ({"webhook": "javascript:alert(1)"}, "Enter a valid URL"),
        ({"kind": "email", "address": ""}, "needs an address"),
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
