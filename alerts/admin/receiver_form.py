"""The form of a receiver: the fields of every kind, of which the chosen kind's count."""

from __future__ import annotations

from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from unfold.widgets import UnfoldAdminTextInputWidget

from alerts.models import Receiver
from alerts.options import opened, sealed
from alerts.receivers.base import Field, ReceiverError
from alerts.receivers.registry import fields_offered, kind_of, offered
from ops_portal.lib.admin import ReasonForm

KEPT = "Kept encrypted and never shown again. Blank keeps what is set."
OWN_COLUMN = "address"  # the one field that is a column of the row


class BaseReceiverForm(ReasonForm):
    """`fill` puts what was typed into a receiver, saved or not."""

    asks_reason = frozenset({"kind", "enabled", "fallback", "per_minute", *fields_offered()})

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.former_kind = self.instance.kind
        kinds = [(kind.name, kind.label) for kind in offered()]
        if self.former_kind and self.former_kind not in dict(kinds):
            kinds.append((self.former_kind, kind_of(self.former_kind).label))
        if "kind" in self.fields:
            self.fields["kind"].choices = kinds  # type: ignore[attr-defined]
        for name, (field, names) in fields_offered().items():
            if name not in self.fields:  # somebody may look, not change
                continue
            self.fields[name].widget.attrs["data-kinds"] = " ".join(names)
            if not field.secret and name != OWN_COLUMN:
                self.initial.setdefault(name, self.instance.options.get(name, ""))

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        self._check_fallback(cleaned)
        if cleaned.get("kind"):
            for field in kind_of(cleaned["kind"]).fields:
                if field.name in self.fields:
                    self._check(field, cleaned)
        return cleaned

    def fill(self, receiver: Receiver) -> Receiver:
        """Set options and secrets of the chosen kind; a secret that was left blank stays."""
        fields = [f for f in kind_of(receiver.kind).fields if f.name in self.fields]
        if not fields:
            return receiver
        given = {field.name: self.cleaned_data.get(field.name, "") for field in fields}
        open_ones = [f.name for f in fields if not f.secret and f.name != OWN_COLUMN]
        receiver.options = {name: given[name] for name in open_ones}
        if any(given[field.name] for field in fields if field.secret):
            receiver.secret = sealed(receiver.kind, {**self._kept(), **_typed(given)})
        elif receiver.kind != self.former_kind:
            receiver.secret = b""
        return receiver

    def _check(self, field: Field, cleaned: dict[str, Any]) -> None:
        text = (cleaned.get(field.name) or "").strip()
        if not text and field.required and not (field.secret and self._kept().get(field.name)):
            self.add_error(field.name, ValidationError("This kind needs it."))
        try:
            cleaned[field.name] = field.check(text) if text else ""
        except ValidationError as error:
            self.add_error(field.name, error)

    def _check_fallback(self, cleaned: dict[str, Any]) -> None:
        fallback = cleaned.get("fallback")
        if fallback is not None and fallback.pk == self.instance.pk:
            self.add_error("fallback", ValidationError("A receiver cannot replace itself."))

    def _kept(self) -> dict[str, str]:
        """The secrets that are set already, as far as they are of the chosen kind."""
        if self.cleaned_data.get("kind", self.instance.kind) != self.former_kind:
            return {}
        try:
            return opened(self.instance)
        except ReceiverError:  # sealed with a key that is gone: it must be typed again
            return {}


def _typed(given: dict[str, str]) -> dict[str, str]:
    return {name: text for name, text in given.items() if text}


def _input(field: Field) -> forms.CharField:
    return forms.CharField(
        required=False,
        label=field.label,
        max_length=254 if field.name == OWN_COLUMN else 500,
        help_text=f"{field.help} {KEPT}".strip() if field.secret else field.help,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )


class _Meta:
    model = Receiver
    fields = ("name", "kind", "address", "per_minute", "fallback", "enabled")
    help_texts = {
        "per_minute": "Messages; what exceeds waits and is bundled. Blank: as usual for the kind.",
        "fallback": "Told at once when this one fails for good.",
    }


# The admin wants every field declared on the class.
ReceiverForm: type[BaseReceiverForm] = type(
    "ReceiverForm",
    (BaseReceiverForm,),
    {"Meta": _Meta, **{name: _input(field) for name, (field, _) in fields_offered().items()}},
)
