"""What moves an account beside its trades, and prices to compare it with."""

from django.db import models
from django.db.models import F, Q

from analytics.models.events import Env


class LedgerEntry(models.Model):
    """One booking of an exchange's ledger; `amount` is what the balance changed by.

    Funding and fees are earned or paid; what was realised is told by the trades, and kept here to
    compare. The other kinds are flows, which are no return.
    """

    class Kind(models.TextChoices):
        REALIZED_PNL = "realized_pnl"
        FUNDING = "funding"
        FEE = "fee"
        DEPOSIT = "deposit"
        WITHDRAWAL = "withdrawal"
        TRANSFER = "transfer"
        CONVERSION = "conversion"

    env = models.TextField(choices=Env.choices)
    source = models.TextField()
    entry_key = models.TextField()
    at = models.DateTimeField()
    kind = models.TextField(choices=Kind.choices)
    currency = models.TextField()
    amount = models.DecimalField(max_digits=38, decimal_places=18)
    strategy = models.TextField(blank=True)
    symbol = models.TextField(blank=True)

    class Meta:
        verbose_name_plural = "ledger entries"
        constraints = [
            models.UniqueConstraint(
                fields=["entry_key", "source", "env", "currency"], name="ledger_entry_once"
            )
        ]
        indexes = [models.Index(fields=["env", "currency", "at"], name="ledger_entry_recent")]

    def __str__(self) -> str:
        return f"{self.kind} {self.amount} {self.currency}"


class Candle(models.Model):
    """Prices of one span; `at` is its beginning, the close is known at its end."""

    symbol = models.TextField()
    seconds = models.PositiveIntegerField()
    at = models.DateTimeField()
    open = models.DecimalField(max_digits=38, decimal_places=18)
    high = models.DecimalField(max_digits=38, decimal_places=18)
    low = models.DecimalField(max_digits=38, decimal_places=18)
    close = models.DecimalField(max_digits=38, decimal_places=18)
    volume = models.DecimalField(max_digits=38, decimal_places=18, null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["symbol", "seconds", "at"], name="candle_once"),
            models.CheckConstraint(
                condition=Q(low__gt=0) & Q(low__lte=F("high")), name="candle_prices_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.symbol} {self.at.isoformat()} {self.close}"
