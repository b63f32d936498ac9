"""Where an alert goes: the tree of routes."""

import uuid

from django.db import models
from django.db.models import F, Q

from ops_portal.lib.history import tracked, tracked_members


@tracked()
class Route(models.Model):
    """A node of the routing tree. What is blank is as the parent says."""

    parent = models.ForeignKey(
        "self", null=True, blank=True, on_delete=models.CASCADE, related_name="children"
    )
    position = models.PositiveSmallIntegerField(default=0)  # children are asked in this order
    name = models.CharField(max_length=80)
    matchers = models.JSONField(default=list, blank=True)  # [{"name", "op", "value"}], all must fit
    continues = models.BooleanField(default=False)
    receivers = models.ManyToManyField("alerts.Receiver", blank=True, related_name="routes")
    policy = models.ForeignKey(
        "alerts.Policy", null=True, blank=True, on_delete=models.PROTECT, related_name="routes"
    )
    nobody = models.BooleanField(default=False)  # the parent's receivers and people are cut off
    group_by = models.JSONField(null=True, blank=True)  # label names; ["..."]: all; []: one group
    wait_seconds = models.PositiveIntegerField(null=True, blank=True)
    interval_seconds = models.PositiveIntegerField(null=True, blank=True)
    repeat_seconds = models.PositiveIntegerField(null=True, blank=True)

    class Meta:
        ordering = ["parent_id", "position"]
        constraints = [
            models.UniqueConstraint(
                fields=["parent", "position"],
                deferrable=models.Deferrable.DEFERRED,
                name="route_position",
            ),
            models.UniqueConstraint(
                fields=["position"], condition=Q(parent__isnull=True), name="route_one_root"
            ),
            models.CheckConstraint(
                condition=Q(parent__isnull=False) | Q(position=0, matchers=[], continues=False),
                name="route_root_takes_everything",
            ),
            models.CheckConstraint(
                condition=Q(parent__isnull=True) | ~Q(parent=F("id")), name="route_not_own_parent"
            ),
            models.CheckConstraint(
                condition=Q(interval_seconds__isnull=True) | Q(interval_seconds__gt=0),
                name="route_interval_positive",
            ),
        ]

    def __str__(self) -> str:
        return self.name


@tracked_members(model_name="RouteReceiverEvent")
class RouteReceiver(Route.receivers.through):  # type: ignore[name-defined]
    """The receivers of a route, for the history."""

    class Meta:
        proxy = True
        default_permissions = ()


class RoutingEdition(models.Model):
    """One row whose mark a trigger changes with every edit of what `alerts.routing` remembers."""

    mark = models.UUIDField(default=uuid.uuid4)

    def __str__(self) -> str:
        return str(self.mark)
