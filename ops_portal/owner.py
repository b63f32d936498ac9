"""Work under the role that owns the tables."""

from typing import Any

from django.conf import settings
from django.db import connections


def act_as_owner() -> str | None:
    """Let this process work under MIGRATE_DATABASE_URL; the app role's name, if that is another.

    Migrations that move rows speak to the default database, so naming another one would not do.
    """
    databases: dict[str, dict[str, Any]] = settings.DATABASES
    if "owner" not in databases:
        return None
    role = str(databases["default"]["USER"])
    del connections["default"]
    connections.settings["default"] = connections.settings["owner"]
    return role
