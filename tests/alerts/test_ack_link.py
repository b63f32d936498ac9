"""The link of a mail: looking changes nothing, pressing acts once, as the reader."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from alerts import actions, delivery
from alerts.models import AckToken, Alert, Receiver
from tests import factories
from tests.alerts.conftest import mails
from tests.sinks import MailSink

__all__ = ["mails"]

pytestmark = pytest.mark.django_db

SCANNERS = [
    "Mozilla/5.0 (compatible; Microsoft Outlook SafeLinks)",
    "Slackbot-LinkExpanding 1.0 (+https://api.slack.com/robots)",
    "Proofpoint URL Defense",
]


@pytest.fixture
def alice() -> User:
    return factories.person("alice")


@pytest.fixture
def fired(alice: User, mails: MailSink) -> Alert:
    """An alert whose mail went to alice."""
    mail = factories.receiver("Alice", address=alice.email)
    factories.policy(steps=[(0, [mail])], is_default=True)
    alert = factories.alert(title="Drawdown")
    delivery.deliver_due(now=timezone.now(), waited=0.0)
    return alert


def link_in(mails: MailSink, part: str = "plain") -> str:
    body = mails.mails[-1].get_body((part,)).get_content()  # type: ignore[attr-defined]
    found = re.search(r"/take/[\w-]+/", body)
    assert found is not None
    return found[0]


def test_the_page_shows_the_alert_and_the_button_takes_it(
    fired: Alert, mails: MailSink, client: Client, alice: User
) -> None:
    address = link_in(mails)

    page = client.get(address)
    done = client.post(address, {"note": "on it"})

    fired.refresh_from_db()
    assert "Drawdown" in page.content.decode()
    assert (page.headers["Referrer-Policy"], page.headers["Cache-Control"]) == (
        "no-referrer",
        "no-store",
    )
    assert "Acknowledged. Nobody else is called." in done.content.decode()
    assert (fired.state, fired.acknowledged_by) == ("acknowledged", alice)
    taken = fired.transitions.get(action="acknowledged")
    assert (taken.via, taken.note) == ("link", "on it")
    assert link_in(mails, "html") == address


def test_a_thousand_looks_of_link_scanners_change_nothing(
    fired: Alert, mails: MailSink, client: Client
) -> None:
    address = link_in(mails)

    for number in range(1_000):
        headers = {"user-agent": SCANNERS[number % 3]}
        method = (client.get, client.head, client.options)[number % 7 % 3]
        method(address, headers=headers)

    fired.refresh_from_db()
    assert (fired.state, fired.version) == ("firing", 1)
    assert client.post(address).status_code == 200


def test_a_link_works_once(fired: Alert, mails: MailSink, client: Client) -> None:
    address = link_in(mails)
    client.post(address)

    again = client.post(address)

    assert again.status_code == 410
    assert fired.transitions.filter(action="acknowledged").count() == 1


def test_a_link_dies_after_a_day(fired: Alert, mails: MailSink, client: Client) -> None:
    AckToken.objects.update(expires_at=timezone.now() - timedelta(seconds=1))

    assert client.post(link_in(mails)).status_code == 410


def test_who_lost_the_permission_is_refused_and_the_link_is_kept(
    fired: Alert, mails: MailSink, client: Client, alice: User
) -> None:
    alice.groups.clear()

    refused = client.post(link_in(mails))

    fired.refresh_from_db()
    assert (refused.status_code, fired.state) == (403, "firing")
    assert AckToken.objects.get().used_at is None


def test_a_link_of_somebody_who_left_is_dead(
    fired: Alert, mails: MailSink, client: Client, alice: User
) -> None:
    User.objects.filter(pk=alice.pk).update(is_active=False)

    assert client.get(link_in(mails)).status_code == 410


def test_the_second_is_told_who_was_first(fired: Alert, mails: MailSink, client: Client) -> None:
    dora = factories.person("dora")
    actions.acknowledge(fired.pk, by=dora, now=timezone.now())

    page = client.post(link_in(mails)).content.decode()

    assert "Dora was first" in page


def test_an_alert_that_is_over_says_so(fired: Alert, mails: MailSink, client: Client) -> None:
    actions.resolve(fired.pk, by=factories.person("dora"), now=timezone.now())

    assert "resolved already by Dora" in client.post(link_in(mails)).content.decode()


@pytest.mark.parametrize("address", ["desk@desk.example", "alice@example.org, bob@example.org"])
def test_a_shared_address_gets_no_link(address: str, alice: User, mails: MailSink) -> None:
    factories.policy(steps=[(0, [factories.receiver(address=address)])], is_default=True)
    factories.alert()

    delivery.deliver_due(now=timezone.now(), waited=0.0)

    assert not AckToken.objects.exists()
    assert Receiver.objects.exists()


def test_the_token_is_nowhere_in_the_tables(fired: Alert, mails: MailSink) -> None:
    token = link_in(mails).split("/")[2]

    rows = [str(row) for row in AckToken.objects.values_list()]
    rows += [str(row) for row in fired.notifications.values_list()]
    assert not any(token in row for row in rows)


def test_a_link_outlives_a_new_secret_key(
    fired: Alert, mails: MailSink, client: Client, settings: Settings
) -> None:
    settings.SECRET_KEY_FALLBACKS = [settings.SECRET_KEY]
    settings.SECRET_KEY = "another-key-0123456789-abcdefghijklmnopqrstuvwxyz"

    done = client.post(link_in(mails))

    fired.refresh_from_db()
    assert (done.status_code, fired.state) == (200, "acknowledged")
