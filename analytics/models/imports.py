"""Files that people bring in: how far each is, and the rows that were left out."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Import(models.Model):
    """A file on its way in: `row` is how far it is, in the same transaction as what was stored."""

    class State(models.TextChoices):
        RUNNING = "running"
        FINISHED = "finished"
        FAILED = "failed"

    kind = models.TextField()
    name = models.TextField()  # of the file
    digest = models.CharField(max_length=64)  # SHA-256 of its bytes
    options = models.JSONField(default=dict)  # source, env, strategy, currency, map
    state = models.TextField(choices=State.choices, default=State.RUNNING)
    row = models.BigIntegerField(default=0)  # rows that are done
    changed = models.BigIntegerField(default=0)  # stored, or other than before
    unchanged = models.BigIntegerField(default=0)
    bad = models.BigIntegerField(default=0)
    error = models.TextField(blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )
    created_at = models.DateTimeField(db_default=models.functions.Now())
    finished_at = models.DateTimeField(null=True, blank=True)

    def __str__(self) -> str:
        return f"{self.kind} of {self.name}"


class ImportProblem(models.Model):
    """A row that was left out; `column` is blank where it is the whole row."""

    of = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="problems")
    line = models.BigIntegerField()
    column = models.TextField(blank=True)
    reason = models.TextField()
    raw = models.TextField(blank=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["of", "line"], name="import_problem_once")]

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"
