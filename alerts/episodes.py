"""From a rule's row to the evaluator's plan, and to the alert that it fires."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote

from alerts import calendars, measures
from alerts.births import Episode
from alerts.conditions import BrokenRule
from alerts.expressions import negates_this, parse
from alerts.lifecycle import Effect, Instance, NoData, Phase, Timing
from alerts.models import Rule, RuleInstance, Severity
from alerts.substitution import fill, one_line, plain_number
from alerts.watch import Plan, Watch
from analytics.series import fingerprint
from ops_portal.lib import rows, words

SNAPSHOT = [
    "name",
    "title",
    "description",
    "metric",
    "query",
    "matchers",
    "aggregate",
    "window_seconds",
    "comparison",
    "threshold",
    "clear_threshold",
    "composite",
    "for_seconds",
    "keep_firing_seconds",
    "min_samples",
    "samples_metric",
    "no_data",
    "no_data_seconds",
    "on_error",
    "flap_count",
    "flap_seconds",
    "severity",
    "labels",
    "version",
]
WHOLE = {"strategy": "the account"}  # what a series without this label is about
NOTHING: Mapping[Watch, Effect] = {}
CLOCKS = ("active_at", "fired_at", "keeping_since", "missing_since")


def plan_of(rule: Rule) -> Plan:
    """Raises BrokenRule when a row that got past the form cannot be evaluated."""
    for name, pairs in (("matchers", rule.matchers), ("labels", rule.labels)):
        if not isinstance(pairs, dict) or not all(isinstance(v, str) for v in pairs.values()):
            raise BrokenRule(f"The {name} must map names to texts.")
    composite = parse(rule.composite) if rule.composite else None
    if composite and rule.clear_threshold is not None and negates_this(composite):
        # Between both values it would hold because it had not, and not hold because it had.
        raise BrokenRule("A clear value does not go with “not this”: turn the comparison round.")
    return Plan(
        rule_id=rule.pk,
        name=rule.name,
        metric=rule.metric,
        matchers=rule.matchers,
        aggregate=rule.aggregate,
        window=rule.window_seconds,
        # Silence grows, and the clock looks when it is as long as was said.
        comparison=">=" if rule.aggregate == "absent" else rule.comparison,
        threshold=rule.threshold,
        clear_threshold=rule.clear_threshold,
        composite=composite,
        timing=_timing(rule),
        calendar=_calendar(rule),
        grave=rule.severity == Severity.CRITICAL,
        min_samples=rule.min_samples,
        samples_metric=rule.samples_metric,
        no_data_seconds=0 if rule.aggregate == "present" else rule.no_data_seconds,
        query=rule.query,
        labels=rule.labels,
    )


def _timing(rule: Rule) -> Timing:
    try:
        return Timing(
            hold=rule.for_seconds,
            keep_firing=rule.keep_firing_seconds,
            no_data=NoData(rule.no_data),
            on_error=NoData(rule.on_error),
            flap_count=rule.flap_count,
            flap_seconds=rule.flap_seconds,
        )
    except ValueError as error:
        raise BrokenRule(f"Unknown policy {rule.no_data!r} or {rule.on_error!r}.") from error


def _calendar(rule: Rule) -> calendars.Calendar | None:
    if rule.calendar is None:
        return None
    try:
        return rule.calendar.read()
    except calendars.Unreadable as error:
        raise BrokenRule(f"The calendar {rule.calendar}: {error}") from error


def identity(plan: Plan, labels: Mapping[str, str]) -> tuple[dict[str, str], str]:
    """The labels of the alert of this rule on such a series, and their fingerprint."""
    own = {**labels, **plan.labels, "alertname": plan.name}
    return own, fingerprint(own)


def episode_of(rule: Rule, watch: Watch, condition: str, kept: Mapping[str, Any]) -> Episode:
    """What the alert of this watch is born with; texts are filled with its labels and values.

    `kept`: the snapshot of the rule.
    """
    said = {
        **WHOLE,
        **watch.labels,
        "value": _number(watch.value, rule),
        "threshold": _number(rule.threshold, rule),
        "rule": rule.name,
    }
    return Episode(
        fingerprint=watch.fingerprint,
        rule_name=rule.name,
        title=one_line(fill(rule.title, said)),
        description=fill(rule.description, said),
        runbook_url=fill(
            rule.runbook_url, {name: quote(text, safe="") for name, text in said.items()}
        ),
        severity=rule.severity,
        labels=watch.labels,
        condition=condition,
        rule=rule,
        rule_snapshot=kept,
        series_id=watch.series.pk,
        value=watch.value,
        threshold=rule.threshold,
        policy=rule.policy,
    )


def _number(value: float | None, rule: Rule) -> str:
    """A share in percent, as pages tell it; the unit of any other number is the template's."""
    share = words.is_share(rule.metric) and rule.aggregate not in measures.UNITLESS
    return words.measure(value, rule.metric) if share else plain_number(value)


def snapshot(rule: Rule) -> dict[str, Any]:
    """The rule as its alerts keep it."""
    said = {name: getattr(rule, name) for name in SNAPSHOT}
    return {**said, "calendar": rule.calendar.name if rule.calendar else ""}


def remembered(row: RuleInstance) -> Instance:
    """The machine's memory from its row."""
    clocks = {name: _epoch(getattr(row, name)) for name in CLOCKS}
    return Instance(
        phase=Phase(row.state),
        alerting=row.alerting,
        latched=row.latched,
        onsets=tuple(row.onsets),
        **clocks,
    )


def remember(
    watches: Sequence[Watch], *, owed: Mapping[Watch, Effect] = NOTHING, now: datetime
) -> None:
    """Write the machines' memory and what is owed to them, one statement for all."""
    if not watches:
        return
    for watch in watches:
        watch.noted = owed.get(watch, "")
    instances = [watch.instance for watch in watches]
    columns: dict[str, list[Any]] = {
        "rule_id": [watch.plan.rule_id for watch in watches],
        "series_id": [watch.series.pk for watch in watches],
        "fingerprint": [watch.fingerprint for watch in watches],
        "labels": [watch.labels for watch in watches],
        "owed": [watch.noted for watch in watches],
        "value": [watch.value for watch in watches],
        "state": [each.phase for each in instances],
        "alerting": [each.alerting for each in instances],
        "latched": [each.latched for each in instances],
        "onsets": [each.onsets for each in instances],
    }
    for name in CLOCKS:
        columns[name] = [_moment(getattr(each, name)) for each in instances]
    rows.upsert(RuleInstance, columns, over=["rule", "fingerprint"], evaluated_at=now)


def _epoch(moment: datetime | None) -> float | None:
    return moment.timestamp() if moment else None


def _moment(epoch: float | None) -> datetime | None:
    return None if epoch is None else datetime.fromtimestamp(epoch, UTC)
