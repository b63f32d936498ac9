"""The rule form: errors stand at their field, grave changes need a reason, history can go back."""

from __future__ import annotations

from typing import Any

import pytest
from django.test import Client

from alerts.models import Rule
from tests import factories

pytestmark = pytest.mark.django_db

ANSWERS = {
    "title": "Drawdown", "name": "drawdown", "metric": "current_drawdown", "query_seconds": "15",
        "aggregate": "last",
    "window_seconds": "0", "comparison": "<", "threshold": "-0.05", "for_seconds": "0",
    "keep_firing_seconds": "0", "min_samples": "0", "no_data": "nodata",
 "on_error": "nodata",
 "flap_count": 0,
 "flap_seconds": 0,
    "no_data_seconds": "300", "severity": "critical", "enabled": "on",
}  # fmt: skip


@pytest.fixture
def dora() -> Client:
    client = Client()
    client.force_login(factories.person("dora"))
    return client


def errors_of(client: Client, path: str, **fields: str) -> dict[str, Any]:
    response = client.post(path, {**ANSWERS, **fields})
    assert response.status_code == 200, "the form was accepted"
    errors: dict[str, Any] = response.context["adminform"].form.errors
    return errors


def change(client: Client, rule: Rule, **fields: str) -> int:
    path = f"/admin/alerts/rule/{rule.pk}/change/"
    return client.post(path, {**ANSWERS, **fields}).status_code


def made(client: Client) -> Rule:
    assert client.post("/admin/alerts/rule/add/", ANSWERS).status_code == 302
    return Rule.objects.get()


@pytest.mark.parametrize(
    ("field", "fields"),
    [
        ("window_seconds", {"aggregate": "avg"}),
        ("window_seconds", {"aggregate": "last", "window_seconds": "60"}),
        ("window_seconds", {"aggregate": "max", "window_seconds": "99999999"}),
        ("threshold", {"threshold": "nan"}),
        ("threshold", {"threshold": "1e999"}),
        ("threshold", {"aggregate": "absent", "comparison": ">", "threshold": "-1"}),
        ("comparison", {"aggregate": "absent", "threshold": "60"}),
        ("metric", {"metric": "current drawdown"}),
        ("samples_metric", {"samples_metric": "a-b", "min_samples": "3"}),
        ("min_samples", {"samples_metric": "total_trades"}),
        ("matchers", {"matchers": "env"}),
        ("matchers", {"matchers": "1env=live"}),
        ("labels", {"labels": "team="}),
        ("name", {"name": "no spaces here"}),
        ("runbook_url", {"runbook_url": "javascript:alert(1)"}),
    ],
)
def test_what_would_never_work_is_refused_at_its_field(
    dora: Client, field: str, fields: dict[str, str]
) -> None:
    assert field in errors_of(dora, "/admin/alerts/rule/add/", **fields)


def test_labels_are_written_as_lines(dora: Client) -> None:
    dora.post("/admin/alerts/rule/add/", {**ANSWERS, "matchers": "env=live\n strategy = btc-1 \n"})

    assert Rule.objects.get().matchers == {"env": "live", "strategy": "btc-1"}


@pytest.mark.parametrize(
    "fields", [{"threshold": "-0.04"}, {"severity": "info"}, {"enabled": ""}, {"matchers": "a=b"}]
)
def test_a_grave_change_needs_a_reason(dora: Client, fields: dict[str, str]) -> None:
    rule = made(dora)

    errors = errors_of(dora, f"/admin/alerts/rule/{rule.pk}/change/", **fields)

    assert "Say why" in errors["reason"][0]


def test_a_new_title_needs_none(dora: Client) -> None:
    rule = made(dora)

    assert change(dora, rule, title="Drawdown of the desk") == 302


def test_the_history_tells_who_what_and_why(dora: Client) -> None:
    rule = made(dora)
    change(dora, rule, threshold="-0.04", reason="too late at five percent")

    page = dora.get(f"/admin/alerts/rule/{rule.pk}/history/").content.decode()

    for told in ("by dora", "from 127.0.0.1", "-0.05", "-0.04", "too late at five percent"):
        assert told in page


def test_a_revert_needs_a_reason_and_is_a_change_like_any_other(dora: Client) -> None:
    rule = made(dora)
    change(dora, rule, threshold="-0.04", reason="stricter")
    first = type(rule).pgh_event_model.objects.order_by("pgh_id")[0]  # type: ignore[attr-defined]
    path = f"/admin/alerts/rule/{rule.pk}/history/{first.pgh_id}/revert/"

    refused = dora.post(path, {"reason": " "})
    accepted = dora.post(path, {"reason": "false alarms"})

    rule.refresh_from_db()
    assert "Say why" in refused.content.decode()
    assert accepted.status_code == 302
    assert (rule.threshold, rule.version) == (-0.05, 3)
    history = dora.get(f"/admin/alerts/rule/{rule.pk}/history/").content.decode()
    assert "Revert: false alarms" in history


def test_a_viewer_reads_the_history_and_reverts_nothing() -> None:
    rule = factories.rule()
    bob = Client()
    bob.force_login(factories.person("bob"))
    first = type(rule).pgh_event_model.objects.get()  # type: ignore[attr-defined]

    page = bob.get(f"/admin/alerts/rule/{rule.pk}/history/")
    revert = bob.post(f"/admin/alerts/rule/{rule.pk}/history/{first.pgh_id}/revert/")

    assert page.status_code == 200
    assert "Revert to this" not in page.content.decode()
    assert revert.status_code == 403


def test_a_rule_that_tells_nobody_says_so(dora: Client) -> None:
    page = dora.post("/admin/alerts/rule/add/", ANSWERS, follow=True)

    assert "nobody is told" in page.content.decode()


@pytest.mark.parametrize(
    ("fields", "field"),
    [
        ({"clear_threshold": "-0.06"}, "clear_threshold"),
        ({"comparison": "==", "clear_threshold": "-0.05"}, "clear_threshold"),
        ({"flap_count": "1", "flap_seconds": "60"}, "flap_count"),
        ({"flap_count": "3"}, "flap_seconds"),
        ({"composite": "this and and"}, "composite"),
        ({"composite": "not this", "clear_threshold": "-0.04"}, "clear_threshold"),
        ({"aggregate": "avg", "window_seconds": "86401"}, "window_seconds"),
    ],
)
def test_what_the_table_would_refuse_is_said_at_its_field(
    dora: Client, fields: dict[str, str], field: str
) -> None:
    assert field in errors_of(dora, "/admin/alerts/rule/add/", **fields)
