"""A passkey is made and used in a real browser, with an authenticator that Chromium pretends."""

from __future__ import annotations

import re

import pytest
from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from playwright.sync_api import Page, expect

from tests import factories
from tests.browser import OpenPage, assert_clean
from tests.factories import PASSWORD

pytestmark = [pytest.mark.browser, pytest.mark.slow]
SECONDS = 30_000  # ms
FRONT = re.compile(r":\d+/$")


def plug_in(page: Page) -> None:
    """An authenticator inside the machine that knows its owner by finger or face."""
    devices = page.context.new_cdp_session(page)
    devices.send("WebAuthn.enable")
    options = {"protocol": "ctap2", "transport": "internal", "hasResidentKey": True}
    options |= {"hasUserVerification": True, "isUserVerified": True}
    devices.send(
        "WebAuthn.addVirtualAuthenticator",
        {"options": {**options, "automaticPresenceSimulation": True}},
    )


def test_a_passkey_is_added_and_opens_the_portal_without_a_password(open_page: OpenPage) -> None:
    dora = factories.person("dora")
    EmailAddress.objects.create(user=dora, email=dora.email, verified=True, primary=True)
    page = open_page("/accounts/login/")
    plug_in(page)
    page.get_by_label(re.compile("email|login|name", re.IGNORECASE)).first.fill(dora.email)
    page.get_by_label("Password", exact=True).fill(PASSWORD)
    page.get_by_role("button", name="Log in", exact=True).click()
    expect(page).to_have_url(FRONT, timeout=SECONDS)

    page.goto("/accounts/2fa/webauthn/add/")
    page.get_by_label("Password", exact=True).fill(PASSWORD)  # again, before anything is changed
    page.get_by_role("button", name="Confirm").click()
    page.get_by_label("Passwordless").check()
    assert_clean(page)
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page).not_to_have_url(re.compile("webauthn/add"), timeout=SECONDS)
    assert Authenticator.objects.filter(user=dora, type="webauthn").count() == 1
    page.context.clear_cookies()
    page.goto("/accounts/login/")
    page.get_by_role("button", name="Log in with a passkey").click()

    expect(page).to_have_url(FRONT, timeout=SECONDS)
    expect(page.locator("#live")).to_have_attribute("data-state", "live", timeout=SECONDS)
