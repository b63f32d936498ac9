"""Every page of the admin opens, and each role sees what it should."""

from __future__ import annotations

import re

import pytest
from django.contrib import admin
from django.contrib.auth.models import User
from django.test import Client
from django.urls import reverse
from unfold.admin import ModelAdmin

from alerts.models import Rule
from tests import factories

pytestmark = pytest.mark.django_db

TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="\w+"')
MODELS = sorted(admin.site._registry, key=lambda model: model._meta.label)


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


@pytest.fixture
def erin() -> Client:
    return client_of(factories.person("erin"))


@pytest.mark.parametrize("model", MODELS, ids=lambda model: model._meta.label)
def test_each_list_opens_for_an_administrator_and_is_the_same_from_memory(
    erin: Client, model: type
) -> None:
    opts = model._meta  # type: ignore[attr-defined]
    address = reverse(f"admin:{opts.app_label}_{opts.model_name}_changelist")
    pages = [erin.get(address) for _ in range(2)]

    assert [page.status_code for page in pages] == [200, 200]
    drawn, remembered = (TOKEN.sub("", page.content.decode()) for page in pages)
    assert drawn == remembered


def test_the_front_page_says_what_is_missing(erin: Client) -> None:
    page = erin.get(reverse("admin:index")).content.decode()

    assert "No receiver is switched on" in page
    assert "Open alerts" in page


def test_the_admin_has_no_login_of_its_own(client: Client) -> None:
    response = client.get(reverse("admin:login"))

    assert response.headers["Location"].startswith("/accounts/login/")


def test_without_a_role_the_admin_stays_closed() -> None:
    charlie = client_of(factories.person("charlie"))

    assert charlie.get(reverse("admin:index")).status_code in {302, 403}


def test_the_box_that_selects_a_row_is_unfolds_own() -> None:
    made, rules = factories.rule(), admin.site._registry[Rule]

    assert isinstance(rules, ModelAdmin)
    assert rules.action_checkbox(made) == ModelAdmin.action_checkbox(rules, made)
