"""Open positions as they stood at some time: what later fills are added to."""

from django.db import models

from analytics.models.events import Env


class PositionStand(models.Model):
    """One row: fills until `until` with ids until `last_id` are in the open positions.

    `seen_id` is the newest id when somebody last looked, `seen_at`: ids that were given by then are
    all committed some minutes later.
    """

    id = models.PositiveSmallIntegerField(primary_key=True, default=1)
    until = models.DateTimeField()
    last_id = models.BigIntegerField(default=0)
    seen_id = models.BigIntegerField(default=0)
    seen_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.CheckConstraint(condition=models.Q(id=1), name="position_stand_alone")
        ]

    def __str__(self) -> str:
        return f"{self.until}"


class OpenPosition(models.Model):
    """What was open then. `quantity` above 0 is long; `entry` null where a price was not told."""

    env = models.TextField(choices=Env.choices)
    currency = models.TextField()
    source = models.TextField()
    strategy = models.TextField(blank=True)
    symbol = models.TextField(blank=True)
    position_id = models.TextField(blank=True)  # blank: all unnamed fills together
    quantity = models.DecimalField(max_digits=38, decimal_places=18)
    entry = models.DecimalField(max_digits=38, decimal_places=18, null=True)
    opened_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["env", "currency", "source", "strategy", "symbol", "position_id"],
                name="open_position_once",
            ),
            models.CheckConstraint(
                condition=~models.Q(quantity=0), name="open_position_has_quantity"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.quantity} {self.symbol}"
