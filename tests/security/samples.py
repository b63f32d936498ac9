"""One record of each kind that an address can lead to."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.contrib.auth.models import Group, User
from django.utils import timezone

from alerts.models import Callback, ChatIdentity, Notification, Team
from analytics import deadletters
from analytics.models import DeadLetter, Import, LedgerEntry, Portfolio, StreamState, Trade
from health.models import Component, ErrorGroup, Process
from ops_portal import accounts
from ops_portal.models import AccessToken
from ops_portal.roles import Role
from tests import factories


def people() -> dict[str, User | None]:
    """From least to most: the order of the levels in the matrix."""
    return {
        "anonymous": None,
        "charlie": factories.person("charlie"),
        "bob": factories.person("bob"),
        "alice": factories.person("alice"),
        "dora": factories.person("dora"),
        "erin": factories.person("erin"),
    }


def records(owner: User) -> dict[str, Any]:
    """Records by model label, and the values that other routes name."""
    now = timezone.now()
    rule = factories.rule()
    alert = factories.alert(rule=rule)
    invitation, _ = accounts.invite(
        email="ana@desk.example", role=Role.VIEWER, by=owner, now=now - timedelta(minutes=1)
    )
    return {
        **_figures(alert.pk),
        **_health(),
        **_proofs(owner),
        "alerts.rule": rule,
        "alerts.alert": alert,
        "alerts.transition": alert.transitions.get(),
        "alerts.policy": factories.policy(steps=[]),
        "alerts.schedule": factories.schedule(),
        "alerts.team": Team.objects.create(name="Second line"),
        "alerts.receiver": factories.receiver(),
        "alerts.callback": Callback.objects.create(
            service="slack", at=now, digest="d" * 64, accepted=False, reason="wrong signature"
        ),
        "alerts.chatidentity": ChatIdentity.objects.create(
            user=owner, service="slack", external_id="U0123456789"
        ),
        "alerts.calendar": factories.calendar(),
        "alerts.prometheusserver": factories.server(),
        "alerts.inhibition": factories.inhibition("alertname=silent_agent", "severity=warning"),
        "alerts.route": factories.route("Desk", "env=live"),
        "alerts.notification": Notification.objects.create(
            key="k", alert=alert, channel="email", reason="fired", payload={}, created_at=now,
            next_try_at=now + timedelta(days=1),
        ),
        "auth.user": owner,
        "auth.group": Group.objects.get(name="viewer"),
        "ops_portal.invitation": invitation,
        "ops_portal.accesstoken": AccessToken.objects.create(
            pk=alert.pk, user=owner, name="deploy", digest="0" * 64, created_at=now
        ),
        "pk": alert.pk,
        "silence": factories.silence("env=live", by=owner, now=now).pk,
        "key": "none",
        "uidb36": "1",
        "token": "none",
        "form": "json",
        "name": "trades",
        "rule_name": rule.name,
        "app_label": "alerts",
        "content_type_id": "1",
        "url": "nothing-here",
    }  # fmt: skip


def _figures(number: int) -> dict[str, Any]:
    """The trade has the number of the alert: addresses of both say `pk`."""
    now = timezone.now()
    return {
        "analytics.deadletter": DeadLetter.objects.create(
            stream="trading_signals", entry_id="1-1", reason_code="field", reason="no symbol",
            raw=deadletters.packed({"type": "BUY"}),
        ),
        "analytics.import": Import.objects.create(
            kind="trades", name="trades.csv", digest="0" * 64, state="finished"
        ),
        "analytics.ledgerentry": LedgerEntry.objects.create(
            source="import", env="live", entry_key="1", at=now, kind="deposit", amount=1000,
            currency="USDT",
        ),
        "analytics.portfolio": Portfolio.objects.create(
            env="live", currency="USDT", starting_capital=1000
        ),
        "analytics.series": factories.series(),
        "analytics.streamstate": StreamState.objects.get_or_create(stream="trading_signals")[0],
        "analytics.trade": Trade.objects.create(
            pk=number, env="live", source="agent", trade_key="1", symbol="BTC/USDT",
            currency="USDT", side="buy", closed_at=now, pnl=1, fees=0, fills=2,
        ),
    }  # fmt: skip


def _health() -> dict[str, Any]:
    now = timezone.now()
    return {
        "health.component": Component.objects.create(
            name="feed", first_seen_at=now, last_seen_at=now
        ),
        "health.errorgroup": ErrorGroup.objects.create(
            fingerprint="f", severity="critical", first_seen_at=now, last_seen_at=now
        ),
        "health.process": Process.objects.create(
            name="engine@here:1", kind="engine", started_at=now, last_beat_at=now
        ),
    }


def _proofs(owner: User) -> dict[str, Any]:
    return {
        "account.emailaddress": EmailAddress.objects.create(
            user=owner, email=owner.email, verified=True, primary=True
        ),
        "mfa.authenticator": Authenticator.objects.create(
            user=owner, type=Authenticator.Type.TOTP, data={"secret": "sealed"}
        ),
        "usersessions.usersession": UserSession.objects.create(
            user=owner, ip="192.0.2.1", session_key="k" * 32, user_agent="Test"
        ),
    }
