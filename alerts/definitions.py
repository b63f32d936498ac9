"""Rules as data: what a YAML file says of a rule, and what a rule says in YAML.

A file is one rule, or `rules:` with a list of them, beside `calendars:` that they name. The keys
are the fields of a rule; seconds may be written as durations (`5m`), and what is not said is as in
a new rule.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any

import yaml
from django.core.exceptions import ValidationError

from alerts.expressions import seconds
from alerts.models import Calendar, Rule

FIELDS = (
    "name",
    "title",
    "description",
    "runbook_url",
    "metric",
    "query",
    "query_seconds",
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
    "enabled",
)
ELSEWHERE = ("policy", "calendar", "server")  # rows of their own, by their names
CALENDAR = ("zone", "opened", "closed")
KEPT = frozenset({"name", "metric", "comparison", "threshold", "severity"})  # said in any case
DURATION = re.compile(r"(?:\d+[smhdw])+", re.ASCII)
FRESH = Rule()  # what a rule is when nothing is said
LARGEST = 4_000_000  # characters of a file


class BadDefinition(ValueError):
    """The text does not describe rules; the message says which and why."""


def read(text: str) -> list[Rule]:
    """Unsaved rules, checked as the form would check their fields. Raises BadDefinition."""
    if len(text) > LARGEST:
        raise BadDefinition(f"At most {LARGEST:,} characters.")
    try:
        found = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise BadDefinition(f"This is not YAML: {error}") from error
    entries = found.get("rules", [found]) if isinstance(found, dict) else found
    if not isinstance(entries, list) or not entries:
        raise BadDefinition("A file holds one rule, or a list of them below “rules:”.")
    calendars = _calendars(found.get("calendars") or [] if isinstance(found, dict) else [])
    rules = [rule_of(entry, calendars) for entry in entries]
    names = [rule.name for rule in rules]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise BadDefinition(f"Said twice: {', '.join(twice)}.")
    return rules


def _calendars(entries: object) -> dict[str, Calendar]:
    """The calendars of the file by their names, for its rules. Raises BadDefinition."""
    if not isinstance(entries, list):
        raise BadDefinition("“calendars:” is a list.")
    found = {}
    for entry in entries:
        if not isinstance(entry, dict) or not {"name"} <= set(entry) <= {"name", *CALENDAR}:
            raise BadDefinition(f"A calendar has a name and {', '.join(CALENDAR)}.")
        calendar = Calendar(**{key: str(value) for key, value in entry.items()})
        try:
            calendar.full_clean(validate_unique=False)
        except ValidationError as error:
            raise BadDefinition(f"{calendar.name}: {' '.join(error.messages)}") from error
        found[calendar.name] = calendar
    return found


def rule_of(entry: object, calendars: Mapping[str, Calendar] = MappingProxyType({})) -> Rule:
    """One rule from its mapping; its calendar is one of these. Raises BadDefinition."""
    if not isinstance(entry, dict):
        raise BadDefinition("A rule maps fields to values.")
    name = str(entry.get("name", "a rule without a name"))
    unknown = sorted(str(key) for key in entry if key not in {*FIELDS, *ELSEWHERE})
    if unknown:
        raise BadDefinition(f"{name}: unknown {', '.join(unknown)}.")
    given = {key: value_of(key, entry[key]) for key in FIELDS if entry.get(key) is not None}
    rule = Rule(**{"title": name, "severity": "warning", **given})
    if entry.get("calendar"):
        rule.calendar = calendars.get(str(entry["calendar"]))
        if rule.calendar is None:
            raise BadDefinition(f"{name}: there is no calendar “{entry['calendar']}” in the file.")
    try:
        rule.clean_fields(exclude=ELSEWHERE)
        rule.clean()
    except ValidationError as error:
        told = "; ".join(f"{key}: {' '.join(why)}" for key, why in error.message_dict.items())
        raise BadDefinition(f"{name}: {told}") from error
    return rule


def definition(rule: Rule) -> dict[str, Any]:
    """The rule as data, without what is as in a new rule."""
    found = {}
    for name in FIELDS:
        value = getattr(rule, name)
        if name in KEPT or value != getattr(FRESH, name):
            found[name] = value
    if rule.policy is not None:
        found["policy"] = rule.policy.name
    if rule.calendar is not None:
        found["calendar"] = rule.calendar.name
    if rule.server is not None:
        found["server"] = rule.server.name
    return found


def written(rules: Iterable[Rule]) -> str:
    """The rules as YAML, in the order of their names."""
    entries = [definition(rule) for rule in sorted(rules, key=lambda rule: rule.name)]
    return dumped({"rules": entries})


def dumped(data: Mapping[str, Any]) -> str:
    return yaml.safe_dump(dict(data), sort_keys=False, allow_unicode=True, width=100)


def value_of(key: str, value: Any) -> Any:
    """What a file says of a field: durations become seconds."""
    if key.endswith("_seconds") and isinstance(value, str) and DURATION.fullmatch(value):
        return seconds(value)
    return value
