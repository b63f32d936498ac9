"""Rules, policies and receivers to edit; alerts and what was sent to look at."""

from alerts.admin import identities, policies, receivers, records, rules, schedules

__all__ = ["identities", "policies", "receivers", "records", "rules", "schedules"]
