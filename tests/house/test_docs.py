"""Links and paths in the documents lead somewhere."""

import re
from pathlib import Path

import pytest

from analytics import derived
from analytics.events.reports import PERFORMANCE_NUMBERS
from analytics.events.trading import EXPOSURES
from health.intake import GAUGES
from tests.house.sources import BASE

DOCUMENTS = [BASE / "README.md", BASE / "CHANGELOG.md", *sorted((BASE / "docs").rglob("*.md"))]


def ids(path: Path) -> str:
    return str(path.relative_to(BASE))


@pytest.mark.parametrize("document", DOCUMENTS, ids=ids)
def test_every_link_leads_somewhere(document: Path) -> None:
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", document.read_text())

    lost = [link for link in links if "://" not in link and not (document.parent / link).exists()]

    assert lost == []


def test_every_file_of_the_journey_exists() -> None:
    paths = re.findall(
        r"`((?:ops_portal|alerts|analytics|health)/[\w/.]*)`", (BASE / "README.md").read_text()
    )

    assert len(paths) > 10
    assert [path for path in paths if not (BASE / path).exists()] == []


@pytest.mark.parametrize("decision", sorted((BASE / "docs/decisions").glob("*.md")), ids=ids)
def test_a_decision_stays_short(decision: Path) -> None:
    assert len(decision.read_text().splitlines()) <= 40


def test_every_metric_of_ours_is_documented() -> None:
    files = ["analytics/exposition.py", "health/exposition.py"]
    files += ["ops_portal/metrics.py", "ops_portal/measured.py"]
    source = "\n".join((BASE / file).read_text() for file in files)
    manual = (BASE / "docs/metrics.md").read_text()

    names = set(re.findall(r'"(ops_(?:trading|portal)_[a-z_]+)"', source))

    assert len(names) > 20
    assert {name for name in names if not re.search(rf"`{name}(_total)?`", manual)} == set()


def test_every_series_is_documented() -> None:
    folders = ("analytics", "health", "alerts")
    source = "\n".join(
        path.read_text() for folder in folders for path in (BASE / folder).rglob("*.py")
    )
    manual = (BASE / "docs/metrics.md").read_text()

    names = {*derived.SERIES.values(), *PERFORMANCE_NUMBERS, *EXPOSURES, *GAUGES.values()}
    names |= set(re.findall(r'[Rr]eading\(\s*"([a-z_]+)"', source))
    names |= set(re.findall(r'"(portal_[a-z_]+)"', source))

    assert {"errors", "portal_lost_entries", "fees", "portal_win_ratio"} <= names
    assert {name for name in names if f"`{name}`" not in manual} == set()
