"""The shell: banners, theme, zone, favicon, error pages."""

from __future__ import annotations

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Permission, User
from django.test import Client

from tests.factories import PASSWORD, person


@pytest.fixture
def reader(db: None) -> Client:
    user = User.objects.create_user("bob", "bob@example.org", "a long enough password")
    user.user_permissions.set(Permission.objects.filter(codename__startswith="view_"))
    client = Client()
    client.force_login(user)
    return client


def test_the_theme_of_the_cookie_is_rendered_by_the_server(reader: Client) -> None:
    reader.cookies["theme"] = "dark"

    page = reader.get("/").content.decode()

    assert '<html lang="en" data-theme="dark"' in page
    assert 'id="dark-tokens" media="screen"' in page


def test_an_unknown_theme_or_zone_is_ignored(reader: Client) -> None:
    reader.cookies["theme"] = '"><script>'
    reader.cookies["zone"] = "../../etc/passwd"

    page = reader.get("/").content.decode()

    assert 'data-theme="system" data-zone="UTC"' in page


def test_the_zone_of_the_cookie_is_the_zone_of_the_page(reader: Client) -> None:
    reader.cookies["zone"] = "Asia%2FTokyo"

    assert 'data-zone="Asia/Tokyo"' in reader.get("/").content.decode()


def test_a_portal_without_receiver_says_so(reader: Client) -> None:
    assert "Nobody is told about alerts" in reader.get("/").content.decode()


@pytest.mark.parametrize(
    ("query", "drawn"),
    [
        ("n=3&severity=critical", ">3</text>"),
        ("n=400&severity=warning", ">99</text>"),
        ("n=x&severity=<b>", "<rect"),
    ],
)
def test_the_favicon_shows_the_number_on_the_shape(client: Client, query: str, drawn: str) -> None:
    response = client.get(f"/favicon.svg?{query}")

    assert response.headers["Content-Type"] == "image/svg+xml"
    assert drawn in response.content.decode()
    assert "<b>" not in response.content.decode()


@pytest.mark.django_db
def test_the_sessions_page_lists_the_sessions(client: Client) -> None:
    alice = person("alice")
    EmailAddress.objects.create(user=alice, email=alice.email, verified=True, primary=True)
    form = {"login": "alice", "password": PASSWORD}
    client.post("/accounts/login/", form, headers={"User-Agent": "Firefox on a desk"})

    page = client.get("/accounts/sessions/").content.decode()

    assert page.count("Firefox on a desk") == 1


def test_a_missing_page_is_ours_and_asks_nothing_of_the_database(client: Client) -> None:
    response = client.get("/no/such/page/")

    assert response.status_code == 404
    assert "There is nothing here" in response.content.decode()
