"""The pages of accounts speak as the other pages do."""

from __future__ import annotations

import pytest
from django.test import Client

from ops_portal.templatetags.ops import sentence
from tests.factories import person


@pytest.mark.parametrize(
    ("title", "said"),
    [
        (" Two-Factor Authentication ", "Two-factor authentication"),
        ("Reset My Password", "Reset my password"),
        ("IP Address", "IP address"),
        ("New Password (again)", "New password (again)"),
        ("Log in", "Log in"),
    ],
)
def test_a_title_is_a_sentence(title: str, said: str) -> None:
    assert sentence(title) == said


@pytest.mark.django_db
def test_a_field_of_an_account_says_its_name_once_and_the_button_is_the_main_one(
    client: Client,
) -> None:
    client.force_login(person("erin"))

    page = client.get("/accounts/password/change/").content.decode()

    assert '<label for="id_oldpassword">Current password</label>' in page
    assert 'placeholder="Current' not in page
    assert '<button class="button primary" type="submit">Change password</button>' in page
