"""Coming in by the door: closed sign-up, limits, second factor, sessions that end."""

from __future__ import annotations

import re
from typing import Any

import pytest
from allauth.account.models import EmailAddress, EmailConfirmationHMAC
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal import auth as totp
from django.contrib.auth.models import User
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from analytics.access import read_access
from ops_portal import sessions
from tests import factories
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db

LOGIN = "/accounts/login/"


@pytest.fixture(autouse=True)
def no_counts_of_other_tests() -> None:
    cache.clear()


@pytest.fixture
def dora() -> User:
    dora = factories.person("dora")
    EmailAddress.objects.create(user=dora, email=dora.email, verified=True, primary=True)
    return dora


def log_in(client: Client, user: User, password: str = PASSWORD, **headers: Any) -> Any:
    return client.post(LOGIN, {"login": user.email, "password": password}, **headers)


def with_totp(user: User) -> str:
    """Give the user a TOTP factor; returns its secret."""
    secret: str = totp.generate_totp_secret()
    totp.TOTP.activate(user, secret)
    return secret


def code_now(secret: str) -> str:
    return str(
        totp.format_hotp_value(totp.hotp_value(secret, next(totp.yield_hotp_counters_from_time())))
    )


def test_nobody_signs_up(client: Client) -> None:
    client.post(
        "/accounts/signup/",
        {"email": "eve@x.example", "username": "eve", "password1": PASSWORD, "password2": PASSWORD},
    )

    assert not User.objects.exists()


def test_logins_and_failed_ones_are_written_down(
    client: Client, dora: User, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO", "ops_portal.signals")

    log_in(client, dora, "wrong-password", REMOTE_ADDR="192.0.2.9")
    log_in(client, dora, REMOTE_ADDR="192.0.2.10")

    failed, came = (record for record in caplog.records if record.name == "ops_portal.signals")
    assert failed.__dict__["claimed"] in {dora.email, dora.username}
    assert failed.__dict__["ip"] == "192.0.2.9"
    assert (came.__dict__["user"], came.__dict__["ip"]) == (dora.pk, "192.0.2.10")
    assert "wrong-password" not in str([record.__dict__ for record in caplog.records])


def test_looking_at_a_confirmation_link_confirms_nothing(client: Client) -> None:
    eve = factories.person("eve")
    address = EmailAddress.objects.create(user=eve, email=eve.email, primary=True)
    link = f"/accounts/confirm-email/{EmailConfirmationHMAC(address).key}/"

    client.get(link)
    client.head(link)
    assert not EmailAddress.objects.get().verified
    client.post(link)

    assert EmailAddress.objects.get().verified


def test_wrong_passwords_are_limited_whatever_address_is_claimed(
    client: Client, dora: User
) -> None:
    answers = [
        log_in(
            client,
            dora,
            f"wrong-{n}",
            REMOTE_ADDR="192.0.2.9",
            HTTP_X_FORWARDED_FOR=f"198.51.100.{n}",
        )
        for n in range(12)
    ]

    right = log_in(client, dora, REMOTE_ADDR="192.0.2.9", HTTP_X_FORWARDED_FOR="198.51.100.99")
    assert "Too many failed login attempts" in answers[-1].content.decode() + right.content.decode()
    assert "_auth_user_id" not in client.session


def test_known_and_unknown_people_get_the_same_answer(dora: User) -> None:
    known = log_in(Client(), dora, "wrong password 1")
    unknown = Client().post(LOGIN, {"login": "nobody@x.example", "password": "wrong password 1"})
    reset = [
        Client().post("/accounts/password/reset/", {"email": email})
        for email in (dora.email, "nobody@x.example")
    ]

    assert known.status_code == unknown.status_code
    assert _said(known) == _said(unknown)
    assert reset[0].status_code == reset[1].status_code
    assert reset[0].headers["Location"] == reset[1].headers["Location"]


def _said(page: Any) -> list[str]:
    return re.findall(r"not correct", page.content.decode())


@pytest.mark.parametrize("password", ["", "\x00" + PASSWORD, "x" * 1_000_000])
def test_impossible_passwords_are_refused(client: Client, dora: User, password: str) -> None:
    response = log_in(client, dora, password)

    assert response.status_code in {200, 400}
    assert "_auth_user_id" not in client.session


def test_an_editor_without_second_factor_gets_no_further_than_its_page(
    client: Client, dora: User, settings: Any
) -> None:
    settings.REQUIRE_MFA = True
    client.force_login(dora)

    for path in ("/", "/alerts/", "/admin/", "/trading/state/"):
        assert client.get(path).headers["Location"] == "/accounts/2fa/"
    assert client.post("/alerts/acknowledge/").status_code == 403


def test_a_responder_needs_no_second_factor(client: Client, settings: Any) -> None:
    settings.REQUIRE_MFA = True
    client.force_login(factories.person("alice"))

    assert client.get("/").status_code == 200


def test_the_password_alone_does_not_open_an_account_with_a_second_factor(
    client: Client, dora: User
) -> None:
    with_totp(dora)

    response = log_in(client, dora)

    assert response.headers["Location"].startswith("/accounts/2fa/authenticate/")
    assert (
        client.get("/admin/").headers["Location"].startswith(("/accounts/login/", "/admin/login/"))
    )


def test_a_code_works_once(dora: User) -> None:
    secret = with_totp(dora)
    first, second = Client(), Client()
    log_in(first, dora)
    log_in(second, dora)
    code = code_now(secret)

    first.post("/accounts/2fa/authenticate/", {"code": code})
    second.post("/accounts/2fa/authenticate/", {"code": code})

    assert "_auth_user_id" in first.session
    assert "_auth_user_id" not in second.session


def test_the_secret_of_a_factor_is_stored_encrypted(dora: User) -> None:
    secret = with_totp(dora)

    stored = str(Authenticator.objects.get().data)

    assert secret not in stored
    assert "gAAAA" in stored


def test_a_cookie_is_worth_nothing_after_logout_disabling_or_a_new_password(dora: User) -> None:
    for ending in ("logout", "disable", "password"):
        client = Client()
        client.force_login(User.objects.get(pk=dora.pk))
        cookie = client.cookies["sessionid"].value
        _end(ending, client, dora)

        stolen = Client()
        stolen.cookies["sessionid"] = cookie
        assert stolen.get("/").headers["Location"].startswith(LOGIN), ending
        User.objects.filter(pk=dora.pk).update(is_active=True)


def _end(how: str, client: Client, user: User) -> None:
    if how == "logout":
        client.post("/accounts/logout/")
    elif how == "disable":
        User.objects.filter(pk=user.pk).update(is_active=False)
    else:
        user.set_password("another horse battery staple")
        user.save()


@pytest.mark.parametrize(
    ("key", "age"), [(sessions.STARTED, 8 * 86_400), (sessions.SEEN, 13 * 3_600)]
)
def test_an_old_or_idle_session_is_over(client: Client, dora: User, key: str, age: int) -> None:
    client.force_login(dora)
    client.get("/")
    session = client.session
    session[key] = timezone.now().timestamp() - age
    session.save()

    assert client.get("/").headers["Location"].startswith(LOGIN)


def test_an_idle_admin_asks_for_the_password_again(client: Client, dora: User) -> None:
    client.force_login(dora)
    client.get("/admin/")
    session = client.session
    session[sessions.ADMIN_SEEN] = timezone.now().timestamp() - 1_801
    session.save()

    assert client.get("/admin/").headers["Location"].startswith("/accounts/reauthenticate/")
    assert client.get("/").status_code == 200


@pytest.mark.parametrize(
    "target", ["//evil.example", "/\\evil.example", "https:evil.example", "https://evil.example/"]
)
def test_a_login_leads_nowhere_else(client: Client, dora: User, target: str) -> None:
    response = client.post(
        f"{LOGIN}?next={target}", {"login": dora.email, "password": PASSWORD, "next": target}
    )

    assert "evil" not in response.headers["Location"]


def test_a_socket_shows_nothing_before_the_second_factor(dora: User, settings: Any) -> None:
    client = Client()
    client.force_login(dora)
    key = client.cookies["sessionid"].value

    before = read_access(key)
    settings.REQUIRE_MFA = True

    assert before is not None
    assert read_access(key) is None
