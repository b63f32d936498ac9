"""The system page."""

from django.urls import path

from health import views

urlpatterns = [
    path("system/", views.system, name="system"),
    path("system/state/", views.system_state, name="system-state"),
]
