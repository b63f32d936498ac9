"""Bucket counts since the first event, for the scraper."""

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
