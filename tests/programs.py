"""Tests that need a program are left out where it is missing; the end of the run says so loudly."""

from __future__ import annotations

import shutil
from collections import Counter

import pytest

CHROMIUM = ("chromium", "chromium-browser", "google-chrome")


def chromium() -> str | None:
    """The path of a Chromium, or None."""
    return next(filter(None, map(shutil.which, CHROMIUM)), None)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        missing = _missing(item)
        if missing:
            item.add_marker(pytest.mark.skip(reason=f"{missing} is not installed"))


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    skipped = terminalreporter.stats.get("skipped", [])
    reasons = Counter(
        report.longrepr[2].removeprefix("Skipped: ")
        for report in skipped
        if isinstance(report.longrepr, tuple)
    )
    for reason, count in sorted(reasons.items()):
        terminalreporter.write_line(f"LEFT OUT: {count} tests, {reason}", red=True, bold=True)


def _missing(item: pytest.Item) -> str | None:
    if item.get_closest_marker("browser") and not chromium():
        return "Chromium"
    for marker in item.iter_markers("needs"):
        if not shutil.which(marker.args[0]):
            return str(marker.args[0])
    return None
