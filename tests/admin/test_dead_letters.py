"""Dead letters are read by everybody and replayed by administrators, who are asked first."""

from __future__ import annotations

import pytest
from django.test import Client

from analytics import deadletters
from analytics.models import DeadLetter
from tests import factories

pytestmark = pytest.mark.django_db

LIST = "/admin/analytics/deadletter/"


@pytest.fixture
def letter() -> DeadLetter:
    return DeadLetter.objects.create(
        stream="trading_signals",
        entry_id="1-1",
        reason_code="field",
        reason="no symbol",
        raw=deadletters.packed({"type": "BUY", "note": "<b>bold</b>"}),
    )


def client_of(name: str) -> Client:
    client = Client()
    client.force_login(factories.person(name))
    return client


def test_the_entry_is_shown_field_by_field_and_harmless(letter: DeadLetter) -> None:
    page = client_of("bob").get(f"{LIST}{letter.pk}/change/").content.decode()

    assert "BUY" in page
    assert "&lt;b&gt;bold&lt;/b&gt;" in page
    assert "Replay this entry" not in page


def test_an_administrator_replays_one_entry(letter: DeadLetter) -> None:
    client_of("erin").post(f"{LIST}{letter.pk}/replay/")

    letter.refresh_from_db()
    assert letter.replay_result


def test_replaying_several_asks_first(letter: DeadLetter) -> None:
    erin = client_of("erin")
    chosen = {"action": "replay", "_selected_action": [letter.pk]}

    question = erin.post(LIST, chosen)
    letter.refresh_from_db()
    untouched = letter.replay_result
    erin.post(LIST, {**chosen, "confirmed": "1"})

    letter.refresh_from_db()
    assert "Replay 1 entries?" in question.content.decode()
    assert untouched == ""
    assert letter.replay_result


def test_an_editor_cannot_replay(letter: DeadLetter) -> None:
    dora = client_of("dora")

    one = dora.post(f"{LIST}{letter.pk}/replay/")
    dora.post(LIST, {"action": "replay", "_selected_action": [letter.pk], "confirmed": "1"})

    letter.refresh_from_db()
    assert one.status_code == 403
    assert letter.replay_result == ""
