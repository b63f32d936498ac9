"""Every address, read and acted upon by everybody, against the reviewed table."""

from __future__ import annotations

from typing import Any

import pytest
from django.contrib.auth.models import User
from django.db import connection, transaction
from django.http import HttpResponseBase
from django.test import Client
from django.test.utils import CaptureQueriesContext

from tests.security import matrix
from tests.security.addresses import Address, addresses, path_of
from tests.security.matrix import ANYONE, NOBODY, Least
from tests.security.samples import people, records

pytestmark = [pytest.mark.django_db, pytest.mark.slow]

ALL = addresses()
# What a page may write while it is read: that somebody was here.
LOGINS = ("/accounts/login/", "/admin/login/")
PRESENCE = ("django_session", "usersessions_usersession", "auth_user")


def least_of(address: Address) -> Least | None:
    if address.verb:
        rights = matrix.MODELS.get(address.model)
        return matrix.of_model(address.verb, rights) if rights else None
    if address.name == "app_list":
        return matrix.APP_PAGE
    return matrix.PAGES.get(address.route)


def cookie_of(user: User) -> str:
    client = Client()
    client.force_login(user)
    return client.cookies["sessionid"].value


def ask(method: str, path: str, cookie: str | None, **options: Any) -> HttpResponseBase:
    client = Client(raise_request_exception=False, **options)
    if cookie is not None:
        client.cookies["sessionid"] = cookie
    return client.generic(method, path)


def is_refused(response: HttpResponseBase) -> bool:
    location = response.headers.get("Location", "")
    to_login = location.startswith(LOGINS) or location == "/admin/"  # which leads to the login
    return response.status_code in {401, 403, 404, 405, 410} or to_login


def levels_let_in(method: str, path: str, cookies: list[str | None]) -> list[bool]:
    let_in = []
    for cookie in cookies:
        with transaction.atomic():
            response = ask(method, path, cookie)
            failed = response.status_code >= 500 and not path.endswith(("readyz", "/-/ready"))
            assert not failed, f"{method} {path}: {response.status_code}"
            let_in.append(not is_refused(response))
            transaction.set_rollback(True)
    return let_in


@pytest.mark.parametrize("address", ALL, ids=lambda address: address.route or "front page")
def test_every_address_has_a_reviewed_line(address: Address) -> None:
    assert least_of(address) is not None, (
        f"{address.route!r} is missing in tests/security/matrix.py"
    )


@pytest.mark.parametrize("method", ["GET", "POST"])
def test_everybody_is_let_in_where_the_table_says_and_nowhere_else(method: str) -> None:
    everybody = people()
    found = records(everybody["erin"])  # type: ignore[arg-type]
    cookies = [cookie_of(user) if user else None for user in everybody.values()]
    wrong = []

    for address in ALL:
        least = least_of(address)
        if least is None:
            continue  # the test above tells
        wanted = least[method == "POST"]
        # On both sides of the line, and at both ends: a role holds all of the one before.
        asked = sorted({ANYONE, wanted - 1, wanted, NOBODY - 1} & set(range(ANYONE, NOBODY)))
        some = [cookies[level - ANYONE] for level in asked]
        let_in = levels_let_in(method, path_of(address, found), some)
        expected = [level >= wanted for level in asked]
        if let_in != expected:
            wrong.append((address.route, asked, let_in, expected))

    assert not wrong, "\n".join(map(str, wrong))


def test_reading_any_page_as_administrator_writes_nothing() -> None:
    erin = people()["erin"]
    found = records(erin)  # type: ignore[arg-type]
    cookie = cookie_of(erin)  # type: ignore[arg-type]
    writes = []

    for address in ALL:
        with CaptureQueriesContext(connection) as seen, transaction.atomic():
            ask("GET", path_of(address, found), cookie)
            transaction.set_rollback(True)
        writes += [(address.route, sql) for sql in map(_statement, seen) if _writes(sql)]

    assert not writes, "\n".join(map(str, writes))


# A mail's link is its own secret, and a page without referrer sends no origin to compare.
GUARDED_OTHERWISE = {"take/<str:token>/"}


def test_no_form_works_without_its_token() -> None:
    erin = people()["erin"]
    found = records(erin)  # type: ignore[arg-type]
    cookie = cookie_of(erin)  # type: ignore[arg-type]
    open_doors = []

    for address in ALL:
        with transaction.atomic():
            response = ask("POST", path_of(address, found), cookie, enforce_csrf_checks=True)
            transaction.set_rollback(True)
        if response.status_code not in {403, 404, 405} and address.route not in GUARDED_OTHERWISE:
            open_doors.append((address.route, response.status_code))

    assert not open_doors


def _statement(query: dict[str, str]) -> str:
    return query["sql"].lstrip()


def _writes(sql: str) -> bool:
    verb = sql.split(" ", 1)[0].upper()
    presence = any(f'"{table}"' in sql for table in PRESENCE)
    return verb in {"INSERT", "UPDATE", "DELETE"} and not presence
