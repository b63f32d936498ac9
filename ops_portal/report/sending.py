"""The report of the week to those who chose it: a row owes it, and whoever claims the row sends it.

Beat, workers and the engine may all ask, at any time and after any restart: a person is owed a week
once, and a claim is a lease. A mail is sent again only where a sender died between the server's
answer and the mark, with the same Message-ID.
"""

from __future__ import annotations

import logging
import smtplib
from datetime import UTC, datetime, time, timedelta

from django.conf import settings
from django.contrib.auth.models import User
from django.db import transaction
from django.http import QueryDict

from analytics import asked, choices
from analytics.scope import Scope
from ops_portal.models import ReportMail, ReportReader
from ops_portal.report import content, mail, periods
from ops_portal.report.content import Report
from ops_portal.report.periods import Period

logger = logging.getLogger(__name__)
State = ReportMail.State
PERMISSIONS = ("analytics.view_trade", "alerts.view_alert")
LEASE = timedelta(minutes=5)
# How long after each failure the next try is; then it has failed.
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 5, 30, 120, 600))
NONE = timedelta()


def choose(user: User, *, weekly: bool, now: datetime) -> None:
    """The report of each week that ends from now on, or none."""
    if weekly:
        ReportReader.objects.get_or_create(user=user, defaults={"since": now})
    else:
        ReportReader.objects.filter(user=user).delete()


def owe_due(*, now: datetime) -> int:
    """Owe the week that is over to its readers, once; returns how many are newly owed."""
    week = periods.week_of(now.astimezone(UTC).date()).before
    due = datetime.combine(week.after.first, time(), UTC)
    due += timedelta(hours=settings.WEEKLY_REPORT_HOUR)
    if settings.WEEKLY_REPORT_HOUR < 0 or now < due:
        return 0
    readers = ReportReader.objects.filter(since__lte=due).exclude(
        user__report_mails__first=week.first
    )
    owed = [ReportMail(user_id=one.user_id, first=week.first, next_try_at=now) for one in readers]
    ReportMail.objects.bulk_create(owed, ignore_conflicts=True)
    return len(owed)


def send_due(*, now: datetime, waited: timedelta = NONE) -> int:
    """Send what has been due for so long, one by one; returns how many were sent."""
    reports: dict[Period, Report] = {}
    sent = 0
    while (owed := _claim(now=now, waited=waited)) is not None:
        sent += _send(owed, reports, now=now)
    return sent


def _claim(*, now: datetime, waited: timedelta) -> ReportMail | None:
    with transaction.atomic():
        due = ReportMail.objects.filter(state=State.OWED, next_try_at__lte=now - waited)
        owed = due.select_for_update(skip_locked=True).order_by("next_try_at", "pk").first()
        if owed is not None:
            owed.tries += 1
            owed.next_try_at = now + LEASE
            owed.save(update_fields=["tries", "next_try_at"])
    return owed


def _send(owed: ReportMail, reports: dict[Period, Report], *, now: datetime) -> bool:
    user = owed.user
    wanted = ReportReader.objects.filter(user=user).exists()
    if not (wanted and user.is_active and user.email and user.has_perms(PERMISSIONS)):
        _mark(owed, state=State.DROPPED)
        return False
    week = periods.week_of(owed.first)
    if week not in reports:
        reports[week] = content.read(_scope(now), week, now=now)
    try:
        mail.written(reports[week], to=user.email, key=f"report:{user.pk}:{owed.first}").send()
    except (smtplib.SMTPException, OSError, ValueError) as error:  # the last: of the address
        _put_off(owed, str(error), now=now)
        return False
    _mark(owed, state=State.SENT, sent_at=now, error="")
    return True


def _scope(now: datetime) -> Scope:
    """What the pages show to who asks for nothing special."""
    return asked.read(QueryDict(), choices.known(), now=now).scope


def _put_off(owed: ReportMail, error: str, *, now: datetime) -> None:
    logger.warning("a report was not sent", extra={"user": owed.user_id, "error": error[:300]})
    if owed.tries > len(WAITS):
        _mark(owed, state=State.FAILED, error=error[:1_000])
    else:
        _mark(owed, next_try_at=now + WAITS[owed.tries - 1], error=error[:1_000])


def _mark(owed: ReportMail, **fields: object) -> None:
    ReportMail.objects.filter(pk=owed.pk, state=State.OWED).update(**fields)
