"""Sessions in PostgreSQL, read by one plain statement: a request begins with it."""

from __future__ import annotations

from typing import Any

from django.contrib.sessions.backends import db
from django.utils import timezone

from ops_portal.lib.sql import prepared

READ = "SELECT session_data FROM django_session WHERE session_key = %s AND expire_date > %s"


class SessionStore(db.SessionStore):
    """Writes as Django's own store does, into its table."""

    def load(self) -> dict[str, Any]:
        with prepared() as cursor:
            cursor.execute(READ, [self.session_key, timezone.now()])
            found = cursor.fetchone()
        if found is None:  # unknown or over: the next one gets a key of its own
            self._session_key = None
            return {}
        data: dict[str, Any] = self.decode(found[0])
        return data
