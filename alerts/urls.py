"""Addresses of the alerts pages."""

from django.urls import path, re_path

from alerts import exports, quiet, views

urlpatterns = [
    path("alerts/", views.index, name="alerts"),
    path("alerts/counts/", views.counts, name="alerts-counts"),
    path("alerts/export.csv", exports.alerts_csv, name="alerts-csv"),
    path("alerts/acknowledge/", views.acknowledge_many, name="alerts-acknowledge"),
    path("silences/", quiet.index, name="silences"),
    path("silences/new/", quiet.new, name="silence-new"),
    path("silences/<uuid:silence>/edit/", quiet.edit, name="silence-edit"),
    path("silences/<uuid:silence>/end/", quiet.end, name="silence-end"),
    path("silences/<uuid:silence>/extend/", quiet.extend, name="silence-extend"),
    path("alerts/<int:pk>/", views.detail, name="alert"),
    path("alerts/<int:pk>/acknowledge/", views.acknowledge, name="alert-acknowledge"),
    path("alerts/<int:pk>/unacknowledge/", views.unacknowledge, name="alert-unacknowledge"),
    path("alerts/<int:pk>/resolve/", views.resolve, name="alert-resolve"),
    path("alerts/<int:pk>/comment/", views.comment, name="alert-comment"),
    re_path(
        r"^alerts/(?P<pk>\d{1,18})/timeline\.(?P<form>csv|json)$",
        exports.timeline_file,
        name="alert-timeline",
    ),
]
