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
    mute_calendars = models.ManyToManyField(
        "alerts.Calendar", blank=True, related_name="muted"
    )  # while one is open, alerts that end here tell nobody; not handed down, none at the root
    active_calendars = models.ManyToManyField(
        "alerts.Calendar", blank=True, related_name="active"
    )  # while none of them is open, the same
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


@tracked_members(model_name="RouteMuteCalendarEvent")
class RouteMuteCalendar(Route.mute_calendars.through):  # type: ignore[name-defined]
    """The calendars that keep a route quiet while they are open, for the history."""

    class Meta:
        proxy = True
        default_permissions = ()


@tracked_members(model_name="RouteActiveCalendarEvent")
class RouteActiveCalendar(Route.active_calendars.through):  # type: ignore[name-defined]
    """The calendars without which a route is quiet, for the history."""

    class Meta:
        proxy = True
        default_permissions = ()


class RoutingEdition(models.Model):
    """One row whose mark a trigger changes with every edit of what `alerts.routing` remembers."""

    mark = models.UUIDField(default=uuid.uuid4)

    def __str__(self) -> str:
        return str(self.mark)


class AlertGroup(models.Model):
    """Alerts of one place in the tree that share their group labels: one message tells of all.

    `next_flush_at` is when the group is looked at next; null: nothing is left to tell.
    """

    route = models.ForeignKey(Route, null=True, on_delete=models.SET_NULL, related_name="groups")
    route_name = models.TextField()
    group_key = models.TextField()
    labels = models.JSONField(default=dict)
    opened_at = models.DateTimeField()
    next_flush_at = models.DateTimeField(null=True)
    grave = models.BooleanField(default=False)  # a critical alert joined it: looked at first
    last_notified_at = models.DateTimeField(null=True)
    last_firing = models.PositiveIntegerField(default=0)  # how many its last message named
    last_resolved = models.PositiveIntegerField(default=0)
    messages = models.PositiveIntegerField(default=0)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["route", "group_key"],
                condition=Q(closed_at__isnull=True),
                name="alertgroup_one_open",
            )
        ]
        indexes = [
            models.Index(
                fields=["next_flush_at"], condition=Q(closed_at__isnull=True), name="alertgroup_due"
            )
        ]

    def __str__(self) -> str:
        return self.group_key


class GroupMember(models.Model):
    """An alert in a group: when its receivers were told that it fires, and that it ended."""

    group = models.ForeignKey(
        AlertGroup, on_delete=models.CASCADE, related_name="members", db_index=False
    )  # groupmember_once begins with it
    alert = models.ForeignKey("alerts.Alert", on_delete=models.PROTECT, related_name="memberships")
    joined_at = models.DateTimeField()
    told_at = models.DateTimeField(null=True)
    left_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["group", "alert"], name="groupmember_once"),
        ]
        indexes = [
            models.Index(
                fields=["group"], condition=Q(left_at__isnull=True), name="groupmember_present"
            )
        ]

    def __str__(self) -> str:
        return f"{self.alert_id} in {self.group_id}"
