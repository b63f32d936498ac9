"""Many rows in one statement are what as many saves would be."""

from __future__ import annotations

from datetime import UTC, datetime

import pghistory
import pytest

from alerts.models import Declaration, RuleInstance
from ops_portal.lib import rows
from tests.factories import rule

pytestmark = pytest.mark.django_db

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
HARD = ['"quoted"', "back\\slash", "{1,2}", "NULL", "new\nline, comma", "ünï", "", "100 % %s"]


def test_texts_and_json_come_back_as_they_went_in() -> None:
    bodies = [{"text": text, "none": None, "list": [1, 2.5]} for text in HARD]
    made = [
        Declaration(section="s", key=str(n), source=text, body=body, applied_at=NOON)
        for n, (text, body) in enumerate(zip(HARD, bodies, strict=True))
    ]

    inserted = rows.insert(made, match="key")

    stored = list(Declaration.objects.order_by("pk"))
    assert [row.source for row in stored] == HARD
    assert [row.body for row in stored] == bodies
    assert [row.pk for row in inserted] == [row.pk for row in stored]


def test_rows_that_are_alike_in_everything_but_their_keys_are_all_written() -> None:
    watched = rule("latency")
    prints = ["a" * 16, "b" * 16]
    rows.put(RuleInstance, {"fingerprint": prints}, rule_id=watched.pk, series_id=7, labels={})

    found = RuleInstance.objects.order_by("fingerprint")

    assert list(found.values_list("fingerprint", "series_id", "state", "onsets", "value")) == [
        (prints[0], 7, "ok", [], None),
        (prints[1], 7, "ok", [], None),
    ]


def test_what_is_there_is_overwritten_in_the_named_columns_alone() -> None:
    watched = rule("latency")
    rows.put(RuleInstance, {"fingerprint": ["a"]}, rule_id=watched.pk, series_id=7, owed="fire")

    rows.upsert(
        RuleInstance,
        {"fingerprint": ["a", "b"], "value": [0.1, None], "active_at": [NOON, None]},
        over=["rule", "fingerprint"],
        rule_id=watched.pk,
        series_id=8,
    )

    found = RuleInstance.objects.order_by("fingerprint")
    assert list(found.values_list("series_id", "owed", "value", "active_at")) == [
        (8, "fire", 0.1, NOON),
        (8, "", None, None),
    ]


def test_many_rows_are_written_for_the_person_of_a_request_too() -> None:
    watched = rule("latency")

    with pghistory.context(user=1, reason="by hand"):
        made = rows.insert(
            [Declaration(section="s", key="k", body={}, applied_at=NOON)], match="key"
        )
        rows.put(RuleInstance, {"fingerprint": ["a"]}, rule_id=watched.pk, series_id=7)
        watched.title = "Slow"
        rows.update([watched], ["title"])

    watched.refresh_from_db()
    told = type(watched).pgh_event_model.objects.latest("pgh_id")  # type: ignore[attr-defined]
    assert (watched.title, told.pgh_context["reason"]) == ("Slow", "by hand")
    assert Declaration.objects.get().pk == made[0].pk
    assert RuleInstance.objects.count() == 1
