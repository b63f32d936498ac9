"""Files that people import, how far each has come, and the rows that could not be read."""

from django.db import models


class Import(models.Model):
    """One file under one mapping. `done` lines are stored: where a killed import goes on."""

    class Kind(models.TextChoices):
        TRADES = "trades"
        FILLS = "fills"
        LEDGER = "ledger"
        CANDLES = "candles"

    sha256 = models.CharField(max_length=64)
    name = models.TextField()  # of the file, as it was given
    kind = models.TextField(choices=Kind.choices)
    source = models.TextField()
    settings = models.JSONField(default=dict)  # mapping and environment
    started_at = models.DateTimeField()
    finished_at = models.DateTimeField(null=True)
    done = models.BigIntegerField(default=0)  # data lines read
    stored = models.BigIntegerField(default=0)
    refused = models.BigIntegerField(default=0)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["sha256", "kind", "source", "settings"], name="import_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.name}: {self.stored} stored, {self.refused} refused"


class ImportFault(models.Model):
    """A line that was not stored: in which column, and why."""

    file = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="faults")
    line = models.BigIntegerField()  # in the file, the header being line 1
    column = models.TextField(blank=True)
    reason_code = models.TextField()
    reason = models.TextField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["file", "line"], name="import_fault_once")]

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"
