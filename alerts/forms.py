"""What people type about alerts."""

from __future__ import annotations

from datetime import datetime, time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from django import forms
from django.contrib.auth.models import User
from django.core.validators import slug_re
from django.http import QueryDict
from django.utils import timezone

from alerts import silences
from alerts.fields import MatchersField
from alerts.listing import Filters, Tab
from alerts.matchers import from_json
from alerts.models import Severity, Silence
from alerts.recurrence import Schedule, Unrepeatable
from alerts.silences import BadTime, Plan, TooBroad
from alerts.walltime import instant

LONGEST_NOTE = 4_000
TOMORROW = "tomorrow"
MORNING = time(9)
UNREAD = ("required", "invalid_choice")
# In minutes.
SNOOZES = (("15", "15 min"), ("60", "1 h"), ("240", "4 h"), (TOMORROW, "tomorrow 9:00"))


def filters(query: QueryDict) -> Filters:
    """What the query string of the list asks for; anything unreadable counts as not given."""
    tab, severity = query.get("tab", ""), query.get("severity", "")
    rule = _line(query, "rule", longest=120)
    return Filters(
        tab=Tab(tab) if tab in Tab else Tab.FIRING,
        q=_line(query, "q", longest=100),
        severity=severity if severity in Severity else "",
        env=_line(query, "env", longest=40),
        rule=rule if slug_re.match(rule) else "",
    )


def _line(query: QueryDict, name: str, *, longest: int) -> str:
    given = query.get(name, "").strip()
    return given if len(given) <= longest and "\0" not in given else ""


def problems(form: forms.Form) -> str:
    """Everything that is wrong with what was sent, in one line."""
    return " ".join(str(error) for errors in form.errors.values() for error in errors)


class NoteForm(forms.Form):
    """A note that may stay blank."""

    note = forms.CharField(
        max_length=LONGEST_NOTE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": "Note: what you see, what you do"}),
    )


class SnoozeForm(NoteForm):
    """A note, and until when."""

    until = forms.ChoiceField(
        choices=SNOOZES, error_messages=dict.fromkeys(UNREAD, "Choose until when.")
    )

    def end(self, now: datetime) -> datetime:
        """When the snooze of the valid form ends; tomorrow is the reader's."""
        chosen = self.cleaned_data["until"]
        if chosen != TOMORROW:
            return now + timedelta(minutes=int(chosen))
        zone = ZoneInfo(timezone.get_current_timezone_name())
        day = now.astimezone(zone).date() + timedelta(days=1)
        return instant(datetime.combine(day, MORNING), zone)


class PersonForm(NoteForm):
    """A note, and to whom; blank: nobody."""

    to = forms.ModelChoiceField(
        User.objects.filter(is_active=True),
        required=False,
        error_messages={"invalid_choice": "Choose somebody who is there."},
    )


class AssignForm(PersonForm):
    """Also whom the person saw there before."""

    expected = forms.IntegerField(required=False)


class BulkForm(NoteForm):
    """Several alerts and one note."""

    ids = forms.TypedMultipleChoiceField(
        coerce=int, error_messages={"required": "Choose at least one alert."}
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        given = self.data.getlist("ids") if hasattr(self.data, "getlist") else []
        numbers = [(text, text) for text in given[:200] if text.isascii() and text.isdigit()]
        self.fields["ids"].choices = numbers  # type: ignore[attr-defined]


class SnoozeManyForm(BulkForm, SnoozeForm):
    """Several alerts, one note, and until when."""


class AssignManyForm(BulkForm, PersonForm):
    """Several alerts, one note, to whom, and `seen`: whom each was assigned to on the screen.

    `seen` reads `412:7 413:`, ids of alerts and people; a blank or missing one means nobody.
    """

    seen = forms.RegexField(r"^[0-9]{1,18}:[0-9]{0,18}( [0-9]{1,18}:[0-9]{0,18})*$", required=False)

    def clean_seen(self) -> dict[int, int]:
        pairs = (pair.split(":") for pair in self.cleaned_data["seen"].split())
        return {int(alert): int(person) for alert, person in pairs if person}


UNTIL = ""  # of `lasts`: the time is given
LASTS = [
    ("1800", "30 minutes"),
    ("3600", "1 hour"),
    ("14400", "4 hours"),
    ("86400", "1 day"),
    (UNTIL, "Until ..."),
]
REPEATS = [
    ("", "Once"),
    ("FREQ=DAILY", "Each day"),
    ("FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "Monday to Friday"),
    ("FREQ=WEEKLY", "Each week"),
    ("FREQ=MONTHLY", "Each month"),
]
MOMENT = {"type": "datetime-local", "step": "60"}


class SilenceForm(forms.Form):
    """A silence as people say it: what, why, how long. Times are of the person's zone."""

    matchers = MatchersField(
        label="Alerts with",
        help_text="For example env=live, alertname=~&quot;slow.*&quot;. All must fit.",
        widget=forms.Textarea(attrs={"rows": 2, "spellcheck": "false"}),
    )
    reason = forms.CharField(max_length=200, label="Reason", help_text="Everybody reads it.")
    lasts = forms.ChoiceField(choices=LASTS, required=False, initial="3600", label="For")
    ends_at = forms.DateTimeField(
        required=False, label="Until", widget=forms.DateTimeInput(attrs=MOMENT)
    )
    starts_at = forms.DateTimeField(
        required=False,
        label="From",
        help_text="Blank: now.",
        widget=forms.DateTimeInput(attrs=MOMENT),
    )
    repeats = forms.ChoiceField(choices=REPEATS, required=False, label="Comes again")
    rule = forms.CharField(
        required=False,
        max_length=200,
        label="Or by a rule",
        help_text="RRULE, for example FREQ=MONTHLY;BYDAY=1SU",
    )
    kind = forms.ChoiceField(choices=Silence.Kind.choices, initial=Silence.Kind.SILENCE)
    expire_on_resolve = forms.BooleanField(
        required=False, label="End it when the last of its alerts is resolved"
    )

    def __init__(self, *args: Any, now: datetime, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.now = now

    def clean(self) -> dict[str, Any]:
        """Raise at its field what would be refused later; the plan is complete afterwards."""
        cleaned = super().clean() or self.cleaned_data
        if self.errors:
            return cleaned
        start = cleaned["starts_at"] or self.now
        if cleaned["lasts"]:
            ends = start + timedelta(seconds=int(cleaned["lasts"]))
        else:
            ends = cleaned["ends_at"]
        if ends is None:
            self.add_error("ends_at", "Say until when.")
            return cleaned
        rule = cleaned["rule"].strip() or cleaned["repeats"]
        zone = timezone.get_current_timezone_name()
        cleaned["schedule"] = Schedule(start, ends, rule, zone)
        self._check(cleaned)
        return cleaned

    def _check(self, cleaned: dict[str, Any]) -> None:
        try:
            silences.check(from_json(cleaned["matchers"]))
            silences.checked(cleaned["schedule"], now=self.now)
        except TooBroad as error:
            self.add_error("matchers", str(error))
        except BadTime as error:
            self.add_error("lasts" if cleaned["lasts"] else "ends_at", str(error))
        except Unrepeatable as error:
            self.add_error("rule", str(error))

    @property
    def plan(self) -> Plan:
        """What the valid form says."""
        said = self.cleaned_data
        return Plan(
            matchers=from_json(said["matchers"]),
            reason=said["reason"],
            schedule=said["schedule"],
            kind=said["kind"],
            expire_on_resolve=said["expire_on_resolve"],
        )
