"""Rules, policies, routes and receivers to edit; alerts and what was sent to look at."""

from alerts.admin import (
    calendars,
    identities,
    inhibitions,
    policies,
    receivers,
    records,
    routes,
    rules,
    schedules,
    servers,
)

__all__ = [
    "calendars",
    "identities",
    "inhibitions",
    "policies",
    "receivers",
    "records",
    "routes",
    "rules",
    "schedules",
    "servers",
]
