"""The admin in a real browser: nothing the policy forbids, nothing axe finds."""

from __future__ import annotations

import pytest

from tests import factories
from tests.browser import LOOKS, OpenPage, assert_clean, save

pytestmark = [pytest.mark.browser, pytest.mark.slow]


@pytest.fixture
def desk(transactional_db: None) -> dict[str, str]:
    """Records to look at; returns the paths of the admin's pages by name."""
    mail, slack = factories.receiver(), factories.receiver("Desk chat", kind="slack", address="")
    policy = factories.policy(steps=[(0, [mail]), (300, [mail, slack])], is_default=True)
    rule = factories.rule(policy=policy, labels={"team": "desk"})
    rule.threshold = -0.04
    rule.save()
    alert = factories.alert(rule=rule)
    return {
        "index": "/admin/",
        "rules": "/admin/alerts/rule/",
        "rule": f"/admin/alerts/rule/{rule.pk}/change/",
        "rule-add": "/admin/alerts/rule/add/",
        "rule-history": f"/admin/alerts/rule/{rule.pk}/history/",
        "policy": f"/admin/alerts/policy/{policy.pk}/change/",
        "receiver": f"/admin/alerts/receiver/{slack.pk}/change/",
        "alerts": "/admin/alerts/alert/",
        "alert": f"/admin/alerts/alert/{alert.pk}/change/",
        "dead-letters": "/admin/analytics/deadletter/",
        "invitation-add": "/admin/ops_portal/invitation/add/",
        "users": "/admin/auth/user/",
    }


@pytest.mark.parametrize("look", LOOKS)
def test_each_page_is_clean(desk: dict[str, str], open_page: OpenPage, look: str) -> None:
    erin = factories.person("erin")

    for name, path in desk.items():
        page = open_page(path, by=erin, look=look)
        page.wait_for_load_state("load")
        save(page, f"admin-{name}-{look}")
        assert_clean(page)
        page.close()
