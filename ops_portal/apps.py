"""App configurations of the portal itself and of its admin site."""

from importlib import import_module
from typing import Any

from django.apps import AppConfig, apps
from django.contrib.admin.apps import AdminConfig
from django.db.models.signals import post_migrate

# Each registers something with Django or Celery when it is imported.
AT_START = ("ops_portal.celery", "ops_portal.checks", "ops_portal.signals")


class PortalConfig(AppConfig):
    name = "ops_portal"
    verbose_name = "Portal"

    def ready(self) -> None:
        """Tasks of every app belong to our Celery application, whatever process this is."""
        for module in AT_START:
            import_module(module)
        post_migrate.connect(_set_role_permissions, dispatch_uid="roles")


class PortalAdminConfig(AdminConfig):
    default_site = "ops_portal.admin_site.PortalAdminSite"


def _set_role_permissions(sender: AppConfig, **_: Any) -> None:
    """Runs after Django made the app's permissions, which is also a post_migrate step."""
    roles = import_module("ops_portal.roles")  # it needs the models, which come after the apps
    if sender.label in roles.APPS:
        roles.set_permissions(apps, sender.label)
