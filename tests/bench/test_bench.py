"""The benchmark runs from end to end; at this size its figures mean nothing."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from bench.__main__ import SECTIONS
from bench.table import Row, as_markdown, goal, milliseconds, number, quantile

SOAK = bool(os.environ.get("SOAK"))
ROOT = Path(__file__).resolve().parent.parent.parent


# The others start the whole desk and its peers: `make soak` runs them all.
LIGHT = ("startup", "intake", "rules", "curve", "figures", "cycle")


@pytest.mark.slow
@pytest.mark.parametrize("sections", [SECTIONS if SOAK else LIGHT], ids=["sections"])
def test_every_section_measures_something(sections: Sequence[str]) -> None:
    run = subprocess.run(
        [sys.executable, "-m", "bench", *sections],
        cwd=ROOT,
        env={**os.environ, "BENCH_SCALE": "0.002"},
        capture_output=True,
        text=True,
        timeout=1_800 if SOAK else 600,
    )

    assert run.returncode == 0, run.stderr
    lines = run.stdout.splitlines()
    assert lines[0].startswith("| what")
    assert len(lines) > 2 + len(sections)
    assert all(f"{section}: " in run.stderr for section in sections)
    assert "nothing arrived" not in run.stdout


def test_a_section_that_does_not_exist_is_refused() -> None:
    run = subprocess.run(
        [sys.executable, "-m", "bench", "nonsense"], cwd=ROOT, capture_output=True, text=True
    )

    assert run.returncode == 2
    assert "there are startup" in run.stdout


def test_a_row_tells_ratio_goal_and_verdict() -> None:
    table = as_markdown([Row("events/s", number(41_234), "save() 2 k", 20.6, *goal(40e3, 41_234))])

    assert table.splitlines()[2].split("|")[1:-1] == [
        " events/s ",
        " 41.2 k ",
        " save() 2 k ",
        " 20.6x ",
        " >= 40 k ",
        " met ",
    ]


def test_what_never_arrived_is_infinitely_late() -> None:
    assert quantile([], 0.99) == float("inf")
    assert milliseconds([]) == "nothing arrived"
    assert milliseconds([0.001] * 99 + [0.5]) == "p50 1, p99 500 ms"
