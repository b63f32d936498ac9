"""Prometheus rule files: what becomes a rule here, what asks a server, what is lost and said."""

from __future__ import annotations

import json
import subprocess
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from alerts.episodes import plan_of
from alerts.models import Rule
from alerts.promfile import Found, NoRuleFile, read_file
from tests import factories

FILE = r"""
groups:
- name: desk
  interval: 30s
  rules:
  - record: job:latency:avg
    expr: avg by (job) (latency_seconds)
  - alert: HighLatency
    expr: (latency_seconds{env="live"} > 5)
    for: 5m
    keep_firing_for: 1m30s
    labels: {severity: page, team: desk}
    annotations:
      summary: "{{ $labels.venue }} is at {{ $value }} s"
      description: 'Since {{ $value | humanizeDuration }}: {{ query "up" | first | value }}.'
      runbook_url: https://runbooks.example/latency/{{ $labels.venue }}
      dashboard: https://graphs.example
  - alert: HighLatency
    expr: 3 < avg_over_time(latency_seconds[10m])
    labels: {severity: warning}
  - alert: Errors rate
    expr: sum by (job) (rate(errors_total[5m])) > 0.5 and on (job) up == 1
    labels: {severity: critical, who: "{{ $labels.job }}"}
  - alert: Gone
    expr: absent(up{job="agent"})
"""


def told(expr: str, *, server: str = "", own: frozenset[str] = frozenset(), **fields: Any) -> Found:
    rule = {"alert": "A", "expr": expr, **fields}
    text = json.dumps({"groups": [{"name": "g", "rules": [rule]}]})
    (found,) = read_file(text, is_own=own.__contains__, server=server)
    return found


@pytest.mark.parametrize(
    ("expr", "fields"),
    [
        ("x > 5", {"metric": "x", "aggregate": "last", "comparison": ">", "threshold": 5}),
        ("-0.05 >= x", {"comparison": "<=", "threshold": -0.05}),
        ('max_over_time(x{a="b"}[1h]) == 0', {"aggregate": "max", "window_seconds": 3600}),
        ("((count_over_time(x[90s])) < 2)", {"aggregate": "count", "window_seconds": 90}),
        ('x{a="b", c=""} != 1', {"matchers": {"a": "b", "c": ""}}),
    ],
)
def test_what_means_the_same_becomes_a_rule_of_ours(expr: str, fields: dict[str, Any]) -> None:
    found = told(expr)

    assert found.kind == "own"
    assert found.entry is not None
    assert fields.items() <= found.entry.items()


@pytest.mark.parametrize(
    "expr",
    [
        "rate(x[5m]) > 1", "x{a=~'b'} > 1", "x offset 5m > 1", "x > bool 1", "x > y", "absent(x)",
        "x > 1 and y > 2", "avg(x) > 1", "avg_over_time(x[2d]) > 1", "x", "x > 2 * 3",
        "max_over_time(x[5m:1m]) > 1", "{__name__=~'x.*'} > 1", "x @ end() > 1", "-x > 1",
    ],
)  # fmt: skip
def test_what_does_not_asks_a_server_or_is_said_not_to_map(expr: str) -> None:
    assert told(expr).entry is None
    assert "needs a server" in told(expr).reason

    asked = told(expr, server="Main")

    assert asked.kind == "query"
    assert asked.entry is not None
    assert (asked.entry["query"], asked.entry["aggregate"]) == (expr, "present")


def test_a_metric_that_is_not_ours_is_asked_of_the_server() -> None:
    assert told("x > 5", server="Main").kind == "query"
    assert told("x > 5", server="Main", own=frozenset({"x"})).kind == "own"


@pytest.mark.parametrize("expr", ["sum(rate(x[5m])", "", "x >", "x[5m", "💥"])
def test_what_is_no_promql_is_reported_with_its_reason(expr: str) -> None:
    found = told(expr, server="Main")

    assert found.entry is None
    assert found.reason


@pytest.mark.parametrize(
    "text", ["[", "a: 1", "groups: 3", "groups: [3]", "groups: [{rules: [1]}]"]
)
def test_what_is_no_rule_file_is_refused(text: str) -> None:
    with pytest.raises(NoRuleFile):
        read_file(text, is_own=lambda _: False, server="")


def test_times_labels_and_texts_come_along_and_each_loss_is_noted() -> None:
    found = read_file(FILE, is_own=lambda _: True, server="")
    high = found[1]

    assert high.entry is not None
    assert high.entry["for_seconds"] == 300
    assert high.entry["keep_firing_seconds"] == 90
    assert high.entry["labels"] == {"team": "desk"}
    assert high.entry["title"] == "{{venue}} is at {{value}} s"
    assert high.entry["description"] == "Since {{value}}: ."
    assert high.entry["runbook_url"] == "https://runbooks.example/latency/{{venue}}"
    assert "severity “page” became critical" in high.notes
    assert "annotation dashboard is left out" in high.notes
    assert any("humanizeDuration" in note for note in high.notes)
    assert any('query "up"' in note for note in high.notes)
    assert [each.entry and each.entry["name"] for each in found] == [
        None, "HighLatency", "HighLatency_warning", None, None,
    ]  # fmt: skip


def run(*words: str) -> str:
    out = StringIO()
    call_command("import_prometheus", *words, stdout=out)
    return out.getvalue()


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "desk.rules.yml"
    path.write_text(FILE)
    return path


@pytest.mark.needs("promtool")
def test_the_file_of_these_tests_is_one_that_prometheus_reads(file: Path) -> None:
    text = file.read_text().replace("\n    keep_firing_for: 1m30s", "")
    file.write_text(text)  # Debian's promtool may be older than keep_firing_for

    checked = subprocess.run(["promtool", "check", "rules", str(file)], capture_output=True)

    assert checked.returncode == 0, checked.stderr


@pytest.mark.django_db
def test_a_file_is_brought_in_once_and_can_be_looked_at_before(file: Path) -> None:
    factories.server("Main")

    dry = json.loads(run(str(file), "--dry-run", "--json"))
    assert not Rule.objects.exists()
    run(str(file))
    first = [rule.updated_at for rule in Rule.objects.order_by("pk")]
    again = json.loads(run(str(file), "--json"))

    assert (dry["mapped"], dry["unmapped"], len(dry["changed"])) == (4, 1, 4)
    assert [each["mapped_to"] for each in dry["rules"]] == [None, *["query"] * 4]
    assert again["changed"] == []
    errors = Rule.objects.get(name="Errors_rate")
    assert errors.query.startswith("sum by (job)")
    assert errors.query_seconds == 30
    assert errors.change_reason == "Imported from desk.rules.yml."
    assert errors.metric == "query:Errors_rate"
    assert [rule.updated_at for rule in Rule.objects.order_by("pk")] == first
    assert plan_of(errors).aggregate == "present"


@pytest.mark.django_db
def test_without_a_server_the_report_says_what_needs_one(file: Path) -> None:
    text = run(str(file), "--dry-run")

    assert "own    HighLatency -> HighLatency" in text
    assert "the portal has no series of latency_seconds yet" in text
    assert "no     Gone -> -" in text
    assert "2 of 5 map, 2 rules would be changed." in text


@pytest.mark.django_db
def test_a_server_that_is_not_there_is_refused(file: Path) -> None:
    with pytest.raises(CommandError, match="no Prometheus server"):
        run(str(file), "--server", "Elsewhere")
