"""Rules, policies, routes and receivers to edit; alerts and what was sent to look at."""

from alerts.admin import policies, receivers, records, routes, rules

__all__ = ["policies", "receivers", "records", "routes", "rules"]
