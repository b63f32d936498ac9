"""Events as they came: executions, signals, risk decisions; and what could not be read.

The three event tables are partitioned by month of `ts` (see migrations): their real primary key is
(id, ts), and their uniqueness is `EventKey`, which a partitioned table could not carry.
"""

from django.conf import settings
from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models.functions import Now


class Env(models.TextChoices):
    LIVE = "live"
    PAPER = "paper"
    BACKTEST = "backtest"


class EventKey(models.Model):
    """One row per event ever stored; kept longer than the streams are.

    By stream, because an agent may number the events of each stream on its own.
    """

    pk = models.CompositePrimaryKey("event_id", "source", "stream")
    source = models.TextField()
    event_id = models.TextField()
    stream = models.TextField()
    seen_at = models.DateTimeField(db_default=models.functions.Now())

    def __str__(self) -> str:
        return f"{self.source} {self.event_id}"


class Event(models.Model):
    """What all stored events share. `ts` is the producer's time, UTC."""

    event_id = models.TextField()
    source = models.TextField()
    ts = models.DateTimeField()
    received_at = models.DateTimeField(db_default=models.functions.Now())
    env = models.TextField(choices=Env.choices)
    strategy = models.TextField(blank=True)
    symbol = models.TextField(blank=True)
    correlation_id = models.TextField(blank=True)
    inferred = ArrayField(models.TextField(), default=list)
    extra = models.JSONField(default=dict)

    class Meta:
        abstract = True


class Execution(Event):
    """An order outcome or one fill.

    Money in the quote currency; `pnl` net of fees, null on opening fills.
    """

    class Status(models.TextChoices):
        NEW = "NEW"
        PARTIALLY_FILLED = "PARTIALLY_FILLED"
        FILLED = "FILLED"
        CANCELLED = "CANCELLED"
        REJECTED = "REJECTED"
        EXPIRED = "EXPIRED"

    execution_id = models.TextField()
    order_id = models.TextField(blank=True)
    client_order_id = models.TextField(blank=True)
    position_id = models.TextField(blank=True)
    signal_id = models.TextField(blank=True)
    trade_key = models.TextField()
    side = models.TextField()
    status = models.TextField(choices=Status.choices)
    quantity = models.DecimalField(max_digits=38, decimal_places=18, null=True)
    price = models.DecimalField(max_digits=38, decimal_places=18, null=True)
    requested_price = models.DecimalField(max_digits=38, decimal_places=18, null=True)
    fee = models.DecimalField(max_digits=38, decimal_places=18, null=True)
    fee_currency = models.TextField(blank=True)
    pnl = models.DecimalField(max_digits=38, decimal_places=18, null=True)
    currency = models.TextField()
    execution_seconds = models.FloatField(null=True)
    slippage_bps = models.FloatField(null=True)
    liquidity = models.TextField(blank=True)
    order_type = models.TextField(blank=True)
    reject_reason = models.TextField(blank=True)
    exit_reason = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["env", "ts", "id"], name="execution_recent")]

    def __str__(self) -> str:
        return f"{self.side} {self.quantity} {self.symbol} @ {self.price}"


class Signal(Event):
    """A trading signal.

    `strength` and `confidence` 0..1, `price` the reference price in quote currency.
    """

    signal_id = models.TextField()
    signal_type = models.TextField()
    strength = models.FloatField(null=True)
    confidence = models.FloatField(null=True)
    price = models.DecimalField(max_digits=38, decimal_places=18, null=True)
    timeframe = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["env", "ts", "id"], name="signal_recent")]

    def __str__(self) -> str:
        return f"{self.signal_type} {self.symbol}"


class RiskDecision(Event):
    """What risk management said to a signal."""

    decision_id = models.TextField()
    signal_id = models.TextField(blank=True)
    side = models.TextField(blank=True)
    decision = models.TextField()
    reason_code = models.TextField(blank=True)
    reason = models.TextField(blank=True)
    limit_name = models.TextField(blank=True)
    limit_value = models.DecimalField(max_digits=38, decimal_places=18, null=True)
    limit_used = models.DecimalField(max_digits=38, decimal_places=18, null=True)
    requested_qty = models.DecimalField(max_digits=38, decimal_places=18, null=True)
    approved_qty = models.DecimalField(max_digits=38, decimal_places=18, null=True)
    decision_seconds = models.FloatField(null=True)
    trading_state = models.TextField(blank=True)

    class Meta:
        indexes = [models.Index(fields=["env", "ts", "id"], name="decision_recent")]

    def __str__(self) -> str:
        return f"{self.decision} {self.symbol}"


class DeadLetter(models.Model):
    """An entry that could not be read or stored, whole, with the reason; replayed by a person."""

    stream = models.TextField()
    entry_id = models.TextField()
    reason_code = models.SlugField()
    reason = models.TextField()
    raw = models.BinaryField()
    received_at = models.DateTimeField(db_default=models.functions.Now())
    replayed_at = models.DateTimeField(null=True, blank=True)
    replayed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )
    replay_result = models.TextField(blank=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["stream", "entry_id"], name="dead_letter_once")
        ]
        indexes = [models.Index(fields=["-received_at"], name="dead_letter_recent")]
        permissions = [("replay_deadletter", "Can replay dead letters")]

    def __str__(self) -> str:
        return f"{self.stream} {self.entry_id}: {self.reason_code}"


class StreamState(models.Model):
    """Counters and ownership of one stream.

    Exactly one engine owns a stream while its lease lasts.
    """

    stream = models.TextField(primary_key=True)
    listening_since = models.DateTimeField(db_default=Now())
    accepted = models.BigIntegerField(default=0)
    duplicates = models.BigIntegerField(default=0)
    rejected = models.JSONField(default=dict)  # reason code -> count
    inferred = models.JSONField(default=dict)  # field -> count
    lost = models.BigIntegerField(default=0)  # trimmed from the stream before we read them
    last_entry_id = models.TextField(blank=True)
    last_event_at = models.DateTimeField(null=True)
    last_received_at = models.DateTimeField(null=True)
    oldest_waiting_seconds = models.FloatField(null=True)  # lag by age, as last measured
    owner = models.TextField(blank=True)
    lease_until = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.stream
