"""What people type about shifts, addresses and plans."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django import forms
from django.contrib.auth.models import User

from alerts import addresses, icalendars
from alerts.models import Policy, Receiver, Schedule, Severity
from alerts.summary import person

MOMENT = forms.DateTimeInput(attrs={"type": "datetime-local"}, format="%Y-%m-%dT%H:%M")
HINTS = {
    "slack_bot": "In Slack: your member ID, such as U0123456789.",
    "telegram": "In Telegram: the number of your chat with the bot, after you wrote to it once.",
}
LISTS = [("", "ordinary steps"), ("1", "important steps")]


class MomentField(forms.DateTimeField):
    """A time as the page shows it, in the zone of the reader."""

    def __init__(self, **kwargs: Any) -> None:
        super().__init__(widget=MOMENT, **kwargs)


class PersonField(forms.ModelChoiceField):  # type: ignore[type-arg]
    """Whoever may log in, by the name that others see."""

    def __init__(self, **kwargs: Any) -> None:
        active = User.objects.filter(is_active=True).order_by("first_name", "username")
        super().__init__(active, **kwargs)

    def label_from_instance(self, obj: User) -> str:
        return person(obj)


class TakeForm(forms.Form):
    """A part of a schedule for oneself, or for somebody who agreed."""

    schedule = forms.ModelChoiceField(Schedule.objects.all(), empty_label=None)
    user = PersonField(label="Person")
    start = MomentField(label="From")
    end = MomentField(label="Until")
    reason = forms.CharField(max_length=200, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        start, end = cleaned.get("start"), cleaned.get("end")
        if isinstance(start, datetime) and isinstance(end, datetime) and end <= start:
            self.add_error("end", "The shift must end later than it begins.")
        return cleaned


class SwapForm(forms.Form):
    """A shift of one's own for one of somebody else's."""

    schedule = forms.ModelChoiceField(Schedule.objects.all(), empty_label=None)
    taker = PersonField(label="With")
    gives_from = MomentField(label="I give, from")
    gives_until = MomentField(label="until")
    takes_from = MomentField(label="I take, from")
    takes_until = MomentField(label="until")
    note = forms.CharField(max_length=200, required=False)


class ImportForm(forms.Form):
    """A calendar, and what its events mean."""

    SHIFTS, ABSENCES = "shifts", "absences"
    MEANINGS = [
        (SHIFTS, "shifts of who is named"),
        (ABSENCES, "absences of a person"),
    ]

    schedule = forms.ModelChoiceField(Schedule.objects.all(), empty_label=None)
    meaning = forms.ChoiceField(label="The events are", choices=MEANINGS)
    absent = PersonField(label="Who is absent", required=False)
    cover = PersonField(label="Who takes their shifts", required=False)
    file = forms.FileField(label="Calendar file (.ics)", required=False)
    address = forms.CharField(label="or its address", max_length=500, required=False)

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or self.cleaned_data
        if bool(cleaned.get("file")) == bool(cleaned.get("address")):
            self.add_error("file", "A file or an address.")
        upload = cleaned.get("file")
        if upload and upload.size > icalendars.LARGEST:
            self.add_error("file", "A calendar of more than 1 MiB is not read.")
        if cleaned.get("meaning") == self.ABSENCES:
            for name in ("absent", "cover"):
                if not cleaned.get(name):
                    self.add_error(name, "An absence needs both people.")
            if cleaned.get("absent") and cleaned.get("absent") == cleaned.get("cover"):
                self.add_error("cover", "Somebody else must take the shifts.")
        return cleaned


class PlanForm(forms.Form):
    """Which alert is asked about."""

    policy = forms.ModelChoiceField(Policy.objects.order_by("name"), required=False)
    severity = forms.ChoiceField(choices=Severity.choices, required=False, initial="critical")
    rule = forms.SlugField(required=False, widget=forms.HiddenInput)


class BotChoice(forms.ModelChoiceField):  # type: ignore[type-arg]
    """E-mail, or the shared receiver that writes to the person."""

    def label_from_instance(self, obj: Receiver) -> str:
        return f"{obj.get_kind_display()}: {obj.name}"


class AddressForm(forms.Form):
    """An e-mail address, or a person's name where one of the desk's bots writes."""

    through = BotChoice(Receiver.objects.none(), label="By", required=False, empty_label="E-mail")
    address = forms.CharField(label="Address", max_length=254)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        bots = addresses.bots()
        self.fields["through"].queryset = bots  # type: ignore[attr-defined]
        kinds = {bot.kind for bot in bots}
        hints = [hint for kind, hint in HINTS.items() if kind in kinds]
        self.fields["address"].help_text = " ".join(hints)
        if not kinds:
            del self.fields["through"]
            self.fields["address"].label = "E-mail address"


class CodeForm(forms.Form):
    code = forms.RegexField(r"^\s*\d{8}\s*$", label="Code", strip=True)


class RuleForm(forms.Form):
    """One line of a person's own rules."""

    receiver = forms.ModelChoiceField(Receiver.objects.none(), label="Address", empty_label=None)
    delay_minutes = forms.IntegerField(label="After minutes", min_value=0, max_value=1440)
    severity = forms.ChoiceField(label="From", choices=Severity.choices)
    important = forms.ChoiceField(label="For", choices=LISTS, required=False)
    through_quiet_hours = forms.BooleanField(label="Also in quiet hours", required=False)

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        own = Receiver.objects.filter(owner=user).order_by("pk")
        self.fields["receiver"].queryset = own  # type: ignore[attr-defined]


class QuietForm(forms.Form):
    begins = forms.TimeField(label="From", widget=forms.TimeInput(attrs={"type": "time"}))
    ends = forms.TimeField(label="Until", widget=forms.TimeInput(attrs={"type": "time"}))
    time_zone = forms.CharField(label="Time zone", max_length=60)
