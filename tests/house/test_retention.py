"""What people did from outside is kept as long as the settings say."""

from __future__ import annotations

from datetime import timedelta
from io import StringIO

import pytest
from django.contrib.auth.models import User
from django.core.management import call_command
from django.db import DatabaseError, transaction
from django.utils import timezone

from alerts.models import AckToken, Callback, Notification
from tests import factories

pytestmark = pytest.mark.django_db(transaction=True)


def presses(*ages: int) -> None:
    for age in ages:
        at = timezone.now() - timedelta(days=age)
        Callback.objects.create(
            service="slack", at=at, digest=str(age), accepted=False, reason=f"{age} days"
        )


def links(*ages: int) -> None:
    alert, now = factories.alert(), timezone.now()
    sent = Notification.objects.create(
        key="k", alert=alert, channel="email", reason="fired", payload={}, created_at=now,
        next_try_at=now,
    )  # fmt: skip
    user = User.objects.create_user("alice")
    for age in ages:
        AckToken.objects.create(
            hash=str(age), alert=alert, notification=sent, user=user, created_at=now,
            expires_at=now - timedelta(days=age),
        )  # fmt: skip


def test_old_links_and_presses_leave_and_young_ones_stay() -> None:
    presses(1, 399, 401)
    links(0, 29, 31)
    said = StringIO()

    call_command("retention", dry_run=True, stdout=said)
    assert (AckToken.objects.count(), Callback.objects.count()) == (3, 3)
    call_command("retention", stdout=said)

    assert set(AckToken.objects.values_list("hash", flat=True)) == {"0", "29"}
    assert set(Callback.objects.values_list("digest", flat=True)) == {"1", "399"}
    assert "removed alerts_callback: 1 rows" in said.getvalue()


def test_a_young_press_cannot_be_removed() -> None:
    presses(89)

    with pytest.raises(DatabaseError, match="only grows"), transaction.atomic():
        Callback.objects.all().delete()

    assert Callback.objects.count() == 1
