"""App configurations of the portal itself and of its admin site."""

from django.apps import AppConfig
from django.contrib.admin.apps import AdminConfig


class PortalConfig(AppConfig):
    name = "ops_portal"
    verbose_name = "Portal"


class PortalAdminConfig(AdminConfig):
    default_site = "ops_portal.admin.PortalAdminSite"
