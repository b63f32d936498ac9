"""Distributions: since the first event for the scraper, by hour and day for the pages."""

from django.contrib.postgres.fields import ArrayField
from django.db import models

from analytics.models.events import Env


class Histogram(models.Model):
    """How many observations fell into each bucket (edges: analytics/histograms.py)."""

    name = models.TextField()
    env = models.TextField(choices=Env.choices)
    counts = ArrayField(models.BigIntegerField())  # not cumulated; the last is above every edge
    total = models.FloatField()  # sum of the observations

    class Meta:
        constraints = [models.UniqueConstraint(fields=["name", "env"], name="histogram_once")]

    def __str__(self) -> str:
        return f"{self.name} {self.env}"


class Slots(models.Model):
    """How many readings of a span of time fell into which slots (analytics/sketches.py)."""

    bucket = models.DateTimeField()
    name = models.TextField()
    env = models.TextField()
    strategy = models.TextField()
    symbol = models.TextField()
    slots = ArrayField(models.IntegerField())  # those that were hit, ascending
    counts = ArrayField(models.BigIntegerField())  # how often each

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{self.name} {self.bucket.isoformat()}: {sum(self.counts)}"


class Sketch(Slots):
    """All readings of one hour or day."""

    class Unit(models.TextChoices):
        HOUR = "h"
        DAY = "d"

    unit = models.CharField(max_length=1, choices=Unit.choices)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["env", "name", "unit", "bucket", "strategy", "symbol"], name="sketch_of"
            )
        ]


class SketchPart(Slots):
    """Readings of an hour in one batch, not in a sketch yet. A queue, as `StaleDay`."""
