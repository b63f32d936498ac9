"""What the charts of other pages draw of alerts: thresholds of rules, and when they fired."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from django.contrib.auth.decorators import login_required, permission_required
from django.db.models import Q
from django.http import HttpRequest, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.views.decorators.http import require_safe

from alerts.models import Alert, Rule, Severity

MOST = 200  # bands of a chart
# The figures of a rule that lie on the line of its series: a count or a rate does not.
ON_THE_LINE = ("last", "avg", "min", "max")
LONGEST = timedelta(days=3_660)


@require_safe
@login_required
@permission_required("alerts.view_alert", raise_exception=True)
def marks(request: HttpRequest) -> JsonResponse:
    """Of the asked `metric`s (several, or else any) of an `env`, from epoch ms `from` to `to`."""
    metrics = request.GET.getlist("metric")[:20]
    now = timezone.now()
    start = _moment(request.GET.get("from", ""), otherwise=now - timedelta(days=1))
    end = _moment(request.GET.get("to", ""), otherwise=now)
    env = request.GET.get("env", "live")
    return JsonResponse(
        {"thresholds": thresholds(metrics, env), "bands": bands(metrics, env, start=start, end=end)}
    )


def thresholds(metrics: Sequence[str], env: str) -> list[dict[str, Any]]:
    """Of the rules that watch one of the metrics in the environment, the most severe last."""
    watching = Rule.objects.filter(
        enabled=True, metric__in=metrics, query="", aggregate__in=ON_THE_LINE
    )
    rules = sorted(
        (rule for rule in watching if rule.matchers.get("env", env) == env),
        key=lambda rule: (Severity.values.index(rule.severity), rule.name),
    )
    return [
        {
            "metric": rule.metric,
            "value": rule.threshold,
            "label": _word(rule),
            "tone": rule.severity,
            "comparison": rule.comparison,
        }
        for rule in rules
    ]


def bands(
    metrics: Sequence[str], env: str, *, start: datetime, end: datetime
) -> list[dict[str, Any]]:
    """Alerts that overlap the span, oldest first; `to` is null while one is open.

    Without metrics those of any rule.
    """
    lasted = Q(resolved_at__isnull=True) | Q(resolved_at__gte=start)
    watched = Q(rule_snapshot__metric__in=list(metrics)) if metrics else Q()
    found = Alert.objects.filter(lasted, watched, started_at__lte=end, labels__env=env).order_by(
        "-started_at"
    )[:MOST]
    return [
        {
            "from": _ms(alert.started_at),
            "metric": alert.rule_snapshot["metric"],
            "to": None if alert.resolved_at is None else _ms(alert.resolved_at),
            "tone": alert.severity,
            "label": alert.title,
            "href": reverse("alert", args=[alert.pk]),
        }
        for alert in reversed(found)
    ]


def _word(rule: Rule) -> str:
    """Its title, unless that is filled in by the labels of an alert."""
    return rule.name.replace("_", " ").capitalize() if "{{" in rule.title else rule.title


def _moment(text: str, *, otherwise: datetime) -> datetime:
    """Epoch milliseconds of this century, else the default."""
    if not (text.isascii() and text.isdigit() and len(text) < 15):
        return otherwise
    at = datetime.fromtimestamp(int(text) / 1_000, tz=otherwise.tzinfo)
    return at if abs(at - otherwise) < LONGEST else otherwise


def _ms(at: datetime) -> int:
    return int(at.timestamp() * 1_000)
