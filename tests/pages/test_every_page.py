"""Every page in Chromium, light, dark and on a phone: no violation, no error, nothing for axe."""

from __future__ import annotations

import pytest
from django.utils import timezone

from alerts.models import Alert
from analytics.models import Trade
from ops_portal import accounts
from tests import seeded
from tests.browser import LOOKS, OpenPage, assert_clean, save, tour
from tests.factories import person

pytestmark = [pytest.mark.browser, pytest.mark.slow]

STRANGERS = {
    "login": "/accounts/login/",
    "password-reset": "/accounts/password/reset/",
    "signup": "/accounts/signup/",
    "not-found": "/no/such/page/",
    "invalid-link": "/join/nonsense/",
}
PORTAL = {
    "overview": "/",
    "trading": "/trading/",
    "trading-filtered": "/trading/?outcome=lost&sort=worst&symbol=BTC/USDT",
    "trade": "/trading/trades/{trade}/",
    "performance": "/trading/performance/",
    "formulas": "/trading/formulas/",
    "risk": "/trading/risk/",
    "execution": "/trading/execution/",
    "system": "/system/",
    "alerts": "/alerts/",
    "alerts-acknowledged": "/alerts/?tab=acknowledged",
    "alerts-nodata": "/alerts/?tab=nodata",
    "alerts-resolved": "/alerts/?tab=resolved",
    "alerts-filtered": "/alerts/?q=nothing+like+this",
    "alert-firing": "/alerts/{firing}/",
    "alert-acknowledged": "/alerts/{taken}/",
    "alert-resolved": "/alerts/{over}/",
}
ACCOUNT = {
    "password": "/accounts/password/change/",
    "two-factor": "/accounts/2fa/",
    "totp": "/accounts/2fa/totp/activate/",
    "sessions": "/accounts/sessions/",
    "tokens": "/tokens/",
    "reauthenticate": "/accounts/reauthenticate/",
    "logout": "/accounts/logout/",
}
REFUSALS = ("404 (Not Found)", "403 (Forbidden)", "410 (Gone)")


def refused(text: str) -> bool:
    """The browser itself reports a page that is an error on purpose."""
    return any(refusal in text for refusal in REFUSALS)


@pytest.mark.parametrize("look", LOOKS)
def test_pages_of_strangers_are_clean(open_page: OpenPage, look: str) -> None:
    setup = str(accounts.make_setup_link(now=timezone.now())).split("/setup/")[1]
    for name, page in tour(open_page, STRANGERS | {"setup": f"/setup/{setup}"}, look=look):
        save(page, f"{name}-{look}")
        assert_clean(page, expected=refused)


@pytest.mark.parametrize("look", LOOKS)
def test_pages_of_the_desk_are_clean(open_page: OpenPage, look: str) -> None:
    desk = seeded.seed(now=timezone.now())
    ids = {name: getattr(desk, name).pk for name in ("firing", "taken", "over")}
    ids["trade"] = Trade.objects.latest("closed_at").pk
    paths = {name: path.format(**ids) for name, path in PORTAL.items()}
    for name, page in tour(open_page, paths, by=desk.alice, look=look):
        page.wait_for_selector("#live[data-state=live]")
        save(page, f"{name}-{look}")
        assert_clean(page)


@pytest.mark.parametrize("look", LOOKS)
def test_an_empty_portal_is_clean(open_page: OpenPage, look: str) -> None:
    alice = person("alice")
    paths = {name: PORTAL[name] for name in ("overview", "alerts", "alerts-resolved")}
    for name, page in tour(open_page, paths, by=alice, look=look):
        save(page, f"empty-{name}-{look}")
        assert_clean(page)
    assert not Alert.objects.exists()


@pytest.mark.parametrize("look", LOOKS)
def test_account_pages_are_clean(open_page: OpenPage, look: str) -> None:
    alice = person("alice")
    for name, page in tour(open_page, ACCOUNT, by=alice, look=look):
        save(page, f"account-{name}-{look}")
        assert_clean(page, expected=refused)
