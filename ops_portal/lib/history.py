"""History of what people edit: row triggers write it, whatever road the change took."""

from collections.abc import Callable, Iterable
from typing import Any

import pghistory
import pgtrigger
from django.db.models import Model

ADDED, CHANGED, REMOVED = "added", "changed", "removed"


def tracked[M: Model](
    *, exclude: Iterable[str] = (), events: Iterable[Any] = (), **options: Any
) -> Callable[[type[M]], type[M]]:
    """Track a model: each insert, change and delete becomes a row that nothing rewrites.

    `exclude` names the fields that must not be copied, secrets above all. The rows carry the
    context of the request that made them: user, address, url, reason.
    """
    trackers = tuple(events) or (
        pghistory.InsertEvent(ADDED),
        pghistory.UpdateEvent(CHANGED),
        pghistory.DeleteEvent(REMOVED),
    )
    keep = pgtrigger.Trigger(
        name="no_truncate",
        when=pgtrigger.Before,
        operation=pgtrigger.Truncate,
        level=pgtrigger.Statement,
        func="RAISE EXCEPTION 'pgtrigger: Cannot truncate rows from % table', TG_TABLE_NAME;",
    )
    decorate: Callable[[type[M]], type[M]] = pghistory.track(
        *trackers,
        exclude=list(exclude),
        append_only=True,
        meta={"triggers": [keep], "default_permissions": ("view",)},
        **options,
    )
    return decorate


def tracked_members(**options: Any) -> Callable[[type[Model]], type[Model]]:
    """Track the proxy of a many-to-many table: who was added and who removed."""
    events = (pghistory.InsertEvent(ADDED), pghistory.DeleteEvent(REMOVED))
    return tracked(events=events, obj_field=None, **options)
