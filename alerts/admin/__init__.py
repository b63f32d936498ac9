"""Rules, policies, routes and receivers to edit; alerts and what was sent to look at."""

from alerts.admin import inhibitions, policies, receivers, records, routes, rules

__all__ = ["inhibitions", "policies", "receivers", "records", "routes", "rules"]
