"""People with sessions, and alerts for them to look at."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import Group, User
from django.test import Client

from alerts.models import Alert
from analytics.series import fingerprint


def sessions(count: int) -> list[str]:
    """The session keys of `count` people who may see everything live."""
    keys = []
    role = Group.objects.get(name="viewer")
    for number in range(count):
        user, made = User.objects.get_or_create(username=f"bench-{number}")
        if made:
            user.groups.add(role)
        client = Client()
        client.force_login(user)
        keys.append(client.cookies[settings.SESSION_COOKIE_NAME].value)
    return keys


def alerts(count: int) -> None:
    """Open alerts, each of its own series."""
    now = datetime.now(UTC)
    Alert.objects.bulk_create(
        [
            Alert(
                fingerprint=fingerprint({"n": str(number)}),
                rule_name="high_drawdown",
                title=f"Drawdown on strategy {number}",
                severity="critical",
                labels={"env": "live", "strategy": f"s{number}"},
                value=-0.06,
                threshold=-0.05,
                started_at=now - timedelta(minutes=number),
                last_seen_at=now,
            )
            for number in range(count)
        ]
    )
