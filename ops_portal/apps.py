"""App configurations of the portal itself and of its admin site."""

import atexit
from importlib import import_module
from typing import Any

from django.apps import AppConfig, apps
from django.contrib.admin.apps import AdminConfig
from django.db import connections
from django.db.backends.postgresql.base import DatabaseWrapper
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
        atexit.register(_close_pools)
        post_migrate.connect(_set_role_permissions, dispatch_uid="roles")


class PortalAdminConfig(AdminConfig):
    default_site = "ops_portal.admin_site.PortalAdminSite"


def _set_role_permissions(sender: AppConfig, **_: Any) -> None:
    """Runs after Django made the app's permissions, which is also a post_migrate step."""
    roles = import_module("ops_portal.roles")  # it needs the models, which come after the apps
    if sender.label in roles.APPS:
        roles.set_permissions(apps, sender.label)


def _close_pools() -> None:
    """Else the interpreter waits five seconds for each thread of each pool."""
    for connection in connections.all(initialized_only=True):
        if isinstance(connection, DatabaseWrapper):
            connection.close()
            connection.close_pool()
