"""The report of the week by mail: to those who chose it, once, whatever dies or refuses."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from email.message import Message
from typing import Any

import pytest
from django.contrib.auth.models import User
from django.core.mail import EmailMultiAlternatives
from django.test import Client
from pytest_django.fixtures import Settings

from alerts.receivers.email import message_id
from ops_portal import tasks
from ops_portal.models import ReportMail, ReportReader
from ops_portal.report import pictures, sending
from tests import factories
from tests.browser import OpenPage, assert_clean, save
from tests.report import desk
from tests.sinks import MailSink, mail_sink

pytestmark = pytest.mark.django_db
PAGE = "/reports/mail/"
DUE = desk.MONDAY + timedelta(days=7, hours=6)  # of the week that desk.store fills
BEFORE = DUE - timedelta(days=3)


@pytest.fixture
def bob() -> User:
    desk.store()
    return reader("bob")


@pytest.fixture
def server(settings: Settings) -> Iterator[MailSink]:
    """A mail server that answers as it is told."""
    with mail_sink() as sink:
        host, port = sink.url.removeprefix("smtp://").split(":")
        settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
        settings.EMAIL_HOST, settings.EMAIL_PORT = host, int(port)
        yield sink


def reader(name: str, *, since: datetime = BEFORE) -> User:
    user = factories.person(name)
    sending.choose(user, weekly=True, now=since)
    return user


def sent(now: datetime = DUE) -> int:
    sending.owe_due(now=now)
    return sending.send_due(now=now)


def client_of(user: User) -> Client:
    client = Client()
    client.force_login(user)
    return client


def test_a_person_chooses_it_and_chooses_otherwise() -> None:
    alice = factories.person("alice")
    client = client_of(alice)

    client.post(PAGE, {"weekly": "on"})
    client.post(PAGE, {"weekly": "on"})
    assert ReportReader.objects.get().user == alice
    assert "checked" in client.get(PAGE).content.decode()
    client.post(PAGE, {})

    assert not ReportReader.objects.exists()


def test_only_who_may_see_it_chooses_it() -> None:
    assert client_of(factories.person("charlie")).post(PAGE, {"weekly": "on"}).status_code == 403
    assert not ReportReader.objects.exists()


def test_the_mail_tells_the_week_with_its_pictures_inside(
    bob: User, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    assert sent() == 1

    [told] = mailoutbox
    assert told.to == ["bob@example.org"]
    assert told.subject.startswith("Report, Week 47 of 2026: +64.75")
    assert "2026-11-17  −60.50  1 trade\n" in told.body
    assert "#" in told.body.split("Alerts: 1 fired")[1]
    assert "/reports/period/?week=2026-W47" in told.body
    html = str(told.alternatives[0][0])
    assert "cid:curve" in html
    assert "cid:days" in html
    names = [part["Content-ID"] for part in parts(told.message()) if part["Content-ID"]]
    assert names == ["<curve>", "<days>"]
    assert told.message()["List-Unsubscribe"].endswith("/reports/mail/>")


def parts(message: Any) -> list[Message]:
    return list(message.walk())


def test_a_week_in_which_nothing_happened_is_told_too(
    mailoutbox: list[EmailMultiAlternatives],
) -> None:
    reader("bob")

    sent()

    assert "Nothing was traded or booked in these days." in mailoutbox[0].body
    assert "cid:" not in str(mailoutbox[0].alternatives[0][0])


def test_text_of_the_desk_stays_text_in_the_mail(
    bob: User, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    factories.alert(title="<img src=x> drawdown", fired_at=desk.MONDAY + timedelta(hours=1))

    sent()

    assert "&lt;img src=x&gt;" in str(mailoutbox[0].alternatives[0][0])
    assert "<img src=x> drawdown" in mailoutbox[0].body


def test_nobody_is_told_before_the_hour_nor_twice(bob: User, mailoutbox: list[Any]) -> None:
    assert sent(DUE - timedelta(seconds=1)) == 0
    assert sent(DUE) == 1

    assert sent(DUE) == sent(DUE + timedelta(minutes=1)) == sent(DUE + timedelta(days=6)) == 0
    tasks.report()
    assert len([one for one in mailoutbox if "Week 47" in one.subject]) == 1
    assert ReportMail.objects.get(first=date(2026, 11, 16)).sent_at == DUE


def test_who_chooses_it_later_begins_with_the_next_week(mailoutbox: list[Any]) -> None:
    reader("bob", since=DUE + timedelta(hours=1))

    assert sent(DUE + timedelta(days=1)) == 0
    assert sent(DUE + timedelta(days=7)) == 1


def test_after_a_standstill_the_last_week_is_told_and_none_before(
    bob: User, mailoutbox: list[Any]
) -> None:
    assert sent(DUE + timedelta(days=16)) == 1

    assert mailoutbox[0].subject.startswith("Report, Week 49")


def test_it_can_be_switched_off(bob: User, settings: Settings) -> None:
    settings.WEEKLY_REPORT_HOUR = -1

    assert sent() == 0
    assert not ReportMail.objects.exists()


@pytest.mark.parametrize("change", ["role", "active", "choice", "address"])
def test_who_may_not_see_it_any_more_gets_none(
    bob: User, mailoutbox: list[Any], change: str
) -> None:
    sending.owe_due(now=DUE)
    if change == "role":
        bob.groups.clear()
    elif change == "choice":
        sending.choose(bob, weekly=False, now=DUE)
    else:
        gone: dict[str, Any] = {"active": {"is_active": False}, "address": {"email": ""}}
        User.objects.filter(pk=bob.pk).update(**gone[change])

    assert sending.send_due(now=DUE) == 0
    assert ReportMail.objects.get().state == "dropped"
    assert not mailoutbox


def test_a_mail_that_is_refused_is_tried_again_with_the_same_id(
    bob: User, server: MailSink
) -> None:
    server.plan.append("451 later")

    assert sent(DUE) == 0
    owed = ReportMail.objects.get()
    assert (owed.state, owed.tries, owed.next_try_at) == ("owed", 1, DUE + timedelta(minutes=1))
    assert "451" in owed.error
    assert sent(DUE + timedelta(seconds=59)) == 0
    assert sent(DUE + timedelta(seconds=60)) == 1

    assert server.mails[0]["Message-ID"] == message_id(f"report:{bob.pk}:2026-11-16")
    assert ReportMail.objects.get().error == ""


def test_a_server_that_always_refuses_ends_the_tries(bob: User, server: MailSink) -> None:
    server.plan.extend(["550 no"] * 9)
    now = DUE

    for wait in (*sending.WAITS, timedelta()):
        assert sent(now) == 0
        now += wait

    assert ReportMail.objects.get().state == "failed"
    assert sent(now + timedelta(days=1)) == 0
    assert not server.mails


def test_one_address_that_is_refused_holds_up_nobody(bob: User, server: MailSink) -> None:
    reader("alice")
    server.plan.append("550 no")

    assert sent() == 1


def test_an_address_that_no_mail_can_have_holds_up_nobody(
    bob: User, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    User.objects.filter(pk=bob.pk).update(email="bob@example.org\nBcc: all@example.org")
    reader("alice")

    assert sent() == 1

    assert [told.to for told in mailoutbox] == [["alice@example.org"]]
    assert "newline" in ReportMail.objects.get(user=bob).error.lower()


def test_a_sender_that_died_is_followed_by_another_when_its_lease_is_over(bob: User) -> None:
    sending.owe_due(now=DUE)
    ReportMail.objects.update(tries=1, next_try_at=DUE + sending.LEASE)

    assert sending.send_due(now=DUE + timedelta(minutes=4)) == 0
    assert sending.send_due(now=DUE + timedelta(minutes=5)) == 1


def test_the_engine_leaves_it_to_the_workers_for_a_while(bob: User) -> None:
    sending.owe_due(now=DUE)
    later = timedelta(seconds=120)

    assert sending.send_due(now=DUE + timedelta(seconds=119), waited=later) == 0
    assert sending.send_due(now=DUE + timedelta(seconds=120), waited=later) == 1


def test_pictures_are_drawn_where_there_is_something_to_see() -> None:
    assert pictures.curve([1.0]) == b""
    assert pictures.bars([0.0, 0.0]) == b""
    assert pictures.bars([3.0, -1.0, 0.0]).startswith(b"\x89PNG")
    assert pictures.curve([1.0, 1.0, 2.0]).startswith(b"\x89PNG")


@pytest.mark.browser
def test_the_choice_and_the_mail_look_right(
    open_page: OpenPage, bob: User, mailoutbox: list[EmailMultiAlternatives]
) -> None:
    page = open_page(PAGE, by=bob, look="phone")
    save(page, "report-choice-phone")
    assert_clean(page)
    sent()
    html = str(mailoutbox[0].alternatives[0][0])
    for part in mailoutbox[0].attachments:
        data = "".join(str(part.get_payload()).split())
        name = str(part["Content-ID"]).strip("<>")
        html = html.replace(f"cid:{name}", f"data:image/png;base64,{data}")
    page.goto("about:blank")
    page.set_viewport_size({"width": 720, "height": 1_000})
    page.set_content(html)
    assert page.locator("img").first.evaluate("image => image.naturalWidth") > 500
    save(page, "report-mail")
