"""Who may do what: the reviewed table. A new address without a line here fails the build.

A line names the least role that is let in, for reading (GET) and for acting (POST); everybody above
is let in too. `NOBODY`: the method is refused whoever asks, or the page is one step of a longer
way that was not begun.
"""

from __future__ import annotations

from typing import NamedTuple

ANYONE, USER, VIEWER, RESPONDER, EDITOR, ADMIN, NOBODY = range(7)


class Least(NamedTuple):
    get: int
    post: int


class Rights(NamedTuple):
    """The least role for each verb on a model of the admin."""

    view: int
    add: int = NOBODY
    change: int = NOBODY
    delete: int = NOBODY


PAGES: dict[str, Least] = {
    # The portal
    "": Least(VIEWER, NOBODY),
    "tokens/": Least(VIEWER, VIEWER),
    "tokens/<int:pk>/revoke/": Least(NOBODY, ADMIN),  # erin's: nobody else's can be revoked here
    "favicon.svg": Least(ANYONE, NOBODY),
    "sw.js": Least(ANYONE, NOBODY),
    "trading/": Least(VIEWER, NOBODY),
    "trading/state/": Least(VIEWER, NOBODY),
    r"^trading/export/(?P<name>[a-z]+)\.(?P<form>csv|json|xlsx)$": Least(VIEWER, NOBODY),
    "trading/more/": Least(VIEWER, NOBODY),
    "trading/trades/<int:pk>/": Least(VIEWER, NOBODY),
    "trading/performance/more/": Least(VIEWER, NOBODY),
    "trading/performance/": Least(VIEWER, NOBODY),
    "trading/performance/state/": Least(VIEWER, NOBODY),
    r"^trading/performance/days\.(?P<form>csv|json)$": Least(VIEWER, NOBODY),
    "trading/formulas/": Least(VIEWER, NOBODY),
    "trading/risk/": Least(VIEWER, NOBODY),
    "trading/risk/state/": Least(VIEWER, NOBODY),
    "trading/execution/": Least(VIEWER, NOBODY),
    "trading/execution/state/": Least(VIEWER, NOBODY),
    "system/": Least(VIEWER, NOBODY),
    "system/state/": Least(VIEWER, NOBODY),
    "alerts/": Least(VIEWER, NOBODY),
    "alerts/marks/": Least(VIEWER, NOBODY),
    "alerts/counts/": Least(VIEWER, NOBODY),
    "alerts/export.csv": Least(VIEWER, NOBODY),
    "alerts/people/": Least(RESPONDER, NOBODY),
    "alerts/acknowledge/": Least(NOBODY, RESPONDER),
    "alerts/snooze/": Least(NOBODY, RESPONDER),
    "alerts/assign/": Least(NOBODY, RESPONDER),
    "alerts/resolve/": Least(NOBODY, RESPONDER),
    "alerts/<int:pk>/": Least(VIEWER, NOBODY),
    "alerts/<int:pk>/acknowledge/": Least(NOBODY, RESPONDER),
    "alerts/<int:pk>/unacknowledge/": Least(NOBODY, RESPONDER),
    "alerts/<int:pk>/resolve/": Least(NOBODY, RESPONDER),
    "alerts/<int:pk>/print/": Least(VIEWER, NOBODY),
    "reports/": Least(VIEWER, NOBODY),
    "reports/noise/": Least(VIEWER, NOBODY),
    "reports/response.csv": Least(VIEWER, NOBODY),
    "reports/noise.csv": Least(VIEWER, NOBODY),
    "reports/noise/<slug:rule_name>/": Least(EDITOR, NOBODY),
    "reports/period/": Least(VIEWER, NOBODY),
    "reports/mail/": Least(VIEWER, VIEWER),
    "reports/calendar/": Least(VIEWER, NOBODY),
    "alerts/<int:pk>/snooze/": Least(NOBODY, RESPONDER),
    "alerts/<int:pk>/assign/": Least(NOBODY, RESPONDER),
    "alerts/<int:pk>/reopen/": Least(NOBODY, RESPONDER),
    "alerts/<int:pk>/escalate/": Least(NOBODY, RESPONDER),
    "on-call/": Least(VIEWER, RESPONDER),
    "on-call/plan/": Least(VIEWER, NOBODY),
    "on-call/import/": Least(RESPONDER, RESPONDER),
    "on-call/contacts/": Least(RESPONDER, RESPONDER),
    "on-call/contacts/push/": Least(RESPONDER, RESPONDER),
    "alerts/<int:pk>/comment/": Least(NOBODY, RESPONDER),
    r"^alerts/(?P<pk>\d{1,18})/timeline\.(?P<form>csv|json|md)$": Least(VIEWER, NOBODY),
    # Without a login: an unknown token or key, or no secret set, opens nothing
    "on-call/schedule/<uuid:key>.ics": Least(NOBODY, NOBODY),
    "on-call/person/<uuid:key>.ics": Least(NOBODY, NOBODY),
    "take/<str:token>/": Least(NOBODY, NOBODY),
    "hooks/slack/": Least(NOBODY, NOBODY),
    "hooks/telegram/": Least(NOBODY, NOBODY),
    "silences/": Least(VIEWER, NOBODY),
    "silences/new/": Least(RESPONDER, RESPONDER),
    "silences/<uuid:silence>/edit/": Least(RESPONDER, RESPONDER),
    "silences/<uuid:silence>/end/": Least(NOBODY, RESPONDER),
    "silences/<uuid:silence>/extend/": Least(NOBODY, RESPONDER),
    # Probes and measures: ANYONE here is somebody on loopback, see test_measures
    "metrics": Least(ANYONE, NOBODY),
    "livez": Least(ANYONE, NOBODY),
    "readyz": Least(ANYONE, NOBODY),
    "-/healthy": Least(ANYONE, NOBODY),
    "-/ready": Least(ANYONE, NOBODY),
    # Coming in: an unknown token opens nothing
    "setup/<str:token>/": Least(NOBODY, NOBODY),
    "join/<str:token>/": Least(NOBODY, NOBODY),
    # Logging in and one's own account; sign-up answers that it is closed
    "accounts/login/": Least(ANYONE, ANYONE),
    "accounts/logout/": Least(ANYONE, ANYONE),
    "accounts/inactive/": Least(ANYONE, NOBODY),
    "accounts/signup/": Least(ANYONE, ANYONE),
    "accounts/reauthenticate/": Least(USER, USER),
    "accounts/email/": Least(USER, USER),
    "accounts/confirm-email/": Least(ANYONE, NOBODY),
    r"accounts/^confirm-email/(?P<key>[-:\w]+)/$": Least(ANYONE, NOBODY),
    "accounts/password/change/": Least(USER, USER),
    "accounts/password/set/": Least(USER, USER),
    "accounts/password/reset/": Least(ANYONE, ANYONE),
    "accounts/password/reset/done/": Least(ANYONE, NOBODY),
    "accounts/password/reset/key/done/": Least(ANYONE, NOBODY),
    r"accounts/^password/reset/key/(?P<uidb36>[0-9A-Za-z]+)-(?P<key>.+)/$": Least(ANYONE, ANYONE),
    "accounts/login/code/confirm/": Least(USER, USER),
    "accounts/sessions/": Least(USER, USER),
    # The second factor; what is about one's own factor is refused to who has none (all but erin)
    "accounts/2fa/": Least(USER, NOBODY),
    "accounts/2fa/authenticate/": Least(USER, USER),
    "accounts/2fa/reauthenticate/": Least(USER, USER),
    "accounts/2fa/totp/activate/": Least(USER, USER),
    "accounts/2fa/totp/deactivate/": Least(ADMIN, ADMIN),
    "accounts/2fa/recovery-codes/": Least(NOBODY, NOBODY),
    "accounts/2fa/recovery-codes/generate/": Least(USER, USER),
    "accounts/2fa/recovery-codes/download/": Least(NOBODY, NOBODY),
    "accounts/2fa/webauthn/": Least(USER, NOBODY),
    "accounts/2fa/webauthn/add/": Least(USER, USER),
    "accounts/2fa/webauthn/reauthenticate/": Least(USER, USER),
    "accounts/2fa/webauthn/keys/<int:pk>/remove/": Least(USER, USER),
    "accounts/2fa/webauthn/keys/<int:pk>/edit/": Least(USER, USER),
    "accounts/2fa/webauthn/login/": Least(USER, USER),
    # The admin outside its model pages
    "admin/": Least(VIEWER, VIEWER),
    "admin/search/": Least(VIEWER, VIEWER),
    "admin/login/": Least(NOBODY, NOBODY),
    "admin/logout/": Least(NOBODY, VIEWER),
    "admin/password_change/": Least(VIEWER, VIEWER),
    "admin/password_change/done/": Least(VIEWER, NOBODY),
    "admin/autocomplete/": Least(NOBODY, NOBODY),
    "admin/jsi18n/": Least(VIEWER, NOBODY),
    "admin/r/<path:content_type_id>/<path:object_id>/": Least(NOBODY, NOBODY),
    "admin/analytics/deadletter/<path:object_id>/replay/": Least(NOBODY, ADMIN),
    "admin/analytics/import/<path:object_id>/columns/": Least(EDITOR, EDITOR),
    "admin/analytics/import/<path:object_id>/go/": Least(NOBODY, EDITOR),
    "admin/analytics/import/<path:object_id>/state/": Least(VIEWER, VIEWER),
    "admin/analytics/import/<path:object_id>/bad-rows.csv": Least(VIEWER, VIEWER),
    "admin/alerts/rule/replay/": Least(NOBODY, EDITOR),
    "admin/alerts/schedule/outlook/": Least(NOBODY, EDITOR),
    "admin/alerts/receiver/test/": Least(NOBODY, EDITOR),
    "admin/alerts/receiver/<path:object_id>/test/": Least(NOBODY, EDITOR),
    "admin/(?P<url>.*)$": Least(NOBODY, NOBODY),
}
# The admin's page of one app; its route names all apps.
APP_PAGE = Least(VIEWER, VIEWER)

MODELS: dict[str, Rights] = {
    "account.emailaddress": Rights(ADMIN, delete=ADMIN),
    "alerts.alert": Rights(VIEWER),
    "alerts.calendar": Rights(VIEWER, add=EDITOR, change=EDITOR, delete=ADMIN),
    "alerts.callback": Rights(VIEWER),
    "alerts.chatidentity": Rights(VIEWER, add=ADMIN, change=ADMIN, delete=ADMIN),
    "alerts.inhibition": Rights(VIEWER, add=EDITOR, change=EDITOR, delete=ADMIN),
    "alerts.notification": Rights(VIEWER),
    "alerts.policy": Rights(VIEWER, add=EDITOR, change=EDITOR, delete=ADMIN),
    "alerts.prometheusserver": Rights(VIEWER, add=EDITOR, change=EDITOR, delete=ADMIN),
    "alerts.receiver": Rights(VIEWER, add=EDITOR, change=EDITOR, delete=ADMIN),
    "alerts.route": Rights(VIEWER, add=EDITOR, change=EDITOR, delete=ADMIN),
    "alerts.rule": Rights(VIEWER, add=EDITOR, change=EDITOR, delete=ADMIN),
    "alerts.schedule": Rights(VIEWER, add=EDITOR, change=EDITOR, delete=ADMIN),
    "alerts.team": Rights(VIEWER, add=EDITOR, change=EDITOR, delete=ADMIN),
    "alerts.transition": Rights(VIEWER),
    "analytics.deadletter": Rights(VIEWER),
    "analytics.import": Rights(VIEWER, add=EDITOR),
    "analytics.ledgerentry": Rights(VIEWER),
    "analytics.portfolio": Rights(VIEWER, add=EDITOR, change=EDITOR, delete=ADMIN),
    "analytics.series": Rights(VIEWER),
    "analytics.streamstate": Rights(VIEWER),
    "analytics.trade": Rights(VIEWER),
    "auth.group": Rights(ADMIN),
    "auth.user": Rights(ADMIN, change=ADMIN),
    "health.component": Rights(VIEWER),
    "health.errorgroup": Rights(VIEWER),
    "health.process": Rights(VIEWER),
    "mfa.authenticator": Rights(ADMIN, delete=ADMIN),
    "ops_portal.accesstoken": Rights(ADMIN),
    "ops_portal.invitation": Rights(ADMIN, add=ADMIN),
    "usersessions.usersession": Rights(ADMIN, delete=ADMIN),
}


def of_model(verb: str, rights: Rights) -> Least:
    """What the rights on a model mean for its addresses in the admin."""
    table = {
        "changelist": Least(rights.view, rights.view),
        "add": Least(rights.add, rights.add),
        "change": Least(rights.view, rights.change),
        "delete": Least(rights.delete, rights.delete),
        "history": Least(rights.view, rights.view),
        "revert": Least(rights.change, rights.change),
        "redirect": Least(VIEWER, VIEWER),
    }
    return table[verb]
