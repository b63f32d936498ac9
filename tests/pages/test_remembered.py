"""A page from memory is the page that would be drawn anew, and nobody else's."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier
from typing import Any

import psycopg
import pytest
import time_machine
from django.contrib.auth.models import Group, User
from django.db import connection
from django.http import HttpRequest, HttpResponse
from django.test import Client, RequestFactory
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from alerts.models import Alert, Rule, Silence
from ops_portal.lib import remembered
from tests import factories
from tests.factories import alert, person, rule

pytestmark = pytest.mark.django_db

ALERTS, RULES = "/alerts/", "/admin/alerts/rule/"
ANEW = re.compile(r'name="csrfmiddlewaretoken" value="\w+"|data-now="\d+"|data-seq="[^"]*"')
QUERIES = 2 * len(("session", "person"))  # of two people
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="(\w+)"')


@pytest.fixture(autouse=True)
def _forget() -> None:
    remembered.shelf.clear()
    remembered.moments.clear()


def client_of(name: str, **cookies: str) -> Client:
    client = Client(enforce_csrf_checks=True)
    client.force_login(User.objects.filter(username=name).first() or person(name))
    for cookie, value in cookies.items():
        client.cookies[cookie] = value
    return client


def page(client: Client, address: str) -> str:
    answer = client.get(address)
    assert answer.status_code == 200
    return answer.content.decode()


def settled(text: str) -> str:
    """The page without what must be new in each answer."""
    assert len(ANEW.findall(text)) > 0
    return ANEW.sub("", text)


@pytest.mark.parametrize("address", [ALERTS, f"{ALERTS}?q=paper", RULES, f"{RULES}?severity=info"])
def test_a_page_from_memory_is_the_page_drawn_anew(address: str) -> None:
    alert(), rule()
    erin = client_of("erin", theme="dark")

    first, remembered_page = page(erin, address), page(erin, address)
    remembered.shelf.clear()
    anew = page(erin, address)

    assert settled(first) == settled(remembered_page) == settled(anew)


@pytest.mark.parametrize("address", [ALERTS, RULES])
def test_a_page_is_drawn_again_for_another_person_theme_or_zone(address: str) -> None:
    alert(), rule()

    dora, erin = page(client_of("dora"), address), page(client_of("erin"), address)
    tokyo = page(client_of("erin", zone="Asia/Tokyo"), address)

    assert "dora@example.org" in dora
    assert "erin@example.org" in erin
    assert "erin@example.org" not in dora
    assert settled(tokyo) != settled(erin)
    if address == ALERTS:
        assert "JST" in tokyo
        assert 'data-theme="dark"' in page(client_of("erin", theme="dark"), address)


def test_a_right_that_is_taken_or_given_shows_on_the_next_page() -> None:
    alert()
    alice = client_of("alice")
    assert "data-ack" in page(alice, ALERTS)

    who = User.objects.get(username="alice")
    who.groups.set([Group.objects.get(name="viewer")])
    assert "data-ack" not in page(alice, ALERTS)

    who.groups.clear()
    assert alice.get(ALERTS).status_code == 403


def test_a_list_of_the_admin_shows_what_changed_at_once() -> None:
    made, erin = rule(), client_of("erin")
    seen = [settled(page(erin, RULES))]

    for change in ({"title": "Other"}, {"threshold": -0.5}, {"enabled": False}, {"version": 9}):
        Rule.objects.filter(pk=made.pk).update(**change)
        seen.append(settled(page(erin, RULES)))
    Rule.objects.filter(pk=made.pk).update(policy=factories.policy("Night", steps=[]))
    seen.append(settled(page(erin, RULES)))
    rule("another")
    seen.append(settled(page(erin, RULES)))

    assert len(set(seen)) == len(seen)
    assert "Night" in seen[-2]


def test_an_opened_maintenance_window_is_announced_at_once() -> None:
    bob, now = client_of("bob"), timezone.now()
    assert "Maintenance:" not in page(bob, ALERTS)

    factories.silence(
        'env="live"', by=person("alice"), now=now, kind=Silence.Kind.MAINTENANCE, reason="Upgrade",
        ends_at=now + timedelta(hours=1),
    )  # fmt: skip

    assert "Maintenance: Upgrade" in page(bob, ALERTS)


def test_each_answer_has_a_token_of_its_own_that_is_accepted() -> None:
    made, alice = alert(), client_of("alice")

    tokens = [TOKEN.findall(page(alice, ALERTS)) for _ in range(2)]
    assert tokens[0][0] != tokens[1][0]
    for token, code in ((tokens[1][0], 302), ("x" * 64, 403)):
        answer = alice.post(
            f"/alerts/{made.pk}/acknowledge/", {"note": "mine", "csrfmiddlewaretoken": token}
        )
        assert answer.status_code == code


def test_a_message_is_shown_once() -> None:
    made, alice = alert(), client_of("alice")
    token = TOKEN.findall(page(alice, ALERTS))[0]
    alice.post("/alerts/acknowledge/", {"ids": made.pk, "csrfmiddlewaretoken": token})

    told = ["toast tone-" in page(alice, ALERTS) for _ in range(3)]

    assert Alert.objects.get(pk=made.pk).state == "acknowledged"
    assert told == [True, False, False]


def test_what_people_write_makes_no_hole_in_a_page() -> None:
    alert(title=remembered.HOLE.pattern.replace(remembered.MARK, "0" * 32))
    shown = page(client_of("alice"), ALERTS)

    assert f"{'0' * 32}-" in shown
    assert remembered.MARK not in shown


def test_the_least_used_text_leaves_when_there_is_no_room() -> None:
    shelf = remembered.Shelf(10)
    for key in ("a", "b"):
        shelf.put(key, (b"12345",))
    shelf.get("a")

    shelf.put("c", (b"1234",))
    shelf.put("too much", (b"12345678901",))

    assert [shelf.get(key) for key in ("a", "b", "c", "too much")] == [None, None, None, None]
    shelf.put("a", (b"1234567890",))
    assert shelf.get("a") == (b"1234567890",)


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("address", [ALERTS, RULES])
def test_while_nothing_is_committed_no_value_is_read_again(address: str) -> None:
    alert(), rule()
    people = [client_of("erin"), client_of("dora")]
    own = [settled(page(one, address)) for one in people]
    queries, deadline = set[int](), time.monotonic() + 60

    while min(queries, default=9) > QUERIES and time.monotonic() < deadline:
        with CaptureQueriesContext(connection) as asked:  # others may commit in between
            again = [settled(page(one, address)) for one in people]
        queries.add(len(asked))

    assert min(queries) == QUERIES
    assert again == own
    assert own[0] != own[1]


def asking(name: str) -> HttpRequest:
    """A request with the rights and the snapshot that come with the row of the person."""
    request, user = RequestFactory().get(ALERTS), person(name)
    user.get_all_permissions()  # by this thread: another would see nothing of this transaction
    user.snapshot = "10:10:"  # type: ignore[attr-defined]
    request.user = user
    return request


def test_of_those_who_ask_at_one_moment_one_makes_the_page() -> None:
    erin, now, made, both = asking("erin"), timezone.now(), list[str](), Barrier(2)

    def make() -> HttpResponse:
        made.append("page")
        time.sleep(0.1)  # for the other to come
        return remembered.page(erin, "key", lambda _: f"page {len(made)}", fresh={}, now=now)

    def ask(_: int) -> bytes:
        both.wait(60)
        return remembered.shared(erin, make, fresh={}, now=now).content

    with ThreadPoolExecutor(2) as threads:
        answers = set(threads.map(ask, range(2)))

    assert (answers, made) == ({b"page 1"}, ["page"])
    assert not remembered.turns


def test_who_waited_for_a_page_that_failed_makes_it() -> None:
    erin, now, both = asking("erin"), timezone.now(), Barrier(2)
    outcomes: Iterator[bool] = iter([False, True])

    def make() -> HttpResponse:
        time.sleep(0.1)  # for the other to come
        if not next(outcomes):
            raise ValueError("no page")
        return remembered.page(erin, "key", lambda _: "page", fresh={}, now=now)

    def ask(_: int) -> bytes:
        both.wait(60)
        return remembered.shared(erin, make, fresh={}, now=now).content

    with ThreadPoolExecutor(2) as threads:
        asked = [threads.submit(ask, number) for number in range(2)]
        failures = [one.exception(60) is not None for one in asked]

    assert sorted(failures) == [False, True]
    assert asked[failures.index(False)].result() == b"page"


@pytest.mark.django_db(transaction=True)
def test_what_another_connection_commits_shows_on_the_next_page() -> None:
    made, erin = alert(title="first"), client_of("erin")
    rule(title="first")

    with time_machine.travel(datetime(2026, 3, 1, 12, tzinfo=UTC), tick=False):
        for number in range(3):
            seen = [page(erin, address) for address in (ALERTS, RULES)]
            with psycopg.connect(**_parameters()) as other:
                for table in ("alerts_alert", "alerts_rule"):
                    other.execute(f"UPDATE {table} SET title = 'title {number}'")  # noqa: S608
                unseen = [page(erin, address) for address in (ALERTS, RULES)]
            assert [settled(text) for text in unseen] == [settled(text) for text in seen]
            assert all(f"title {number}" in page(erin, address) for address in (ALERTS, RULES))
    assert Alert.objects.get(pk=made.pk).title == "title 2"


@pytest.mark.django_db(transaction=True)
def test_what_the_clock_changes_shows_within_a_second() -> None:
    bob, start = client_of("bob"), datetime(2026, 3, 1, 12, tzinfo=UTC)
    factories.silence(
        'env="live"', by=person("alice"), now=start, kind=Silence.Kind.MAINTENANCE,
        reason="Upgrade", ends_at=start + timedelta(hours=1),
    )  # fmt: skip

    shown = []
    for seconds in (-2, -1, 1, 3_599, 3_601):
        with time_machine.travel(start + timedelta(seconds=seconds), tick=False):
            bob.force_login(User.objects.get(username="bob"))
            shown.append("Maintenance: Upgrade" in page(bob, ALERTS))

    assert shown == [False, False, True, True, False]


def _parameters() -> dict[str, Any]:
    wanted = {"host", "port", "dbname", "user", "password"}
    given = connection.get_connection_params()
    return {name: value for name, value in given.items() if name in wanted}
