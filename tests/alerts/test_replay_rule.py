"""`manage.py replay_rule`: a file over a file without a database, a rule over what is stored."""

from __future__ import annotations

import csv
import io
import json
import os
import subprocess
import sys
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command
from django.db import connection
from django.utils import timezone

from analytics import series as store
from tests import factories

ROOT = Path(__file__).parents[2]
RULE = """
name: high_latency
metric: latency_seconds
comparison: ">"
threshold: 5
for_seconds: 1m
severity: critical
"""
LABELS = '{"env": "live"}'
T = 1_764_000_000


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str]:
    rule, samples = tmp_path / "rule.yaml", tmp_path / "samples.csv"
    rule.write_text(RULE)
    rows: list[tuple[object, int]] = [(6, 0), (7, 30), (8, 60), ("", 90), (1, 120)]
    with samples.open("w", newline="") as out:
        writer = csv.writer(out)
        writer.writerow(["metric", "labels", "ts", "value"])
        writer.writerows(["latency_seconds", LABELS, T + at, value] for value, at in rows)
    return str(rule), str(samples)


def told(*args: str) -> Any:
    out = io.StringIO()
    call_command("replay_rule", *args, "--json", stdout=out)
    return json.loads(out.getvalue())


def test_every_transition_is_printed_with_its_time_and_value(files: tuple[str, str]) -> None:
    found = told(files[0], "--samples", files[1])

    assert [
        (each["at"] - T, each["from"], each["to"], each["effect"], each["value"])
        for each in found["transitions"]
    ] == [
        (0, "ok", "pending", None, 6),
        (60, "pending", "firing", "fire", 8),
        (90, "firing", "nodata", "lose_data", None),
        (120, "nodata", "ok", "resolve", 1),
    ]
    assert found["transitions"][0]["labels"] == {"alertname": "high_latency", "env": "live"}
    assert found["fired"] == 1


def test_no_database_is_needed(files: tuple[str, str]) -> None:
    nowhere = {
        **os.environ,
        "DATABASE_URL": "postgres://nobody@127.0.0.1:1/none",
        "REDIS_URL": "redis://127.0.0.1:1/0",
    }

    done = subprocess.run(
        [sys.executable, "manage.py", "replay_rule", files[0], "--samples", files[1], "--json"],
        cwd=ROOT,
        env=nowhere,
        capture_output=True,
        text=True,
    )

    assert done.stderr == ""
    assert json.loads(done.stdout)["fired"] == 1


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        ("name: a\nmetric: m\ncomparison: '>'\nthreshold: 1\nfoo: 1", "a: unknown foo."),
        ("name: a\nmetric: m\ncomparison: '='\nthreshold: 1", "a: comparison: "),
        ("name: a\nmetric: m\ncomparison: '>'\nthreshold: one", "a: threshold: "),
        ("- [", "This is not YAML"),
        ("[]", "A file holds one rule"),
        ("name: a\nmetric: m\ncomparison: '>'\nthreshold: 1\naggregate: avg", "The window must"),
    ],
)
def test_a_file_that_says_nonsense_is_refused(
    files: tuple[str, str], tmp_path: Path, text: str, complaint: str
) -> None:
    wrong = tmp_path / "wrong.yaml"
    wrong.write_text(text)

    with pytest.raises(CommandError, match=complaint):
        told(str(wrong), "--samples", files[1])


@pytest.mark.parametrize(
    ("line", "complaint"),
    [
        ("m,{},1", "Line 1: .* four columns"),
        ("m,{},yesterday,1", "Line 1: could not convert"),
        ("m,[1],1,1", "are no labels"),
        ("m,{,1,1", "are no labels"),
    ],
)
def test_samples_that_are_none_are_refused(
    files: tuple[str, str], tmp_path: Path, line: str, complaint: str
) -> None:
    wrong = tmp_path / "wrong.csv"
    wrong.write_text(line)

    with pytest.raises(CommandError, match=complaint):
        told(files[0], "--samples", str(wrong))


@pytest.mark.django_db
def test_a_stored_rule_is_replayed_over_what_is_stored() -> None:
    factories.rule(name="high_drawdown", for_seconds=10)
    now = timezone.now()
    labels = store.sorted_labels(env="live")
    seconds = [(300, -0.01), (200, -0.06), (195, None), (190, -0.07), (180, -0.08), (100, -0.01)]
    readings = [
        store.Reading("current_drawdown", labels, now - timedelta(seconds=ago), value)
        for ago, value in seconds
    ]
    with connection.cursor() as cursor:
        store.record(cursor, readings, now=now)

    found = told("high_drawdown", "--days", "7")

    assert [each["effect"] for each in found["transitions"] if each["effect"]] == [
        "fire",
        "resolve",
    ]
    assert found["transitions"][1]["value"] is None
    assert found["samples"] == 6


@pytest.mark.django_db
def test_an_unknown_name_is_said() -> None:
    with pytest.raises(CommandError, match="There is no rule “nobody”"):
        told("nobody")
