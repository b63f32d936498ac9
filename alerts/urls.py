"""Addresses of the alerts pages."""

from django.urls import path, re_path

from alerts import (
    contact_views,
    exports,
    feed_views,
    hooks,
    import_views,
    marks,
    oncall_views,
    quiet,
    views,
)

urlpatterns = [
    path("take/<str:token>/", hooks.take, name="alert-take"),
    path("hooks/slack/", hooks.slack, name="hook-slack"),
    path("hooks/telegram/", hooks.telegram, name="hook-telegram"),
    path("alerts/", views.index, name="alerts"),
    path("alerts/marks/", marks.marks, name="alert-marks"),
    path("alerts/counts/", views.counts, name="alerts-counts"),
    path("alerts/export.csv", exports.alerts_csv, name="alerts-csv"),
    path("alerts/acknowledge/", views.acknowledge_many, name="alerts-acknowledge"),
    path("alerts/resolve/", views.resolve_many, name="alerts-resolve"),
    path("silences/", quiet.index, name="silences"),
    path("silences/new/", quiet.new, name="silence-new"),
    path("silences/<uuid:silence>/edit/", quiet.edit, name="silence-edit"),
    path("silences/<uuid:silence>/end/", quiet.end, name="silence-end"),
    path("silences/<uuid:silence>/extend/", quiet.extend, name="silence-extend"),
    path("alerts/<int:pk>/", views.detail, name="alert"),
    path("alerts/<int:pk>/acknowledge/", views.acknowledge, name="alert-acknowledge"),
    path("alerts/<int:pk>/unacknowledge/", views.unacknowledge, name="alert-unacknowledge"),
    path("alerts/<int:pk>/snooze/", views.snooze, name="alert-snooze"),
    path("alerts/<int:pk>/assign/", views.assign, name="alert-assign"),
    path("alerts/<int:pk>/reopen/", views.reopen, name="alert-reopen"),
    path("alerts/<int:pk>/escalate/", views.escalate, name="alert-escalate"),
    path("alerts/<int:pk>/resolve/", views.resolve, name="alert-resolve"),
    path("alerts/<int:pk>/comment/", views.comment, name="alert-comment"),
    path("on-call/", oncall_views.index, name="on-call"),
    path("on-call/plan/", oncall_views.if_fired, name="on-call-plan"),
    path("on-call/contacts/", contact_views.contacts, name="contacts"),
    path("on-call/import/", import_views.from_calendar, name="on-call-import"),
    path("on-call/schedule/<uuid:key>.ics", feed_views.of_schedule, name="feed-schedule"),
    path("on-call/person/<uuid:key>.ics", feed_views.of_person, name="feed-person"),
    re_path(
        r"^alerts/(?P<pk>\d{1,18})/timeline\.(?P<form>csv|json)$",
        exports.timeline_file,
        name="alert-timeline",
    ),
]
