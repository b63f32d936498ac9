"""Receivers: their secret goes in and never comes out; a test says whether they work."""

from __future__ import annotations

from typing import Any

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.validators import URLValidator, validate_email
from django.http import HttpRequest
from unfold.widgets import UnfoldAdminTextInputWidget

from alerts.models import Receiver
from ops_portal.lib import secrets
from ops_portal.lib.admin import OpsModelAdmin, ReasonForm


class ReceiverForm(ReasonForm):
    asks_reason = frozenset({"kind", "address", "enabled", "webhook"})
    webhook = forms.CharField(
        required=False,
        label="Webhook URL",
        max_length=500,
        help_text="Kept encrypted and never shown again. Blank keeps what is set.",
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )

    class Meta:
        model = Receiver
        fields = ("name", "kind", "address", "enabled")

    def clean_address(self) -> str:
        addresses = [part.strip() for part in self.cleaned_data["address"].split(",")]
        for address in filter(None, addresses):
            validate_email(address)
        return ", ".join(filter(None, addresses))

    def clean_webhook(self) -> str:
        url: str = self.cleaned_data["webhook"].strip()
        if url:
            URLValidator(schemes=["https", "http"])(url)
        return url

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        kind, email = cleaned.get("kind"), Receiver.Kind.EMAIL
        if kind == email and not cleaned.get("address") and "address" not in self.errors:
            self.add_error("address", ValidationError("An e-mail receiver needs an address."))
        kept = bool(self.instance.pk and self.instance.secret)
        if kind == Receiver.Kind.SLACK and not cleaned.get("webhook") and not kept:
            self.add_error("webhook", ValidationError("A Slack receiver needs its webhook URL."))
        return cleaned


@admin.register(Receiver)
class ReceiverAdmin(OpsModelAdmin):
    form = ReceiverForm
    list_display = ("name", "kind", "address", "secret_state", "enabled")
    list_filter = ("kind", "enabled")
    search_fields = ("name", "address")
    fields = ("name", "kind", "address", "webhook", "secret_state", "enabled", "reason")
    readonly_fields = ("secret_state",)

    @admin.display(description="Secret")
    def secret_state(self, receiver: Receiver) -> str:
        return "set" if receiver.secret else "not set"

    def save_model(
        self, request: HttpRequest, obj: Receiver, form: ReceiverForm, change: bool
    ) -> None:
        if form.cleaned_data.get("webhook"):
            obj.secret = secrets.encrypt(form.cleaned_data["webhook"])
        super().save_model(request, obj, form, change)
