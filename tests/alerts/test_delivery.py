"""The outbox against a real mail server and a real web server that misbehave."""

import json
import time
from collections import deque
from datetime import timedelta

import pytest
from django.contrib.auth.models import User

from alerts import actions
from alerts.models import Notification, Policy
from ops_portal.lib import http
from tests.alerts.conftest import NOON, MakeAlert, deliver_all, of_channel
from tests.sinks import (
    Answer,
    MailSink,
    WebSink,
    breaks_off,
    drips,
    hangs,
    pours,
    says,
)

LATER = NOON + timedelta(minutes=1)

pytestmark = pytest.mark.django_db


def test_a_mail_arrives_with_text_html_and_the_key_as_its_id(
    make_alert: MakeAlert, policy: Policy, mails: MailSink
) -> None:
    measured = {"metric": "current_drawdown"}
    alert = make_alert(title="Drawdown on BTC", rule_snapshot=measured)

    deliver_all()

    (mail,) = mails.mails
    sent = of_channel("email")
    assert mail["Subject"] == "Firing: Drawdown on BTC"
    assert f"/alerts/{alert.pk}/" in mail.get_body(("html",)).get_content()  # type: ignore[attr-defined]
    text = mail.get_body(("plain",)).get_content()  # type: ignore[attr-defined]
    assert "−6.00 % (limit −5.00 %)" in text.replace("\N{NARROW NO-BREAK SPACE}", " ")
    assert sent.state == "sent"
    assert mail["X-Idempotency-Key"] == sent.key


def test_the_mails_of_an_alert_are_one_thread(
    make_alert: MakeAlert, policy: Policy, mails: MailSink, alice: User
) -> None:
    alert = make_alert()
    deliver_all()
    actions.acknowledge(alert.pk, by=alice, note="on it", now=LATER)

    deliver_all(60)

    first, second = mails.mails
    assert second["In-Reply-To"] == first["References"]
    assert second["Subject"].startswith("Acknowledged: ")
    assert "Note: on it" in second.get_body(("plain",)).get_content()  # type: ignore[attr-defined]


def test_a_line_break_in_a_title_is_no_header(
    make_alert: MakeAlert, policy: Policy, mails: MailSink
) -> None:
    make_alert(title="Drawdown\r\nBcc: all@desk.example")

    deliver_all()

    assert mails.mails[0]["Bcc"] is None
    assert mails.mails[0]["Subject"] == "Firing: Drawdown Bcc: all@desk.example"


def test_slack_gets_blocks_with_a_button_and_the_key(
    make_alert: MakeAlert, slack_policy: Policy, web: WebSink
) -> None:
    alert = make_alert()

    deliver_all()

    (post,) = web.posts
    button = post.json["blocks"][-1]["elements"][0]
    assert button["url"].endswith(f"/alerts/{alert.pk}/")
    assert post.headers["Idempotency-Key"] == of_channel("slack").key
    assert post.headers["Host"] == web.url.split("/")[2]


def test_slack_calls_nobody_by_accident(
    make_alert: MakeAlert, slack_policy: Policy, web: WebSink
) -> None:
    make_alert(title="<!channel> & <@U1>", description="<!everyone> *bold*")

    deliver_all()

    said = web.posts[0].json
    texts = [said["text"], said["blocks"][1]["text"]["text"]]
    assert not any("<!" in text or "<@" in text for text in texts)


@pytest.mark.parametrize(
    ("name", "answers", "state", "attempts"),
    [
        ("accepted", [says(200, b"ok")], "sent", 1),
        ("three errors, then accepted", [says(500), says(503), says(500)], "sent", 4),
        ("told to wait", [says(429, Retry_After="700")], "pending", 1),
        ("request timeout", [says(408)], "sent", 2),
        ("gone", [says(404, b"no_service")], "failed", 1),
        ("forbidden", [says(403, b"invalid_token")], "failed", 1),
        ("redirect", [says(302, Location="http://127.0.0.1:9/")], "failed", 1),
        ("broken off", [breaks_off], "sent", 2),
        ("endless body", [pours], "sent", 2),
        ("never well", [says(500)] * 9, "failed", 5),
    ],
)
def test_what_an_answer_leads_to(
    name: str,
    answers: list[Answer],
    state: str,
    attempts: int,
    make_alert: MakeAlert,
    slack_policy: Policy,
    web: WebSink,
) -> None:
    make_alert()
    web.plan = deque(answers)

    for seconds in (0, 10, 40, 130, 520):
        deliver_all(seconds)

    told = Notification.objects.get(channel="slack", reason="fired")
    assert (told.state, told.attempts) == (state, attempts), name
    assert told.tries.count() == len({post.at for post in web.posts if _fired(post.json)})


def _fired(body: object) -> bool:
    return "Firing" in json.dumps(body)


def test_a_wait_that_was_asked_for_is_kept(
    make_alert: MakeAlert, slack_policy: Policy, web: WebSink
) -> None:
    make_alert()
    web.plan = deque([says(429, Retry_After="700")])

    deliver_all()

    told = of_channel("slack")
    assert told.next_try_at >= NOON + timedelta(seconds=700)
    assert told.tries.get().status == "429"


@pytest.mark.parametrize("answer", [hangs(30.0), drips])
def test_a_server_that_stalls_is_left_at_the_deadline(answer: Answer, web: WebSink) -> None:
    web.plan = deque([answer])

    started = time.monotonic()
    with pytest.raises(http.Unreachable):
        http.post_json(web.url, {}, deadline=1.0)

    assert time.monotonic() - started < 10


@pytest.mark.parametrize(
    ("reply", "state"),
    [
        ("450 try later", "pending"),
        ("421 closing", "pending"),
        ("550 no such user", "failed"),
        (4.0, "pending"),
    ],
)
def test_what_a_mail_server_says(
    reply: str | float, state: str, make_alert: MakeAlert, policy: Policy, mails: MailSink
) -> None:
    make_alert()
    mails.plan = deque([reply])

    deliver_all()

    assert of_channel("email").state == state


def test_a_repeated_mail_has_the_same_id(
    make_alert: MakeAlert, policy: Policy, mails: MailSink
) -> None:
    make_alert()
    deliver_all()
    sent = of_channel("email")
    Notification.objects.filter(pk=sent.pk).update(state="pending", sent_at=None)

    deliver_all()

    first, second = mails.mails
    assert first["Message-ID"] == second["Message-ID"]
