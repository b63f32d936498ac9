"""Everything that can be drawn or can alert is a series of samples, as in Prometheus."""

from django.db import models


class Series(models.Model):
    """A name with labels. `last_*` repeat the newest sample so that pages read one row."""

    name = models.TextField()
    labels = models.JSONField(default=dict)
    fingerprint = models.CharField(
        max_length=16, unique=True
    )  # FNV-1a 64 over the labels with __name__
    stream = models.TextField(blank=True)  # the stream it comes from; blank: computed by the portal
    last_ts = models.DateTimeField(null=True)
    last_value = models.FloatField(null=True)
    last_received_at = models.DateTimeField(null=True)
    created_at = models.DateTimeField(db_default=models.functions.Now())

    class Meta:
        verbose_name_plural = "series"
        indexes = [models.Index(fields=["name"], name="series_name")]

    def __str__(self) -> str:
        labels = ", ".join(f'{key}="{value}"' for key, value in sorted(self.labels.items()))
        return f"{self.name}{{{labels}}}"


class Sample(models.Model):
    """What one committed batch knew of a series in one second of event time.

    Under light load a sample is one observation; under heavy load it folds the batch's observations
    of the same second, which keeps last, min, max, sum and count exact. `value` null: the producer
    sent no number (NaN, empty), a flagged absence. `seq` is the commit order, in which rules see
    samples.
    Partitioned by month of `ts`; the real primary key is (seq, ts).
    """

    seq = models.BigAutoField(primary_key=True)
    series = models.ForeignKey(
        Series, on_delete=models.DO_NOTHING, db_constraint=False, db_index=False
    )
    ts = models.DateTimeField()
    value = models.FloatField(null=True)
    vmin = models.FloatField(null=True)
    vmax = models.FloatField(null=True)
    vsum = models.FloatField(null=True)
    vcount = models.IntegerField()

    class Meta:
        indexes = [models.Index(fields=["series", "ts"], name="sample_series_ts")]

    def __str__(self) -> str:
        return f"{self.ts.isoformat()} {self.value}"
