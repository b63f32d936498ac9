"""The same states, minute by minute, as Prometheus' own rule engine."""

from __future__ import annotations

import random
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from alerts.lifecycle import BREACH, Instance, Phase, Timing, step
from alerts.watch import Plan, Watch, Watched

MINUTES = 40
PAIRS = 240
COMPARISONS = ["<", "<=", ">", ">=", "==", "!="]
STATES = {Phase.PENDING: "pending", Phase.FIRING: "firing", Phase.KEEPING: "firing"}


@dataclass(frozen=True)
class Pair:
    """A rule and a series; `values` one a minute, None: nothing was said in that minute."""

    number: int
    comparison: str
    threshold: int
    hold: int  # minutes
    keep: int
    values: tuple[int | None, ...]


def pairs() -> list[Pair]:
    rng = random.Random(20261126)
    return [
        Pair(
            number,
            COMPARISONS[number % len(COMPARISONS)],
            rng.randint(-1, 1),
            rng.choice([0, 1, 2, 3, 5]),
            rng.choice([0, 0, 1, 2, 4]),
            (rng.randint(-2, 2), *_walk(rng)),
        )
        for number in range(PAIRS)
    ]


def _walk(rng: random.Random) -> list[int | None]:
    """Values that stay a while, with gaps shorter than Prometheus' patience of five minutes."""
    found: list[int | None] = []
    while len(found) < MINUTES:
        value = rng.randint(-2, 2)
        found += [value] * rng.randint(1, 6) + [None] * rng.choice([0, 0, 0, 1, 2])
    return found[: MINUTES - 1]


def ours(pair: Pair) -> list[str]:
    """The state after each minute: blank, pending or firing."""
    timing = Timing(hold=60 * pair.hold, keep_firing=60 * pair.keep)
    plan = Plan(
        rule_id=pair.number,
        name=f"rule_{pair.number}",
        metric=f"metric_{pair.number}",
        comparison=pair.comparison,
        threshold=pair.threshold,
        timing=timing,
    )
    series = Watched(1, plan.metric, {}, "")
    watch = Watch(plan, series, {}, "")
    states = []
    for minute, value in enumerate(pair.values):
        at = 60.0 * minute
        if value is not None:
            series.take_number(value, at, at)
        judgment = watch.judge(at)
        assert judgment is not None
        watch.instance = step(watch.instance, judgment.verdict, at=at, timing=timing).instance
        states.append(STATES.get(watch.instance.phase, ""))
    assert watch.instance == Instance() or watch.instance.alerting in {"", BREACH}
    return states


def theirs(pair: Pair, states: list[str]) -> tuple[dict[str, Any], dict[str, Any]]:
    """The rule for Prometheus, and the test that it shows these states."""
    name = f"metric_{pair.number}"
    rule = {
        "alert": f"rule_{pair.number}",
        "expr": f"{name} {pair.comparison} {pair.threshold}",
        "for": f"{pair.hold}m",
        "keep_firing_for": f"{pair.keep}m",
    }
    values = " ".join("_" if value is None else str(value) for value in pair.values)
    found = [
        {
            "expr": f'count by (alertstate) (ALERTS{{alertname="rule_{pair.number}"}})',
            "eval_time": f"{minute}m",
            "exp_samples": [{"labels": f'{{alertstate="{state}"}}', "value": 1}] if state else [],
        }
        for minute, state in enumerate(states)
    ]
    series = [{"series": name, "values": values}]
    return rule, {"interval": "1m", "input_series": series, "promql_expr_test": found}


def run(folder: Path, tests: list[tuple[dict[str, Any], dict[str, Any]]]) -> str:
    """What promtool complains of; blank when it agrees."""
    groups = [
        {"name": f"group_{number}", "interval": "1m", "rules": [rule]}
        for number, (rule, _) in enumerate(tests)
    ]
    (folder / "rules.yaml").write_text(yaml.safe_dump({"groups": groups}))
    (folder / "test.yaml").write_text(
        yaml.safe_dump(
            {
                "rule_files": ["rules.yaml"],
                "evaluation_interval": "1m",
                "tests": [
                    {
                        "interval": "1m",
                        "input_series": [s for _, t in tests for s in t["input_series"]],
                        "promql_expr_test": [e for _, t in tests for e in t["promql_expr_test"]],
                    }
                ],
            }
        )
    )
    done = subprocess.run(
        ["promtool", "test", "rules", "test.yaml"], cwd=folder, capture_output=True, text=True
    )
    return "" if done.returncode == 0 else done.stdout + done.stderr


@pytest.mark.needs("promtool")
def test_states_equal_those_of_prometheus_minute_by_minute(tmp_path: Path) -> None:
    told = [theirs(pair, ours(pair)) for pair in pairs()]
    states = [state for pair in pairs() for state in ours(pair)]

    complaints = run(tmp_path, told)

    print(f"\n{PAIRS} pairs, {len(states)} minutes, {states.count('firing')} of them firing")
    assert complaints == ""
    assert min(states.count(state) for state in ("", "pending", "firing")) > 1_000


@pytest.mark.needs("promtool")
def test_a_wrong_state_would_be_noticed(tmp_path: Path) -> None:
    pair = pairs()[0]
    states = ours(pair)
    states[20] = "pending" if states[20] != "pending" else ""

    complaints = run(tmp_path, [theirs(pair, states)])

    assert "FAILED" in complaints
