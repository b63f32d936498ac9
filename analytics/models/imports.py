"""Files that people bring in: how far each is, and the rows that were left out."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models import Q

from ops_portal.lib.history import tracked

COUNTED = ("size", "rows", "row", "changed", "unchanged", "bad", "error", "finished_at", "asked_at")


@tracked(exclude=COUNTED)
class Import(models.Model):
    """A file on its way in: `row` is how far it is, in the same transaction as what was stored.

    One that came through the browser is proposed, until somebody has looked at its columns and
    asked for it; then it waits for a worker, which may be another one after each kill.
    """

    class State(models.TextChoices):
        PROPOSED = "proposed"
        WAITING = "waiting"
        RUNNING = "running"
        STOPPED = "stopped"  # by a person; it can go on
        FINISHED = "finished"
        FAILED = "failed"

    kind = models.TextField()
    name = models.TextField()  # of the file
    digest = models.CharField(max_length=64)  # SHA-256 of its bytes
    size = models.BigIntegerField(default=0)  # bytes that were uploaded; 0: a file of the server
    options = models.JSONField(default=dict)  # source, env, strategy, currency, map
    state = models.TextField(choices=State.choices, default=State.RUNNING)
    rows = models.BigIntegerField(null=True, blank=True)  # of the file, once they were counted
    row = models.BigIntegerField(default=0)  # rows that are done
    changed = models.BigIntegerField(default=0)  # stored, or other than before
    unchanged = models.BigIntegerField(default=0)
    bad = models.BigIntegerField(default=0)
    error = models.TextField(blank=True)
    created_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, null=True, blank=True, on_delete=models.SET_NULL
    )
    created_at = models.DateTimeField(db_default=models.functions.Now())
    asked_at = models.DateTimeField(null=True, blank=True)  # a worker was asked to bring it in
    finished_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["id"],
                condition=Q(state__in=("waiting", "running"), size__gt=0),
                name="import_for_a_worker",
            )
        ]

    def __str__(self) -> str:
        return f"{self.kind} of {self.name}"

    @property
    def is_over(self) -> bool:
        return self.state in (self.State.FINISHED, self.State.FAILED)


class UploadPart(models.Model):
    """A piece of a file that somebody uploaded, kept until the import is over."""

    of = models.ForeignKey(Import, on_delete=models.CASCADE, related_name="parts")
    number = models.PositiveIntegerField()
    content = models.BinaryField()
    kept_at = models.DateTimeField(db_default=models.functions.Now(), db_index=True)

    class Meta:
        default_permissions = ()
        constraints = [models.UniqueConstraint(fields=["of", "number"], name="upload_part_once")]

    def __str__(self) -> str:
        return f"part {self.number} of {self.of_id}"


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
