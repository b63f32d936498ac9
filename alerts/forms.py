"""What people type about alerts."""

from __future__ import annotations

from datetime import datetime, timedelta

from django import forms
from django.core.validators import slug_re
from django.http import QueryDict

from alerts.listing import Filters, Tab
from alerts.models import Severity

LONGEST_NOTE = 4_000
HOLDS = [(15, "15 min"), (60, "1 h"), (240, "4 h"), (1440, "24 h")]  # of an acknowledgment


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


class NoteForm(forms.Form):
    """A note that may stay blank."""

    note = forms.CharField(
        max_length=LONGEST_NOTE,
        required=False,
        widget=forms.Textarea(attrs={"rows": 2, "placeholder": "Note: what you see, what you do"}),
    )


class AcknowledgeForm(NoteForm):
    """A note, and for how long: blank is until it is resolved."""

    minutes = forms.TypedChoiceField(
        choices=[("", "until resolved"), *HOLDS], coerce=int, empty_value=None, required=False
    )

    def until(self, now: datetime) -> datetime | None:
        """When the acknowledgment ends; an unreadable choice counts as none."""
        minutes = self.cleaned_data.get("minutes")
        return now + timedelta(minutes=minutes) if minutes else None


class BulkForm(AcknowledgeForm):
    """Several alerts and one note."""

    ids = forms.TypedMultipleChoiceField(coerce=int, required=True)

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        given = self.data.getlist("ids") if hasattr(self.data, "getlist") else []
        numbers = [(text, text) for text in given[:200] if text.isascii() and text.isdigit()]
        self.fields["ids"].choices = numbers  # type: ignore[attr-defined]
