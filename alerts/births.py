"""The rows of alerts that open: as many as fire at once, in one statement."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User

from alerts.models import Alert, Policy, Rule
from ops_portal.lib import rows

ONE_OPEN = "(fingerprint) WHERE state <> 'resolved'"


@dataclass(frozen=True, slots=True)
class Episode:
    """What an alert is born with. `actor`, `note` and `detail` are told by its first transition."""

    fingerprint: str
    rule_name: str
    title: str
    severity: str
    labels: Mapping[str, str]
    condition: str = "breach"
    rule: Rule | None = None
    rule_snapshot: Mapping[str, Any] = field(default_factory=dict)
    series_id: int | None = None
    source: str = "ops-portal"
    description: str = ""
    runbook_url: str = ""
    value: float | None = None
    threshold: float | None = None
    policy: Policy | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    actor: User | None = None
    note: str = ""


def open_all(episodes: Sequence[Episode], *, now: datetime) -> list[tuple[Alert, bool]]:
    """The open alert of each episode, in their order, and whether it is born just now.

    The database decides: one that another engine opens at the same moment is waited for. Rows are
    written in the order of their fingerprints, so that two engines never wait for each other.
    """
    found: dict[str, Alert] = {}
    born: set[str] = set()
    while left := {e.fingerprint: e for e in reversed(episodes) if e.fingerprint not in found}:
        former = _former(list(left))
        new = [_row(left[key], former.get(key), now=now) for key in sorted(left)]
        for alert in rows.insert(new, match="uid", unless=ONE_OPEN):
            found[alert.fingerprint] = alert
            born.add(alert.fingerprint)
        others = Alert.objects.exclude(state=Alert.State.RESOLVED)
        for alert in others.filter(fingerprint__in=left.keys() - found.keys()):
            found[alert.fingerprint] = alert
    answers = []
    for episode in episodes:
        answers.append((found[episode.fingerprint], episode.fingerprint in born))
        born.discard(episode.fingerprint)
    return answers


def _former(fingerprints: list[str]) -> dict[str, int]:
    """The newest alert that had each fingerprint before."""
    known = Alert.objects.filter(fingerprint__in=fingerprints)
    newest = known.order_by("fingerprint", "-started_at").distinct("fingerprint")
    return dict(newest.values_list("fingerprint", "pk"))


def _row(episode: Episode, former: int | None, *, now: datetime) -> Alert:
    return Alert(
        fingerprint=episode.fingerprint,
        rule=episode.rule,
        rule_name=episode.rule_name,
        rule_snapshot=episode.rule_snapshot,
        series_id=episode.series_id,
        source=episode.source,
        title=episode.title,
        description=episode.description,
        runbook_url=episode.runbook_url,
        severity=episode.severity,
        labels=dict(episode.labels),
        condition=episode.condition,
        value=episode.value,
        peak_value=episode.value,
        threshold=episode.threshold,
        started_at=now,
        last_seen_at=now,
        previous_id=former,
        version=1,
    )
