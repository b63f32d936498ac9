"""Text from outside stays text; secrets stay inside."""

from __future__ import annotations

import logging

import pytest
from allauth.mfa.models import Authenticator
from django.core import mail
from django.db import connection
from django.test import Client
from django.utils import timezone

from alerts import delivery
from ops_portal.lib import secrets
from tests import factories

pytestmark = pytest.mark.django_db

CANARY = "canary-8b1f0d"
PAYLOADS = [
    "<script>alert(1)</script>",
    "\"><img src=x onerror=alert(1)>",
    "'-alert(1)-'",
    "</title><svg/onload=alert(1)>",
    "javascript:alert(1)",
    "{{7*7}}{% load log %}{{settings.SECRET_KEY}}",
    "{0.__class__}%(x)s${x}",
    "x-init=alert(1) x-data={}",
    "a\u202eb",
]  # fmt: skip
DANGEROUS = ("<script>alert", "<img src=x", "<svg/onload", "49{% load", "only-for-tests")


def pages_of(client: Client, rule_id: int, alert_id: int) -> str:
    paths = [
        "/", "/alerts/", f"/alerts/{alert_id}/", "/admin/", "/admin/alerts/rule/",
        f"/admin/alerts/rule/{rule_id}/change/", f"/admin/alerts/rule/{rule_id}/history/",
        "/admin/alerts/alert/", f"/admin/alerts/alert/{alert_id}/change/",
    ]  # fmt: skip
    answers = [client.get(path) for path in paths]
    assert {answer.status_code for answer in answers} == {200}
    return "".join(answer.content.decode() for answer in answers)


@pytest.mark.parametrize("payload", PAYLOADS)
def test_text_in_titles_and_labels_stays_text(client: Client, payload: str) -> None:
    rule = factories.rule(title=payload[:120], description=payload, labels={"team": payload})
    alert = factories.alert(rule=rule, title=payload, description=payload, labels={"s": payload})
    client.force_login(factories.person("dora", first_name=payload[:150]))

    shown = pages_of(client, rule.pk, alert.pk)

    assert not [found for found in DANGEROUS if found in shown]


def test_a_line_break_in_a_name_makes_no_mail_header() -> None:
    receiver = factories.receiver("Desk\r\nBcc: eve@evil.example")

    delivery.send_test(receiver, by=factories.person("dora"), now=timezone.now())

    for message in mail.outbox:
        assert "\nBcc: eve@" not in message.message().as_string()


def test_secrets_are_nowhere_in_the_database_nor_on_a_page(
    client: Client, caplog: pytest.LogCaptureFixture
) -> None:
    erin = factories.person("erin")
    client.force_login(erin)
    with caplog.at_level(logging.DEBUG):
        given = {"name": "Chat", "kind": "slack", "webhook": f"https://hooks.example/{CANARY}"}
        client.post("/admin/alerts/receiver/add/", {**given, "enabled": "on"})
        sealed = secrets.encrypt(CANARY).decode()
        Authenticator.objects.create(user=erin, type="totp", data={"secret": sealed})

    pages = "".join(
        client.get(path).content.decode()
        for path in ("/admin/", "/admin/alerts/receiver/", "/admin/mfa/authenticator/")
    )

    dump = _whole_database()
    assert CANARY not in dump
    assert CANARY.encode().hex() not in dump
    assert CANARY not in pages
    assert CANARY not in caplog.text


def _whole_database() -> str:
    """Every row of every table as text; bytes are hexadecimal in it."""
    rows = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT t::text FROM "{table}" t')  # noqa: S608  # our own tables
            rows += [row for (row,) in cursor.fetchall()]
    return "\n".join(rows)
