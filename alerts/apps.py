from django.apps import AppConfig


class AlertsConfig(AppConfig):
    name = "alerts"
    # Tables that only grow: the app role may read and insert, triggers refuse the rest.
    history_tables = ("alerts_transition", "alerts_escalationstep", "alerts_attempt")
