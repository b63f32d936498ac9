"""What is served where."""

from django.contrib import admin
from django.urls import include, path

from ops_portal import join, metrics, probes, token_pages, views
from ops_portal.report import views as report

urlpatterns = [
    path("", views.overview, name="overview"),
    path("reports/period/", report.page, name="report"),
    path("reports/mail/", report.by_mail, name="report-mail"),
    path("tokens/", token_pages.index, name="tokens"),
    path("tokens/<int:pk>/revoke/", token_pages.revoke, name="token-revoke"),
    path("favicon.svg", views.favicon, name="favicon"),
    path("sw.js", views.service_worker, name="service-worker"),
    path("", include("health.urls")),
    path("", include("analytics.urls")),
    path("accounts/", include("allauth.urls")),
    path("setup/<str:token>/", join.setup, name="setup"),
    path("join/<str:token>/", join.join, name="join"),
    path("", include("alerts.urls")),
    path("admin/", admin.site.urls),
    path("metrics", metrics.metrics, name="metrics"),
    path("livez", probes.livez, name="livez"),
    path("readyz", probes.readyz, name="readyz"),
    path("-/healthy", probes.livez),  # as Prometheus and its family name them
    path("-/ready", probes.readyz),
]

handler400 = views.bad_request
handler403 = views.forbidden
handler404 = views.not_found
handler500 = views.failed
