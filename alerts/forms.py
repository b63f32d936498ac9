"""What people type about alerts."""

from __future__ import annotations

from datetime import datetime, timedelta

from django import forms

from alerts.listing import Filters, Tab
from alerts.models import Severity

LONGEST_NOTE = 4_000
HOLDS = [(15, "15 min"), (60, "1 h"), (240, "4 h"), (1440, "24 h")]  # of an acknowledgment


class FilterForm(forms.Form):
    """The query string of the list; anything unreadable counts as not given."""

    tab = forms.ChoiceField(choices=[(tab.value, tab.value) for tab in Tab], required=False)
    q = forms.CharField(max_length=100, required=False, label="Text")
    severity = forms.ChoiceField(choices=[("", "Any severity"), *Severity.choices], required=False)
    env = forms.CharField(max_length=40, required=False)
    rule = forms.SlugField(max_length=120, required=False)

    def filters(self) -> Filters:
        self.is_valid()
        given = {name: value for name, value in self.cleaned_data.items() if value}
        return Filters(**{**given, "tab": Tab(given.get("tab", Tab.FIRING))})


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
