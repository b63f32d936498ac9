"""What is served where."""

from django.contrib import admin
from django.urls import path

from ops_portal import views

urlpatterns = [
    path("", views.overview, name="overview"),
    path("favicon.svg", views.favicon, name="favicon"),
    path("admin/", admin.site.urls),
]

handler400 = views.bad_request
handler403 = views.forbidden
handler404 = views.not_found
handler500 = views.failed
