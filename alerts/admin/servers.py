"""Prometheus servers: asked by rules, with a token that goes in and never comes out."""

from __future__ import annotations

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from unfold.widgets import UnfoldAdminTextInputWidget, UnfoldAdminURLInputWidget

from alerts import prometheus
from alerts.models import PrometheusServer
from alerts.prometheus import NoAnswer, Server
from ops_portal.lib import secrets
from ops_portal.lib.admin import OpsModelAdmin, ReasonForm

TRIAL = "vector(1)"


class ServerForm(ReasonForm):
    """The server is asked a question before it is saved."""

    asks_reason = frozenset({"url", "token", "timeout_seconds"})
    url = forms.URLField(
        label="Address",
        assume_scheme="http",
        widget=UnfoldAdminURLInputWidget(),
        help_text="Such as http://prometheus:9090. Private networks must be named in"
        " OUTBOUND_ALLOWED_NETS.",
    )
    token = forms.CharField(
        label="Bearer token",
        required=False,
        widget=UnfoldAdminTextInputWidget(attrs={"autocomplete": "off"}),
        help_text="Kept encrypted and never shown again. Blank keeps what is set.",
    )

    class Meta:
        model = PrometheusServer
        fields = ("name", "url", "timeout_seconds")
        labels: ClassVar[dict[str, str]] = {"timeout_seconds": "Wait for at most (seconds)"}

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean()
        if cleaned.get("url") and cleaned.get("timeout_seconds") and not self.errors:
            try:
                prometheus.instant(self._server(cleaned), TRIAL, at=timezone.now())
            except (NoAnswer, secrets.WrongKey) as error:
                said = str(error) or "The token that is set cannot be opened: type it again."
                self.add_error("url", ValidationError(said, code="no_answer"))
        return cleaned

    def _server(self, cleaned: dict[str, Any]) -> Server:
        kept = bytes(self.instance.secret)
        token = cleaned.get("token") or (secrets.decrypt(kept) if kept else "")
        return Server(cleaned["url"], token, float(cleaned["timeout_seconds"]))


@admin.register(PrometheusServer)
class ServerAdmin(OpsModelAdmin):
    form = ServerForm
    list_display = ("name", "url", "token_state")
    search_fields = ("name", "url")
    fields = ("name", "url", "token", "token_state", "timeout_seconds", "reason")
    readonly_fields = ("token_state",)

    @admin.display(description="Token")
    def token_state(self, row: PrometheusServer) -> str:
        return "set" if row.secret else "not set"

    def save_model(
        self, request: HttpRequest, obj: PrometheusServer, form: Any, change: bool
    ) -> None:
        if form.cleaned_data.get("token"):
            obj.secret = secrets.encrypt(form.cleaned_data["token"])
        super().save_model(request, obj, form, change)
