"""Web push in Chromium, all but the push service: what is sent is opened and shown."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import http_ece
import pytest
from django.contrib.auth.models import User
from django.utils import timezone
from playwright.sync_api import Page, expect
from pytest_django import Settings

from alerts import delivery
from alerts.models import Receiver
from alerts.options import options_of
from tests import factories
from tests.alerts import receivers
from tests.browser import OpenPage, assert_clean, save
from tests.oncall.runs import policy
from tests.sinks import WebSink, web_sink

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SECONDS = 20_000  # ms: how long an expectation may take on a busy machine
# Chromium asks its maker's push service for an endpoint; here a server of the test is the service.
SERVICE = """
let current = null;
PushManager.prototype.getSubscription = async () => current;
PushManager.prototype.subscribe = async (options) => {
  if (options.applicationServerKey.length !== 65) throw new TypeError("no key of the portal");
  sessionStorage.setItem("subscribed", "yes");
  return (current = make());
};
const make = () => ({
  ...GIVEN, toJSON: () => GIVEN, options: { applicationServerKey: null },
  unsubscribe: async () => {
    sessionStorage.removeItem("subscribed");
    current = null;
    return true;
  },
});
if (sessionStorage.getItem("subscribed")) current = make();
"""

SHOWN = """
navigator.serviceWorker.ready.then(async (registration) => {
  const [{ title, body, tag, data, actions }] = await registration.getNotifications();
  const offered = actions.map((action) => action.title);
  return JSON.stringify({ title, body, tag, url: data.url, actions: offered });
})
"""


@pytest.fixture
def service(settings: Settings) -> Iterator[WebSink]:
    settings.OUTBOUND_ALLOWED_NETS = ["127.0.0.0/8"]
    with web_sink() as sink:
        yield sink


def opened(open_page: OpenPage, user: User, subscription: str) -> Page:
    """The page of one's addresses, in a browser that would take push."""
    page = open_page("/on-call/contacts/", by=user)
    page.context.grant_permissions(["notifications"])
    page.context.add_init_script(f"const GIVEN = {subscription};\n{SERVICE}")
    page.set_default_timeout(SECONDS)
    page.reload()
    return page


def test_a_push_reaches_the_browser_that_subscribed(open_page: OpenPage, service: WebSink) -> None:
    alice = factories.person("alice")
    text, private, secret = receivers.subscription(service.url)
    page = opened(open_page, alice, text)

    page.get_by_role("button", name="Turn on in this browser").click()
    expect(page.get_by_text("This browser is told, also while no page is open.")).to_be_visible()
    save(page, "push-on")
    assert_clean(page)
    policy({"kind": "users", "users": [alice]})
    alert = factories.alert(title="Drawdown on BTC")
    delivery.deliver_due(now=timezone.now(), waited=0.0)
    sealed = service.posts[0].body
    push(page, http_ece.decrypt(sealed, private_key=private, auth_secret=secret).decode())

    shown = notification(page)
    assert shown["title"] == "Firing: Drawdown on BTC"
    assert shown["url"].endswith(f"/alerts/{alert.pk}/")
    assert (shown["tag"], shown["actions"]) == (str(alert.uid), ["Acknowledge"])
    [worker] = page.context.service_workers
    other, _, _ = receivers.subscription(f"{service.url}/changed")
    worker.evaluate(f"renew({{ newSubscription: {other} }})")
    [kept] = Receiver.objects.filter(owner=alice)
    assert json.loads(options_of(kept)["subscription"])["endpoint"].endswith("/changed")
    page.get_by_role("button", name="Turn off in this browser").click()
    expect(page.get_by_text("This browser is not told.")).to_be_visible()
    assert not Receiver.objects.filter(owner=alice).exists()


def push(page: Page, text: str) -> None:
    """What the push service does when the browser is reached."""
    browser = page.context.new_cdp_session(page)
    found: list[str] = []
    browser.on(
        "ServiceWorker.workerRegistrationUpdated",
        lambda event: found.extend(one["registrationId"] for one in event["registrations"]),
    )
    browser.send("ServiceWorker.enable")
    page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    told = {"origin": page.evaluate("location.origin"), "registrationId": found[0], "data": text}
    browser.send("ServiceWorker.deliverPushMessage", told)


def notification(page: Page) -> dict[str, Any]:
    """The one that the worker shows."""
    page.wait_for_function(
        "navigator.serviceWorker.ready.then(async (r) => (await r.getNotifications()).length === 1)"
    )
    return dict(json.loads(page.evaluate(SHOWN)))


def test_a_browser_that_refuses_is_told_how_to_allow(open_page: OpenPage) -> None:
    page = open_page("/on-call/contacts/", by=factories.person("alice"))

    expect(page.locator("#push [data-state]")).not_to_have_text("This needs scripts.")
    assert_clean(page)
