import decimal

from django.apps import AppConfig

DIGITS = 60  # money has 38 digits; sums and products of it must not be rounded on the way


class AnalyticsConfig(AppConfig):
    name = "analytics"

    def ready(self) -> None:
        decimal.DefaultContext.prec = DIGITS  # of threads that start later
        decimal.getcontext().prec = DIGITS
