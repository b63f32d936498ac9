"""People with sessions, and alerts for them to look at."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.test import Client

from alerts.models import Alert, Rule
from analytics.series import fingerprint
from ops_portal.roles import Role, assign


def sessions(count: int) -> list[str]:
    """The session keys of `count` people who may see everything live."""
    return [session(f"bench-{number}", Role.VIEWER) for number in range(count)]


def session(username: str, role: Role) -> str:
    """The session key of a person with this role."""
    user, made = User.objects.get_or_create(username=username)
    if made:
        assign(user, role)
    client = Client()
    client.force_login(user)
    return client.cookies[settings.SESSION_COOKIE_NAME].value


def rules(count: int) -> None:
    """As many rules as there are to be in the admin's list, those of the start included."""
    Rule.objects.bulk_create(
        Rule(
            name=f"bench_{number}",
            title=f"Bench {number}",
            metric="execution_latency",
            comparison=">",
            threshold=number + 1,
            severity="warning",
        )
        for number in range(count - Rule.objects.count())
    )


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
