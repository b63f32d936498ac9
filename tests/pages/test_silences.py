"""The pages of silences: form, preview, list, and how few clicks they take."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.contrib.auth.models import User
from django.test import Client
from django.utils import timezone
from playwright.sync_api import expect

from alerts import suppression
from alerts.models import Silence
from tests import factories
from tests.browser import LOOKS, OpenPage, assert_clean, save, tour

pytestmark = pytest.mark.django_db

SAID = {"matchers": "env=live", "reason": "gateway is replaced", "lasts": "3600", "kind": "silence"}


@pytest.fixture
def alice() -> User:
    return factories.person("alice")


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_silence_is_saved_and_listed(alice: User) -> None:
    client = client_of(alice)

    answer = client.post("/silences/new/", SAID, follow=True)

    made = Silence.objects.get()
    assert (made.created_by, made.ends_at - made.starts_at) == (alice, timedelta(hours=1))
    page = answer.content.decode()
    assert "Saved: silence “gateway is replaced”." in page
    assert "env=live" in page


@pytest.mark.parametrize(
    ("fields", "field", "problem"),
    [
        ({"reason": " "}, "reason", "required"),
        ({"matchers": "env=live, team"}, "matchers", "column 15"),
        ({"matchers": "env!=live"}, "matchers", "every alert fits"),
        ({"lasts": ""}, "ends_at", "Say until when"),
        ({"lasts": "", "ends_at": "2020-01-01T10:00"}, "ends_at", "after it begins"),
        ({"rule": "FREQ=HOURLY"}, "rule", "daily, weekly or monthly"),
    ],
)
def test_what_is_wrong_is_said_at_its_field(
    alice: User, fields: dict[str, str], field: str, problem: str
) -> None:
    page = client_of(alice).post("/silences/new/", {**SAID, **fields})

    assert problem in page.context["form"].errors[field][0]
    assert not Silence.objects.exists()


def test_the_preview_saves_nothing(alice: User) -> None:
    factories.alert(title="Slow gateway", labels={"env": "live"})
    factories.alert(title="On paper", labels={"env": "paper"})

    page = client_of(alice).post("/silences/new/", {**SAID, "reason": "", "preview": "1"})

    shown = page.context["preview"]
    assert [alert.title for alert in shown.open] == ["Slow gateway"]
    assert (shown.open_count, shown.of_open, shown.rules) == (1, 2, ["high_drawdown"])
    assert not Silence.objects.exists()


def test_an_alert_fills_in_its_labels(alice: User) -> None:
    alert = factories.alert(labels={"env": "live", "strategy": 'btc "1"'})

    page = client_of(alice).get(f"/silences/new/?alert={alert.pk}")

    written = page.context["form"]["matchers"].value()
    assert written == 'alertname=high_drawdown, env=live, strategy="btc \\"1\\""'
    assert page.context["preview"].open_count == 1


def test_an_edit_makes_a_successor(alice: User) -> None:
    former = factories.silence("env=live", by=alice, now=timezone.now(), recurrence="FREQ=WEEKLY")
    client = client_of(alice)
    form = client.get(f"/silences/{former.pk}/edit/").context["form"]
    given = {name: form[name].value() for name in ("matchers", "reason", "repeats", "kind")}

    client.post(f"/silences/{former.pk}/edit/", {**given, "lasts": "3600", "reason": "longer"})

    later = Silence.objects.get(ended_at=None)
    assert (later.replaces, later.reason, later.recurrence) == (former, "longer", "FREQ=WEEKLY")


def test_extend_and_end(alice: User) -> None:
    made = factories.silence("env=live", by=alice, now=timezone.now())
    client = client_of(alice)

    client.post(f"/silences/{made.pk}/extend/")
    client.post(f"/silences/{made.pk}/end/")
    again = client.post(f"/silences/{made.pk}/end/", follow=True)

    ended = Silence.objects.get()
    assert ended.ends_at - made.ends_at == timedelta(hours=1)
    assert ended.ended_by == alice
    assert "It had ended already." in again.content.decode()


def test_a_quiet_alert_says_so_wherever_it_is_shown(alice: User) -> None:
    factories.silence("env=live", by=alice, now=timezone.now(), kind="maintenance")
    alert = factories.alert(title="Slow gateway", labels={"env": "live"})
    client = client_of(alice)

    counts = client.get("/alerts/counts/").json()
    listed = client.get("/alerts/?tab=quiet").content.decode()
    page = client.get(f"/alerts/{alert.pk}/").content.decode()

    assert counts["tabs"]["quiet"] == 1
    assert counts["tabs"]["firing"] == 0
    assert counts["firing"] == {}
    assert "Kept quiet: maintenance of the venue" in listed
    assert "Maintenance: maintenance of the venue" in listed
    assert "Nobody is told" in page


def test_a_viewer_reads_and_changes_nothing() -> None:
    made = factories.silence("env=live", by=factories.person("alice"), now=timezone.now())
    client = client_of(factories.person("bob"))

    assert "End now" not in client.get("/silences/").content.decode()
    assert client.post("/silences/new/", SAID).status_code == 403
    assert client.post(f"/silences/{made.pk}/end/").status_code == 403


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("look", LOOKS)
def test_each_page_is_clean(open_page: OpenPage, look: str) -> None:
    now, alice = timezone.now(), factories.person("alice")
    weekly = factories.silence(
        'env=live, venue=~"kra.*"', by=alice, now=now, kind="maintenance", recurrence="FREQ=WEEKLY"
    )
    factories.silence("env=paper", by=alice, now=now, starts_at=now + timedelta(minutes=30))
    factories.silence("env=backtest", by=alice, now=now, ended_at=now, ended_by=alice)
    quiet = factories.alert(labels={"env": "live", "venue": "kraken"})
    factories.alert(labels={"env": "live", "strategy": "btc"})
    suppression.review(now=now + timedelta(seconds=1))
    quiet.refresh_from_db()
    assert quiet.suppressed_by[0]["id"] == str(weekly.pk)
    paths = {
        "list": "/silences/",
        "form": f"/silences/new/?alert={quiet.pk}",
        "edit": f"/silences/{weekly.pk}/edit/",
        "alerts": "/alerts/?tab=quiet",
        "alert": f"/alerts/{quiet.pk}/",
    }

    for name, page in tour(open_page, paths, by=alice, look=look):
        expect(page.locator("#live")).to_have_attribute("data-state", "live", timeout=30_000)
        save(page, f"silence-{name}-{look}")
        assert_clean(page)
