"""What a file can declare: which fields of which tables, and how rows are named in it.

A row is known by its name, never by its number: files travel between databases. What hangs below
a row (the steps of a policy, the layers of a schedule) stands inside its entry.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from django.db.models import Model, Q

from alerts import definitions, matchers
from alerts.models import (
    Calendar,
    Inhibition,
    Participant,
    Policy,
    PolicyStep,
    PrometheusServer,
    Receiver,
    Route,
    Rule,
    Schedule,
    ScheduleLayer,
    Silence,
    Team,
)

NAME, USER = "name", "username"


@dataclass(frozen=True, slots=True)
class Text:
    """A field that a file holds in another form. `read` raises ValueError."""

    write: Callable[[Any], Any]
    read: Callable[[Any], Any]


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """One section of the file, or the rows below those of another.

    `links`, `lists`: foreign keys and many-to-many fields, with the field that names the other
    side. `parent`: the foreign key to the row above; `nested`: rows of the same kind below.
    """

    section: str
    model: type[Model]
    fields: tuple[str, ...]
    links: Mapping[str, str] = field(default_factory=dict)
    lists: Mapping[str, str] = field(default_factory=dict)
    parts: Mapping[str, Kind] = field(default_factory=dict)
    texts: Mapping[str, Text] = field(default_factory=dict)
    parent: str = ""
    nested: str = ""
    key: str = NAME
    declared: Q = field(default_factory=Q)  # the rows that a file tells of
    single: bool = False  # there is one such row at most, whatever its name
    secret: bool = False  # it has a `secret`, named in the file, never written there
    final: bool = False  # a row that exists is never changed

    @property
    def below(self) -> Mapping[str, Kind]:
        return {self.nested: self} if self.nested else self.parts

    @property
    def own_links(self) -> list[str]:
        """Links to rows of the same kind, which may come later in the file."""
        fields = {name: self.model._meta.get_field(name) for name in self.links}
        return [name for name, each in fields.items() if each.related_model is self.model]


def _read_matchers(text: Any) -> Any:
    return matchers.to_json(matchers.parse(str(text or "")))


def _write_matchers(stored: Any) -> str:
    return matchers.written(matchers.from_json(stored))


MATCHERS = Text(_write_matchers, _read_matchers)
CALENDARS = Kind(section="calendars", model=Calendar, fields=("name", "zone", "opened", "closed"))
SERVERS = Kind(
    section="servers",
    model=PrometheusServer,
    fields=("name", "url", "timeout_seconds"),
    secret=True,
)
RECEIVERS = Kind(
    section="receivers",
    model=Receiver,
    fields=("name", "kind", "address", "options", "per_minute", "enabled"),
    links={"fallback": NAME},
    declared=Q(owner=None),
    secret=True,
)
TEAMS = Kind(section="teams", model=Team, fields=("name",), lists={"members": USER})
PARTICIPANTS = Kind(
    section="participants", model=Participant, fields=(), links={"user": USER}, parent="layer"
)
LAYERS = Kind(
    section="layers",
    model=ScheduleLayer,
    fields=(
        "name", "kind", "length", "first_day", "hand_over_at", "last_day", "weekdays", "opens",
        "closes",
    ),
    parts={"participants": PARTICIPANTS},
    parent="schedule",
)  # fmt: skip
SCHEDULES = Kind(
    section="schedules",
    model=Schedule,
    fields=("name", "time_zone", "gaps_expected"),
    links={"fallback": USER},
    parts={"layers": LAYERS},
)
STEPS = Kind(
    section="steps",
    model=PolicyStep,
    fields=(
        "kind", "delay_seconds", "important", "severity", "opens", "closes", "time_zone",
        "more_than", "within_seconds", "times",
    ),
    links={"schedule": NAME, "team": NAME},
    lists={"receivers": NAME, "users": USER},
    parent="policy",
)  # fmt: skip
POLICIES = Kind(
    section="policies",
    model=Policy,
    fields=("name", "repeat", "is_default"),
    parts={"steps": STEPS},
)
ROUTES = Kind(
    section="routes",
    model=Route,
    fields=(
        "name", "matchers", "continues", "nobody", "group_by", "wait_seconds",
        "interval_seconds", "repeat_seconds",
    ),
    links={"policy": NAME},
    lists={"receivers": NAME, "active_calendars": NAME, "mute_calendars": NAME},
    texts={"matchers": MATCHERS},
    parent="parent",
    nested="children",
    declared=Q(parent=None),
    single=True,
)  # fmt: skip
INHIBITIONS = Kind(
    section="inhibitions",
    model=Inhibition,
    fields=("name", "source", "target", "equal", "enabled"),
    texts={"source": MATCHERS, "target": MATCHERS},
)
RULES = Kind(
    section="rules",
    model=Rule,
    fields=definitions.FIELDS,
    links={"policy": NAME, "calendar": NAME, "server": NAME},
)
SILENCES = Kind(
    section="silences",
    model=Silence,
    fields=(
        "id", "kind", "matchers", "reason", "starts_at", "ends_at", "recurrence", "zone",
        "expire_on_resolve", "created_at",
    ),
    links={"created_by": USER},
    texts={"matchers": MATCHERS},
    key="id",
    declared=Q(ended_at=None),
    final=True,
)  # fmt: skip
KINDS = (
    CALENDARS,
    SERVERS,
    RECEIVERS,
    TEAMS,
    SCHEDULES,
    POLICIES,
    ROUTES,
    INHIBITIONS,
    RULES,
    SILENCES,
)  # each names only rows of those before it
