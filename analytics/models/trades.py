"""Trades (realised fills of one position or order) and the rollups that pages read."""

from django.db import models
from django.db.models import Q

from analytics.models.events import Env
from ops_portal.lib.history import tracked


@tracked()
class Portfolio(models.Model):
    """Starting capital of an account: without it every ratio is null (`no_capital`)."""

    env = models.TextField(choices=Env.choices)
    strategy = models.TextField(blank=True)  # blank: the whole environment
    currency = models.TextField()
    starting_capital = models.DecimalField(max_digits=38, decimal_places=18)
    days_per_year = models.PositiveSmallIntegerField(default=365)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["env", "strategy", "currency"], name="portfolio_once"),
            models.CheckConstraint(
                condition=Q(starting_capital__gt=0), name="portfolio_capital_positive"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.env} {self.strategy or 'all'} {self.starting_capital} {self.currency}"


class Trade(models.Model):
    """The realised fills that share a trade key. `pnl` net of fees, quote currency."""

    env = models.TextField(choices=Env.choices)
    source = models.TextField()
    trade_key = models.TextField()
    strategy = models.TextField(blank=True)
    symbol = models.TextField()
    currency = models.TextField()
    side = models.TextField()
    opened_at = models.DateTimeField(null=True)
    closed_at = models.DateTimeField()
    quantity = models.DecimalField(max_digits=38, decimal_places=18, null=True)
    notional = models.DecimalField(max_digits=38, decimal_places=18, null=True)  # sum of qty*price
    price = models.DecimalField(max_digits=38, decimal_places=18, null=True)  # notional / quantity
    pnl = models.DecimalField(max_digits=38, decimal_places=18)
    fees = models.DecimalField(max_digits=38, decimal_places=18)
    fills = models.PositiveIntegerField()
    exit_reason = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["trade_key", "source", "env", "currency"], name="trade_once"
            )
        ]
        indexes = [models.Index(fields=["env", "closed_at", "id"], name="trade_recent")]

    def __str__(self) -> str:
        return f"{self.symbol} {self.pnl} {self.currency}"


class AgentTable(models.Model):
    """How the agent's own table of trades is read: its columns, and what is off without others."""

    name = models.TextField(primary_key=True)
    columns = models.JSONField(default=dict)  # our name -> the table's column
    missing = models.JSONField(default=dict)  # our name -> what is switched off
    error = models.TextField(blank=True)
    read_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class AccountDay(models.Model):
    """The path of realised PnL within one UTC day: what the drawdown of years is made of.

    Prefix sums start at 0 each day, over PnL aggregated by exact timestamp. `strategy` `*` is the
    whole environment. `resume_*` is the state before `resume_at`, from where later trades extend
    it.
    """

    env = models.TextField()
    currency = models.TextField()
    strategy = models.TextField()
    day = models.DateField()
    pnl = models.DecimalField(max_digits=38, decimal_places=18, default=0)
    low = models.DecimalField(max_digits=38, decimal_places=18, default=0)  # lowest prefix, <= 0
    high = models.DecimalField(max_digits=38, decimal_places=18, default=0)  # highest, >= 0
    drop = models.DecimalField(max_digits=38, decimal_places=18, default=0)  # deepest fall, >= 0
    resume_at = models.DateTimeField(null=True)
    resume_pnl = models.DecimalField(max_digits=38, decimal_places=18, default=0)
    resume_low = models.DecimalField(max_digits=38, decimal_places=18, default=0)
    resume_high = models.DecimalField(max_digits=38, decimal_places=18, default=0)
    resume_drop = models.DecimalField(max_digits=38, decimal_places=18, default=0)
    newest_at = models.DateTimeField(null=True)  # of the day's trades
    version = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["env", "currency", "strategy", "day"], name="account_day_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.day} {self.pnl} {self.currency}"


class StaleDay(models.Model):
    """A mark: trades of this day at or after `at` may not be in the path of the account's day.

    A queue. Who stores trades only adds to it, so that it never waits for who walks the days.
    """

    env = models.TextField()
    currency = models.TextField()
    strategy = models.TextField()
    day = models.DateField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.env} {self.strategy} {self.at.isoformat()}"


class Unit(models.TextChoices):
    MINUTE = "m"
    HOUR = "h"
    DAY = "d"


class TradeRollup(models.Model):
    """Sums of the trades closed in one bucket (UTC).

    Win, loss and breakeven on PnL rounded to 8 places.
    """

    unit = models.CharField(max_length=1, choices=Unit.choices)
    bucket = models.DateTimeField()
    env = models.TextField()
    strategy = models.TextField()
    symbol = models.TextField()
    currency = models.TextField()
    source = models.TextField()
    trades = models.BigIntegerField()
    wins = models.BigIntegerField()
    losses = models.BigIntegerField()
    breakeven = models.BigIntegerField()
    gross_profit = models.DecimalField(max_digits=38, decimal_places=18)
    gross_loss = models.DecimalField(max_digits=38, decimal_places=18)
    pnl = models.DecimalField(max_digits=38, decimal_places=18)
    fees = models.DecimalField(max_digits=38, decimal_places=18)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["env", "unit", "bucket", "currency", "strategy", "symbol", "source"],
                name="trade_rollup_once",
            )
        ]
        # When something was traded; rows of minutes, most of them all, are in neither.
        indexes = [
            models.Index(
                fields=["env", "currency", "strategy", "symbol", "source", "bucket"],
                name="trade_rollup_days",
                condition=Q(unit="d"),
            ),
            models.Index(
                fields=["env", "currency", "strategy", "symbol", "source", "bucket"],
                name="trade_rollup_hours",
                condition=Q(unit="h"),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.unit} {self.bucket.isoformat()} {self.pnl} {self.currency}"


class EventRollup(models.Model):
    """How many events of a kind fell in one bucket.

    Signals by type, decisions by outcome, orders by status; rejections of orders and refusals of
    risk management by reason.
    """

    class Kind(models.TextChoices):
        SIGNAL = "signal"
        DECISION = "decision"
        ORDER = "order"
        REJECTION = "rejection"
        REFUSAL = "refusal"

    unit = models.CharField(max_length=1, choices=Unit.choices)
    bucket = models.DateTimeField()
    kind = models.TextField(choices=Kind.choices)
    label = models.TextField()
    env = models.TextField()
    strategy = models.TextField()
    count = models.BigIntegerField()

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["env", "kind", "unit", "bucket", "label", "strategy"],
                name="event_rollup_once",
            )
        ]
        indexes = [
            models.Index(
                fields=["env", "strategy"],
                name="event_rollup_signalled",
                condition=Q(unit="d", kind="signal"),
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} {self.label} {self.bucket.isoformat()}: {self.count}"
