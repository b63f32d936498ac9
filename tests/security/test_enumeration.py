"""Whether somebody has an account is not to be learned from outside: what runs is the same."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from allauth.account.models import EmailAddress
from django.contrib.auth.hashers import Argon2PasswordHasher
from django.contrib.auth.models import User
from django.core import mail
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests import factories
from tests.factories import PASSWORD

pytestmark = pytest.mark.django_db

KNOWN, UNKNOWN = "alice@example.org", "nobody@example.org"
FEW = 1  # statements that one may cost more: a hash takes a hundred times as long

Ask = Callable[[str], Any]


@pytest.fixture(autouse=True)
def alice() -> User:
    alice = factories.person("alice")
    EmailAddress.objects.create(user=alice, email=KNOWN, verified=True, primary=True)
    return alice


@pytest.fixture
def hashings(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """One entry for each password that is hashed."""
    done: list[str] = []
    plain = Argon2PasswordHasher.encode

    def counted(hasher: Any, password: str, salt: str) -> str:
        done.append("encode")
        return plain(hasher, password, salt)

    checked = Argon2PasswordHasher.verify

    def verified(hasher: Any, password: str, encoded: str) -> bool:
        done.append("verify")
        return checked(hasher, password, encoded)

    monkeypatch.setattr(Argon2PasswordHasher, "encode", counted)
    monkeypatch.setattr(Argon2PasswordHasher, "verify", verified)
    return done


def log_in(email: str) -> Any:
    return Client().post("/accounts/login/", {"login": email, "password": "wrong password 12"})


def log_in_by_name(email: str) -> Any:
    name = email.partition("@")[0]
    return Client().post("/accounts/login/", {"login": name, "password": "wrong password 12"})


def reset(email: str) -> Any:
    return Client().post("/accounts/password/reset/", {"email": email}, follow=True)


def sign_up(email: str) -> Any:
    both = {"password1": PASSWORD, "password2": PASSWORD}
    return Client().post("/accounts/signup/", {"email": email, "username": "eve", **both})


ROADS = [log_in, log_in_by_name, reset, sign_up]


def said(page: Any, email: str) -> str:
    """The page without what the visitor typed and without its tokens."""
    text = page.content.decode().replace(email, "").replace(email.partition("@")[0], "")
    return re.sub(r'(csrfmiddlewaretoken" value|data-now)="[^"]+"', "", text)


@pytest.mark.parametrize("ask", ROADS)
def test_known_and_unknown_get_the_same_page_mail_and_work(ask: Ask, hashings: list[str]) -> None:
    pages, work, asked = [], [], list[int]()
    for email in (KNOWN, UNKNOWN):
        cache.clear()
        hashings.clear()
        mail.outbox.clear()
        with CaptureQueriesContext(connection) as statements:
            answer = ask(email)
        pages.append((answer.status_code, said(answer, email)))
        work.append((len(hashings), len(mail.outbox)))
        asked.append(len(statements))

    assert pages[0] == pages[1]
    assert work[0] == work[1]
    assert abs(asked[0] - asked[1]) <= FEW
