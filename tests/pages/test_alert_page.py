"""The page of one alert and its forms, for people with and without the right to act."""

from __future__ import annotations

from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from django.test import Client
from django.utils import timezone

from alerts import actions, escalation
from alerts.models import Alert
from tests.factories import alert, person, policy, receiver, rule

pytestmark = pytest.mark.django_db
JSON = {"Accept": "application/json"}
SAID = {"note": "x", "until": "60"}
FORMS = ("acknowledge", "snooze", "unacknowledge", "assign", "resolve", "reopen", "comment")


def as_(username: str) -> Client:
    client = Client()
    client.force_login(person(username))
    return client


def test_the_page_tells_who_is_told_next_and_when() -> None:
    policy(steps=[(0, [receiver("Desk mail")]), (300, [receiver("Second line")])], is_default=True)
    now = timezone.now()
    made = alert(fired_at=now)

    page = as_("bob").get(f"/alerts/{made.pk}/").content.decode()

    assert "Step 2 tells <strong>Second line</strong>" in page
    assert "Step 1: Desk mail" in page
    assert "Desk mail: waiting" in page


def test_the_page_shows_the_rule_as_it_was_when_it_fired() -> None:
    changed = rule(for_seconds=60)
    made = alert(rule=changed)
    changed.threshold = -0.5
    changed.save()

    page = as_("bob").get(f"/alerts/{made.pk}/").content.decode()

    assert "current_drawdown is below −5.00\N{NARROW NO-BREAK SPACE}% for 1 min." in page


def test_the_page_lists_earlier_episodes_of_the_same_labels() -> None:
    alice, now = person("alice"), timezone.now()
    labels = {"env": "live", "strategy": "btc"}
    first = alert(labels=labels, fired_at=now - timedelta(days=1))
    actions.resolve(first.pk, by=alice, now=now - timedelta(hours=23))
    again = alert(labels=labels, fired_at=now)

    page = as_("bob").get(f"/alerts/{again.pk}/").content.decode()

    assert f'<a href="/alerts/{first.pk}/">#{first.pk}</a>' in page


def test_a_form_without_javascript_acknowledges_and_comes_back() -> None:
    made = alert()

    response = as_("alice").post(
        f"/alerts/{made.pk}/acknowledge/", {"note": "restarting the feed"}, follow=True
    )

    made.refresh_from_db()
    assert made.state == Alert.State.ACKNOWLEDGED
    assert "Acknowledged by Alice" in response.content.decode()
    assert "restarting the feed" in response.content.decode()


def test_the_second_person_is_told_who_was_first_and_when() -> None:
    made, at = alert(), timezone.now()
    actions.acknowledge(made.pk, by=person("alice"), now=at)

    response = as_("dora").post(f"/alerts/{made.pk}/acknowledge/", headers=JSON)

    assert response.status_code == 200
    answer = response.json()
    assert answer["won"] is False
    assert answer["text"] == f"Alice was first: acknowledged #{made.pk} at {at:%H:%M:%S} UTC."
    assert answer["alert"]["acknowledged_by"] == "Alice"


def test_a_resolved_alert_cannot_be_acknowledged() -> None:
    made = alert()
    actions.resolve(made.pk, by=person("alice"), now=timezone.now())

    response = as_("dora").post(f"/alerts/{made.pk}/acknowledge/", headers=JSON)

    assert response.status_code == 409
    assert response.json()["text"] == "This alert is resolved already by Alice."


def test_giving_back_what_nobody_holds_is_a_conflict() -> None:
    response = as_("alice").post(f"/alerts/{alert().pk}/unacknowledge/", headers=JSON)

    assert response.status_code == 409


def test_an_empty_comment_is_refused() -> None:
    response = as_("alice").post(f"/alerts/{alert().pk}/comment/", {"note": " "}, headers=JSON)

    assert response.status_code == 400
    assert response.json()["text"] == "Write something first."


def test_many_are_acknowledged_with_one_note_and_the_taken_one_is_named() -> None:
    mine, taken, over = alert(), alert(), alert()
    dora = person("dora")
    actions.acknowledge(taken.pk, by=dora, now=timezone.now())
    actions.resolve(over.pk, by=dora, now=timezone.now())

    response = as_("alice").post(
        "/alerts/acknowledge/",
        {"ids": [mine.pk, taken.pk, over.pk], "note": "exchange is down"},
        headers=JSON,
    )

    text = response.json()["text"]
    assert text.startswith(f"1 of 3 acknowledged. Dora was first: #{taken.pk} at ")
    assert text.endswith(f"Resolved already: #{over.pk}.")
    assert mine.acknowledgments.get().note == "exchange is down"


@pytest.mark.parametrize("ids", [[], ["x"], ["1; drop"], ["9" * 30]])
def test_acknowledging_nothing_readable_changes_nothing(ids: list[str]) -> None:
    alert()

    response = as_("alice").post("/alerts/acknowledge/", {"ids": ids}, headers=JSON)

    assert response.status_code in (200, 400)
    assert not Alert.objects.filter(state=Alert.State.ACKNOWLEDGED).exists()


@pytest.mark.parametrize("note", ["x" * 4_001, "NUL \x00"])
def test_a_note_that_cannot_be_kept_is_refused_and_nothing_is_done(note: str) -> None:
    made = alert()

    answer = as_("alice").post(f"/alerts/{made.pk}/acknowledge/", {"note": note}, headers=JSON)

    made.refresh_from_db()
    assert (answer.status_code, made.state) == (400, "firing")


@pytest.mark.parametrize("verb", FORMS)
def test_an_alert_that_does_not_exist_is_a_page_that_does_not(verb: str) -> None:
    assert as_("alice").post(f"/alerts/999999/{verb}/", SAID).status_code == 404


@pytest.mark.parametrize("verb", FORMS)
@pytest.mark.parametrize("username", ["bob", "charlie"])
def test_who_may_only_look_may_not_act(verb: str, username: str) -> None:
    made = alert()

    response = as_(username).post(f"/alerts/{made.pk}/{verb}/", SAID)

    assert response.status_code == 403
    assert made.transitions.count() == 1


@pytest.mark.parametrize("verb", FORMS)
def test_anonymous_people_are_sent_to_the_login(verb: str, client: Client) -> None:
    made = alert()

    response = client.post(f"/alerts/{made.pk}/{verb}/", SAID)

    assert response.status_code == 302
    assert response.headers["Location"].startswith("/accounts/login/")


@pytest.mark.parametrize("verb", FORMS)
def test_forms_need_their_token(verb: str) -> None:
    strict = Client(enforce_csrf_checks=True)
    strict.force_login(person("alice"))
    made = alert()

    response = strict.post(f"/alerts/{made.pk}/{verb}/", SAID)

    assert response.status_code == 403
    assert "This form is out of date" in response.content.decode()


@pytest.mark.parametrize("verb", FORMS)
def test_reading_never_acts(verb: str) -> None:
    made = alert()

    assert as_("alice").get(f"/alerts/{made.pk}/{verb}/").status_code == 405


def test_a_form_never_leads_away_from_the_portal() -> None:
    response = as_("alice").post(
        f"/alerts/{alert().pk}/comment/", {"note": "x", "next": "https://evil.example/"}
    )

    assert response.headers["Location"].startswith("/alerts/")


def test_a_viewer_is_offered_no_button() -> None:
    page = as_("bob").get(f"/alerts/{alert().pk}/").content.decode()

    assert 'id="actions"' not in page


def test_links_from_outside_must_be_web_addresses() -> None:
    page = as_("bob").get(f"/alerts/{alert(runbook_url='javascript:alert(1)').pk}/")

    assert "javascript:alert" not in page.content.decode()


def test_the_timeline_is_exported_in_order() -> None:
    policy(steps=[(0, [receiver()]), (60, [receiver("Second line")])], is_default=True)
    now = timezone.now()
    made = alert(fired_at=now)
    escalation.advance_due(now=now + timedelta(seconds=61))
    actions.acknowledge(made.pk, by=person("alice"), note="mine", now=now + timedelta(seconds=70))
    client = as_("bob")

    told = client.get(f"/alerts/{made.pk}/timeline.json").json()["timeline"]
    lines = client.get(f"/alerts/{made.pk}/timeline.csv").getvalue().decode().splitlines()

    titles = [item["title"] for item in told if item["kind"] != "message"]
    assert titles == ["Fired", "Step 1: Desk mail", "Step 2: Second line", "Acknowledged"]
    assert [item["at"] for item in told] == sorted(item["at"] for item in told)
    assert len(lines) == len(told) + 1


def test_a_snooze_until_tomorrow_ends_at_nine_where_the_reader_is() -> None:
    made = alert()
    client = as_("alice")
    client.cookies["zone"] = "Asia/Tokyo"

    answer = client.post(f"/alerts/{made.pk}/snooze/", {"until": "tomorrow"}, headers=JSON)

    made.refresh_from_db()
    assert made.acknowledged_until is not None
    there = made.acknowledged_until.astimezone(ZoneInfo("Asia/Tokyo"))
    today = timezone.now().astimezone(ZoneInfo("Asia/Tokyo")).date()
    assert (there.date(), there.hour, there.minute) == (today + timedelta(days=1), 9, 0)
    assert "09:00 JST" in answer.json()["text"]


def test_an_alert_is_assigned_by_a_plain_form_and_the_second_is_refused() -> None:
    made, dora = alert(), person("dora")
    client = as_("alice")

    first = client.post(f"/alerts/{made.pk}/assign/", {"to": dora.pk, "expected": ""}, follow=True)
    second = client.post(f"/alerts/{made.pk}/assign/", {"to": "", "expected": ""}, headers=JSON)

    assert "Assigned to Dora. The escalation goes on." in first.content.decode()
    assert "Assigned to <strong>Dora</strong>" in first.content.decode()
    assert second.status_code == 409
    assert "assigned to Dora meanwhile" in second.json()["text"]


def test_a_resolved_alert_is_reopened_by_a_plain_form() -> None:
    made = alert()
    client = as_("alice")
    actions.resolve(made.pk, by=person("dora"), now=timezone.now())

    page = client.post(f"/alerts/{made.pk}/reopen/", {"note": "not over"}, follow=True)

    new = Alert.objects.get(state="firing")
    shown = page.content.decode()
    assert page.redirect_chain == [(f"/alerts/{new.pk}/", 302)]
    assert f"Reopened from #{made.pk}" in shown
    assert "not over" in shown


@pytest.mark.parametrize(
    ("verb", "said"), [("snooze", {}), ("snooze", {"until": "99"}), ("assign", {"to": "999999"})]
)
def test_what_cannot_be_meant_is_refused(verb: str, said: dict[str, str]) -> None:
    made = alert()

    answer = as_("alice").post(f"/alerts/{made.pk}/{verb}/", said, headers=JSON)

    assert (answer.status_code, made.transitions.count()) == (400, 1)
