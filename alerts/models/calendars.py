"""Calendars: sessions, holidays and maintenance hours, named once and used by rules and routes."""

from django.core.exceptions import ValidationError
from django.db import models

from alerts import calendars
from alerts.models.oncall import check_zone
from ops_portal.lib.history import tracked


@tracked()
class Calendar(models.Model):
    """When something is open. The lines are those of `alerts.calendars`."""

    name = models.CharField(max_length=80, unique=True)
    zone = models.CharField(max_length=60, default="UTC", validators=[check_zone])
    opened = models.TextField(blank=True)  # blank: always
    closed = models.TextField(blank=True)  # holidays, maintenance

    class Meta:
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name

    def read(self) -> calendars.Calendar:
        """Raises Unreadable for lines that got past the form."""
        return calendars.read(self.opened, self.closed, self.zone, name=self.name)

    def clean(self) -> None:
        found = {}
        for field in ("opened", "closed"):
            try:
                calendars.lines(getattr(self, field))
            except calendars.Unreadable as error:
                found[field] = ValidationError(str(error), code="calendar")
        if found:
            raise ValidationError(found)
