"""What each kind of receiver puts on the wire."""

from __future__ import annotations

import hashlib
import hmac
import json
import struct
import zlib
from collections import deque
from datetime import UTC, datetime
from typing import Any

import http_ece
import pytest
from pytest_django import Settings

from alerts.models import Notification, Receiver
from alerts.options import options_of
from alerts.receivers import discord, picture, slack_bot, telegram, webpush
from alerts.receivers.base import ReceiverError, Target
from alerts.receivers.registry import KINDS, kind_of
from tests.alerts.conftest import NOON
from tests.alerts.receivers import CHAT_KINDS, UID, message, point_to, receiver, subscription
from tests.sinks import WebSink, says

pytestmark = pytest.mark.django_db

HOSTILE = [
    "<!channel> <@U123> <http://evil.example|click>",
    "a\r\nBcc: all@desk.example",
    "{{7*7}} {% load log %} {0.__class__} %(x)s ${x}",
    "right\u202eto left",
    "@everyone **bold** [link](http://evil.example) `code` ~~no~~",
    "<b>bold</b> <script>alert(1)</script> &amp;",
    "x" * 20_000,
    "😀" * 5_000,
]


def answers(*bodies: dict[str, Any]) -> deque[Any]:
    return deque(says(200, json.dumps(body).encode()) for body in bodies)


def send(kind: str, sink: WebSink, *, earlier: dict[str, str] | None = None, **facts: Any) -> Any:
    made = Receiver.objects.filter(kind=kind).first() or receiver(kind, sink)
    target = Target(options_of(made), earlier=earlier or {})
    return kind_of(kind).send(target, kind_of(kind).render(message(**facts)), key="k1")


@pytest.fixture
def service(web: WebSink, settings: Settings) -> WebSink:
    point_to(web, settings)
    return web


def test_every_kind_of_the_tables_has_its_module() -> None:
    assert set(Receiver.Kind.values) == set(KINDS) - {"stream"}
    assert set(Notification.Channel.values) == set(KINDS)
    assert {kind.name: kind.label for kind in KINDS.values() if kind.name != "stream"} == dict(
        Receiver.Kind.choices
    )


def test_a_slack_bot_posts_then_updates_in_place_and_answers_in_the_thread(
    service: WebSink,
) -> None:
    posted = {"ok": True, "channel": "C0123456789", "ts": "1.2"}
    service.plan = answers(posted, {"ok": True}, {"ok": True, "ts": "1.3"})

    first = send("slack_bot", service)
    send("slack_bot", service, earlier=dict(first.reference), reason="resolved", state="resolved")

    methods = [post.path for post in service.posts]
    assert methods == ["/slack/chat.postMessage", "/slack/chat.update", "/slack/chat.postMessage"]
    assert service.posts[0].headers["Authorization"] == "Bearer xoxb-123456789"
    assert service.posts[1].json["ts"] == "1.2"
    assert service.posts[2].json["thread_ts"] == "1.2"


@pytest.mark.parametrize(
    ("error", "permanent"), [("channel_not_found", True), ("ratelimited", False)]
)
def test_what_slack_refuses_with_a_status_of_200(
    error: str, permanent: bool, service: WebSink
) -> None:
    service.plan = answers({"ok": False, "error": error})

    with pytest.raises(ReceiverError, match=error) as refusal:
        send("slack_bot", service)

    assert refusal.value.permanent is permanent


def test_telegram_sends_then_edits_and_answers(service: WebSink) -> None:
    service.plan = answers({"ok": True, "result": {"message_id": 41}}, {"ok": True}, {"ok": True})

    first = send("telegram", service)
    send("telegram", service, earlier=dict(first.reference), reason="resolved", state="resolved")

    calls = [post.path.rpartition("/")[2] for post in service.posts]
    assert calls == ["sendMessage", "editMessageText", "sendMessage"]
    assert service.posts[1].json["message_id"] == 41
    assert service.posts[2].json["reply_parameters"] == {"message_id": 41}


def test_telegram_asks_for_a_pause_in_its_body(service: WebSink) -> None:
    body = {"ok": False, "parameters": {"retry_after": 7}}
    service.plan = deque([says(429, json.dumps(body).encode())])

    with pytest.raises(ReceiverError) as refusal:
        send("telegram", service)

    assert (refusal.value.permanent, refusal.value.retry_after) == (False, 7.0)


def test_telegram_has_buttons_where_presses_can_come_back(settings: Settings) -> None:
    settings.TELEGRAM_WEBHOOK_SECRET = ""
    without = telegram.render(message())["buttons"]
    settings.TELEGRAM_WEBHOOK_SECRET = "s" * 20

    buttons = telegram.render(message())["buttons"]

    assert [button["text"] for button in without] == ["Open the alert"]
    assert [button["callback_data"] for button in buttons[:3]] == [
        f"acknowledge:{UID}",
        f"snooze_60:{UID}",
        f"snooze_240:{UID}",
    ]
    assert max(len(button.get("callback_data", "")) for button in buttons) <= 64


def test_a_slack_bot_has_buttons_where_presses_can_come_back(settings: Settings) -> None:
    settings.SLACK_SIGNING_SECRET = ""
    without = slack_bot.render(message())["blocks"][-1]["elements"]
    settings.SLACK_SIGNING_SECRET = "s" * 20

    buttons = slack_bot.render(message())["blocks"][-1]["elements"]
    taken = slack_bot.render(message(state="acknowledged"))["blocks"][-1]["elements"]

    assert [each["text"]["text"] for each in without] == ["Open the alert"]
    assert [each.get("action_id") for each in buttons] == [
        "acknowledge",
        "snooze_60",
        "snooze_240",
        None,
    ]
    assert {each["value"] for each in buttons[:3]} == {UID}
    assert taken == without


def test_a_phone_gets_what_takes_the_alert_in_a_line_of_its_own(
    service: WebSink, settings: Settings
) -> None:
    settings.TELEGRAM_WEBHOOK_SECRET = "s" * 20
    service.plan = answers({"ok": True, "result": {"message_id": 41}})

    send("telegram", service)

    keyboard = service.posts[0].json["reply_markup"]["inline_keyboard"]
    assert [[button["text"] for button in line] for line in keyboard] == [
        ["Acknowledge", "Snooze 1 h", "Snooze 4 h"],
        ["Open the alert"],
    ]


def test_a_snoozed_message_says_until_when() -> None:
    told = message(
        reason="snoozed", state="acknowledged", until=datetime(2026, 11, 24, 9, tzinfo=UTC)
    )

    assert "<b>Until</b> 2026-11-24 09:00 UTC" in telegram.render(told)["text"]


def test_pagerduty_gets_one_incident_per_alert(service: WebSink) -> None:
    service.plan = deque([says(202, b'{"status":"success"}')] * 3)

    for state in ("firing", "acknowledged", "resolved"):
        send("pagerduty", service, state=state)

    events = [post.json for post in service.posts]
    assert [event["event_action"] for event in events] == ["trigger", "acknowledge", "resolve"]
    assert {event["dedup_key"] for event in events} == {UID}
    assert events[0]["payload"]["severity"] == "critical"


def test_a_webhook_gets_alertmanagers_payload_signed(service: WebSink) -> None:
    made = receiver("webhook", service)
    options = {**options_of(made), "signing_key": "k" * 32}

    kind_of("webhook").send(Target(options), kind_of("webhook").render(message()), key="k1")

    (post,) = service.posts
    at, told = (part.partition("=")[2] for part in post.headers["X-Portal-Signature"].split(","))
    signed = hmac.new(b"k" * 32, f"{at}.".encode() + post.body, hashlib.sha256).hexdigest()
    assert told == signed
    assert post.json["version"] == "4"
    assert post.json["receiver"] == "the webhook"
    assert post.json["alerts"][0]["endsAt"] == "0001-01-01T00:00:00Z"
    assert post.json["alerts"][0]["labels"]["alertname"] == "high_drawdown"


def test_discord_mentions_nobody(service: WebSink) -> None:
    send("discord", service, description="@everyone <@1> **bold**")

    (post,) = service.posts
    assert post.path == "/hook?wait=true"
    assert post.json["allowed_mentions"] == {"parse": []}
    assert post.json["embeds"][0]["description"] == "\\@everyone \\<\\@1\\> \\*\\*bold\\*\\*"


def test_a_teams_card_is_plain_runs(service: WebSink) -> None:
    send("teams", service, description="**bold** [x](http://evil.example)")

    card = service.posts[0].json["attachments"][0]["content"]
    assert {line["type"] for line in card["body"]} == {"RichTextBlock"}
    assert card["actions"][0]["url"] == "https://desk.example/alerts/7/"


def test_a_browser_can_open_what_is_pushed_to_it(web: WebSink) -> None:
    text, private, secret = subscription(web.url)

    webpush.send(Target({"subscription": text}), webpush.render(message()), key="k1")

    (post,) = web.posts
    opened = http_ece.decrypt(post.body, private_key=private, auth_secret=secret)
    told = json.loads(opened)
    assert told["title"] == "Firing: Drawdown on BTC"
    assert told["tag"] == UID
    assert post.headers["Authorization"].startswith("vapid t=")
    assert post.headers["Content-Encoding"] == "aes128gcm"
    assert webpush.public_key() in post.headers["Authorization"]


def test_a_browser_that_is_gone_is_a_failure_for_good(web: WebSink) -> None:
    web.plan = deque([says(410)])
    text, _, _ = subscription(web.url)

    with pytest.raises(ReceiverError) as refusal:
        webpush.send(Target({"subscription": text}), webpush.render(message()), key="k1")

    assert refusal.value.permanent


@pytest.mark.parametrize("text", HOSTILE)
@pytest.mark.parametrize("kind", CHAT_KINDS)
def test_hostile_text_is_shown_as_text_and_fits(kind: str, text: str, service: WebSink) -> None:
    payload = kind_of(kind).render(
        message(title=text, description=text, note=text, actor=text, labels={"team": text})
    )

    shown = json.dumps(payload, ensure_ascii=False)
    assert len(shown.encode()) < 200_000
    if kind in {"slack", "slack_bot"}:
        assert "<!channel>" not in json.dumps(_mrkdwn(payload))
        assert all(len(each) <= 3_000 for each in _mrkdwn(payload))
    if kind == "telegram":
        assert len(payload["text"]) <= telegram.LONGEST
        assert "<script>" not in payload["text"]
    if kind == "discord":
        assert _size_of(payload["json"]["embeds"][0]) <= 6_000
    if kind == "teams":
        assert len(shown.encode()) < 28_672
    if kind == "pagerduty":
        assert len(payload["json"]["payload"]["summary"]) <= 1_024


def _mrkdwn(payload: dict[str, Any]) -> list[str]:
    """Every text that Slack reads as markdown."""
    found, open_ones = [], [payload]
    while open_ones:
        each: Any = open_ones.pop()
        if isinstance(each, dict):
            if each.get("type") == "mrkdwn" or ("text" in each and "blocks" in each):
                found.append(each["text"])
            open_ones += each.values()
        elif isinstance(each, list):
            open_ones += each
    return found


def _size_of(embed: dict[str, Any]) -> int:
    size = len(embed["title"]) + len(embed["description"])
    return size + sum(len(field["name"]) + len(field["value"]) for field in embed["fields"])


def test_discord_never_cuts_inside_an_escape() -> None:
    cut = discord.literal("*" * 50, longest=20)

    assert cut == "\\*" * 9 + "…"


def test_a_picture_is_a_png_of_the_values() -> None:
    points = [(float(n), None if n == 5 else n / 10) for n in range(10)]

    png = picture.draw(points, threshold=0.5, fired=6.0)

    width, height = struct.unpack(">II", png[16:24])
    body = png[png.index(b"IDAT") + 4 : png.index(b"IEND") - 8]
    rows = zlib.decompress(body)
    assert png[:8] == b"\x89PNG\r\n\x1a\n"
    assert (width, height) == (picture.WIDTH, picture.HEIGHT)
    assert len(rows) == height * (width * 3 + 1)
    assert bytes(picture.LINE) in rows
    assert bytes(picture.LIMIT) in rows


@pytest.mark.parametrize(
    "points", [[], [(1.0, 2.0)], [(1.0, None), (2.0, None)], [(1.0, float("nan")), (2.0, 1.0)]]
)
def test_no_picture_without_two_values(points: list[tuple[float, float | None]]) -> None:
    assert picture.draw(points) == b""


def test_a_level_value_has_a_picture() -> None:
    assert picture.draw([(NOON.timestamp(), 0.0), (NOON.timestamp() + 60, 0.0)])
