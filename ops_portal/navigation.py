"""What stands in the admin's sidebar and who sees each line."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse

# title, icon, model, whose changelist and whose view permission it stands for
Line = tuple[str, str, str]
DESK = [
    ("Overview", "dashboard", "overview", "alerts.view_alert"),
    ("Trading", "candlestick_chart", "trading", "analytics.view_trade"),
    ("Alerts", "notifications", "alerts", "alerts.view_alert"),
    ("Reports", "bar_chart", "reports", "alerts.view_alert"),
    ("On call", "schedule", "on-call", "alerts.view_alert"),
    ("System", "monitor_heart", "system", "health.view_component"),
]
RECORDS: dict[str, list[Line]] = {
    "Alerting": [
        ("Rules", "rule", "alerts.rule"),
        ("Policies", "stairs", "alerts.policy"),
        ("Schedules", "calendar_month", "alerts.schedule"),
        ("Teams", "groups", "alerts.team"),
        ("Routes", "alt_route", "alerts.route"),
        ("Inhibitions", "notifications_off", "alerts.inhibition"),
        ("Calendars", "event_available", "alerts.calendar"),
        ("Receivers", "send", "alerts.receiver"),
        ("Prometheus servers", "database", "alerts.prometheusserver"),
        ("Alerts", "warning", "alerts.alert"),
        ("Notifications", "outbox", "alerts.notification"),
        ("Chat identities", "forum", "alerts.chatidentity"),
        ("Button presses", "touch_app", "alerts.callback"),
    ],
    "Figures": [
        ("Streams", "waves", "analytics.streamstate"),
        ("Dead letters", "report", "analytics.deadletter"),
        ("Portfolios", "account_balance_wallet", "analytics.portfolio"),
        ("Trades", "swap_horiz", "analytics.trade"),
        ("Ledger", "receipt_long", "analytics.ledgerentry"),
        ("Imports", "upload_file", "analytics.import"),
        ("Series", "show_chart", "analytics.series"),
    ],
    "Health": [
        ("Components", "memory", "health.component"),
        ("Errors", "bug_report", "health.errorgroup"),
    ],
    "People": [
        ("Users", "person", "auth.user"),
        ("Roles", "badge", "auth.group"),
        ("Invitations", "mail", "ops_portal.invitation"),
        ("Addresses", "alternate_email", "account.emailaddress"),
        ("Second factors", "key", "mfa.authenticator"),
        ("Sessions", "devices", "usersessions.usersession"),
        ("Access tokens", "vpn_key", "ops_portal.accesstoken"),
    ],
}


def sidebar(request: HttpRequest) -> list[dict[str, Any]]:
    desk = [
        {**_item(title, icon, reverse(page), seen), "active": False}
        for title, icon, page, seen in DESK
    ]
    groups: list[dict[str, Any]] = [{"title": "Desk", "items": desk}]
    for title, lines in RECORDS.items():
        items = [_item(name, icon, *_records(model)) for name, icon, model in lines]
        groups.append({"title": title, "separator": True, "items": items})
    return groups


def account_links(request: HttpRequest) -> list[dict[str, str]]:
    return [
        {"title": "Change password", "link": reverse("account_change_password")},
        {"title": "Second factor", "link": reverse("mfa_index")},
        {"title": "Sessions", "link": reverse("usersessions_list")},
        {"title": "Access tokens", "link": reverse("tokens")},
    ]


def stylesheet(request: HttpRequest) -> str:
    return static("ops_portal/css/admin.css")


def favicon(request: HttpRequest) -> str:
    return reverse("favicon")


def script(request: HttpRequest) -> str:
    return static("ops_portal/js/admin-alpine.js")


def lists(request: HttpRequest) -> str:
    return static("ops_portal/js/admin-lists.js")


def _records(model: str) -> tuple[str, str]:
    """The address and the permission of a model's list."""
    app, name = model.split(".")
    return reverse(f"admin:{app}_{name}_changelist"), f"{app}.view_{name}"


def _item(title: str, icon: str, link: str, permission: str) -> dict[str, Any]:
    return {"title": title, "icon": icon, "link": link, "permission": _asks(permission)}


def _asks(permission: str) -> Callable[[HttpRequest], bool]:
    return lambda request: request.user.has_perm(permission)
