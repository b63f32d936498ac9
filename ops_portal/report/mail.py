"""The report as a mail: text, HTML, and its pictures inside."""

from __future__ import annotations

from email.utils import formatdate
from typing import Any
from urllib.parse import urlencode

from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection
from django.template.loader import render_to_string
from django.urls import reverse

from alerts.receivers.email import Related, inline, message_id
from ops_portal.report import pictures
from ops_portal.report.content import Report

CURVE, DAYS = "curve", "days"
TEXT, HTML = "ops_portal/report/mail.txt", "ops_portal/report/mail.html"


def written(report: Report, *, to: str, key: str) -> EmailMultiAlternatives:
    """The mail to one address; the same `key` gives the same Message-ID on every try."""
    images = {
        CURVE: pictures.curve(report.levels),
        DAYS: pictures.bars([day["pnl"] for day in report.days]),
    }
    choose = _address("report-mail")
    context: dict[str, Any] = {
        "report": report,
        "url": f"{_address('report')}?{urlencode(report.period.query)}",
        "choose": choose,
        "curve": CURVE if images[CURVE] else "",
        "bars": DAYS if images[DAYS] else "",
    }
    mail = Related(
        subject=f"Report, {report.period.name}: {report.heads[0].now}",
        body=render_to_string(TEXT, context),
        from_email=settings.DEFAULT_FROM_EMAIL,
        to=[to],
        headers={
            "Message-ID": message_id(key),
            "Date": formatdate(usegmt=True),
            "Auto-Submitted": "auto-generated",
            "List-Unsubscribe": f"<{choose}>",
        },
        connection=get_connection(timeout=settings.EMAIL_TIMEOUT),
    )
    mail.attach_alternative(render_to_string(HTML, context), "text/html")
    for name, png in images.items():
        if png:
            mail.attach(inline(png, name))
    return mail


def _address(name: str) -> str:
    return f"{settings.PORTAL_URL.rstrip('/')}{reverse(name)}"
