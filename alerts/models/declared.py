"""What files declared, so that an edit in the portal can be told from it."""

from django.db import models


class Declaration(models.Model):
    """One row of the configuration as it was when a file was applied last."""

    section = models.CharField(max_length=40)
    key = models.CharField(max_length=120)
    body = models.JSONField()  # the entry of the file, as alerts.declared.rows writes it
    source = models.CharField(max_length=200)  # the name of the file
    applied_at = models.DateTimeField()

    class Meta:
        constraints = [models.UniqueConstraint(fields=["section", "key"], name="declaration_once")]
        default_permissions = ()

    def __str__(self) -> str:
        return f"{self.section} {self.key}"
