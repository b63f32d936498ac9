"""Receivers: their secret goes in and never comes out; a test says whether they work."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from django import forms
from django.contrib import admin
from django.core.exceptions import PermissionDenied, ValidationError
from django.core.validators import URLValidator, validate_email
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.urls import URLPattern, path
from django.utils import timezone
from unfold.widgets import UnfoldAdminTextInputWidget

from alerts import delivery
from alerts.models import Receiver
from ops_portal.lib import secrets
from ops_portal.lib.admin import OpsModelAdmin, ReasonForm

if TYPE_CHECKING:
    from django.contrib.auth.models import User


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
    change_form_outer_before_template = "ops_portal/admin/receiver_test_button.html"

    @admin.display(description="Secret")
    def secret_state(self, receiver: Receiver) -> str:
        return "set" if receiver.secret else "not set"

    def save_model(
        self, request: HttpRequest, obj: Receiver, form: ReceiverForm, change: bool
    ) -> None:
        if form.cleaned_data.get("webhook"):
            obj.secret = secrets.encrypt(form.cleaned_data["webhook"])
        super().save_model(request, obj, form, change)

    def get_urls(self) -> list[URLPattern]:
        test = path(
            "<path:object_id>/test/",
            self.admin_site.admin_view(self.test_view),
            name="alerts_receiver_test",
        )
        return [test, *super().get_urls()]

    def test_view(self, request: HttpRequest, object_id: str) -> HttpResponse:
        """Send one message now and show what came back."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        receiver = self._record(request, object_id)
        if not self.has_change_permission(request, receiver):
            raise PermissionDenied
        sent = delivery.send_test(receiver, by=cast("User", request.user), now=timezone.now())
        title = f"Test of {receiver}"
        context = {"sent": sent, "milliseconds": round(sent.seconds * 1000)}
        return self._page(request, receiver, "receiver_test", title, context)
