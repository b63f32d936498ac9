"""App configurations of the portal itself and of its admin site."""

from importlib import import_module

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class PortalConfig(AppConfig):
    name = "ops_portal"
    verbose_name = "Portal"

    def ready(self) -> None:
        """Tasks of every app belong to our Celery application, whatever process this is."""
        import_module("ops_portal.celery")


class PortalAdminConfig(AdminConfig):
    default_site = "ops_portal.admin.PortalAdminSite"
