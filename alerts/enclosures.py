"""What is added to a message when it goes: the target opened, its thread, a picture, a link."""

from __future__ import annotations

from datetime import datetime, timedelta

from alerts import links
from alerts.models import Alert, Notification
from alerts.options import options_of
from alerts.receivers import picture
from alerts.receivers.base import Target
from alerts.receivers.registry import kind_of
from analytics import series

BEFORE = timedelta(minutes=30)  # of the value, ahead of the firing
POINTS = 280


def target_of(notification: Notification, *, now: datetime) -> Target:
    """Where the notification goes. Raises ReceiverError when its secret cannot be read."""
    receiver, alert = notification.receiver, notification.alert
    if receiver is None:
        return Target({})
    options = options_of(receiver)
    if alert is None:
        return Target(options)
    kind = kind_of(receiver.kind)
    if not (kind.encloses or kind.links):
        return Target(options, earlier=_earlier(notification) if kind.threads else {})
    link = links.mint(notification, now=now) if alert.state == Alert.State.FIRING else ""
    picture_of_value = _picture(alert, now=now) if kind.encloses else b""
    return Target(options, acknowledge_url=link, picture=picture_of_value)


def _earlier(notification: Notification) -> dict[str, str]:
    """The reference of the first message of this alert there."""
    told = Notification.objects.filter(
        alert=notification.alert_id, receiver=notification.receiver_id, bundle=None
    )
    first = told.exclude(reference={}).order_by("pk").values_list("reference", flat=True).first()
    return dict(first or {})


def _picture(alert: Alert, *, now: datetime) -> bytes:
    """The value from half an hour before the firing until now; blank without samples."""
    if alert.series_id is None:
        return b""
    start, end = alert.started_at - BEFORE, max(now, alert.started_at)
    spans = series.buckets(alert.series_id, start, end, POINTS)
    points = [(span.ts.timestamp(), span.last) for span in spans]
    fired = alert.started_at.timestamp()
    return picture.draw(points, threshold=alert.threshold, fired=fired)
