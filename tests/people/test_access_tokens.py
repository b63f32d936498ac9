"""Access tokens: what a script may do with one, and what nobody may do with a bad one."""

from __future__ import annotations

from datetime import timedelta
from hashlib import sha256
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from alerts import exports, incident, timeline
from alerts.models import Alert
from ops_portal import bearer, tokens
from ops_portal.models import AccessToken, digest
from tests import factories

pytestmark = pytest.mark.django_db
MONTH = timedelta(days=30)


@pytest.fixture(autouse=True)
def _nobody_failed_yet() -> None:
    cache.clear()


@pytest.fixture
def alice() -> User:
    return factories.person("alice")


def made(user: User, name: str = "deploy", lifetime: timedelta | None = MONTH) -> str:
    return tokens.make(user=user, name=name, lifetime=lifetime, now=timezone.now())[1]


def send(path: str, secret: str, *, method: str = "POST", **data: str) -> Any:
    """As curl does: no cookie, no CSRF token, whatever answer comes."""
    client = Client(enforce_csrf_checks=True)
    headers = {"Authorization": f"Bearer {secret}"}
    answer: Any = client.get if method == "GET" else client.post
    return answer(path, data, headers=headers)


def acknowledge(alert: Alert, secret: str, **data: str) -> Any:
    return send(reverse("alert-acknowledge", args=[alert.pk]), secret, **data)


def signed_in(user: User) -> Client:
    """A person who has just given their password once more."""
    client = Client()
    client.force_login(user)
    client.post("/accounts/reauthenticate/", {"password": factories.PASSWORD})
    return client


def test_a_script_acknowledges_with_a_note_and_the_history_names_the_token(alice: User) -> None:
    alert = factories.alert()

    response = acknowledge(alert, made(alice), note="restarted the feed")

    assert response.status_code == 200
    told = response.json()
    assert (told["won"], told["alert"]["acknowledged_by"]) == (True, "Alice")
    entry = timeline.of(alert)[-1]
    assert (entry.who, entry.text) == ("Alice by token deploy", "restarted the feed")
    assert alert.transitions.get(action="acknowledged").detail == {"token": "deploy"}


def test_a_second_acknowledgment_is_200_and_says_who_was_first_and_when(alice: User) -> None:
    alert, dora = factories.alert(), factories.person("dora")
    acknowledge(alert, made(dora))

    response = acknowledge(alert, made(alice))

    told = response.json()
    alert.refresh_from_db()
    assert (response.status_code, told["won"]) == (200, False)
    assert told["text"].startswith(f"Dora was first: acknowledged #{alert.pk} at ")
    assert told["alert"]["acknowledged_by"] == "Dora"
    assert told["alert"]["acknowledged_at"] == alert.acknowledged_at.timestamp()  # type: ignore[union-attr]


@pytest.mark.parametrize(
    ("verb", "status"),
    [
        ("comment", 200),
        ("snooze", 200),
        ("assign", 200),
        ("resolve", 200),
        ("unacknowledge", 409),
        ("escalate", 409),
        ("reopen", 409),
    ],
)
def test_every_act_takes_a_token_and_answers_in_json(alice: User, verb: str, status: int) -> None:
    alert = factories.alert()
    data = {"note": "seen", "until": "60", "to": str(alice.pk)}

    response = send(reverse(f"alert-{verb}", args=[alert.pk]), made(alice), **data)

    assert (response.status_code, bool(response.json()["text"])) == (status, True)


def test_several_alerts_are_resolved_at_once(alice: User) -> None:
    alert = factories.alert()

    response = send(reverse("alerts-resolve"), made(alice), ids=str(alert.pk))

    alert.refresh_from_db()
    assert (response.status_code, alert.state) == (200, "resolved")


@pytest.mark.parametrize("name", ["alerts-counts", "alerts-csv", "alerts-people"])
def test_a_script_reads_what_it_acts_on(alice: User, name: str) -> None:
    assert send(reverse(name), made(alice), method="GET").status_code == 200


def test_a_script_reads_one_alert_as_json(alice: User) -> None:
    alert = factories.alert()

    response = send(reverse("alert-timeline", args=[alert.pk, "json"]), made(alice), method="GET")

    assert response.json()["alert"]["id"] == alert.pk


@pytest.mark.parametrize("path", ["/", "/alerts/", "/tokens/", "/silences/new/", "/admin/"])
def test_no_other_page_takes_a_token(alice: User, path: str) -> None:
    response = send(path, made(alice), method="GET")

    assert (response.status_code, AccessToken.objects.get().last_used_at) == (302, None)


def test_who_may_not_act_gets_403_and_changes_nothing() -> None:
    alert = factories.alert()

    response = acknowledge(alert, made(factories.person("bob")))

    alert.refresh_from_db()
    assert (response.status_code, alert.state) == (403, "firing")
    assert response.json() == {"text": "You may not do this."}


def test_an_alert_that_does_not_exist_is_404_in_json(alice: User) -> None:
    response = send(reverse("alert-acknowledge", args=[999_999]), made(alice))

    assert (response.status_code, response.json()) == (404, {"text": "There is nothing here."})


@pytest.mark.parametrize("how", ["unknown", "empty", "expired", "revoked", "disabled"])
def test_a_bad_token_is_401_with_the_scheme(alice: User, how: str) -> None:
    alert, secret = factories.alert(), made(alice)
    past = timezone.now() - timedelta(seconds=1)
    if how == "expired":
        AccessToken.objects.update(created_at=past - MONTH, expires_at=past)
    elif how == "revoked":
        tokens.revoke(AccessToken.objects.all(), now=past)
    elif how == "disabled":
        User.objects.filter(pk=alice.pk).update(is_active=False)
    else:
        secret = "" if how == "empty" else secret[:-1] + "!"

    response = acknowledge(alert, secret)

    alert.refresh_from_db()
    assert (response.status_code, alert.state) == (401, "firing")
    assert response["WWW-Authenticate"].startswith('Bearer realm="Ops Portal"')


def test_a_token_beside_a_session_does_not_stand_for_the_token_of_the_form(alice: User) -> None:
    alert, client = factories.alert(), Client(enforce_csrf_checks=True)
    client.force_login(alice)

    response = client.post(
        reverse("alert-acknowledge", args=[alert.pk]),
        headers={"Authorization": f"Bearer {made(alice)}"},
    )

    alert.refresh_from_db()
    assert (response.status_code, alert.state) == (403, "firing")


def test_a_request_with_a_token_starts_no_session(alice: User) -> None:
    response = acknowledge(factories.alert(), made(alice))

    assert not response.cookies


def test_too_many_bad_tokens_are_429_and_a_good_one_still_works(alice: User) -> None:
    alert, good = factories.alert(), made(alice)

    statuses = [acknowledge(alert, "wrong").status_code for _ in range(2 * bearer.MOST_FAILURES)]

    assert statuses[0] == 401
    assert 429 in statuses
    assert acknowledge(alert, good).status_code == 200


def test_who_needs_a_second_factor_needs_it_for_a_token_too(settings: Any) -> None:
    settings.REQUIRE_MFA = True
    alert, dora = factories.alert(), factories.person("dora")

    response = acknowledge(alert, made(dora))

    alert.refresh_from_db()
    assert (response.status_code, alert.state) == (403, "firing")


def test_the_secret_is_shown_once_and_only_its_hash_is_kept(alice: User) -> None:
    client = signed_in(alice)

    response = client.post("/tokens/", {"name": "deploy", "days": "30"})

    secret, token = response.context["secret"], AccessToken.objects.get()
    assert secret in response.content.decode()
    assert token.digest == sha256(secret.encode()).hexdigest()
    assert secret not in client.get("/tokens/").content.decode()
    assert token.expires_at == token.created_at + MONTH
    assert acknowledge(factories.alert(), secret).status_code == 200


def test_making_a_token_asks_for_the_password_and_then_goes_on(client: Client, alice: User) -> None:
    client.force_login(alice)

    asked = client.post("/tokens/", {"name": "deploy", "days": ""})
    before = AccessToken.objects.count()
    response = client.post(asked["Location"], {"password": factories.PASSWORD})

    assert (before, AccessToken.objects.get().name) == (0, "deploy")
    assert "it is shown this once" in response.content.decode()


def test_a_name_stands_for_one_token_until_that_is_revoked(alice: User) -> None:
    client = signed_in(alice)
    client.post("/tokens/", {"name": "deploy", "days": ""})
    second = client.post("/tokens/", {"name": "deploy", "days": ""})

    client.post(reverse("token-revoke", args=[AccessToken.objects.get().pk]))
    third = client.post("/tokens/", {"name": "deploy", "days": ""})

    assert (second.status_code, third.status_code) == (400, 200)
    assert "You have a token of this name." in second.content.decode()


def test_nobody_revokes_the_token_of_another(alice: User) -> None:
    made(factories.person("dora"))

    response = signed_in(alice).post(reverse("token-revoke", args=[AccessToken.objects.get().pk]))

    assert response.status_code == 404
    assert AccessToken.objects.get().revoked_at is None


def test_an_administrator_sees_all_tokens_and_revokes_them(alice: User) -> None:
    secret, token = made(alice), AccessToken.objects.get()
    client = signed_in(factories.person("erin"))
    listed = reverse("admin:ops_portal_accesstoken_changelist")

    page = client.get(listed).content.decode()
    client.post(listed, {"action": "revoke", "_selected_action": [token.pk]})

    assert "deploy" in page
    assert token.digest not in page
    assert acknowledge(factories.alert(), secret).status_code == 401


def test_the_last_use_is_noted_by_the_minute(alice: User) -> None:
    secret, now = made(alice), timezone.now()

    for seconds in (0, 30, 90):
        tokens.authenticate(secret, now=now + timedelta(seconds=seconds))

    assert AccessToken.objects.get().last_used_at == now + timedelta(seconds=90)


def test_neither_log_nor_history_holds_the_secret(
    alice: User, caplog: pytest.LogCaptureFixture
) -> None:
    secret, alert = made(alice), factories.alert()
    acknowledge(alert, secret)
    tokens.revoke(AccessToken.objects.all(), now=timezone.now())

    acknowledge(alert, secret)

    told = [str(vars(record)) for record in caplog.records]
    kept = [str(vars(event)) for event in AccessToken.pgh_event_model.objects.all()]  # type: ignore[attr-defined]
    assert any("an access token was refused" in line for line in told)
    assert len(kept) == 2
    assert not any(secret in text or digest(secret) in text for text in told + kept)


def test_the_exported_history_names_the_token(alice: User) -> None:
    alert = factories.alert()
    acknowledge(alert, made(alice, name="runbook"))
    alert = Alert.objects.select_related(*exports.SHOWN).get(pk=alert.pk)

    text = incident.markdown(alert, timeline.of(alert), address="http://portal.example/")

    assert "Alice by token runbook" in text
