"""Prometheus rule files: which of their alerts are rules here, and what is lost on the way. Pure.

1. `metric > 5` and `avg_over_time(metric[5m]) > 5` with equality matchers mean the same here: where
   the metric is the portal's own, they become rules on it.
2. Every other expression becomes a rule that asks a server, where one is named: what is in the
   answer breaches, what leaves it has cleared.
3. Recording rules have no place here. What a text says in Go templates beyond labels and the value
   is left out. Each loss is a note.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import promql_parser as promql
import yaml

from alerts.promql import Wrong, read
from alerts.windows import LONGEST_SECONDS

EVERY_SECONDS = 60  # between two evaluations, where a group says nothing
STALE_SECONDS = 300  # after which Prometheus no longer sees a series
LONGEST_TITLE = 120
FLIPPED = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
WINDOWS = {f"{name}_over_time": name for name in ("avg", "min", "max", "sum", "count", "last")}
SEVERITIES = {
    "critical": "critical", "page": "critical", "error": "critical", "high": "critical",
    "warning": "warning", "warn": "warning", "ticket": "warning", "medium": "warning",
    "info": "info", "information": "info", "none": "info", "low": "info",
}  # fmt: skip
TEXTS = {"summary": "title", "description": "description", "runbook_url": "runbook_url"}
PLACEHOLDER = re.compile(r"\{\{-?\s*(.*?)\s*-?\}\}", re.DOTALL)
LABEL = re.compile(
    r"\$labels\.([a-zA-Z_][a-zA-Z0-9_]*)|index \$labels \"([a-zA-Z_]\w*)\"", re.ASCII
)


class NoRuleFile(ValueError):
    """The text is no Prometheus rule file; the message says why."""


@dataclass(slots=True)
class Found:
    """One alert of the file: the entry of the rule it became, None: none, for the reason."""

    group: str
    alert: str
    kind: str = ""  # own, query, blank: it did not map
    entry: dict[str, Any] | None = None
    reason: str = ""
    notes: list[str] = field(default_factory=list)


def read_file(text: str, *, is_own: Callable[[str], bool], server: str) -> list[Found]:
    """What becomes of each rule of the file. `is_own`: whether the portal has the metric; `server`:
    the name of one that answers the other expressions, blank: none. Raises NoRuleFile.
    """
    found: list[Found] = []
    for group in _groups(text):
        for rule in group.get("rules") or []:
            if not isinstance(rule, dict):
                raise NoRuleFile("A rule maps names to values.")
            found.append(_rule(rule, group, is_own=is_own, server=server))
    _name_apart(found)
    return found


def _groups(text: str) -> list[dict[str, Any]]:
    try:
        whole = yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise NoRuleFile(f"This is not YAML: {error}") from error
    groups = whole.get("groups") if isinstance(whole, dict) else None
    if not isinstance(groups, list) or not all(isinstance(group, dict) for group in groups):
        raise NoRuleFile("A rule file holds a list “groups:”.")
    return groups


def _rule(
    rule: Mapping[str, Any],
    group: Mapping[str, Any],
    *,
    is_own: Callable[[str], bool],
    server: str,
) -> Found:
    found = Found(str(group.get("name", "")), str(rule.get("alert") or rule.get("record") or ""))
    if "record" in rule:
        found.reason = "A recording rule: it stays with Prometheus."
        return found
    text = str(rule.get("expr", ""))
    try:
        expression = _bare(read(text))
        entry = _own(expression)
        metric = str(entry.get("metric", ""))
        if entry and (is_own(metric) or not server):
            found.kind = "own"
            found.notes += [] if is_own(metric) else [f"the portal has no series of {metric} yet"]
            found.notes.append("silence resolves nothing: the rule ignores it and shows it")
        elif server:
            found.kind = "query"
            entry = _query(text, server, _seconds(group.get("interval"), EVERY_SECONDS))
        else:
            found.reason = f"It needs a server to ask: {_why_not(expression)}."
            return found
        found.entry = {"name": _slug(found.alert), **entry, **_rest(rule, found)}
    except (Wrong, ValueError) as error:
        found.kind, found.reason = "", str(error)
    return found


def _own(expression: Any) -> dict[str, Any]:
    """The fields of a rule on a metric of the portal that means the same; empty: none does."""
    if not isinstance(expression, promql.BinaryExpr) or expression.modifier is not None:
        return {}
    left, right, sign = _bare(expression.lhs), _bare(expression.rhs), str(expression.op)
    if isinstance(left, promql.NumberLiteral):
        left, right, sign = right, left, FLIPPED.get(sign, sign)
    if sign not in FLIPPED or not isinstance(right, promql.NumberLiteral):
        return {}
    measured = _measured(left)
    if not measured:
        return {}
    return {
        **measured,
        "comparison": sign,
        "threshold": right.val,
        "no_data": "ignore",
        "no_data_seconds": STALE_SECONDS,
    }


def _measured(expression: Any) -> dict[str, Any]:
    """A plain selector, or an aggregate over a window of one."""
    aggregate, window = "last", 0
    if isinstance(expression, promql.Call):
        aggregate = WINDOWS.get(expression.func.name, "")
        inner = expression.args[0] if len(expression.args) == 1 else None
        if not aggregate or not isinstance(inner, promql.MatrixSelector):
            return {}
        expression, window = inner.vector_selector, int(inner.range.total_seconds())
        if not 0 < window <= LONGEST_SECONDS:
            return {}
    if not isinstance(expression, promql.VectorSelector) or not expression.name:
        return {}
    matchers = expression.matchers.matchers
    plain = all(one.op == promql.MatchOp.Equal for one in matchers)
    if not plain or expression.offset or expression.at or expression.matchers.or_matchers:
        return {}
    return {
        "metric": expression.name,
        "matchers": {one.name: one.value for one in matchers},
        "aggregate": aggregate,
        "window_seconds": window,
    }


def _why_not(expression: Any) -> str:
    if not isinstance(expression, promql.BinaryExpr):
        return "the expression compares nothing with a number"
    return (
        "only a metric, or avg, min, max, sum, count or last of it over time, with equal labels,"
        " compared with a number, means the same here"
    )


def _query(text: str, server: str, seconds: int) -> dict[str, Any]:
    return {
        "query": " ".join(text.split()),
        "server": server,
        "query_seconds": seconds,
        "aggregate": "present",
        "comparison": ">",
        "threshold": 0.0,
    }


def _rest(rule: Mapping[str, Any], found: Found) -> dict[str, Any]:
    """Times, labels and texts, with a note of what is lost."""
    labels = {str(name): str(text) for name, text in (rule.get("labels") or {}).items()}
    said = labels.pop("severity", "")
    severity = SEVERITIES.get(said.lower(), "warning")
    if said.lower() != severity:
        found.notes.append(f"severity “{said}” became {severity}" if said else "severity: warning")
    for name in [name for name, text in labels.items() if "{{" in text]:
        found.notes.append(f"label {name} is a template and left out")
        del labels[name]
    told = {"title": found.alert, **_texts(rule.get("annotations") or {}, found)}
    return {
        "for_seconds": _seconds(rule.get("for"), 0),
        "keep_firing_seconds": _seconds(rule.get("keep_firing_for"), 0),
        "severity": severity,
        "labels": labels,
        **told,
    }


def _texts(annotations: Mapping[str, Any], found: Found) -> dict[str, str]:
    told = {}
    for name, text in annotations.items():
        if name in TEXTS:
            told[TEXTS[name]] = _filled(str(name), str(text), found)
        else:
            found.notes.append(f"annotation {name} is left out")
    title = told.get("title", "")
    if len(title) > LONGEST_TITLE:
        found.notes.append("the summary is cut")
        told["title"] = f"{title[: LONGEST_TITLE - 1]}…"
    return told


def _filled(name: str, text: str, found: Found) -> str:
    """Go templates as plain substitution."""

    def put(hit: re.Match[str]) -> str:
        inside = hit[1]
        if label := LABEL.fullmatch(inside):
            return f"{{{{{label[1] or label[2]}}}}}"
        if inside == "$value":
            return "{{value}}"
        if "$value" in inside and "query" not in inside:
            found.notes.append(f"{name}: the value is shown without its format, {hit[0]}")
            return "{{value}}"
        found.notes.append(f"{name}: left out, {hit[0]}")
        return ""

    return PLACEHOLDER.sub(put, text).strip()


def _name_apart(found: list[Found]) -> None:
    """Alerts of one name are rules of their own here: by severity, then by number."""
    taken: set[str] = set()
    for each in found:
        if each.entry is None:
            continue
        name = wanted = each.entry["name"]
        if name in taken:
            name = wanted = f"{wanted}_{each.entry['severity']}"
        number = 2
        while name in taken:
            name, number = f"{wanted}_{number}", number + 1
        if name != each.alert:
            each.notes.append(f"named {name}")
        taken.add(name)
        each.entry["name"] = name


def _slug(name: str) -> str:
    slug = re.sub(r"[^A-Za-z0-9_-]+", "_", name).strip("_")[:40]
    if not slug:
        raise ValueError("The alert has no name.")
    return slug


def _seconds(text: object, default: int) -> int:
    """Raises ValueError."""
    if text in (None, "", 0):
        return default
    return int(promql.parse_duration(str(text)).total_seconds())


def _bare(expression: Any) -> Any:
    while isinstance(expression, promql.ParenExpr):
        expression = expression.expr
    return expression
